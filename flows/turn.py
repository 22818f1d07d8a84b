"""One turn of a conversation: what it may look at, and what it wants written when it is over."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from booking.subjects import SecrecyLevel
from flows.messages import Choice, Input, Reply
from flows.moves import Move
from flows.state import ConversationState
from flows.translations import translate, translate_for_guest
from knowledge.catalogue import Catalogue
from knowledge.rules import Rules
from knowledge.search import Matcher

RIGA = ZoneInfo("Europe/Riga")


@dataclass(frozen=True)
class Knowledge:
    """What the service offers, in one consistent edition; a turn reads one edition throughout."""

    catalogue: Catalogue
    matcher: Matcher
    rules: Rules


@dataclass(frozen=True)
class Resident:
    """The person behind one address, as far as a turn needs to know them."""

    subject_id: str
    key_id: str
    key: bytes
    channel: str
    level: SecrecyLevel


@dataclass(frozen=True)
class Effect:
    """A change to be made in the short write at the end of the turn.

    When `write` is refused (the place was taken meanwhile), nothing of the turn is kept and `refused` plans
    the answer anew on fresh data.
    """

    write: Callable[[AsyncSession], Awaitable[object]]
    refused: "Callable[[Turn, Exception], Awaitable[Move]] | None" = None


@dataclass(frozen=True)
class Outcome:
    """What the turn came to, for figures and for the `ask` door; it names no person."""

    kind: str = "flow"
    topic: str | None = None
    facet: str | None = None
    alternatives: tuple[str, ...] = ()


@dataclass
class Turn:
    """Everything a step may use. The session only reads; changes go into `effects`.

    `look_up_index` gives, for an appointment's id and six figures, the blind index by which booking/look_ups.py
    knows the figures again; without it (in `paligs ask`) nothing can be looked up.
    """

    session: AsyncSession
    now: datetime
    state: ConversationState
    input: Input
    resident: Resident
    knowledge: Knowledge
    make_key: Callable[[datetime], Awaitable[tuple[str, bytes]]]
    effects: list[Effect] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    erases_resident: bool = False
    is_spent: bool = False
    stands_alone: bool = False
    forgets_words: bool = False
    deeds: list[tuple[str, str]] = field(default_factory=list)
    is_with_person: bool = False
    look_up_index: Callable[[str, str], bytes] | None = None
    lacks_their_language: bool = False

    @property
    def language(self) -> Literal["lv", "ru"]:
        """The language the texts of this turn are in, but for those that exist in a guest's own."""
        return "ru" if self.state.language == "ru" else "lv"

    @property
    def today(self) -> date:
        """The day it is in Riga; validity and reviews go by it."""
        return self.now.astimezone(RIGA).date()

    def say(self, message: str, **values: object) -> str:
        """The text of the catalogue in the resident's language, with its values filled in."""
        own = translate_for_guest(message, self.state.guest) if self.state.guest else None
        self.lacks_their_language |= bool(self.state.guest) and own is None
        return (own or translate(message, self.language)).format(**values)

    def told_in(self, text: Mapping[Any, str]) -> str:
        """The language in which a text of the content is told: a guest's own where it was written in it."""
        if self.state.guest and self.state.guest in text:
            return self.state.guest
        self.lacks_their_language |= bool(self.state.guest)
        return self.language

    def choice(self, choice_id: str, message: str, **values: object) -> Choice:
        """A choice with a translated label."""
        return Choice(choice_id, self.say(message, **values))

    def reply(self, message: str, *choices: Choice, **values: object) -> Reply:
        """A reply with a translated text."""
        return Reply(self.say(message, **values), choices)
