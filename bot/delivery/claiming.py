"""Which rows are due, and the one moment at which a row becomes ours to send.

The claim decides again on everything that may have changed since the row was queued: who speaks, whether
its time has passed, whether it is night, whether the appointment it speaks of is still as it was.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, case, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from booking.models import Appointment
from booking.reminders import next_waking
from booking.subjects import Subject
from bot.channels.base import Pace
from bot.delivery.leases import Leases
from bot.delivery.opened_message import OpenedMessage, rows_with_subject
from bot.delivery.outcomes import Attempt, end_undelivered
from bot.delivery.sms_budget import FREE_OF_BUDGET, WAITS, SmsBudget
from bot.models import OutboundMessage, OutboundStatus, Purpose
from bot.notifier import may_write_first
from flows.models import Conversation

ASIDE = (Purpose.NOTICE, Purpose.WITHDRAWAL)
"""What nobody waits for holds up nothing while it is not due itself."""


async def find_due(
    session: AsyncSession, channel: str, now: datetime, *, limit: int, is_over_budget: bool
) -> list[tuple[OutboundMessage, Subject | None]]:
    """The next row of each conversation of a channel with whom it is for, danger cards first, then the oldest."""
    given = {"channel": channel, "now": now, "waits_since": now - WAITS, "most": limit}
    found = await session.execute(_due(is_over_budget=is_over_budget), given)
    return [(each[0], each[1]) for each in found]


@cache
def _due(*, is_over_budget: bool) -> Select[OutboundMessage, Subject]:
    """Built once: putting it together takes as long as running it."""
    row, now = OutboundMessage, bindparam("now", type_=DateTimeUTC)
    conditions = [row.status == OutboundStatus.QUEUED, row.channel == bindparam("channel"), row.due_at <= now]
    if is_over_budget:
        # Others are looked at only to be given up.
        since = bindparam("waits_since", type_=DateTimeUTC)
        conditions.append(or_(row.purpose.in_(FREE_OF_BUDGET), row.due_at <= since))
    return (
        rows_with_subject()
        .where(*conditions, ~_is_behind_another(now, is_over_budget=is_over_budget))
        .order_by(case((row.purpose == Purpose.CARD, 0), else_=1), row.position)
        .limit(bindparam("most", type_=Integer))
    )


def _is_behind_another(now: BindParameter[datetime], *, is_over_budget: bool) -> ColumnElement[bool]:
    """Whether another row of the conversation goes first: an older one, or a danger card.

    A card waits only for older cards: not even for a call in hand, which may hang.
    """
    mine, other = OutboundMessage, aliased(OutboundMessage)
    purposes = FREE_OF_BUDGET if is_over_budget else tuple(Purpose)
    is_waiting = and_(
        other.status == OutboundStatus.QUEUED,
        other.purpose.in_(purposes),
        or_(other.purpose.not_in(ASIDE), other.due_at <= now),
    )
    is_older = other.position < mine.position
    return exists().where(
        other.conversation_id == mine.conversation_id,
        other.position != mine.position,
        or_(other.status == OutboundStatus.SENDING, is_waiting),
        or_(
            and_(other.purpose == Purpose.CARD, or_(mine.purpose != Purpose.CARD, is_older)),
            and_(mine.purpose != Purpose.CARD, is_older),
        ),
    )


@dataclass(frozen=True)
class Claim:
    """What claiming came to: an attempt that is ours to make, or a row that was ended otherwise or left alone."""

    is_dealt_with: bool
    attempt: Attempt | None = None


NOT_NOW = Claim(is_dealt_with=False)
ENDED = Claim(is_dealt_with=True)


@dataclass(frozen=True)
class Claimer:
    """Marks rows `sending` for one process."""

    leases: Leases
    budget: SmsBudget | None

    async def claim(self, session: AsyncSession, message: OpenedMessage, now: datetime, *, pace: Pace) -> Claim:
        """Mark a row `sending`, or in-house at once `sent`, if it is still to be sent and ours to send."""
        if pace.has_one_sender and not await self.leases.confirm(session, message.row.channel, now):
            return NOT_NOW
        row = await _lock(session, message, now)
        if row is None:
            return NOT_NOW
        if await _end_unsendable(session, row, message, now):
            return ENDED
        segments = self.segments_of(message)
        if not await self._may_cost(session, row, segments, now):
            if row.due_at > now - WAITS:
                return NOT_NOW
            await end_undelivered(session, row, OutboundStatus.EXPIRED, "sms_budget", message, now)
            return ENDED
        row.status, row.changed_at = OutboundStatus.SENT if pace.is_in_house else OutboundStatus.SENDING, now
        row.attempts, row.segments = row.attempts + 1, row.segments + segments
        return Claim(is_dealt_with=True, attempt=Attempt(message, row.attempts, segments))

    def segments_of(self, message: OpenedMessage) -> int:
        """What sending this once costs; nothing on channels without a budget."""
        if self.budget is None or message.row.channel != self.budget.channel or message.reply is None:
            return 0
        return self.budget.count(message.reply)

    async def _may_cost(self, session: AsyncSession, row: OutboundMessage, segments: int, now: datetime) -> bool:
        if self.budget is None or row.channel != self.budget.channel or row.purpose in FREE_OF_BUDGET:
            return True
        return await self.budget.allows(session, segments, now)


async def _lock(session: AsyncSession, message: OpenedMessage, now: datetime) -> OutboundMessage | None:
    queued = select(OutboundMessage).where(
        OutboundMessage.position == message.row.position,
        OutboundMessage.status == OutboundStatus.QUEUED,
        OutboundMessage.due_at <= now,
    )
    return await session.scalar(queued.with_for_update(skip_locked=True))


async def _end_unsendable(session: AsyncSession, row: OutboundMessage, message: OpenedMessage, now: datetime) -> bool:
    """Whether the row is not to be sent now, which is then written down."""
    subject = await _find_person(session, row)
    if subject is None or message.key is None:
        _cancel(row, now)
    elif row.expires_at is not None and row.expires_at <= now:
        await end_undelivered(session, row, OutboundStatus.EXPIRED, "expired", message, now)
    elif message.reply is None and not message.withdraws:
        await end_undelivered(session, row, OutboundStatus.FAILED, "no_text", message, now)
    elif row.purpose == Purpose.NOTICE:
        return await _end_untimely(session, row, subject, message, now)
    else:
        return False
    return True


async def _find_person(session: AsyncSession, row: OutboundMessage) -> Subject | None:
    """Whom the row is for; None when they are gone, or when another speaks since this answer was queued."""
    found = (
        select(Subject)
        .join(Conversation, Conversation.subject_id == Subject.id)
        .where(Conversation.id == row.conversation_id)
    )
    if row.purpose == Purpose.ANSWER:
        found = found.where(Conversation.speaker_epoch == row.speaker_epoch)
    return await session.scalar(found)


async def _end_untimely(
    session: AsyncSession, row: OutboundMessage, subject: Subject, message: OpenedMessage, now: datetime
) -> bool:
    """What nobody asked for must be still true, still wanted, and not come by night."""
    waking = next_waking(now)
    if not await _is_still_true(session, row):
        _cancel(row, now)
    elif not may_write_first(subject):
        await end_undelivered(session, row, OutboundStatus.FAILED, "opted_out", message, now)
    elif waking <= now:
        return False
    elif row.expires_at is not None and row.expires_at <= waking:
        await end_undelivered(session, row, OutboundStatus.EXPIRED, "expired", message, now)
    else:
        row.due_at = waking
    return True


async def _is_still_true(session: AsyncSession, row: OutboundMessage) -> bool:
    """Whether the appointment has not changed since: moved or cancelled, it is told of anew or not at all."""
    if row.appointment_id is None:
        return True
    changed_at = await session.scalar(select(Appointment.changed_at).where(Appointment.id == row.appointment_id))
    return changed_at is not None and changed_at <= row.queued_at


def _cancel(row: OutboundMessage, now: datetime) -> None:
    row.status, row.body, row.changed_at = OutboundStatus.CANCELLED, None, now
