"""An appointment's life: held, booked, moved, cancelled, kept or missed.

Locks are always taken in one order: specialists, rooms, then appointment rows. A hold that has lapsed keeps
its cells until somebody marks it expired; that update takes the same row lock as confirming, so one of the
two wins.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, and_, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.availability import Opening, Slot, find_slot
from booking.cells import (
    SlotTaken,
    cell_range,
    cells_of,
    change_cells,
    claim_cells,
    free_cells,
    lock_resources,
)
from booking.models import Appointment, AppointmentStatus

LETTERS = "CDFHJKMNPRTWXY34679"
"""Nothing that looks or sounds like something else, and no vowels, so that no words come out."""

REFERENCE_LENGTH = 6
LOOK_ALIKE = str.maketrans("СНКМРТХУ", "CHKMPTXY")
"""Cyrillic letters that look like those of a reference: people type what they see on the keyboard they have."""

MOST_APPOINTMENTS = 3
"""How many appointments still to come one resident may have, so that nobody fills the calendar alone."""

IS_HELD = Appointment.status == literal(AppointmentStatus.HELD.value, literal_execute=True)
"""Written out in the statement, so that both databases see that the small index of holds will do."""

Canceller = Literal["resident", "staff", "system"]


class LimitReached(Exception):
    """This resident has as many appointments as one may have."""


class NotLive(Exception):
    """The appointment is in a state, or at a time, in which this cannot be done to it."""


def new_reference() -> str:
    """A random code of six characters that can be read out over the telephone."""
    return "".join(secrets.choice(LETTERS) for _ in range(REFERENCE_LENGTH))


def as_reference(typed: str) -> str | None:
    """The reference that somebody typed, in small letters or on a Cyrillic keyboard too; None when it is none."""
    letters = typed.upper().translate(LOOK_ALIKE)
    return letters if len(letters) == REFERENCE_LENGTH and set(letters) <= set(LETTERS) else None


async def hold(
    session: AsyncSession,
    slot: Slot,
    *,
    appointment_id: str,
    reference: str,
    subject_id: str,
    kind: str,
    now: datetime,
    minutes_held: int = 15,
) -> Appointment:
    """Keep a slot for a resident while the form is filled in; it replaces the hold this resident had.

    A reference in use already is replaced by a new one. Raises SlotTaken (an earlier hold then stays) or
    LimitReached.
    """
    used = await _held_by(session, subject_id, now)
    opening = await _find(session, slot, kind, now)
    await _lock_and_expire(session, [_Resources(slot.specialist_id, opening.room_id), *used], now)
    held = Appointment(
        id=appointment_id,
        reference=await _unused(session, reference),
        subject_id=subject_id,
        kind=kind,
        lane=0,
        status=AppointmentStatus.HELD,
        held_until_at=now + timedelta(minutes=minutes_held),
        created_at=now,
        changed_at=now,
    )
    _place(held, opening)
    async with session.begin_nested():
        if used:
            await _expire(session, *_holds_of(subject_id))
        session.add(held)
        await session.flush()
        await claim_cells(session, held.id, cells_of(held))
    return held


async def book(
    session: AsyncSession,
    appointment_id: str,
    *,
    request_key: str,
    name_sealed: bytes,
    need_sealed: bytes,
    reminds: bool,
    now: datetime,
) -> Appointment:
    """Turn a hold into a booking; a hold that has lapsed is claimed anew.

    The same `request_key`, or the same appointment once more, gives the booking made before and changes
    nothing. Raises SlotTaken, LimitReached, and NotLive for an appointment that was cancelled or is over.
    """
    repeated = select(Appointment).where(Appointment.request_key == request_key)
    if booked := (await session.execute(repeated)).scalar_one_or_none():
        return booked
    appointment = await _locked(session, appointment_id)
    if appointment.status == AppointmentStatus.BOOKED:
        return appointment
    if appointment.status not in (AppointmentStatus.HELD, AppointmentStatus.EXPIRED):
        raise NotLive
    await _held_by(session, appointment.subject_id, now)
    if not _is_held(appointment, now):
        await _claim_anew(session, appointment, now)
    appointment.status = AppointmentStatus.BOOKED
    appointment.held_until_at = None
    appointment.request_key = request_key
    appointment.name_sealed = name_sealed
    appointment.need_sealed = need_sealed
    appointment.reminds = reminds
    appointment.changed_at = now
    await session.flush()
    return appointment


async def move(session: AsyncSession, appointment_id: str, slot: Slot, *, now: datetime) -> Appointment:
    """Give a booked appointment another time, specialist or place; writes only the cells that differ.

    It is reminded of again. Raises SlotTaken (nothing has changed then) or NotLive.
    """
    old = await _find_row(session, appointment_id)
    opening = await _find(session, slot, old.kind, now)
    target = _Resources(slot.specialist_id, opening.room_id)
    await _lock_and_expire(session, [_Resources(old.specialist_id, old.room_id), target], now)
    appointment = await _lock_row(session, appointment_id)
    _demand_to_come(appointment, now)
    moved = Appointment(id=appointment.id, lane=appointment.lane)
    _place(moved, opening)
    await change_cells(session, appointment.id, cells_of(appointment), cells_of(moved))
    _place(appointment, opening)
    appointment.sequence += 1
    appointment.reminded_at = None
    appointment.changed_at = now
    await session.flush()
    return appointment


async def cancel(session: AsyncSession, appointment_id: str, *, by: Canceller, now: datetime) -> Appointment:
    """Cancel a hold, or a booked appointment still to come, and free its time; else raises NotLive."""
    appointment = await _locked(session, appointment_id)
    if appointment.status != AppointmentStatus.HELD:
        _demand_to_come(appointment, now)
    appointment.status = AppointmentStatus.CANCELLED
    appointment.cancelled_by = by
    appointment.held_until_at = None
    appointment.sequence += 1
    appointment.changed_at = now
    await session.flush()
    await free_cells(session, [appointment.id])
    return appointment


async def mark_kept(session: AsyncSession, appointment_id: str, *, now: datetime) -> Appointment:
    """Note that the resident came; raises NotLive before the start or when it was never booked."""
    return await _mark(session, appointment_id, AppointmentStatus.KEPT, now)


async def mark_missed(session: AsyncSession, appointment_id: str, *, now: datetime) -> Appointment:
    """Note that the resident did not come; raises NotLive as `mark_kept` does."""
    return await _mark(session, appointment_id, AppointmentStatus.MISSED, now)


async def expire_holds(session: AsyncSession, *, now: datetime) -> int:
    """Mark all lapsed holds expired and free their cells; gives how many."""
    lapsed = select(Appointment.specialist_id, Appointment.room_id).where(*_has_lapsed(now))
    used = [_Resources(*row) for row in await session.execute(lapsed)]
    return await _lock_and_expire(session, used, now) if used else 0


async def live_of_subject(session: AsyncSession, subject_id: str, *, now: datetime) -> list[Appointment]:
    """A resident's booked appointments that are still to come, soonest first."""
    to_come = select(Appointment).where(*_to_come(subject_id, now))
    return list((await session.scalars(to_come.order_by(Appointment.starts_at))).all())


class _Resources(NamedTuple):
    """Whose cells a change touches."""

    specialist_id: str
    room_id: str | None


def _place(appointment: Appointment, opening: Opening) -> None:
    slot = opening.slot
    appointment.specialist_id = slot.specialist_id
    appointment.office_id = slot.office_id
    appointment.room_id = opening.room_id
    appointment.starts_at = slot.starts_at
    appointment.minutes = slot.minutes
    used = cell_range(slot.starts_at, appointment.ends_at)
    claimed = cell_range(slot.starts_at, appointment.ends_at + timedelta(minutes=opening.buffer_minutes))
    appointment.first_cell, appointment.end_cell = claimed.first, claimed.end
    appointment.room_end_cell = used.end if opening.room_id else None


async def _find(session: AsyncSession, slot: Slot, kind: str, now: datetime) -> Opening:
    opening = await find_slot(session, slot, kind, now=now)
    if opening is None:
        raise SlotTaken
    return opening


async def _claim_anew(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    slot = Slot(appointment.specialist_id, appointment.office_id, appointment.starts_at, appointment.minutes)
    await _find(session, slot, appointment.kind, now)
    await _lock_and_expire(session, [_Resources(appointment.specialist_id, appointment.room_id)], now)
    async with session.begin_nested():
        await claim_cells(session, appointment.id, cells_of(appointment))


async def _lock_and_expire(session: AsyncSession, used: Sequence[_Resources], now: datetime) -> int:
    """Lock these specialists and rooms and free what lapsed holds still claim of them."""
    people = {each.specialist_id for each in used}
    rooms = {each.room_id for each in used if each.room_id}
    await lock_resources(session, people, rooms)
    theirs = or_(Appointment.specialist_id.in_(people), Appointment.room_id.in_(rooms))
    return await _expire(session, *_has_lapsed(now), theirs)


async def _expire(session: AsyncSession, *which: ColumnElement[bool]) -> int:
    marked = update(Appointment).where(*which).values(status=AppointmentStatus.EXPIRED)
    # Objects in the session are left alone: a savepoint that fails later would make them unreadable. Whoever
    # goes on with one reads its row anew under lock.
    alone = marked.returning(Appointment.id).execution_options(synchronize_session=False)
    expired = (await session.scalars(alone)).all()
    await free_cells(session, expired)
    return len(expired)


async def _locked(session: AsyncSession, appointment_id: str) -> Appointment:
    """The appointment as it is now, with its specialist, room and row locked."""
    row = await _find_row(session, appointment_id)
    await lock_resources(session, [row.specialist_id], [row.room_id])
    return await _lock_row(session, appointment_id)


async def _find_row(session: AsyncSession, appointment_id: str) -> Appointment:
    appointment = await session.get(Appointment, appointment_id)
    if appointment is None:
        raise NotLive
    return appointment


async def _lock_row(session: AsyncSession, appointment_id: str) -> Appointment:
    row = select(Appointment).where(Appointment.id == appointment_id).with_for_update(key_share=True)
    return (await session.scalars(row.execution_options(populate_existing=True))).one()


async def _mark(session: AsyncSession, appointment_id: str, status: AppointmentStatus, now: datetime) -> Appointment:
    appointment = await _locked(session, appointment_id)
    past = (AppointmentStatus.BOOKED, AppointmentStatus.KEPT, AppointmentStatus.MISSED)
    if appointment.status not in past or appointment.starts_at > now:
        raise NotLive
    appointment.status = status
    appointment.changed_at = now
    await session.flush()
    return appointment


async def _unused(session: AsyncSession, reference: str) -> str:
    while await session.scalar(select(Appointment.id).where(Appointment.reference == reference)):
        reference = new_reference()
    return reference


def _is_held(appointment: Appointment, now: datetime) -> bool:
    until = appointment.held_until_at
    return appointment.status == AppointmentStatus.HELD and until is not None and until > now


def _demand_to_come(appointment: Appointment, now: datetime) -> None:
    if appointment.status != AppointmentStatus.BOOKED or appointment.starts_at <= now:
        raise NotLive


async def _held_by(session: AsyncSession, subject_id: str | None, now: datetime) -> list[_Resources]:
    """What the holds of a resident claim; raises LimitReached when the resident has enough booked already."""
    if subject_id is None:
        raise NotLive
    columns = select(Appointment.specialist_id, Appointment.room_id, Appointment.status)
    either = or_(and_(*_to_come(subject_id, now)), and_(*_holds_of(subject_id)))
    rows = (await session.execute(columns.where(either))).all()
    holds = [_Resources(row.specialist_id, row.room_id) for row in rows if row.status == AppointmentStatus.HELD]
    if len(rows) - len(holds) >= MOST_APPOINTMENTS:
        raise LimitReached
    return holds


def _to_come(subject_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Appointment.subject_id == subject_id,
        Appointment.status == AppointmentStatus.BOOKED,
        Appointment.starts_at > now,
    )


def _holds_of(subject_id: str) -> tuple[ColumnElement[bool], ...]:
    return (Appointment.subject_id == subject_id, IS_HELD)


def _has_lapsed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (IS_HELD, Appointment.held_until_at <= now)
