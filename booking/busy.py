"""Which times of specialists and rooms are taken: what offering looks at, and what colleagues may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.cells import CELL_SECONDS, CellRange, cell_range, room_resource, specialist_resource
from booking.models import CLAIMING, Absence, Appointment, AppointmentStatus
from booking.rota import riga_midnight

LONGEST = timedelta(days=1)
"""No appointment, buffer included, is longer; it bounds how far back a reader must look for its start."""


class TakenRow:
    """Which cells of one specialist or room are taken: one byte a cell, from `first` on."""

    __slots__ = ("cells", "first")

    def __init__(self, first: int, size: int) -> None:
        self.first = first
        self.cells = bytearray(size)

    def mark(self, first: int, end: int) -> None:
        """Note these cells as taken; what lies outside the row is cut off."""
        begin, stop = max(first - self.first, 0), min(end - self.first, len(self.cells))
        if begin < stop:
            self.cells[begin:stop] = b"\x01" * (stop - begin)

    def is_free(self, first: int, end: int) -> bool:
        """Whether none of these cells is taken; they lie within the row."""
        return self.cells.find(1, first - self.first, end - self.first) < 0


class Taken:
    """Rows of equal length, one for each specialist and room that is asked for."""

    def __init__(self, cells: CellRange) -> None:
        self.cells = cells
        self._rows: dict[str, TakenRow] = {}

    def row(self, resource: str) -> TakenRow:
        """The row of a specialist or room."""
        if resource not in self._rows:
            self._rows[resource] = TakenRow(self.cells.first, self.cells.end - self.cells.first)
        return self._rows[resource]

    def load(self, resource: str) -> int:
        """How many cells of this resource are taken."""
        return self.row(resource).cells.count(1)


@dataclass(frozen=True, slots=True)
class BusyTime:
    """A time when a specialist cannot be had; for colleagues, so it says nothing more."""

    starts_at: datetime
    ends_at: datetime


def empty_days(first_on: date, last_on: date) -> Taken:
    """Riga days, both included, in which nothing is taken yet."""
    return Taken(cell_range(riga_midnight(first_on), riga_midnight(last_on + timedelta(days=1))))


async def mark_absences(session: AsyncSession, taken: Taken, specialist_ids: Collection[str]) -> None:
    """Note when these specialists are away."""
    rows = select(Absence.specialist_id, Absence.starts_at, Absence.ends_at).where(
        Absence.specialist_id.in_(specialist_ids),
        Absence.starts_at < _moment(taken.cells.end),
        Absence.ends_at > _moment(taken.cells.first),
    )
    for person, starts_at, ends_at in await session.execute(rows):
        away = cell_range(starts_at, ends_at)
        taken.row(specialist_resource(person)).mark(away.first, away.end)


async def mark_appointments(session: AsyncSession, taken: Taken, *, now: datetime) -> None:
    """Note what held, booked and past appointments claim; a hold that has lapsed claims nothing."""
    lapsed = and_(Appointment.status == AppointmentStatus.HELD, Appointment.held_until_at <= now)
    cells = (Appointment.first_cell, Appointment.end_cell, Appointment.room_end_cell)
    rows = select(Appointment.specialist_id, Appointment.room_id, *cells).where(
        Appointment.starts_at >= _moment(taken.cells.first) - LONGEST,
        Appointment.starts_at < _moment(taken.cells.end),
        Appointment.status.in_(CLAIMING),
        ~lapsed,
    )
    for person, room_id, first, end, room_end in await session.execute(rows):
        taken.row(specialist_resource(person)).mark(first, end)
        if room_id and room_end:
            taken.row(room_resource(room_id)).mark(first, room_end)


async def busy_of(
    session: AsyncSession, specialist_ids: Collection[str], first_on: date, last_on: date, *, now: datetime
) -> dict[str, list[BusyTime]]:
    """Absences, appointments with buffers and live holds of these specialists, joined, in order of time."""
    taken = empty_days(first_on, last_on)
    await mark_absences(session, taken, specialist_ids)
    await mark_appointments(session, taken, now=now)
    return {person: _joined(taken, specialist_resource(person)) for person in specialist_ids}


def _joined(taken: Taken, resource: str) -> list[BusyTime]:
    row = taken.row(resource).cells
    times: list[BusyTime] = []
    begin = row.find(1)
    while begin >= 0:
        stop = row.find(0, begin)
        stop = len(row) if stop < 0 else stop
        times.append(BusyTime(_moment(taken.cells.first + begin), _moment(taken.cells.first + stop)))
        begin = row.find(1, stop)
    return times


def _moment(cell: int) -> datetime:
    return datetime.fromtimestamp(cell * CELL_SECONDS, UTC)
