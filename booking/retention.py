"""How long booking keeps what it knows of people (reference security, section 3), and what ends it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import expire_holds
from booking.erasure import Forget, delete_subject
from booking.handovers import Handover
from booking.models import Appointment, AppointmentStatus
from booking.subjects import Subject

KEEP_APPOINTMENT: Final = timedelta(days=90)
KEEP_SUBJECT: Final = timedelta(days=90)
KEEP_VISITOR: Final = timedelta(days=7)
KEEP_LAPSED_HOLD: Final = timedelta(days=1)
KEEP_CLOSED_HANDOVER: Final = timedelta(days=30)
VISITOR_CHANNELS: Final = ("web", "terminal")
"""Channels whose address is only a session of ours: nobody can be reached there again."""

BATCH: Final = 200

Rule = Callable[[AsyncSession, datetime, Sequence[Forget]], Awaitable[int]]


async def expire(session: AsyncSession, *, now: datetime, forget: Sequence[Forget] = ()) -> dict[str, int]:
    """One batch of every rule, in the caller's transaction; says how many rows each rule met.

    Call again in a new transaction until every figure is 0. `forget` deletes a subject's rows in the modules
    above, as for an erasure. The keys of subjects that went are unused then: `Keyring.sweep` destroys them.
    """
    return {name: await rule(session, now, forget) for name, rule in RULES.items()}


async def _lapse_holds(session: AsyncSession, now: datetime, _forget: Sequence[Forget]) -> int:
    """A hold that nobody confirmed frees its time now; the row goes a day later."""
    lapsed = await expire_holds(session, now=now)
    old = and_(Appointment.status == AppointmentStatus.EXPIRED, Appointment.held_until_at < now - KEEP_LAPSED_HOLD)
    batch = (await session.scalars(select(Appointment.id).where(old).limit(BATCH))).all()
    await session.execute(delete(Appointment).where(Appointment.id.in_(batch)))
    return lapsed + len(batch)


async def _unlink_past(session: AsyncSession, now: datetime, _forget: Sequence[Forget]) -> int:
    """Name, need and person leave an appointment 90 days after it; time and status stay for the figures."""
    past = and_(Appointment.starts_at < now - KEEP_APPOINTMENT, Appointment.subject_id.is_not(None))
    batch = (await session.scalars(select(Appointment.id).where(past).limit(BATCH))).all()
    nobody = {"subject_id": None, "name_sealed": None, "need_sealed": None, "look_up_index": None}
    await session.execute(update(Appointment).where(Appointment.id.in_(batch)).values(nobody))
    return len(batch)


async def _forget_subjects(session: AsyncSession, now: datetime, forget: Sequence[Forget]) -> int:
    """Who has no appointment left and was silent for 90 days (in a web chat: 7) is forgotten."""
    without_appointment = ~exists().where(Appointment.subject_id == Subject.id)
    silent = and_(without_appointment, _is_over(now))
    batch = (await session.scalars(select(Subject.id).where(silent).limit(BATCH).with_for_update())).all()
    for subject_id in batch:
        for forget_rows in (*forget, delete_subject):
            await forget_rows(session, subject_id)
    return len(batch)


async def _drop_closed_handovers(session: AsyncSession, now: datetime, _forget: Sequence[Forget]) -> int:
    """What a person was to deal with goes 30 days after it was dealt with, words and all."""
    closed = Handover.done_at < now - KEEP_CLOSED_HANDOVER
    batch = (await session.scalars(select(Handover.id).where(closed).limit(BATCH))).all()
    await session.execute(delete(Handover).where(Handover.id.in_(batch)))
    return len(batch)


def _is_over(now: datetime) -> ColumnElement[bool]:
    is_visitor = Subject.channel.in_(VISITOR_CHANNELS)
    return or_(
        Subject.last_contact_at < now - KEEP_SUBJECT,
        and_(is_visitor, Subject.last_contact_at < now - KEEP_VISITOR),
        Subject.forget_at <= now,
    )


RULES: Final[dict[str, Rule]] = {
    "lapsed holds": _lapse_holds,
    "past appointments": _unlink_past,
    "silent subjects": _forget_subjects,
    "closed handovers": _drop_closed_handovers,
}
