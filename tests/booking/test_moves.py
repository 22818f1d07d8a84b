"""Moving, cancelling, and what became of it: the calendar stays whole and nothing happens twice."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import (
    Canceller,
    NotLive,
    cancel,
    mark_kept,
    mark_missed,
    move,
)
from booking.cells import SlotTaken, broken_cells
from booking.models import Appointment, AppointmentStatus, RotaRule
from bot.database import Database
from tests.booking.calendars import booked, held, open_calendar, riga, slot_at

NINE = slot_at("2026-11-25 09:00")
HALF_PAST = slot_at("2026-11-25 09:30")
LAPSED = timedelta(minutes=15)


async def status_of(session: AsyncSession, appointment_id: str) -> str | None:
    return await session.scalar(select(Appointment.status).where(Appointment.id == appointment_id))


async def test_a_move_writes_only_the_difference(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, minutes=60, buffer_minutes=30)
        appointment = await booked(session, slot_at("2026-11-25 09:00", minutes=60), now=now)
        for rule in await session.scalars(select(RotaRule).where(RotaRule.starts == "09:00")):
            rule.starts = "09:15"
        await session.flush()
        written = record_cell_writes(database)
        moved = await move(session, appointment.id, slot_at("2026-11-25 09:15", minutes=60), now=now)
        assert written == [3, 3], "three cells given back, three taken, fifteen left alone"
        assert await broken_cells(session) == []
    assert moved.starts_at == riga("2026-11-25 09:15")


def record_cell_writes(database: Database) -> list[int]:
    """How many rows each later write to the cells touches."""
    written: list[int] = []

    def note(_connection: object, cursor: Any, statement: str, *_rest: object) -> None:
        if re.match(r"(INSERT INTO|DELETE FROM) claimed_cell", statement):
            written.append(cursor.rowcount)

    event.listen(database.engine.sync_engine, "after_cursor_execute", note)
    return written


async def test_a_moved_appointment_is_newer_and_is_reminded_of_again(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"))
        appointment = await booked(session, NINE, now=now)
        appointment.reminded_at = now
        await session.flush()
        moved = await move(session, appointment.id, slot_at("2026-11-26 10:00", "ieva"), now=now + LAPSED)
        assert (moved.sequence, moved.reminded_at, moved.specialist_id) == (1, None, "ieva")
        assert (moved.reference, moved.changed_at) == (appointment.reference, now + LAPSED)
        await held(session, NINE, now=now)
        assert await broken_cells(session) == []


async def test_a_move_to_a_taken_time_changes_nothing(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await booked(session, HALF_PAST, now=now)
        mine = await booked(session, NINE, now=now)
        with pytest.raises(SlotTaken):
            await move(session, mine.id, HALF_PAST, now=now)
        assert (mine.starts_at, mine.sequence) == (riga("2026-11-25 09:00"), 0)
        assert await broken_cells(session) == []
        with pytest.raises(SlotTaken):
            await held(session, NINE, now=now)


async def test_a_move_may_take_the_time_of_a_lapsed_hold(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        lapsed = await held(session, HALF_PAST, now=now)
        mine = await booked(session, NINE, now=now)
        await move(session, mine.id, HALF_PAST, now=now + LAPSED)
        assert await status_of(session, lapsed.id) == AppointmentStatus.EXPIRED
        assert await broken_cells(session) == []


@pytest.mark.parametrize("by", ["resident", "staff", "system"])
async def test_cancelling_frees_the_time_and_says_who_did_it(database: Database, now: datetime, by: Canceller) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, NINE, now=now)
        gone = await cancel(session, mine.id, by=by, now=now)
        assert (gone.status, gone.cancelled_by, gone.sequence) == (AppointmentStatus.CANCELLED, by, 1)
        await booked(session, NINE, now=now)
        with pytest.raises(NotLive):
            await cancel(session, mine.id, by=by, now=now)
        with pytest.raises(NotLive):
            await move(session, mine.id, HALF_PAST, now=now)
        assert await broken_cells(session) == []


async def test_what_has_begun_is_neither_moved_nor_cancelled(database: Database, now: datetime) -> None:
    begun = riga("2026-11-25 09:00")
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, NINE, now=now)
        with pytest.raises(NotLive):
            await cancel(session, mine.id, by="resident", now=begun)
        with pytest.raises(NotLive):
            await move(session, mine.id, slot_at("2026-11-26 09:00"), now=begun)


async def test_kept_and_missed_are_known_only_once_it_has_begun(database: Database, now: datetime) -> None:
    begun = riga("2026-11-25 09:00")
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, NINE, now=now)
        for mark in (mark_kept, mark_missed):
            with pytest.raises(NotLive):
                await mark(session, mine.id, now=begun - timedelta(seconds=1))
        assert (await mark_missed(session, mine.id, now=begun)).status == AppointmentStatus.MISSED
        assert (await mark_kept(session, mine.id, now=begun)).status == AppointmentStatus.KEPT, "came late"
        with pytest.raises(NotLive):
            await cancel(session, mine.id, by="staff", now=begun)
        assert await broken_cells(session) == []


async def test_only_a_booked_appointment_can_be_kept(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        mine = await held(session, NINE, now=now)
        for appointment_id in (mine.id, "unknown"):
            with pytest.raises(NotLive):
                await mark_kept(session, appointment_id, now=riga("2026-11-25 09:00"))
