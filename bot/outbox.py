"""Queueing what we say, in the transaction of what it speaks about."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import new_id, open_sealed, seal
from bot.models import OutboundMessage, OutboundStatus, Purpose
from flows.messages import Reply
from flows.models import Conversation


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
    """Queue replies in their order, due at once; the ids of their rows."""
    rows = [_row(conversation, reply, key=key, now=now, purpose=purpose, expires_at=expires_at) for reply in replies]
    session.add_all(rows)
    return [row.id for row in rows]


def _row(
    conversation: Conversation,
    reply: Reply,
    *,
    key: bytes,
    now: datetime,
    purpose: Purpose,
    expires_at: datetime | None,
) -> OutboundMessage:
    row_id = new_id()
    body = json.dumps(reply.as_json(), ensure_ascii=False)
    return OutboundMessage(
        id=row_id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        body=seal(key, table="outbound_message", column="body", row_id=row_id, text=body),
        speaker_epoch=conversation.speaker_epoch,
        status=OutboundStatus.QUEUED,
        purpose=Purpose.CARD if reply.is_danger_card else purpose,
        due_at=now,
        expires_at=expires_at,
        queued_at=now,
        changed_at=now,
    )


def read_body(row: OutboundMessage, key: bytes) -> Reply | None:
    """The reply of a row, or None when its text is gone already."""
    if row.body is None:
        return None
    text = open_sealed(key, table="outbound_message", column="body", row_id=row.id, sealed=row.body)
    return Reply.from_json(json.loads(text))


async def cancel_queued(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    """Take back what was not sent yet."""
    await session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.conversation_id == conversation_id,
            OutboundMessage.status == OutboundStatus.QUEUED,
        )
        .values(status=OutboundStatus.CANCELLED, body=None, changed_at=now)
    )


async def forget_conversation(session: AsyncSession, conversation_id: str) -> None:
    """Delete everything said to a person, for erasure."""
    await session.execute(delete(OutboundMessage).where(OutboundMessage.conversation_id == conversation_id))


async def backlog(session: AsyncSession) -> int:
    """How many messages wait to be sent."""
    queued = select(OutboundMessage.position).where(OutboundMessage.status == OutboundStatus.QUEUED)
    return len((await session.scalars(queued)).all())
