"""Queueing a notice for the resident of an appointment, in the transaction of what it tells about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from booking.keyring import KeyGone, Keyring
from booking.models import Appointment
from booking.reminders import next_waking
from booking.subjects import SecrecyLevel, Subject
from bot import outbox
from bot.delivery.undelivered import call_instead
from bot.models import Purpose
from flows.conversations import find_conversation
from flows.messages import Reply
from flows.models import Conversation
from flows.notices import notice

MOST_BY_SMS: Final = 2
"""How many texts nobody asked for one appointment may bring to a telephone."""


@dataclass(frozen=True)
class Recipient:
    """Whom a notice is for."""

    subject: Subject
    conversation: Conversation
    key: bytes


class Notifier:
    """Knows whether a resident may be written to first, and in which language."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def notify(self, session: AsyncSession, appointment: Appointment, message: str, *, now: datetime) -> bool:
        """Queue one notice in place of any that still waits; it expires when the appointment begins.

        False when nothing may or can be sent there. Where it may but comes too late, or would be a third SMS,
        a person is asked to call instead.
        """
        await outbox.cancel_notices(session, appointment.id, now=now)
        recipient = await self._recipient(session, appointment)
        if recipient is None:
            return False
        subject = recipient.subject
        reply = notice(message, appointment.starts_at, subject.language or "lv")
        due_at = next_waking(now)
        if due_at >= appointment.starts_at or await _is_one_too_many(session, appointment, subject.channel):
            await call_instead(session, subject, Purpose.NOTICE, reply, key=recipient.key, now=now)
            return False
        _enqueue(session, recipient, reply, appointment, now=now, due_at=due_at)
        return True

    async def _recipient(self, session: AsyncSession, appointment: Appointment) -> Recipient | None:
        subject = await session.get(Subject, appointment.subject_id) if appointment.subject_id else None
        if subject is None or not may_write_first(subject):
            return None
        conversation = await find_conversation(session, subject.id)
        if conversation is None:
            return None
        try:
            return Recipient(subject, conversation, await self._keyring.open(subject.key_id))
        except KeyGone:
            return None


def _enqueue(
    session: AsyncSession,
    recipient: Recipient,
    reply: Reply,
    appointment: Appointment,
    *,
    now: datetime,
    due_at: datetime,
) -> None:
    outbox.enqueue_notice(
        session,
        recipient.conversation,
        reply,
        key=recipient.key,
        now=now,
        about=appointment.id,
        due_at=due_at,
        expires_at=appointment.starts_at,
    )


async def _is_one_too_many(session: AsyncSession, appointment: Appointment, channel: str) -> bool:
    return channel == "sms" and await outbox.count_notices(session, appointment.id) >= MOST_BY_SMS


def may_write_first(subject: Subject) -> bool:
    """Never to those who said stop or asked for no messages."""
    return subject.opted_out_at is None and subject.level != SecrecyLevel.NO_MESSAGES
