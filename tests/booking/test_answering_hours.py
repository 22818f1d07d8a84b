"""When staff answer: Riga wall time, closed days, both nights of the clocks, and no figure that was not measured."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.answering_hours import Answering, Queue, joined, read_answering, read_queue
from booking.confidentiality import new_id
from booking.handovers import Handover, HandoverKind, HandoverReason
from booking.models import AnsweringHours, Closure, Office
from bot.database import Database
from tests.booking.calendars import riga

OFFICE_HOURS = (("09:00", "12:00"), ("13:00", "17:00"))
WEEKDAYS = range(5)


async def open_hours(
    database: Database, *, days: range = WEEKDAYS, hours: tuple[tuple[str, str], ...] = OFFICE_HOURS
) -> None:
    async with database.writing() as session:
        for day in days:
            for starts, ends in hours:
                session.add(AnsweringHours(id=new_id(), weekday=day, starts=starts, ends=ends))


async def close(database: Database, day: date, office_id: str | None = None) -> None:
    async with database.writing() as session:
        session.add(Closure(id=new_id(), office_id=office_id, day_on=day, reason={"lv": "svētki", "ru": "праздник"}))


async def answering(database: Database, moment: datetime) -> Answering:
    async with database.reading() as session:
        return await read_answering(session, moment)


async def queue(database: Database, moment: datetime) -> Queue:
    async with database.reading() as session:
        return await read_queue(session, moment)


@pytest.mark.parametrize(
    ("moment", "closes", "opens"),
    [
        ("2026-11-24 08:59", None, "2026-11-24 09:00"),
        ("2026-11-24 09:00", "2026-11-24 12:00", None),
        ("2026-11-24 11:59", "2026-11-24 12:00", None),
        ("2026-11-24 12:00", None, "2026-11-24 13:00"),
        ("2026-11-24 17:00", None, "2026-11-25 09:00"),
        ("2026-11-27 18:00", None, "2026-11-30 09:00"),  # Friday evening: Monday
    ],
)
async def test_open_and_closed_go_by_the_clock_in_riga(
    database: Database, moment: str, closes: str | None, opens: str | None
) -> None:
    await open_hours(database)
    told = await answering(database, riga(moment))
    assert (told.closes_at, told.opens_at) == (closes and riga(closes), opens and riga(opens))


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-11-24 10:00", "2026-11-24 17:00"),
        ("2026-11-24 14:00", "2026-11-24 17:00"),
        ("2026-11-24 12:30", None),
        ("2026-11-24 17:00", None),
    ],
)
async def test_the_end_of_the_day_is_past_the_break(database: Database, moment: str, ends: str | None) -> None:
    await open_hours(database)
    assert (await answering(database, riga(moment))).ends_at == (ends and riga(ends))


async def test_a_public_holiday_answers_nobody_and_one_closed_office_still_does(database: Database) -> None:
    await open_hours(database)
    async with database.writing() as session:
        name = {"lv": "Birojs", "ru": "Офис"}
        session.add(Office(id="main", name=name, town=name, address="Parauga iela 1", phone="", note=None))
    await close(database, date(2026, 11, 24))
    await close(database, date(2026, 11, 25), "main")
    assert (await answering(database, riga("2026-11-24 10:00"))).opens_at == riga("2026-11-25 09:00")
    assert (await answering(database, riga("2026-11-25 10:00"))).is_open


@pytest.mark.parametrize("moment", ["2026-11-24 10:00", "2026-11-29 23:00"])
async def test_without_hours_nothing_is_promised(database: Database, moment: str) -> None:
    assert await answering(database, riga(moment)) == Answering()


async def test_a_closed_month_promises_nothing(database: Database) -> None:
    await open_hours(database, days=range(1))
    for week in range(6):
        await close(database, date(2026, 11, 30) + timedelta(weeks=week))
    assert await answering(database, riga("2026-11-24 10:00")) == Answering()


@pytest.mark.parametrize(
    ("sunday", "hours"),
    [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25)],
)
async def test_the_nights_of_the_clocks_keep_wall_time(database: Database, sunday: date, hours: int) -> None:
    await open_hours(database, days=range(7), hours=(("09:00", "17:00"),))
    saturday = datetime.combine(sunday - timedelta(days=1), datetime.min.time())
    told = await answering(database, riga(f"{saturday:%Y-%m-%d} 20:00"))
    assert told.opens_at == riga(f"{sunday} 09:00")
    assert riga(f"{sunday} 09:00") - riga(f"{saturday:%Y-%m-%d} 09:00") == timedelta(hours=hours)


async def wait_for(
    database: Database,
    asked: str,
    taken: str | None = None,
    *,
    kind: HandoverKind = HandoverKind.PERSON,
    reason: HandoverReason = HandoverReason.ASKED,
) -> None:
    row_id = new_id()
    row = Handover(
        id=row_id,
        reference=row_id[:6],
        kind=kind,
        reason=reason,
        key_id=new_id(),
        text_sealed=b"",
        language="lv",
        channel="web",
        asked_at=riga(asked),
        taken_at=taken and riga(taken),
    )
    async with database.writing() as session:
        session.add(row)


async def test_the_queue_counts_those_who_asked_and_whom_nobody_took(database: Database) -> None:
    await open_hours(database)
    moment = riga("2026-11-24 10:00")
    assert (await queue(database, moment)).place == 1
    await wait_for(database, "2026-11-24 09:10")
    await wait_for(database, "2026-11-24 09:20", reason=HandoverReason.MISSED)
    await wait_for(database, "2026-11-24 09:30", "2026-11-24 09:40")
    await wait_for(database, "2026-11-24 09:30", kind=HandoverKind.COMPLAINT)
    await wait_for(database, "2026-11-24 09:30", reason=HandoverReason.DANGER)
    assert (await queue(database, moment)).place == 3


async def test_the_wait_is_the_median_of_at_least_five_within_answering_hours(database: Database) -> None:
    await open_hours(database)
    for taken in ("09:04", "09:06", "09:10", "09:50"):
        await wait_for(database, "2026-11-23 09:00", f"2026-11-23 {taken}")
    assert (await queue(database, riga("2026-11-24 10:00"))).minutes is None
    # Asked on Friday evening, taken on Monday at 09:08: eight minutes of answering time.
    await wait_for(database, "2026-11-20 18:00", "2026-11-23 09:08")
    assert (await queue(database, riga("2026-11-24 10:00"))).minutes == 8


async def test_a_wait_of_long_ago_is_not_counted(database: Database) -> None:
    await open_hours(database)
    for _ in range(5):
        await wait_for(database, "2026-10-01 09:00", "2026-10-01 09:10")
    assert (await queue(database, riga("2026-11-24 10:00"))).minutes is None


def test_stretches_that_touch_are_one() -> None:
    first, second, third = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (9, 12, 15))
    assert joined([(first, second), (second, third)]) == [(first, third)]
    assert joined([(first, third), (first, second)]) == [(first, third)]
