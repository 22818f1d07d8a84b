"""The guard against overlaps: five-minute cells of which each can be claimed once.

The primary key of `claimed_cell` refuses the second taker, on SQLite and PostgreSQL alike. Everyone who is
about to touch cells first calls `lock_resources`: with the rows of the specialists and rooms locked in id
order, nobody waits inside the key's index, and there is no deadlock.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import CLAIMING, Appointment, ClaimedCell, Room, Specialist

CELL_SECONDS = 300


class SlotTaken(Exception):
    """Somebody else has this time, or it is no longer offered."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One claimed cell's key."""

    resource: str
    lane: int
    cell: int


@dataclass(frozen=True, slots=True)
class CellRange:
    """The cells from `first` up to, but not including, `end`."""

    first: int
    end: int


def cell_range(starts_at: datetime, ends_at: datetime) -> CellRange:
    """The cells that a time touches, rounded outward."""
    first = math.floor(starts_at.timestamp() / CELL_SECONDS)
    return CellRange(first, math.ceil(ends_at.timestamp() / CELL_SECONDS))


def specialist_resource(specialist_id: str) -> str:
    """The name under which a specialist's cells are claimed."""
    return f"specialist:{specialist_id}"


def room_resource(room_id: str) -> str:
    """The name under which a room's cells are claimed."""
    return f"room:{room_id}"


def cells_of(appointment: Appointment) -> set[Cell]:
    """What an appointment has to claim: the specialist with the buffer, the room without it."""
    return {
        Cell(resource, appointment.lane, cell)
        for resource, wanted in _ranges_of(appointment).items()
        for cell in range(wanted.first, wanted.end)
    }


def _ranges_of(appointment: Appointment) -> dict[str, CellRange]:
    first = appointment.first_cell
    wanted = {specialist_resource(appointment.specialist_id): CellRange(first, appointment.end_cell)}
    if appointment.room_id and appointment.room_end_cell:
        wanted[room_resource(appointment.room_id)] = CellRange(first, appointment.room_end_cell)
    return wanted


async def lock_resources(
    session: AsyncSession, specialist_ids: Iterable[str], room_ids: Iterable[str | None] = ()
) -> None:
    """Wait for everyone else who is changing cells of these specialists and rooms.

    Always specialists before rooms, each in id order, and always before an appointment's row is locked.
    SQLite has one writer at a time and needs no lock.
    """
    people = select(Specialist.id).where(Specialist.id.in_(sorted(set(specialist_ids))))
    await session.execute(people.order_by(Specialist.id).with_for_update(key_share=True))
    wanted_rooms = sorted({room_id for room_id in room_ids if room_id})
    if wanted_rooms:
        rooms = select(Room.id).where(Room.id.in_(wanted_rooms)).order_by(Room.id)
        await session.execute(rooms.with_for_update(key_share=True))


async def claim_cells(session: AsyncSession, appointment_id: str, cells: Collection[Cell]) -> None:
    """Claim all of these cells or none; raises SlotTaken when one is taken.

    One plain insert in key order (RETURNING makes SQLAlchemy send one statement). Call it in a savepoint,
    which the refusal undoes. The database's own words name the cell, so they are not passed on.
    """
    rows = [
        {"resource": cell.resource, "lane": cell.lane, "cell": cell.cell, "appointment_id": appointment_id}
        for cell in sorted(cells)
    ]
    if not rows:
        return
    try:
        await session.execute(insert(ClaimedCell).returning(ClaimedCell.cell), rows)
    except IntegrityError:
        raise SlotTaken from None


async def change_cells(
    session: AsyncSession, appointment_id: str, old: Collection[Cell], new: Collection[Cell]
) -> None:
    """Write only the difference between two claims, in a savepoint: after SlotTaken the old claim stands."""
    freed = [(cell.resource, cell.lane, cell.cell) for cell in sorted(set(old) - set(new))]
    key = tuple_(ClaimedCell.resource, ClaimedCell.lane, ClaimedCell.cell)
    mine = ClaimedCell.appointment_id == appointment_id
    async with session.begin_nested():
        if freed:
            await session.execute(delete(ClaimedCell).where(mine, key.in_(freed)))
        await claim_cells(session, appointment_id, set(new) - set(old))


async def free_cells(session: AsyncSession, appointment_ids: Collection[str]) -> None:
    """Give back every cell of these appointments."""
    if appointment_ids:
        mine = ClaimedCell.appointment_id.in_(appointment_ids)
        await session.execute(delete(ClaimedCell).where(mine))


async def broken_cells(session: AsyncSession) -> list[str]:
    """Ids of appointments whose cells are not exactly what they should have; empty is good."""
    claimed = await _claimed_ranges(session)
    live = select(Appointment).where(Appointment.status.in_(CLAIMING)).execution_options(yield_per=1000)
    broken: list[str] = []
    async for appointment in await session.stream_scalars(live):
        if claimed.pop(appointment.id, set()) != _wanted_ranges(appointment):
            broken.append(appointment.id)
    return sorted([*broken, *claimed])


Claimed = set[tuple[str, int, int, int, int]]
"""Resource, lane, first cell, last cell and how many there are."""


async def _claimed_ranges(session: AsyncSession) -> dict[str, Claimed]:
    cell = ClaimedCell.cell
    key = (ClaimedCell.appointment_id, ClaimedCell.resource, ClaimedCell.lane)
    grouped = select(*key, func.min(cell), func.max(cell), func.count()).group_by(*key)
    claimed: dict[str, Claimed] = {}
    for appointment_id, resource, lane, first, last, count in await session.execute(grouped):
        claimed.setdefault(appointment_id, set()).add((resource, lane, first, last, count))
    return claimed


def _wanted_ranges(appointment: Appointment) -> Claimed:
    return {
        (resource, appointment.lane, wanted.first, wanted.end - 1, wanted.end - wanted.first)
        for resource, wanted in _ranges_of(appointment).items()
    }
