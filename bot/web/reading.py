"""Reading one web talk: what is new in it, and the whole of it for a page that was loaded anew."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.web_chat import NAME, WebChat
from bot.house import House
from bot.inbox import Kept, read_kept
from bot.models import InboundMessage, InboundStatus, OutboundMessage, OutboundStatus, Purpose
from bot.outbox import read_body
from flows.messages import Reply

# A row in `sending` is committed and will be seen by nobody else: the page may have it.
SEEN = (OutboundStatus.SENDING, OutboundStatus.SENT, OutboundStatus.DELIVERED)
LOOKS_AGAIN_AFTER = 1.0
SHOWN_AGAIN = timedelta(minutes=30)
"""After that long a rest somebody else may sit at the screen: nothing earlier is shown (design section 4)."""
MOST_SHOWN = 200
LANGUAGE_NAMES = {"lv": "Latviešu", "ru": "Русский"}


class Shown(BaseModel):
    """One message as the page shows it.

    `own`: the resident's. `person`: written by a member of staff. `anew`: the talk before it was deleted.
    """

    id: str
    text: str
    details: str = ""
    source: str = ""
    choices: list[dict[str, str]] = Field(default_factory=list)
    urgent: bool = False
    own: bool = False
    person: bool = False
    anew: bool = False


class News(BaseModel):
    """What came since the message the page asked about."""

    messages: list[Shown]


class WholeTalk(BaseModel):
    """Both sides of a talk in their order, and the message after which news begin."""

    messages: list[Shown]
    after: str = ""


@dataclass(frozen=True)
class WebReading:
    """The way out to a browser."""

    house: House
    channel: WebChat

    async def wait_for_news(self, token: str, after: str, wait: float) -> list[Shown]:
        """The messages after the one named; waits up to `wait` seconds when there are none."""
        clock = asyncio.get_running_loop().time
        until = clock() + wait
        while True:
            with self.channel.listening(token) as woken:
                found = await self.news(token, after)
                left = until - clock()
                if found or left <= 0:
                    return found
                # What another process sends wakes nobody here, so look again now and then.
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), min(left, LOOKS_AGAIN_AFTER))

    async def news(self, token: str, after: str) -> list[Shown]:
        """The messages of ours after the one named."""
        known = await self._find(token)
        if known is None:
            return []
        key_id, conversation_id = known
        async with self.house.database.reading() as session:
            start = await _position(session, conversation_id, after)
            rows = await _outbound(session, conversation_id, start or 0)
        if not rows:
            return []
        key = await self.house.keyring.open(key_id)
        found = [_shown(row, reply) for row in rows if (reply := read_body(row, key))]
        if found and after and start is None:
            found[0].anew = True
        return found

    async def whole(self, token: str, now: datetime) -> WholeTalk:
        """Both sides of the talk; nothing of it when it rested too long."""
        known = await self._find(token)
        if known is None:
            return WholeTalk(messages=[])
        key_id, conversation_id = known
        async with self.house.database.reading() as session:
            ours = await _outbound(session, conversation_id, 0)
            theirs = await _inbound(session, conversation_id)
        after = ours[-1].id if ours else ""
        rested_since = max([*(row.queued_at for row in ours), *(row.received_at for row in theirs)], default=now)
        if now - rested_since > SHOWN_AGAIN:
            return WholeTalk(messages=[], after=after)
        key = await self.house.keyring.open(key_id)
        return WholeTalk(messages=_in_order(ours, theirs, key), after=after)

    async def is_answered(self, token: str) -> bool:
        """Whether nothing of this talk waits to be answered or to be sent."""
        known = await self._find(token)
        if known is None:
            return True
        waiting = select(func.count()).where(
            InboundMessage.conversation_id == known[1], InboundMessage.status == InboundStatus.WAITING
        )
        queued = select(func.count()).where(
            OutboundMessage.conversation_id == known[1], OutboundMessage.status == OutboundStatus.QUEUED
        )
        async with self.house.database.reading() as session:
            return not await session.scalar(waiting) and not await session.scalar(queued)

    async def _find(self, token: str) -> tuple[str, str] | None:
        """The key and the conversation of a talk."""
        inbox = self.house.inbox
        known = await inbox.find(NAME, inbox.address_index(NAME, token))
        return (known[0].key_id, known[1].id) if known else None


async def _position(session: AsyncSession, conversation_id: str, after: str) -> int | None:
    named = (OutboundMessage.id == after) & (OutboundMessage.conversation_id == conversation_id)
    return await session.scalar(select(OutboundMessage.position).where(named))


async def _outbound(session: AsyncSession, conversation_id: str, start: int) -> list[OutboundMessage]:
    """What we said after a position; the newest when it is very much."""
    rows = await session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.conversation_id == conversation_id,
            OutboundMessage.position > start,
            OutboundMessage.status.in_(SEEN),
            OutboundMessage.purpose != Purpose.WITHDRAWAL,
        )
        .order_by(OutboundMessage.position.desc())
        .limit(MOST_SHOWN)
    )
    return list(rows)[::-1]


async def _inbound(session: AsyncSession, conversation_id: str) -> list[InboundMessage]:
    rows = await session.scalars(
        select(InboundMessage)
        .where(InboundMessage.conversation_id == conversation_id, InboundMessage.body.is_not(None))
        .order_by(InboundMessage.position.desc())
        .limit(MOST_SHOWN)
    )
    return list(rows)[::-1]


def _in_order(ours: list[OutboundMessage], theirs: list[InboundMessage], key: bytes) -> list[Shown]:
    """Both sides as they were said; a pressed choice in the words that stood on its button."""
    answers = [(row.queued_at, 1, row.position, _shown(row, reply)) for row in ours if (reply := read_body(row, key))]
    labels = {(one.id, choice["id"]): choice["label"] for *_, one in answers for choice in one.choices}
    turns = [(row.received_at, 0, row.position, _own(row, read_kept(row, key), labels)) for row in theirs]
    in_order = sorted([*turns, *answers], key=lambda one: one[:3])
    return [shown for *_, shown in in_order if shown.text]


def _own(row: InboundMessage, kept: Kept, labels: dict[tuple[str, str], str]) -> Shown:
    pressed = kept.choice_id or ""
    label = labels.get((kept.asked_in or "", pressed)) or LANGUAGE_NAMES.get(pressed, "")
    return Shown(id=row.id, text=kept.text or label, own=True)


def _shown(row: OutboundMessage, reply: Reply) -> Shown:
    return Shown(
        id=row.id,
        text=reply.text,
        details=reply.details,
        source=reply.source,
        choices=[{"id": choice.id, "label": choice.label} for choice in reply.choices],
        urgent=reply.is_danger_card,
        person=row.purpose == Purpose.PERSON,
    )
