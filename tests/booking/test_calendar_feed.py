"""The calendar file says when, never who or what about."""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Component

from booking.appointments import cancel, move
from booking.calendar_feed import feed_of_secret, hash_secret, new_secret
from booking.models import Appointment, Specialist
from bot.database import Database
from tests.booking.calendars import booked, held, open_calendar, riga, slot_at


def events_of(feed: bytes | None) -> list[Component]:
    assert feed is not None
    return Calendar.from_ical(feed).walk("VEVENT")


async def with_secret(database: Database) -> str:
    secret = new_secret()
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"), buffer_minutes=15)
        (await session.get_one(Specialist, "ilze")).calendar_secret_hash = hash_secret(secret)
    return secret


async def test_a_booking_is_a_busy_event_with_a_name_that_lasts(database: Database, now: datetime) -> None:
    secret = await with_secret(database)
    async with database.writing() as session:
        mine = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        feed = await feed_of_secret(session, secret, now=now)
        moved = await move(session, mine.id, slot_at("2026-11-26 09:00"), now=now + timedelta(hours=1))
        newer = await feed_of_secret(session, secret, now=now)
    first, second = events_of(feed)[0], events_of(newer)[0]
    assert first["UID"] == second["UID"] == f"{moved.id}@paligs"
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)
    assert first.decoded("DTSTAMP") == now
    assert second.decoded("DTSTAMP") == now + timedelta(hours=1)
    assert first.decoded("DTSTART").astimezone(UTC) == riga("2026-11-25 09:00")
    assert first.decoded("DTEND").astimezone(UTC) == riga("2026-11-25 09:30")
    assert first["DTSTART"].params["TZID"] == "Europe/Riga"
    assert (first["TRANSP"], first["STATUS"], first["CLASS"]) == ("OPAQUE", "CONFIRMED", "PRIVATE")


async def test_the_file_says_nothing_but_busy(database: Database, now: datetime) -> None:
    secret = await with_secret(database)
    async with database.writing() as session:
        mine = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        feed = await feed_of_secret(session, secret, now=now)
    assert [event["SUMMARY"] for event in events_of(feed)] == ["Aizņemts"]
    told = (feed or b"").decode()
    for word in (mine.reference, mine.kind, mine.subject_id or "", "bauska", "ilze", "sealed"):
        assert word not in told
    assert set(events_of(feed)[0]) == {
        "UID",
        "SEQUENCE",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "CLASS",
        "TRANSP",
        "STATUS",
    }


async def test_a_cancelled_one_stays_as_cancelled_and_free(database: Database, now: datetime) -> None:
    secret = await with_secret(database)
    async with database.writing() as session:
        mine = await booked(session, slot_at("2026-11-25 09:00"), now=now)
        await cancel(session, mine.id, by="staff", now=now)
        feed = await feed_of_secret(session, secret, now=now)
    event = events_of(feed)[0]
    assert (event["TRANSP"], event["STATUS"], event["SEQUENCE"]) == ("TRANSPARENT", "CANCELLED", 1)


async def test_a_feed_has_one_specialists_bookings_and_no_holds(database: Database, now: datetime) -> None:
    secret = await with_secret(database)
    async with database.writing() as session:
        await booked(session, slot_at("2026-11-25 09:00", "ieva"), now=now)
        await held(session, slot_at("2026-11-25 09:45"), now=now)
        assert events_of(await feed_of_secret(session, secret, now=now)) == []


async def test_a_wrong_secret_opens_nothing(database: Database, now: datetime) -> None:
    secret = await with_secret(database)
    async with database.reading() as session:
        for wrong in ("", secret[:-1], secret.swapcase(), "\ud800", "ilze"):
            assert await feed_of_secret(session, wrong, now=now) is None


async def test_only_the_hash_of_the_secret_is_kept(database: Database) -> None:
    secret = await with_secret(database)
    async with database.reading() as session:
        kept = (await session.get_one(Specialist, "ilze")).calendar_secret_hash
    assert kept is not None
    assert secret.encode() not in kept


async def test_the_zone_is_told_with_both_changes_of_the_clocks(database: Database) -> None:
    now = riga("2027-10-20 09:00")
    secret = await with_secret(database)
    async with database.writing() as session:
        await booked(session, slot_at("2027-10-29 09:00"), now=now)
        await booked(session, slot_at("2027-11-01 09:00"), now=now)
        feed = await feed_of_secret(session, secret, now=now)
    hours = [event.decoded("DTSTART").astimezone(UTC).hour for event in events_of(feed)]
    assert hours == [6, 7], "nine on the wall, summer and winter"
    zones = Calendar.from_ical(feed or b"").walk("VTIMEZONE")
    assert [zone["TZID"] for zone in zones] == ["Europe/Riga"]
    assert len(feed or b"") < 4000
    assert Appointment.__tablename__ not in (feed or b"").decode()
