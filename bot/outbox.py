"""Queueing what we say, in the transaction of what it speaks about."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import SealBroken, new_id, open_sealed, seal
from bot.models import OutboundMessage, OutboundStatus, Purpose
from flows.messages import Reply
from flows.models import Conversation

LIVES: Final = {
    Purpose.CARD: timedelta(hours=4),
    Purpose.CHANGE: timedelta(hours=24),
    Purpose.ANSWER: timedelta(hours=4),
    Purpose.PERSON: timedelta(hours=4),
    Purpose.WITHDRAWAL: timedelta(hours=48),
}
"""How long a message of each purpose is worth sending; a notice says so itself."""

WITHDRAWABLE_FOR: Final = timedelta(hours=48)
"""How long providers let a message be taken back, so how long their ids are kept."""

NEVER_SENT: Final = (OutboundStatus.CANCELLED, OutboundStatus.FAILED, OutboundStatus.EXPIRED)


def enqueue(
    session: AsyncSession,
    conversation: Conversation,
    replies: Sequence[Reply],
    *,
    key: bytes,
    now: datetime,
    purpose: Purpose = Purpose.ANSWER,
    expires_at: datetime | None = None,
) -> list[str]:
    """Queue replies in their order, due at once; the ids of their rows. A danger card is one for every purpose."""
    rows: list[OutboundMessage] = []
    for reply in replies:
        why = Purpose.CARD if reply.is_danger_card else purpose
        row = _row(conversation, reply.as_json(), key=key, now=now, purpose=why)
        row.expires_at = expires_at or (now + LIVES[why] if why in LIVES else None)
        rows.append(row)
    session.add_all(rows)
    return [row.id for row in rows]


def enqueue_notice(
    session: AsyncSession,
    conversation: Conversation,
    reply: Reply,
    *,
    key: bytes,
    now: datetime,
    about: str,
    due_at: datetime,
    expires_at: datetime,
) -> str:
    """Queue what nobody asked for, about one appointment (its id), not before `due_at`; the id of its row."""
    row = _row(conversation, reply.as_json(), key=key, now=now, purpose=Purpose.NOTICE)
    row.appointment_id, row.due_at, row.expires_at = about, due_at, expires_at
    session.add(row)
    return row.id


def enqueue_withdrawal(
    session: AsyncSession, conversation: Conversation, ids: Sequence[str], *, key: bytes, now: datetime
) -> str | None:
    """Queue the taking back of messages by the provider's ids for them; None when there are none."""
    if not ids:
        return None
    row = _row(conversation, {"withdraw": list(ids)}, key=key, now=now, purpose=Purpose.WITHDRAWAL)
    row.expires_at = now + LIVES[Purpose.WITHDRAWAL]
    session.add(row)
    return row.id


def _row(
    conversation: Conversation, body: dict[str, Any], *, key: bytes, now: datetime, purpose: Purpose
) -> OutboundMessage:
    row_id = new_id()
    text = json.dumps(body, ensure_ascii=False)
    return OutboundMessage(
        id=row_id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        body=seal(key, table="outbound_message", column="body", row_id=row_id, text=text),
        speaker_epoch=conversation.speaker_epoch,
        status=OutboundStatus.QUEUED,
        purpose=purpose,
        due_at=now,
        queued_at=now,
        changed_at=now,
    )


def read_body(row: OutboundMessage, key: bytes) -> Reply | None:
    """The reply of a row, or None when its text is gone already or it has none. Raises SealBroken."""
    body = _open_body(row, key)
    return Reply.from_json(body) if body is not None and "withdraw" not in body else None


def read_withdrawal(row: OutboundMessage, key: bytes) -> tuple[str, ...]:
    """The provider's ids of what a row takes back; empty for a row that says something. Raises SealBroken."""
    body = _open_body(row, key)
    return tuple(body.get("withdraw", ())) if body is not None else ()


def _open_body(row: OutboundMessage, key: bytes) -> dict[str, Any] | None:
    if row.body is None:
        return None
    return json.loads(open_sealed(key, table="outbound_message", column="body", row_id=row.id, sealed=row.body))


def seal_provider_ids(row: OutboundMessage, provider_ids: Sequence[str], key: bytes) -> bytes | None:
    """What the provider calls the message, sealed for its row."""
    if not provider_ids:
        return None
    text = json.dumps(list(provider_ids))
    return seal(key, table="outbound_message", column="provider_ids", row_id=row.id, text=text)


async def withdrawable(session: AsyncSession, conversation_id: str, key: bytes, since: datetime) -> list[str]:
    """The provider's ids of everything said in a conversation after `since`, oldest first."""
    rows = await session.scalars(
        select(OutboundMessage)
        .where(
            OutboundMessage.conversation_id == conversation_id,
            OutboundMessage.changed_at > since,
            OutboundMessage.provider_ids.is_not(None),
        )
        .order_by(OutboundMessage.position)
    )
    ids: list[str] = []
    for row in rows:
        place = {"table": "outbound_message", "column": "provider_ids", "row_id": row.id}
        # What nobody can open any more must not keep a person from being erased.
        with suppress(SealBroken):
            ids += json.loads(open_sealed(key, **place, sealed=row.provider_ids or b""))
    return ids


async def cancel_queued(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    """Take back what the assistant was still going to answer; cards, changes and notices stay."""
    is_answer = OutboundMessage.purpose == Purpose.ANSWER
    await _cancel(session, OutboundMessage.conversation_id == conversation_id, is_answer, now=now)


async def cancel_notices(session: AsyncSession, appointment_id: str, *, now: datetime) -> None:
    """Take back the notices about an appointment that a newer one makes untrue."""
    is_notice = OutboundMessage.purpose == Purpose.NOTICE
    await _cancel(session, OutboundMessage.appointment_id == appointment_id, is_notice, now=now)


async def _cancel(session: AsyncSession, *which: ColumnElement[bool], now: datetime) -> None:
    taken_back = update(OutboundMessage).where(OutboundMessage.status == OutboundStatus.QUEUED, *which)
    await session.execute(taken_back.values(status=OutboundStatus.CANCELLED, body=None, changed_at=now))


async def count_notices(session: AsyncSession, appointment_id: str) -> int:
    """How many notices about an appointment went out, may have, or still will."""
    about_it = select(func.count()).where(
        OutboundMessage.appointment_id == appointment_id,
        OutboundMessage.purpose == Purpose.NOTICE,
        OutboundMessage.status.not_in(NEVER_SENT),
    )
    return await session.scalar(about_it) or 0


async def forget_conversation(session: AsyncSession, conversation_id: str) -> None:
    """Delete everything said to a person, for erasure."""
    await session.execute(delete(OutboundMessage).where(OutboundMessage.conversation_id == conversation_id))


async def backlog(session: AsyncSession) -> int:
    """How many messages wait to be sent."""
    queued = select(func.count()).where(OutboundMessage.status == OutboundStatus.QUEUED)
    return await session.scalar(queued) or 0
