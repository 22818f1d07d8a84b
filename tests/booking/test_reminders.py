"""Reminders fall due the day before, by day, once, and only for those who want them."""

from datetime import datetime

import pytest

from booking.appointments import cancel, mark_missed, move
from booking.models import Appointment
from booking.reminders import due_reminders, mark_reminded, next_waking
from bot.database import Database
from tests.booking.calendars import booked, held, open_calendar, riga, slot_at


@pytest.mark.parametrize(
    ("wall", "is_due", "reason"),
    [
        ("2026-11-25 09:59", False, "too early in the day"),
        ("2026-11-25 10:00", True, "the day before, from ten on"),
        ("2026-11-25 17:59", True, "the day before, until six"),
        ("2026-11-25 18:00", False, "too late in the day"),
        ("2026-11-24 12:00", False, "two days before"),
        ("2026-11-26 10:00", False, "the day itself"),
    ],
)
async def test_a_reminder_is_due_by_day_the_day_before(
    database: Database, now: datetime, wall: str, is_due: bool, reason: str
) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, slot_at("2026-11-26 16:30"), now=now)
    async with database.reading() as session:
        due = await due_reminders(session, now=riga(wall))
    assert [each.id for each in due] == ([mine.id] if is_due else []), reason


async def test_the_day_before_is_a_day_in_riga_also_when_the_clocks_change(database: Database) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        early, late = slot_at("2027-10-29 09:00"), slot_at("2027-11-01 09:00")
        mine = [await booked(session, slot, now=riga("2027-10-20 12:00")) for slot in (early, late)]
        assert [each.id for each in await due_reminders(session, now=riga("2027-10-28 10:00"))] == [mine[0].id]
        assert [each.id for each in await due_reminders(session, now=riga("2027-10-31 10:00"))] == [mine[1].id]


async def test_only_booked_ones_that_want_it_are_reminded_and_only_once(database: Database, now: datetime) -> None:
    day_before = riga("2026-11-25 10:00")
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, slot_at("2026-11-26 09:00"), now=now)
        silent = await booked(session, slot_at("2026-11-26 09:30"), now=now)
        gone = await booked(session, slot_at("2026-11-26 10:00"), now=now)
        await held(session, slot_at("2026-11-26 10:30"), now=day_before)
        silent.reminds = False
        await cancel(session, gone.id, by="resident", now=now)
        assert [each.id for each in await due_reminders(session, now=day_before)] == [mine.id]
        assert await mark_reminded(session, mine.id, starts_at=mine.starts_at, now=day_before)
        assert not await mark_reminded(session, mine.id, starts_at=mine.starts_at, now=day_before)
        assert not await mark_reminded(session, gone.id, starts_at=gone.starts_at, now=day_before)
        assert await due_reminders(session, now=day_before) == []


async def test_a_moved_appointment_is_reminded_of_anew(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        await mark_reminded(session, mine.id, starts_at=mine.starts_at, now=now)
        await move(session, mine.id, slot_at("2026-11-26 09:00"), now=now)
        assert [each.id for each in await due_reminders(session, now=riga("2026-11-25 10:00"))] == [mine.id]


async def test_a_reminder_after_the_appointment_was_missed_is_not_marked(database: Database, now: datetime) -> None:
    begun = riga("2026-11-25 09:00")
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        await mark_missed(session, mine.id, now=begun)
        assert not await mark_reminded(session, mine.id, starts_at=mine.starts_at, now=begun)
        assert (await session.get_one(Appointment, mine.id)).reminded_at is None


async def test_what_was_moved_this_very_moment_is_not_reminded_of_at_its_old_time(
    database: Database, now: datetime
) -> None:
    day_before = riga("2026-11-25 10:00")
    async with database.writing() as session:
        await open_calendar(session)
        mine = await booked(session, slot_at("2026-11-26 09:00"), now=now)
        as_read = mine.starts_at
        await move(session, mine.id, slot_at("2026-11-26 14:00"), now=day_before)
        assert not await mark_reminded(session, mine.id, starts_at=as_read, now=day_before)
        assert await mark_reminded(session, mine.id, starts_at=mine.starts_at, now=day_before)


@pytest.mark.parametrize(("booked_at", "is_due"), [("2026-11-25 11:00", True), ("2026-11-25 11:01", False)])
async def test_who_booked_within_the_last_hour_is_not_reminded_yet(
    database: Database, booked_at: str, is_due: bool
) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await booked(session, slot_at("2026-11-26 09:00"), now=riga(booked_at))
        assert bool(await due_reminders(session, now=riga("2026-11-25 12:00"))) == is_due


@pytest.mark.parametrize(
    ("wall", "waking"),
    [
        ("2026-11-25 08:00", "2026-11-25 08:00"),
        ("2026-11-25 20:59", "2026-11-25 20:59"),
        ("2026-11-25 21:00", "2026-11-26 08:00"),
        ("2026-11-25 23:30", "2026-11-26 08:00"),
        ("2026-11-26 00:30", "2026-11-26 08:00"),
        ("2026-11-26 07:59", "2026-11-26 08:00"),
        ("2027-03-27 22:00", "2027-03-28 08:00"),
        ("2027-10-31 03:30", "2027-10-31 08:00"),
    ],
)
def test_nobody_is_woken_between_nine_and_eight(wall: str, waking: str) -> None:
    assert next_waking(riga(wall)) == riga(waking)
