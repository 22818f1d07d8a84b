"""Which times of specialists and rooms are taken: what offering looks at, and what colleagues may see."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.cells import CELL_SECONDS, cell_range, room_resource, specialist_resource
from booking.models import CLAIMING, Absence, Appointment, AppointmentStatus
from booking.rota import riga_midnight

LONGEST = timedelta(days=1)
"""No appointment, buffer included, is longer; it bounds how far back a reader must look for its start."""


@dataclass(slots=True)
class Taken:
    """Which cells of a range are taken: one byte a cell, one row for each specialist and room."""

    first: int
    size: int
    rows: dict[str, bytearray] = field(default_factory=dict)

    def mark(self, resource: str, first: int, end: int) -> None:
        """Note these cells as taken; what lies outside the range is cut off."""
        begin, stop = max(first - self.first, 0), min(end - self.first, self.size)
        if begin < stop:
            row = self.rows.setdefault(resource, bytearray(self.size))
            row[begin:stop] = b"\x01" * (stop - begin)

    def is_free(self, resource: str, first: int, end: int) -> bool:
        """Whether none of these cells is taken."""
        row = self.rows.get(resource)
        return row is None or row.find(1, max(first - self.first, 0), end - self.first) < 0

    def load(self, resource: str) -> int:
        """How many cells of this resource are taken."""
        return self.rows[resource].count(1) if resource in self.rows else 0


@dataclass(frozen=True, slots=True)
class BusyTime:
    """A time when a specialist cannot be had; for colleagues, so it says nothing more."""

    starts_at: datetime
    ends_at: datetime


def empty_days(first_on: date, last_on: date, *, margin: timedelta = timedelta()) -> Taken:
    """Riga days in which nothing is taken yet, widened by `margin` on both sides."""
    first = riga_midnight(first_on) - margin
    end = riga_midnight(last_on + timedelta(days=1)) + margin
    cells = cell_range(first, end)
    return Taken(cells.first, cells.end - cells.first)


async def mark_absences(session: AsyncSession, taken: Taken, specialist_ids: Collection[str]) -> None:
    """Note when these specialists are away."""
    rows = select(Absence.specialist_id, Absence.starts_at, Absence.ends_at).where(
        Absence.specialist_id.in_(specialist_ids),
        Absence.starts_at < _moment(taken.first + taken.size),
        Absence.ends_at > _moment(taken.first),
    )
    for person, starts_at, ends_at in await session.execute(rows):
        away = cell_range(starts_at, ends_at)
        taken.mark(specialist_resource(person), away.first, away.end)


async def mark_appointments(session: AsyncSession, taken: Taken, *, now: datetime) -> None:
    """Note what held, booked and past appointments claim; a hold that has lapsed claims nothing."""
    columns = select(
        Appointment.specialist_id,
        Appointment.first_cell,
        Appointment.end_cell,
        Appointment.room_id,
        Appointment.starts_at,
        Appointment.minutes,
    )
    lapsed = and_(Appointment.status == AppointmentStatus.HELD, Appointment.held_until_at <= now)
    rows = columns.where(
        Appointment.starts_at >= _moment(taken.first) - LONGEST,
        Appointment.starts_at < _moment(taken.first + taken.size),
        Appointment.status.in_(CLAIMING),
        ~lapsed,
    )
    for person, first, end, room_id, starts_at, minutes in await session.execute(rows):
        taken.mark(specialist_resource(person), first, end)
        if room_id:
            used = cell_range(starts_at, starts_at + timedelta(minutes=minutes))
            taken.mark(room_resource(room_id), used.first, used.end)


async def busy_of(
    session: AsyncSession, specialist_ids: Collection[str], first_on: date, last_on: date, *, now: datetime
) -> dict[str, list[BusyTime]]:
    """Absences, appointments with buffers and live holds of these specialists, joined, in order of time."""
    taken = empty_days(first_on, last_on)
    await mark_absences(session, taken, specialist_ids)
    await mark_appointments(session, taken, now=now)
    return {person: _joined(taken, specialist_resource(person)) for person in specialist_ids}


def _joined(taken: Taken, resource: str) -> list[BusyTime]:
    row = taken.rows.get(resource, bytearray())
    times: list[BusyTime] = []
    begin = row.find(1)
    while begin >= 0:
        stop = row.find(0, begin)
        stop = len(row) if stop < 0 else stop
        times.append(BusyTime(_moment(taken.first + begin), _moment(taken.first + stop)))
        begin = row.find(1, stop)
    return times


def _moment(cell: int) -> datetime:
    return datetime.fromtimestamp(cell * CELL_SECONDS, UTC)
