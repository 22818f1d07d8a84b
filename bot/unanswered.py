"""The messages that got no sure answer, for the editors of the content and for the person who wrote them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import SealBroken
from booking.keyring import KeyGone, Keyring
from booking.subjects import Subject
from flows.models import UnansweredMessage
from flows.turn import RIGA
from flows.unanswered import KEPT_FOR, Content


@dataclass(frozen=True)
class Unanswered:
    """One message as an editor sees it: what was written and offered, on which day, never by whom."""

    asked_on: date
    outcome: str
    language: str
    channel: str
    text: str
    offered: tuple[str, ...]
    chosen: str | None


async def list_unanswered(session: AsyncSession, keyring: Keyring, now: datetime) -> list[Unanswered]:
    """The messages of the last 30 days, newest first; those of people erased meanwhile are left out.

    Raises KeyringUnavailable.
    """
    kept = (
        select(UnansweredMessage, Subject.key_id)
        .join(Subject, Subject.id == UnansweredMessage.subject_id)
        .where(UnansweredMessage.asked_at >= now - KEPT_FOR)
        .order_by(UnansweredMessage.asked_at.desc(), UnansweredMessage.id)
    )
    found: list[Unanswered] = []
    keys: dict[str, bytes | None] = {}
    for row, key_id in await session.execute(kept):
        if key_id not in keys:
            keys[key_id] = await _open_key(keyring, key_id)
        shown = _shown(row, keys[key_id])
        found.extend([shown] if shown else [])
    return found


async def export_unanswered(session: AsyncSession, subject_id: str, key: bytes) -> Sequence[dict[str, Any]]:
    """What is kept of one person here, for that person; raises SealBroken."""
    own = select(UnansweredMessage).where(UnansweredMessage.subject_id == subject_id)
    rows = await session.scalars(own.order_by(UnansweredMessage.asked_at))
    return [_exported(row, Content.of(row, key)) for row in rows]


async def _open_key(keyring: Keyring, key_id: str) -> bytes | None:
    try:
        return await keyring.open(key_id)
    except KeyGone:
        return None


def _shown(row: UnansweredMessage, key: bytes | None) -> Unanswered | None:
    try:
        content = Content.of(row, key) if key else None
    except SealBroken:
        content = None
    if content is None:
        return None
    asked_on = row.asked_at.astimezone(RIGA).date()
    kind = (asked_on, row.outcome, row.language, row.channel)
    return Unanswered(*kind, content.text, content.offered, content.chosen)


def _exported(row: UnansweredMessage, content: Content) -> dict[str, Any]:
    return {
        "asked_at": row.asked_at.isoformat(),
        "outcome": row.outcome,
        "text": content.text,
        "offered": list(content.offered),
        "chosen": content.chosen,
    }
