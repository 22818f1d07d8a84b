"""Holding, booking, moving, cancelling: nobody is promised a time that is somebody else's."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import (
    LETTERS,
    LimitReached,
    NotLive,
    book,
    cancel,
    expire_holds,
    hold,
    live_of_subject,
    new_reference,
)
from booking.availability import Slot, free_slots
from booking.cells import SlotTaken, broken_cells
from booking.confidentiality import new_id
from booking.models import Absence, Appointment, AppointmentStatus, ClaimedCell
from bot.database import Database
from tests.booking.calendars import KIND, booked, confirmed, held, open_calendar, riga, slot_at

NINE = slot_at("2026-11-25 09:00")
HALF_PAST = slot_at("2026-11-25 09:30")
LAPSED = timedelta(minutes=15)


async def status_of(session: AsyncSession, appointment_id: str) -> str | None:
    return await session.scalar(select(Appointment.status).where(Appointment.id == appointment_id))


async def count_cells(session: AsyncSession) -> int | None:
    return await session.scalar(select(func.count()).select_from(ClaimedCell))


async def test_a_hold_becomes_a_booking(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        taken = await held(session, NINE, now=now)
        appointment = await confirmed(session, taken.id, now=now + timedelta(minutes=5))
    assert appointment.status == AppointmentStatus.BOOKED
    assert (appointment.specialist_id, appointment.starts_at) == ("ilze", riga("2026-11-25 09:00"))
    assert appointment.held_until_at is None
    assert (appointment.name_sealed, appointment.need_sealed) == (b"sealed name", b"sealed need")


async def test_a_time_held_by_one_is_refused_to_another(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await held(session, NINE, now=now)
    async with database.writing() as session:
        with pytest.raises(SlotTaken):
            await held(session, NINE, now=now)
        await held(session, HALF_PAST, now=now)
    async with database.reading() as session:
        assert await broken_cells(session) == []


async def test_a_second_yes_does_not_book_twice(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        taken = await held(session, NINE, now=now)
        first = await confirmed(session, taken.id, now=now, key="yes")
    async with database.writing() as session:
        again = await book(
            session,
            taken.id,
            request_key="yes",
            name_sealed=b"another",
            need_sealed=b"another",
            reminds=False,
            now=now + timedelta(hours=1),
        )
        other_key = await confirmed(session, taken.id, now=now + timedelta(hours=1), key="yes, I said")
    assert again.id == other_key.id == first.id
    assert (again.name_sealed, again.request_key, again.changed_at) == (b"sealed name", "yes", now)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Appointment)) == 1


async def test_a_repeated_yes_after_cancelling_does_not_revive_the_booking(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        taken = await held(session, NINE, now=now)
        await confirmed(session, taken.id, now=now, key="yes")
        await cancel(session, taken.id, by="resident", now=now)
        again = await confirmed(session, taken.id, now=now, key="yes")
        assert again.status == AppointmentStatus.CANCELLED
        with pytest.raises(NotLive):
            await confirmed(session, taken.id, now=now, key="another yes")


async def test_a_lapsed_hold_is_booked_when_nobody_took_the_time(database: Database, now: datetime) -> None:
    late = now + timedelta(hours=6)
    async with database.writing() as session:
        await open_calendar(session)
        untouched = await held(session, NINE, now=now)
        expired = await held(session, HALF_PAST, now=now)
    async with database.writing() as session:
        await confirmed(session, untouched.id, now=late)
        assert await expire_holds(session, now=late) == 0, "confirming took the other one along"
        assert await status_of(session, expired.id) == AppointmentStatus.EXPIRED
        await confirmed(session, expired.id, now=late)
        assert await broken_cells(session) == []
        assert await count_cells(session) == 12


async def test_a_lapsed_hold_is_refused_when_somebody_took_the_time(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        slow = await held(session, NINE, now=now)
    async with database.writing() as session:
        quick = await booked(session, NINE, now=now + LAPSED)
        with pytest.raises(SlotTaken):
            await confirmed(session, slow.id, now=now + LAPSED)
        assert await status_of(session, quick.id) == AppointmentStatus.BOOKED
        assert await broken_cells(session) == []


async def test_a_lapsed_hold_is_refused_once_its_time_has_come(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        slow = await held(session, NINE, now=now)
        with pytest.raises(SlotTaken):
            await confirmed(session, slow.id, now=riga("2026-11-25 09:00"))


async def test_a_hold_is_not_taken_away_in_its_last_second(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await held(session, NINE, now=now)
        with pytest.raises(SlotTaken):
            await held(session, NINE, now=now + LAPSED - timedelta(seconds=1))
        await held(session, NINE, now=now + LAPSED)


async def test_a_new_hold_lets_go_of_the_old_one(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"))
        first = await held(session, NINE, now=now, subject_id="anna")
        await held(session, slot_at("2026-11-25 09:00", "ieva"), now=now, subject_id="anna")
        assert await status_of(session, first.id) == AppointmentStatus.EXPIRED
        await held(session, NINE, now=now, subject_id="janis")
        assert await broken_cells(session) == []


async def test_a_refused_hold_leaves_the_earlier_one(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await booked(session, NINE, now=now)
        mine = await held(session, HALF_PAST, now=now, subject_id="anna")
        with pytest.raises(SlotTaken):
            await held(session, NINE, now=now, subject_id="anna")
    async with database.writing() as session:
        assert (await confirmed(session, mine.id, now=now)).status == AppointmentStatus.BOOKED
        assert await broken_cells(session) == []


async def test_the_database_allows_one_hold_a_resident(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        first = await held(session, NINE, now=now, subject_id="anna")
        second = await held(session, HALF_PAST, now=now, subject_id="janis")
    async with database.writing() as session:
        stored = await session.get_one(Appointment, second.id)
        stored.subject_id = first.subject_id
        with pytest.raises(IntegrityError):
            await session.flush()
        await session.rollback()


async def test_one_resident_has_at_most_three_appointments_to_come(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        slots = [slot_at(f"2026-11-25 {hour}:00") for hour in (10, 11, 13)]
        mine = [await booked(session, slot, now=now, subject_id="anna") for slot in slots]
        with pytest.raises(LimitReached):
            await held(session, NINE, now=now, subject_id="anna")
        assert [each.id for each in await live_of_subject(session, "anna", now=now)] == [each.id for each in mine]
        await held(session, NINE, now=now, subject_id="janis")
        await cancel(session, mine[1].id, by="resident", now=now)
        await held(session, HALF_PAST, now=now, subject_id="anna")


async def test_what_is_over_does_not_count_against_a_resident(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        for hour in (10, 11, 13):
            await booked(session, slot_at(f"2026-11-25 {hour}:00"), now=now, subject_id="anna")
        next_day = now + timedelta(days=2)
        assert await live_of_subject(session, "anna", now=next_day) == []
        await held(session, slot_at("2026-11-27 09:00"), now=next_day, subject_id="anna")


@pytest.mark.parametrize(
    ("slot", "reason"),
    [
        (slot_at("2026-11-25 08:30"), "before the rota opens"),
        (slot_at("2026-11-25 09:10"), "not one of the offered starts"),
        (slot_at("2026-11-25 12:00"), "the lunch break"),
        (slot_at("2026-11-28 09:00"), "a Saturday"),
        (slot_at("2026-11-25 09:00", minutes=60), "another length"),
        (slot_at("2026-11-25 09:00", "nobody"), "a stranger"),
        (slot_at("2026-11-23 09:00"), "it is over"),
    ],
)
async def test_only_what_the_rota_offers_can_be_held(
    database: Database, now: datetime, slot: Slot, reason: str
) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        with pytest.raises(SlotTaken):
            await held(session, slot, now=now)
        assert await session.scalar(select(func.count()).select_from(Appointment)) == 0, reason


async def test_a_time_shown_in_time_may_be_chosen_late(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await held(session, NINE, now=riga("2026-11-25 08:55"))


async def test_a_time_is_refused_when_the_specialist_went_away(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        away = Absence(
            id=new_id(),
            specialist_id="ilze",
            starts_at=riga("2026-11-25 08:00"),
            ends_at=riga("2026-11-25 09:10"),
        )
        session.add(away)
        await session.flush()
        with pytest.raises(SlotTaken):
            await held(session, NINE, now=now)
        await held(session, HALF_PAST, now=now)


async def test_lapsed_holds_are_swept_with_their_cells(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"))
        lapsed = [
            await held(session, NINE, now=now),
            await held(session, slot_at("2026-11-25 09:00", "ieva"), now=now),
        ]
        live = await held(session, HALF_PAST, now=now + timedelta(minutes=1))
        assert await expire_holds(session, now=now) == 0
    async with database.writing() as session:
        assert await expire_holds(session, now=now + LAPSED) == 2
        assert await expire_holds(session, now=now + LAPSED) == 0
        assert {await status_of(session, each.id) for each in lapsed} == {AppointmentStatus.EXPIRED}
        assert await status_of(session, live.id) == AppointmentStatus.HELD
        assert await broken_cells(session) == []


async def test_a_refusal_leaves_the_next_times_to_offer(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await booked(session, NINE, now=now)
        with pytest.raises(SlotTaken):
            await held(session, NINE, now=now)
        following = await free_slots(session, KIND, now=now, first_on=NINE.starts_at.date(), limit=2)
    assert [slot.starts_at for slot in following] == [riga("2026-11-25 09:30"), riga("2026-11-25 10:00")]


async def test_a_reference_in_use_is_replaced(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        first = await booked(session, NINE, now=now)
        second = await hold(
            session,
            HALF_PAST,
            appointment_id=new_id(),
            reference=first.reference,
            subject_id="anna",
            kind=KIND,
            now=now,
        )
    assert second.reference != first.reference


def test_references_can_be_read_out() -> None:
    drawn = {new_reference() for _ in range(500)}
    assert len(drawn) > 490
    assert set("".join(drawn)) <= set(LETTERS)
    assert {len(reference) for reference in drawn} == {6}
    assert not set(LETTERS) & set("0OQ1IL2Z5S8BUVAE"), "look-alikes and vowels"
