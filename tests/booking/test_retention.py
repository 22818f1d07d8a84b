"""What booking keeps of people ends when the inventory says so, and not before."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import new_id
from booking.handovers import Handover, HandoverKind, HandoverReason, hand_over
from booking.keyring import KeyGone, Keyring
from booking.models import Appointment, AppointmentStatus, ClaimedCell
from booking.retention import expire
from booking.subjects import Subject, used_keys
from bot.database import Database
from tests.booking.residents import add_appointment, add_calendar, add_resident, make_keyring

DAY = timedelta(days=1)


@pytest.fixture
async def keyring(database: Database, keyring_database: Database) -> Keyring:
    async with database.writing() as session:
        await add_calendar(session)
    return make_keyring(keyring_database)


async def run(database: Database, now: datetime) -> dict[str, int]:
    async with database.writing() as session:
        return await expire(session, now=now)


async def count(database: Database, model: type[Subject] | type[Appointment] | type[ClaimedCell]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_name_need_and_person_leave_an_appointment_after_ninety_days(
    database: Database, keyring: Keyring, now: datetime
) -> None:
    subject, key = await add_resident(database, keyring, now=now)
    async with database.writing() as session:
        await add_appointment(session, subject.id, key, starts_at=now, status=AppointmentStatus.KEPT)
    assert (await run(database, now + 90 * DAY))["past appointments"] == 0
    assert (await run(database, now + 90 * DAY + timedelta(seconds=1)))["past appointments"] == 1
    async with database.reading() as session:
        row = (await session.scalars(select(Appointment))).one()
    assert (row.subject_id, row.name_sealed, row.need_sealed) == (None, None, None)
    assert (row.status, row.starts_at) == ("kept", now)


@pytest.mark.parametrize(("days", "is_kept"), [(None, True), (30, True), (31, False)])
async def test_what_a_person_dealt_with_is_forgotten_after_thirty_days(
    database: Database, keyring: Keyring, now: datetime, days: int | None, is_kept: bool
) -> None:
    key_id, _ = await keyring.create(now)
    row = Handover(
        id=new_id(),
        reference="ABC234",
        kind=HandoverKind.COMPLAINT,
        reason=HandoverReason.ASKED,
        key_id=key_id,
        text_sealed=b"words",
        language="lv",
        channel="",
        asked_at=now - 400 * DAY,
        done_at=now - days * DAY if days else None,
    )
    async with database.writing() as session:
        await hand_over(session, row)
    assert (await run(database, now))["closed handovers"] == (0 if is_kept else 1)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Handover)) == int(is_kept)


@pytest.mark.parametrize(
    ("channel", "days", "is_kept"),
    [("sms", 90, True), ("sms", 91, False), ("telegram", 90, True), ("web", 7, True), ("web", 8, False)],
)
async def test_a_silent_resident_is_forgotten_after_the_days_of_the_channel(
    database: Database, keyring: Keyring, now: datetime, channel: str, days: int, is_kept: bool
) -> None:
    await add_resident(database, keyring, channel=channel, now=now)
    assert (await run(database, now + days * DAY))["silent subjects"] == (0 if is_kept else 1)
    assert await count(database, Subject) == int(is_kept)


async def test_nobody_with_an_appointment_is_forgotten_however_silent(
    database: Database, keyring: Keyring, now: datetime
) -> None:
    subject, key = await add_resident(database, keyring, channel="web", now=now - 200 * DAY)
    async with database.writing() as session:
        await add_appointment(session, subject.id, key, starts_at=now + 5 * DAY)
    await run(database, now)
    assert await count(database, Subject) == 1
    await run(database, now + 96 * DAY)
    assert await count(database, Subject) == 0


async def test_the_subject_of_a_confirmation_lives_for_its_day_only(
    database: Database, keyring: Keyring, now: datetime
) -> None:
    subject, _ = await add_resident(database, keyring, now=now)
    async with database.writing() as session:
        (await session.get_one(Subject, subject.id)).forget_at = now + DAY
    await run(database, now + timedelta(hours=23))
    assert await count(database, Subject) == 1
    await run(database, now + DAY)
    assert await count(database, Subject) == 0


async def test_the_key_of_someone_forgotten_is_destroyed_by_the_next_sweep(
    database: Database, keyring: Keyring, now: datetime
) -> None:
    silent, _ = await add_resident(database, keyring, now=now)
    later = now + 91 * DAY
    fresh, _ = await add_resident(database, keyring, address="+37120000002", now=later)
    await run(database, later)
    async with database.reading() as session:
        used = await used_keys(session)
    assert await keyring.sweep(used, later) == 1
    assert await keyring.open(fresh.key_id)
    with pytest.raises(KeyGone):
        await keyring.open(silent.key_id)


async def test_the_modules_above_forget_the_same_people(database: Database, keyring: Keyring, now: datetime) -> None:
    subject, _ = await add_resident(database, keyring, now=now)
    forgotten = []

    async def forget(_session: AsyncSession, subject_id: str) -> None:
        forgotten.append(subject_id)

    async with database.writing() as session:
        await expire(session, now=now + 91 * DAY, forget=[forget])
    assert forgotten == [subject.id]


async def test_a_lapsed_hold_frees_its_time_now_and_its_row_goes_a_day_later(
    database: Database, keyring: Keyring, now: datetime
) -> None:
    subject, key = await add_resident(database, keyring, now=now)
    async with database.writing() as session:
        await add_appointment(session, subject.id, key, status=AppointmentStatus.HELD)
    assert (await run(database, now))["lapsed holds"] == 0
    assert (await run(database, now + timedelta(hours=1)))["lapsed holds"] == 1
    assert await count(database, ClaimedCell) == 0
    assert await count(database, Appointment) == 1
    await run(database, now + 2 * DAY)
    assert await count(database, Appointment) == 0


async def test_a_great_number_goes_batch_by_batch_and_a_second_run_finds_nothing(
    database: Database, keyring: Keyring, now: datetime
) -> None:
    subject, key = await add_resident(database, keyring, now=now)
    async with database.writing() as session:
        for number in range(450):
            start = now - number * DAY
            await add_appointment(session, subject.id, key, starts_at=start, status=AppointmentStatus.KEPT)
    later = now + 91 * DAY
    met = [(await run(database, later))["past appointments"] for _ in range(4)]
    assert met == [200, 200, 50, 0]
    assert sum((await run(database, later)).values()) == 0
