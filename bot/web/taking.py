"""Taking what a browser sends: stored once, or the danger card straight from memory when the database is away."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from bot.channels.web_chat import LONGEST_TOKEN, NAME, SHORTEST_TOKEN
from bot.house import House
from bot.in_time import InTime
from bot.inbox import Received
from flows.safety_cards import card_without_database
from flows.translations import mark, translate
from knowledge.language import detect

LONGEST_ACCEPT = 2.0
AWAY = mark("We cannot take your message just now. Please send it again in a minute. In danger call 112.")

Token = Annotated[str, StringConstraints(min_length=SHORTEST_TOKEN, max_length=LONGEST_TOKEN, pattern="^[A-Za-z0-9]+$")]


class Said(BaseModel):
    """What a page sends: the talk's token, the page's own id for the message, words or a pressed choice.

    `asked_in` is the id of the message of ours whose button was pressed.
    """

    token: Token
    id: Annotated[str, StringConstraints(min_length=8, max_length=64, pattern="^[A-Za-z0-9-]+$")]
    text: str = ""
    choice: Annotated[str, StringConstraints(max_length=120)] | None = None
    asked_in: Annotated[str, StringConstraints(max_length=32, pattern="^[0-9a-f]*$")] | None = None


@dataclass(frozen=True)
class WebTaking:
    """The way in from a browser, for the page with and without JavaScript alike."""

    house: House
    wake: Callable[[], None]
    now: Callable[[], datetime]
    _in_time: InTime = field(default_factory=lambda: InTime(NAME))

    async def take(self, said: Said) -> bool:
        """Store one message; False when the database does not take it in time."""
        # The page's ids are its own: they tell messages of one talk apart, not those of all talks.
        provider_id = f"{said.token}/{said.id}"
        received = Received(NAME, said.token, provider_id, said.text, said.choice, said.asked_in or None)
        return await self._in_time.is_done(self._store(received), within=LONGEST_ACCEPT)

    async def _store(self, received: Received) -> None:
        """Answered however late it was stored."""
        await self.house.inbox.accept(received, now=self.now())
        self.wake()

    def card_for(self, said: Said) -> str | None:
        """The danger card straight from memory, when the words call for one."""
        cards = self.house.knowledge.catalogue.cards
        return card_without_database(cards, said.text, detect(said.text, previous="lv"), NAME)


def away_words(said: Said) -> str:
    """The plain word that it did not work, in the language of the message."""
    return translate(AWAY, detect(said.text, previous="lv"))
