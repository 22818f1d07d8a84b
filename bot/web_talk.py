"""The web chat's doors: the page, saying something, and asking what is new."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select

from bot.channels.web_chat import LONGEST_TOKEN, NAME, SHORTEST_TOKEN, WebChat
from bot.house import House
from bot.inbox import LONGEST_TEXT, Accepted, Received
from bot.models import OutboundMessage, OutboundStatus
from bot.outbox import read_body
from flows.messages import Reply
from flows.safety_cards import card_without_database
from flows.translations import mark, translate
from knowledge.language import detect

log = structlog.get_logger()

LONGEST_WAIT = 20.0
LOOKS_AGAIN_AFTER = 1.0
LONGEST_ACCEPT = 2.0
# A row in `sending` is committed and will be seen by nobody else: the page may have it.
SEEN = (OutboundStatus.SENDING, OutboundStatus.SENT, OutboundStatus.DELIVERED)
AWAY = mark("We cannot take your message just now. Please send it again in a minute. In danger call 112.")

Token = Annotated[str, StringConstraints(min_length=SHORTEST_TOKEN, max_length=LONGEST_TOKEN, pattern="^[A-Za-z0-9]+$")]


class Said(BaseModel):
    """What the page sends: the talk's token, the page's own id for the message, words or a pressed choice."""

    token: Token
    id: Annotated[str, StringConstraints(min_length=8, max_length=64, pattern="^[A-Za-z0-9-]+$")]
    text: str = ""
    choice: Annotated[str, StringConstraints(max_length=120)] | None = None


class Shown(BaseModel):
    """One message of ours as the page shows it."""

    id: str
    text: str
    details: str = ""
    source: str = ""
    choices: list[dict[str, str]] = Field(default_factory=list)
    urgent: bool = False


class News(BaseModel):
    """What came since the message the page asked about."""

    messages: list[Shown]


@dataclass(frozen=True)
class WebTalk:
    """The web chat of one running service."""

    house: House
    channel: WebChat
    wake: Callable[[], None]
    now: Callable[[], datetime]
    pages: Environment

    def router(self) -> APIRouter:
        """The routes of the web chat."""
        router = APIRouter()
        router.add_api_route("/", self.page, methods=["GET"], response_class=HTMLResponse)
        router.add_api_route("/chat/messages", self.say, methods=["POST"], status_code=202, response_model=News)
        router.add_api_route("/chat/messages", self.news, methods=["GET"], response_model=News)
        return router

    async def page(self, request: Request) -> HTMLResponse:
        """The page itself; nothing of a talk is in it."""
        language = "ru" if request.headers.get("accept-language", "").startswith("ru") else "lv"
        template = self.pages.get_template("chat.html")
        return HTMLResponse(template.render(language=language, longest_text=LONGEST_TEXT))

    async def say(self, said: Said) -> JSONResponse:
        """Store one message; the answer comes with the next question for news."""
        # The page's ids are its own: they tell messages of one talk apart, not those of all talks.
        received = Received(NAME, said.token, f"{said.token}/{said.id}", said.text, said.choice)
        try:
            # A database that hangs must not keep the danger card waiting. The storing goes on meanwhile:
            # giving a cancelled connection back would wait for the database as well.
            storing = asyncio.create_task(self.house.inbox.accept(received, now=self.now()))
            storing.add_done_callback(self._wake_when_stored)
            async with asyncio.timeout(LONGEST_ACCEPT):
                await asyncio.shield(storing)
        except Exception as error:
            log.error("accept_failed", channel=NAME, error=type(error).__name__)
            return self._without_database(said)
        return JSONResponse(News(messages=[]).model_dump(), status_code=202)

    def _wake_when_stored(self, storing: asyncio.Task[Accepted]) -> None:
        """Answer what was stored, however late; a fault has been told to the resident already."""
        if not storing.cancelled() and storing.exception() is None:
            self.wake()

    def _without_database(self, said: Said) -> JSONResponse:
        """The danger card straight from memory; otherwise the plain word that it did not work."""
        language = detect(said.text, previous="lv")
        card = card_without_database(self.house.knowledge.catalogue.cards, said.text, language, NAME)
        if card is not None:
            shown = Shown(id=f"card-{said.id}", text=card, urgent=True)
            return JSONResponse(News(messages=[shown]).model_dump(), status_code=200)
        text = translate(AWAY, language)
        return JSONResponse({"error": {"code": "away", "text": text}}, status_code=503)

    async def news(
        self,
        token: Annotated[Token, Header(alias="X-Talk")],
        after: Annotated[str, Query(max_length=32, pattern="^[0-9a-f]*$")] = "",
        wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
    ) -> News:
        """The messages after the one named; waits a while when there are none."""
        clock = asyncio.get_running_loop().time
        until = clock() + wait
        while True:
            with self.channel.listening(token) as woken:
                found = await self._read(token, after)
                left = until - clock()
                if found or left <= 0:
                    return News(messages=found)
                # What another process sends wakes nobody here, so look again now and then.
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), min(left, LOOKS_AGAIN_AFTER))

    async def _read(self, token: str, after: str) -> list[Shown]:
        known = await self.house.inbox.find(NAME, self.house.inbox.address_index(NAME, token))
        if known is None:
            return []
        subject, conversation = known
        async with self.house.database.reading() as session:
            since = select(OutboundMessage.position).where(
                OutboundMessage.id == after, OutboundMessage.conversation_id == conversation.id
            )
            start = await session.scalar(since) or 0
            rows = await session.scalars(
                select(OutboundMessage)
                .where(
                    OutboundMessage.conversation_id == conversation.id,
                    OutboundMessage.position > start,
                    OutboundMessage.status.in_(SEEN),
                )
                .order_by(OutboundMessage.position)
            )
            found = list(rows)
        if not found:
            return []
        key = await self.house.keyring.open(subject.key_id)
        return [_shown(row.id, reply) for row in found if (reply := read_body(row, key))]


def _shown(row_id: str, reply: Reply) -> Shown:
    choices = [{"id": choice.id, "label": choice.label} for choice in reply.choices]
    return Shown(
        id=row_id,
        text=reply.text,
        details=reply.details,
        source=reply.source,
        choices=choices,
        urgent=reply.is_danger_card,
    )
