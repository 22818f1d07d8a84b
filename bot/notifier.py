"""Queueing a notice for the resident of an appointment, in the transaction of what it tells about."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from booking.keyring import KeyGone, Keyring
from booking.models import Appointment
from booking.subjects import SecrecyLevel, Subject
from bot import outbox
from flows.conversations import find_conversation
from flows.notices import notice


class Notifier:
    """Knows whether a resident may be written to first, and in which language."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def notify(self, session: AsyncSession, appointment: Appointment, message: str, *, now: datetime) -> bool:
        """Queue one notice; False when nothing may or can be sent there. Expires when the appointment begins."""
        subject = await session.get(Subject, appointment.subject_id) if appointment.subject_id else None
        if subject is None or not may_write_first(subject):
            return False
        conversation = await find_conversation(session, subject.id)
        if conversation is None:
            return False
        try:
            key = await self._keyring.open(subject.key_id)
        except KeyGone:
            return False
        reply = notice(message, appointment.starts_at, subject.language or "lv")
        outbox.enqueue(session, conversation, [reply], key=key, now=now, expires_at=appointment.starts_at)
        return True


def may_write_first(subject: Subject) -> bool:
    """Never to those who said stop or asked for no messages."""
    return subject.opted_out_at is None and subject.level != SecrecyLevel.NO_MESSAGES
