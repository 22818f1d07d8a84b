"""The guard: a cell belongs to one appointment, whatever the code above it believes."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.appointments import cancel, move
from booking.cells import Cell, SlotTaken, broken_cells, cell_range, cells_of, change_cells
from booking.models import Appointment, AppointmentStatus, ClaimedCell
from bot.database import Database
from tests.booking.calendars import booked, held, open_calendar, slot_at

NINE = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_after", "minutes", "cells", "reason"),
    [
        (0, 30, 6, "half an hour on the grid"),
        (1, 30, 7, "a start within a cell takes that cell too"),
        (0, 31, 7, "an end within a cell takes that cell too"),
        (4, 2, 2, "two minutes over a border take both"),
        (0, 5, 1, "one cell"),
    ],
)
def test_cells_are_rounded_outward(starts_after: int, minutes: int, cells: int, reason: str) -> None:
    starts_at = NINE + timedelta(minutes=starts_after)
    claimed = cell_range(starts_at, starts_at + timedelta(minutes=minutes))
    assert claimed.first == int(NINE.timestamp()) // 300
    assert claimed.end - claimed.first == cells, reason


async def test_the_database_itself_refuses_a_cell_twice(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        first = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        second = await booked(session, slot_at("2026-11-25 10:00"), now=now)
        row = {
            "resource": "specialist:ilze",
            "lane": 0,
            "cell": first.first_cell,
            "appointment_id": second.id,
        }
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(insert(ClaimedCell).values(row))


async def test_a_refused_claim_takes_nothing_and_the_transaction_goes_on(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"))
        first = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        other = await booked(session, slot_at("2026-11-25 09:00", "ieva"), now=now)
        wanted = {Cell("specialist:ilze", 0, cell) for cell in range(first.first_cell - 3, first.end_cell)}
        with pytest.raises(SlotTaken) as refusal:
            await change_cells(session, other.id, cells_of(other), wanted)
        assert refusal.value.__suppress_context__, "the database's words name the cell"
    async with database.reading() as session:
        assert await broken_cells(session) == []
        assert await session.scalar(select(func.count()).select_from(ClaimedCell)) == 12


async def test_buffers_claim_the_specialist_but_not_the_room(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"), buffer_minutes=15, room_id="room")
        await booked(session, slot_at("2026-11-25 09:00"), now=now)
    async with database.reading() as session:
        counted = select(ClaimedCell.resource, func.count()).group_by(ClaimedCell.resource)
        found = {row[0]: row[1] for row in await session.execute(counted)}
    assert found == {"specialist:ilze": 9, "room:room": 6}


async def test_one_room_is_not_given_to_two_people_at_a_time(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"), room_id="room")
        await booked(session, slot_at("2026-11-25 09:00"), now=now)
        with pytest.raises(SlotTaken):
            await held(session, slot_at("2026-11-25 09:00", "ieva"), now=now)


async def test_the_check_finds_appointments_whose_cells_are_not_theirs(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("a", "b", "c", "d", "e"))
        stays, loses, gains, shifts, ends = [
            await booked(session, slot_at("2026-11-25 09:00", person), now=now) for person in "abcde"
        ]
        assert await broken_cells(session) == []
        last = ClaimedCell.cell == loses.end_cell - 1
        await session.execute(delete(ClaimedCell).where(ClaimedCell.appointment_id == loses.id, last))
        extra = {"resource": "specialist:c", "lane": 0, "cell": gains.end_cell, "appointment_id": gains.id}
        await session.execute(insert(ClaimedCell).values(extra))
        first = ClaimedCell.cell == shifts.first_cell
        moved = update(ClaimedCell).where(ClaimedCell.appointment_id == shifts.id, first)
        await session.execute(moved.values(cell=shifts.end_cell))
        gone = update(Appointment).where(Appointment.id == ends.id)
        await session.execute(gone.values(status=AppointmentStatus.CANCELLED))
    async with database.reading() as session:
        assert await broken_cells(session) == sorted([loses.id, gains.id, shifts.id, ends.id])
    assert stays.status == AppointmentStatus.BOOKED


async def test_cells_follow_an_appointment_to_its_end(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, buffer_minutes=10, room_id="room")
        appointment = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        await move(session, appointment.id, slot_at("2026-11-26 13:40"), now=now)
        assert await broken_cells(session) == []
        await cancel(session, appointment.id, by="resident", now=now)
        assert await broken_cells(session) == []
        assert await session.scalar(select(func.count()).select_from(ClaimedCell)) == 0
