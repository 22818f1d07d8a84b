"""The first offices, people and holidays: loaded once, and what staff changed stays changed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from booking.availability import free_slots
from booking.base import Base
from booking.day_list import DayEntry, appointments_of_day
from booking.models import Appointment, Closure, Office, RotaRule, Specialist
from booking.places import kinds_taken, load_demo, office_names, specialists_of
from booking.rota import RIGA
from bot.database import Database
from tests.booking.calendars import booked, held, open_calendar, riga, slot_at

KINDS = (
    "social-assistance",
    "families",
    "adults",
    "seniors",
    "disability",
    "psychologist",
    "lawyer",
    "occupational-therapist",
    "addiction",
)


async def counts(database: Database) -> Mapping[str, int]:
    async with database.reading() as session:
        tables = Base.metadata.tables
        return {
            name: await session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()
        }


async def test_a_second_loading_changes_nothing(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        assert await load_demo(session, "bauska", now) > 100
    before = await counts(database)
    async with database.writing() as session:
        assert await load_demo(session, "bauska", now + timedelta(hours=1)) == 0
    assert await counts(database) == before


async def test_edits_survive_a_second_loading(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await load_demo(session, "bauska", now)
        (await session.get_one(Office, "bauska")).phone = "00000000"
        await session.execute(delete(RotaRule).where(RotaRule.specialist_id == "ilze-r"))
        await session.execute(delete(Closure).where(Closure.day_on == date(2026, 12, 24)))
    before = await counts(database)
    async with database.writing() as session:
        assert await load_demo(session, "bauska", now) == 0
        assert (await session.get_one(Office, "bauska")).phone == "00000000"
    assert await counts(database) == before


async def test_next_year_brings_its_own_holidays(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await load_demo(session, "bauska", now)
        assert await load_demo(session, "bauska", now + timedelta(days=366)) > 10
        closed = set(await session.scalars(select(Closure.day_on).where(Closure.office_id.is_(None))))
    assert {date(2026, 11, 18), date(2026, 12, 25), date(2027, 6, 24), date(2028, 1, 1)} <= closed


async def test_a_holiday_has_its_name_in_both_languages(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await load_demo(session, "bauska", now)
        closure = (await session.scalars(select(Closure).where(Closure.day_on == date(2026, 6, 24)))).one()
    assert closure.reason == {"lv": "Jāņu diena", "ru": "Янов день"}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_can_be_booked_within_two_weeks(database: Database, now: datetime, kind: str) -> None:
    async with database.writing() as session:
        await load_demo(session, "bauska", now)
        assert await specialists_of(session, kind)
        slots = await free_slots(session, kind, now=now, days=14)
    assert len(slots) >= 3


@pytest.mark.parametrize("profile", ["bauska", "daugavpils", "kuldiga", "kurzeme"])
async def test_every_profile_begins_with_a_calendar_in_which_all_its_kinds_can_be_booked(
    database: Database, now: datetime, profile: str
) -> None:
    async with database.writing() as session:
        assert await load_demo(session, profile, now) > 20
    async with database.reading() as session:
        taken = await kinds_taken(session)
        assert {"social-assistance", "families", "adults", "seniors", "disability"} <= taken
        for kind in taken:
            assert len(await free_slots(session, kind, now=now, days=14)) >= 3, kind


async def test_no_time_is_offered_on_a_holiday(database: Database) -> None:
    async with database.writing() as session:
        await load_demo(session, "bauska", riga("2026-12-22 08:00"))
        slots = await free_slots(session, "social-assistance", now=riga("2026-12-22 08:00"), days=14)
    days = {slot.starts_at.astimezone(RIGA).date() for slot in slots}
    assert not days & {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)}
    assert date(2026, 12, 28) in days


async def test_offices_are_named_in_both_languages(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await load_demo(session, "bauska", now)
        offices = await office_names(session)
    assert set(offices) == {"bauska", "iecava", "vecumnieki", "rundale"}
    assert all(set(each.name) == set(each.town) == {"lv", "ru"} for each in offices.values())
    assert offices["iecava"].phone == "63974907"


async def test_a_profile_without_first_places_adds_nothing(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        assert await load_demo(session, "nowhere", now) == 0
        assert await session.scalar(select(func.count()).select_from(Specialist)) == 0


async def test_a_day_list_shows_own_appointments_of_the_days_asked_for(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"))
        late = await booked(session, slot_at("2026-11-26 16:30"), now=now)
        early = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        await booked(session, slot_at("2026-11-27 09:00"), now=now)
        await booked(session, slot_at("2026-11-25 09:00", "ieva"), now=now)
        await held(session, slot_at("2026-11-25 09:30"), now=now)
        entries = await appointments_of_day(session, "ilze", date(2026, 11, 25), date(2026, 11, 26))
    assert [(each.reference, each.starts_at) for each in entries] == [
        (early.reference, riga("2026-11-25 09:00")),
        (late.reference, riga("2026-11-26 16:30")),
    ]


def test_a_day_list_names_nobody() -> None:
    shown = set(DayEntry.__dataclass_fields__)
    assert shown == {"appointment_id", "starts_at", "minutes", "office_id", "reference", "status"}
    assert shown - {"appointment_id"} <= {column.key for column in Appointment.__table__.columns}
