"""Messages that got no sure answer: kept for the editors, sealed, 30 days, and never when they speak of danger."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Self

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import new_id, open_sealed, seal
from flows import safety_cards
from flows.models import UnansweredMessage
from flows.turn import Effect, Turn
from knowledge.safety import Danger

KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Content:
    """What is sealed of such a message."""

    text: str
    offered: tuple[str, ...] = ()
    chosen: str | None = None

    @classmethod
    def of(cls, row: UnansweredMessage, key: bytes) -> Self:
        """The content of a row; raises SealBroken."""
        raw = json.loads(open_sealed(key, **_place(row.id), sealed=row.content))
        return cls(raw["text"], tuple(raw["offered"]), raw["chosen"])

    def sealed(self, key: bytes, row_id: str) -> bytes:
        """The content as it is kept."""
        return seal(key, **_place(row_id), text=json.dumps(asdict(self), ensure_ascii=False))


def keep(turn: Turn, outcome: str, offered: tuple[str, ...]) -> None:
    """Plan the row of this turn's message with what is offered for it."""
    turn.state.unanswered = ""
    if turn.state.had_danger or safety_cards.find_danger(turn) is not None:
        return
    row_id, resident = new_id(), turn.resident
    row = UnansweredMessage(
        id=row_id,
        subject_id=resident.subject_id,
        content=Content(turn.input.text, offered).sealed(resident.key, row_id),
        outcome=outcome,
        language=turn.state.heard or turn.language,
        channel=resident.channel,
        asked_at=turn.now,
    )
    turn.state.unanswered = row_id
    turn.effects.append(Effect(partial(_add, row=row)))


def note_choice(turn: Turn, topic: str) -> None:
    """Plan to write down which of the offered topics was meant; another topic changes nothing."""
    row_id, turn.state.unanswered = turn.state.unanswered, ""
    if row_id:
        turn.effects.append(Effect(partial(_choose, row_id=row_id, key=turn.resident.key, topic=topic)))


def mind_danger(turn: Turn, danger: Danger | None) -> None:
    """After a danger nothing of this talk is kept, and what was kept just before it goes: it may be about the same."""
    if danger is None:
        return
    turn.state.had_danger = True
    row_id, turn.state.unanswered = turn.state.unanswered, ""
    if row_id:
        turn.effects.append(Effect(partial(_drop, row_id=row_id)))


async def expire(session: AsyncSession, now: datetime) -> None:
    """Delete what was kept for 30 days."""
    await session.execute(delete(UnansweredMessage).where(UnansweredMessage.asked_at < now - KEPT_FOR))


async def _add(session: AsyncSession, row: UnansweredMessage) -> None:
    session.add(row)
    await session.flush()


async def _choose(session: AsyncSession, row_id: str, key: bytes, topic: str) -> None:
    row = await session.get(UnansweredMessage, row_id)
    if row is None:
        return
    content = Content.of(row, key)
    if topic in content.offered:
        row.content = Content(content.text, content.offered, topic).sealed(key, row_id)
        await session.flush()


async def _drop(session: AsyncSession, row_id: str) -> None:
    await session.execute(delete(UnansweredMessage).where(UnansweredMessage.id == row_id))


def _place(row_id: str) -> dict[str, str]:
    return {"table": "unanswered_message", "column": "content", "row_id": row_id}
