"""What becomes of a row after its call, by the call's own answer or by a later report of the provider.

Statuses only go forward: queued, sending, sent, delivered; a failure never takes back a delivery. Each
function works on the row locked in the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.subjects import Subject, set_opt_out
from bot.channels.base import Consequence, DeliveryError, Failure
from bot.delivery.opened_message import OpenedMessage
from bot.delivery.undelivered import call_instead, must_call
from bot.models import OutboundMessage, OutboundStatus

log = structlog.get_logger()

LOST_AFTER: Final = timedelta(seconds=60)
"""How long a report of the provider may take before a message whose answer was lost is sent again."""

MOST_LOST_ANSWERS: Final = 2
MOST_ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=30)
SHORTEST_PAUSE: Final = timedelta(seconds=1)
LONGEST_CODE: Final = 40

UNDECIDED: Final = (OutboundStatus.SENDING, OutboundStatus.UNKNOWN)
BEFORE: Final = {
    OutboundStatus.SENT: UNDECIDED,
    OutboundStatus.DELIVERED: (*UNDECIDED, OutboundStatus.SENT),
    OutboundStatus.FAILED: (*UNDECIDED, OutboundStatus.SENT),
}
"""Which statuses a report may follow; a row queued again after a lost answer is undecided too."""


@dataclass(frozen=True)
class Attempt:
    """One call for a row: which try it was, what it cost, and how it was opened."""

    message: OpenedMessage
    number: int
    segments: int


async def lock_row(session: AsyncSession, message: OpenedMessage) -> OutboundMessage | None:
    """The row as it now is, locked until the transaction ends; None when it is gone."""
    found = select(OutboundMessage).where(OutboundMessage.id == message.row.id)
    return await session.scalar(found.with_for_update().execution_options(populate_existing=True))


async def lock_with_person(session: AsyncSession, message: OpenedMessage) -> OutboundMessage | None:
    """The same for a failure, which may make a task about the person: whom it is for is locked first.

    Erasure locks in this order too, so neither waits for the other for ever.
    """
    if message.subject is not None:
        await session.execute(select(Subject.id).where(Subject.id == message.subject.id).with_for_update())
    return await lock_row(session, message)


def can_follow(row: OutboundMessage, status: OutboundStatus) -> bool:
    """Whether a report of this status is news about the row."""
    is_lost = row.status == OutboundStatus.QUEUED and row.lost_answers > 0
    return is_lost or row.status in BEFORE[status]


def note_taken(row: OutboundMessage, status: OutboundStatus, now: datetime) -> None:
    """The provider has the message, or the person does."""
    row.status, row.error, row.changed_at = status, None, now


async def note_failure(
    session: AsyncSession, row: OutboundMessage, attempt: Attempt, error: DeliveryError, chance: float, now: datetime
) -> None:
    """Final, or queued again; `chance` from 0 to 1 spreads the pauses so that not everything comes at once."""
    if error.failure == Failure.UNKNOWN:
        await note_lost(session, row, attempt.message, error.code, now, due_at=now + LOST_AFTER)
        return
    row.segments -= attempt.segments  # it was certainly not taken, so it cost nothing
    if error.failure == Failure.FOR_GOOD or (error.retry_after is None and row.attempts >= MOST_ATTEMPTS):
        consequence = error.consequence
        await end_undelivered(session, row, OutboundStatus.FAILED, error.code, attempt.message, now, consequence)
        return
    if error.retry_after is not None:
        row.attempts -= 1
        pause = max(error.retry_after, SHORTEST_PAUSE)
    else:
        pause = pause_after(row.attempts, chance)
    row.status, row.error = OutboundStatus.QUEUED, error.code[:LONGEST_CODE]
    row.due_at, row.changed_at = now + pause, now


async def note_lost(
    session: AsyncSession, row: OutboundMessage, message: OpenedMessage, code: str, now: datetime, *, due_at: datetime
) -> None:
    """The provider's answer was lost: once more after a while, the second time it stays unknown."""
    row.lost_answers += 1
    if row.lost_answers >= MOST_LOST_ANSWERS:
        await end_undelivered(session, row, OutboundStatus.UNKNOWN, code, message, now)
        return
    row.status, row.error = OutboundStatus.QUEUED, code[:LONGEST_CODE]
    row.due_at, row.changed_at = due_at, now


async def end_undelivered(
    session: AsyncSession,
    row: OutboundMessage,
    status: OutboundStatus,
    code: str,
    message: OpenedMessage,
    now: datetime,
    consequence: Consequence | None = None,
) -> None:
    """The final status of what did not, or perhaps not, arrive, with everything that follows from it."""
    log.warning("delivery_failed", channel=row.channel, status=status, code=code)
    is_with_staff = row.status == OutboundStatus.UNKNOWN
    row.status, row.error, row.body, row.changed_at = status, code[:LONGEST_CODE], None, now
    subject = await session.get(Subject, message.subject.id) if message.subject else None
    if subject is None or message.key is None:
        return
    if consequence == Consequence.OPTED_OUT and subject.opted_out_at is None:
        await set_opt_out(session, subject.id, now)
    if (must_call(row) and not is_with_staff) or consequence == Consequence.CALL_INSTEAD:
        await call_instead(session, subject, row.purpose, message.reply, key=message.key, now=now)


def pause_after(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many tries: threefold each time, spread by a quarter, never over half an hour."""
    spread = 0.75 + chance / 2
    return min(FIRST_PAUSE * 3 ** (attempts - 1) * spread, LONGEST_PAUSE)
