"""Free times: what is shown can be had, and what can be had is shown."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import cancel
from booking.availability import PartOfDay, Slot, free_slots, slot_from_id
from booking.busy import busy_of
from booking.cells import SlotTaken, broken_cells
from booking.confidentiality import new_id
from booking.models import Absence, Closure, Room, RotaRule
from booking.rota import RIGA
from bot.database import Database
from tests.booking.calendars import (
    KIND,
    booked,
    held,
    kind,
    office,
    open_calendar,
    riga,
    rule,
    slot_at,
    specialist,
)

WEDNESDAY = date(2026, 11, 25)


def walls(slots: list[Slot]) -> list[str]:
    """The Riga wall times of slots."""
    return [f"{slot.starts_at.astimezone(RIGA):%d %H:%M}" for slot in slots]


def absence(starts: str, ends: str, specialist_id: str = "ilze") -> Absence:
    return Absence(id=new_id(), specialist_id=specialist_id, starts_at=riga(starts), ends_at=riga(ends))


async def test_times_follow_the_rota_soonest_first(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, minutes=60)
    async with database.reading() as session:
        slots = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=1)
        soonest = await free_slots(session, KIND, now=now, limit=3)
    assert walls(slots) == [f"25 {hour}:00" for hour in ("09", "10", "11", "13", "14", "15", "16")]
    assert {(slot.specialist_id, slot.office_id, slot.minutes) for slot in slots} == {("ilze", "bauska", 60)}
    assert walls(soonest) == ["24 13:00", "24 14:00", "24 15:00"]


@pytest.mark.parametrize(
    ("wall_now", "first", "reason"),
    [
        ("2026-11-24 07:00", "24 09:00", "exactly two hours ahead is enough"),
        ("2026-11-24 07:01", "24 09:30", "a minute less is not"),
        ("2026-11-24 14:31", "25 09:00", "nothing left today"),
        ("2026-11-27 16:00", "30 09:00", "over the weekend"),
    ],
)
async def test_nothing_is_offered_sooner_than_two_hours_ahead(
    database: Database, wall_now: str, first: str, reason: str
) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        slots = await free_slots(session, KIND, now=riga(wall_now), limit=1)
    assert walls(slots) == [first], reason


async def test_nothing_is_offered_more_than_eight_weeks_ahead(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        far = await free_slots(session, KIND, now=now, days=400)
        beyond = await free_slots(session, KIND, now=now, first_on=date(2027, 1, 20))
        past = await free_slots(session, KIND, now=now, first_on=date(2020, 1, 1), days=1)
    assert far[-1].starts_at == riga("2027-01-19 16:30")
    assert beyond == []
    assert walls(past)[0] == "24 13:00", "yesterday's list begins today"


async def test_closures_and_absences_take_times_away(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, minutes=60)
        reason = {"lv": "Diena", "ru": "День"}
        session.add(Closure(id=new_id(), office_id=None, day_on=date(2026, 11, 26), reason=reason))
        session.add(Closure(id=new_id(), office_id="bauska", day_on=date(2026, 11, 27), reason=reason))
        session.add(absence("2026-11-25 10:30", "2026-11-25 14:00"))
        await session.flush()
        slots = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=6)
    assert walls(slots)[:4] == ["25 09:00", "25 14:00", "25 15:00", "25 16:00"]
    assert walls(slots)[4] == "30 09:00"


async def test_a_buffer_keeps_the_next_time_away(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, minutes=60, buffer_minutes=15)
        session.add(absence("2026-11-25 14:05", "2026-11-25 14:10"))
        await session.flush()
        slots = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=1)
    assert walls(slots) == ["25 09:00", "25 10:15", "25 14:15", "25 15:30"], "13:00 needs until 14:15"


async def test_a_room_is_free_while_its_last_specialist_writes_notes(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, minutes=45, buffer_minutes=15, room_id="room")
        session.add(specialist("ieva"))
        await session.flush()
        session.add(rule("ieva", weekday=2, starts="09:30", ends="10:15", room_id="room"))
        session.add(rule("ieva", weekday=2, starts="10:45", ends="11:30", room_id="room"))
        await booked(session, slot_at("2026-11-25 10:00", minutes=45), now=now)
        slots = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=1, part_of_day="morning")
        of_ieva = [slot for slot in slots if slot.specialist_id == "ieva"]
        assert walls(of_ieva) == ["25 10:45"]
        await booked(session, of_ieva[0], now=now)


async def test_of_two_rules_for_one_moment_the_same_one_is_shown_and_booked(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ieva",), room_id="room")
        session.add(specialist())
        await session.flush()
        session.add(rule(weekday=2, id="1", room_id="room", starts="09:00", ends="10:00"))
        session.add(rule(weekday=2, id="2", room_id=None, starts="09:00", ends="11:00"))
        await booked(session, slot_at("2026-11-25 09:00", "ieva"), now=now)
        slots = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=1, part_of_day="morning")
        of_ilze = [slot for slot in slots if slot.specialist_id == "ilze"]
        assert walls(of_ilze) == ["25 09:30", "25 10:00", "25 10:30"]
        for slot in of_ilze:
            await held(session, slot, now=now, subject_id="undecided")


async def test_a_buffer_counts_over_midnight(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        session.add_all([office(), kind(60, 60), specialist()])
        await session.flush()
        session.add(rule(weekday=2, starts="22:30", ends="23:30"))
        session.add(rule(weekday=3, starts="00:00", ends="01:00"))
        await session.flush()
        evening, midnight = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=2)
        late = await booked(session, evening, now=now)
        assert await free_slots(session, KIND, now=now, first_on=date(2026, 11, 26), days=1) == []
        await cancel(session, late.id, by="staff", now=now)
        await booked(session, midnight, now=now)
        assert await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=1) == []


async def test_a_live_hold_hides_a_time_and_a_lapsed_one_does_not(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        await held(session, slot_at("2026-11-25 09:00"), now=now)
    async with database.reading() as session:
        day = {"first_on": WEDNESDAY, "days": 1, "limit": 1}
        during = await free_slots(session, KIND, now=now, **day)
        after = await free_slots(session, KIND, now=now + timedelta(minutes=15), **day)
    assert (walls(during), walls(after)) == (["25 09:30"], ["25 09:00"])


async def test_a_time_is_named_once_with_whoever_has_most_room(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("anda", "baiba"))
        await booked(session, slot_at("2026-11-25 11:00", "anda"), now=now)
        slots = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=1)
    assert len({slot.starts_at for slot in slots}) == len(slots) == 14
    assert {slot.specialist_id for slot in slots} == {"baiba"}


async def test_a_time_turned_down_is_not_shown_with_another_name(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("anda", "baiba"))
        first, second = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, limit=2)
        others = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, excluding=[first.id, second.id], limit=1)
    assert walls(others) == ["25 10:00"]


@pytest.mark.parametrize(
    ("part", "first", "last"), [("morning", "25 09:00", "25 11:30"), ("afternoon", "25 13:00", "25 16:30")]
)
async def test_a_part_of_the_day_can_be_asked_for(
    database: Database, now: datetime, part: PartOfDay, first: str, last: str
) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        slots = await free_slots(session, KIND, now=now, first_on=WEDNESDAY, days=1, part_of_day=part)
    assert (walls(slots)[0], walls(slots)[-1]) == (first, last)


async def test_only_who_takes_the_kind_is_offered_and_only_at_the_office_asked_for(
    database: Database, now: datetime
) -> None:
    async with database.writing() as session:
        await open_calendar(session)
        session.add_all([office("iecava"), kind(name="lawyer"), specialist("zane", ["lawyer"])])
        await session.flush()
        session.add(rule("zane", weekday=2, office_id="iecava", starts="10:00", ends="11:00"))
        await session.flush()
        lawyers = await free_slots(session, "lawyer", now=now, days=7)
        elsewhere = await free_slots(session, "lawyer", now=now, days=7, office_id="bauska")
        nobody = await free_slots(session, "unknown", now=now)
    assert {(slot.specialist_id, slot.office_id) for slot in lawyers} == {("zane", "iecava")}
    assert walls(lawyers) == ["25 10:00", "25 10:30"]
    assert elsewhere == nobody == []


@pytest.mark.parametrize(
    ("day", "utc_hours", "reason"),
    [
        (date(2027, 3, 28), [23, 0, 1, 2], "spring: 01, 02, then 04 and 05; three o'clock does not exist"),
        (date(2027, 10, 31), [22, 23, 0, 1, 2, 3], "autumn: 01, 02, 03, 03 again, 04, 05"),
    ],
)
async def test_the_nights_the_clocks_change_lose_and_gain_an_hour(
    database: Database, day: date, utc_hours: list[int], reason: str
) -> None:
    async with database.writing() as session:
        session.add_all([office(), kind(60), specialist()])
        await session.flush()
        session.add(rule(weekday=6, starts="01:00", ends="06:00"))
        await session.flush()
        noon_before = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=12)
        slots = await free_slots(session, KIND, now=noon_before, first_on=day, days=1)
        assert [slot.starts_at.hour for slot in slots] == utc_hours, reason
        for slot in slots:
            await booked(session, slot, now=noon_before)
        assert await broken_cells(session) == []


async def test_a_weekly_time_stays_where_it_is_on_the_wall_over_both_changes(database: Database) -> None:
    async with database.writing() as session:
        session.add_all([office(), kind(60), specialist()])
        await session.flush()
        session.add(rule(weekday=0, starts="09:00", ends="10:00"))
        await session.flush()
        spring = await free_slots(session, KIND, now=riga("2027-03-20 09:00"), days=14)
        autumn = await free_slots(session, KIND, now=riga("2027-10-23 09:00"), days=14)
    assert [slot.starts_at.hour for slot in spring] == [7, 6]
    assert [slot.starts_at.hour for slot in autumn] == [6, 7]
    assert walls(spring) == ["22 09:00", "29 09:00"]
    assert walls(autumn) == ["25 09:00", "01 09:00"]


def test_a_slot_is_known_by_its_id() -> None:
    slot = slot_at("2026-11-25 09:00", "a-name-of-24-characters-")
    assert slot_from_id(slot.id) == slot
    assert len(slot.id) <= 64, "a button of Telegram carries no more"


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b.zz.30", "a.b.1.x", "a.b.ffffffffffff.30", "a.b.c.d.e"])
def test_what_is_no_slot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the id of a slot"):
        slot_from_id(text)


async def test_colleagues_see_when_somebody_is_busy_and_no_more(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("ilze", "ieva"), buffer_minutes=15)
        await booked(session, slot_at("2026-11-25 09:00"), now=now)
        await held(session, slot_at("2026-11-25 13:00"), now=now)
        session.add(absence("2026-11-25 09:45", "2026-11-25 11:00"))
        await session.flush()
        busy = await busy_of(session, ["ilze", "ieva"], WEDNESDAY, WEDNESDAY, now=now)
        later = await busy_of(session, ["ilze"], WEDNESDAY, WEDNESDAY, now=now + timedelta(hours=1))
    spans = [(each.starts_at, each.ends_at) for each in busy["ilze"]]
    morning = (riga("2026-11-25 09:00"), riga("2026-11-25 11:00"))
    assert spans == [morning, (riga("2026-11-25 13:00"), riga("2026-11-25 13:45"))]
    assert busy["ieva"] == []
    assert [(each.starts_at, each.ends_at) for each in later["ilze"]] == [morning]


class UndoError(Exception):
    """Ends a trial without leaving anything in the database."""


PEOPLE = ("anda", "baiba", "dina")


@st.composite
def rotas(draw: st.DrawFn) -> list[RotaRule]:
    """Rules that overlap, share a room, or lie in two offices at once, as careless people write them."""
    made = []
    for _ in range(draw(st.integers(1, 6))):
        begins = draw(st.integers(6 * 12, 18 * 12))
        length = draw(st.integers(3, 36))
        fields = {
            "weekday": draw(st.integers(0, 6)),
            "office_id": draw(st.sampled_from(["bauska", "iecava"])),
            "room_id": draw(st.sampled_from([None, "room"])),
            "starts": f"{begins // 12:02}:{begins % 12 * 5:02}",
            "ends": f"{(begins + length) // 12:02}:{(begins + length) % 12 * 5:02}",
            "every_weeks": draw(st.sampled_from([1, 2])),
            "anchor_on": date(2026, 11, 2),
            "nth_of_month": draw(st.sampled_from([None, None, None, 4, -1])),
        }
        made.append(rule(draw(st.sampled_from(PEOPLE)), **fields))
    return made


@given(
    rules=rotas(),
    lengths=st.tuples(st.sampled_from([15, 30, 50]), st.sampled_from([0, 7, 20])),
    away=st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 14 * 96), st.integers(1, 60)), max_size=4),
    picks=st.lists(st.integers(0, 10_000), max_size=8),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_shown_implies_bookable(
    database: Database,
    now: datetime,
    rules: list[RotaRule],
    lengths: tuple[int, int],
    away: list[tuple[str, int, int]],
    picks: list[int],
) -> None:
    with suppress(UndoError):
        async with database.writing() as session:
            session.add_all([office(), office("iecava"), kind(*lengths), *map(specialist, PEOPLE)])
            await session.flush()
            session.add(Room(id="room", office_id="bauska", name="room"))
            await session.flush()
            session.add_all(rules)
            for person, quarter, quarters in away:
                begins = now + timedelta(minutes=15 * quarter)
                ends = begins + timedelta(minutes=15 * quarters)
                session.add(Absence(id=new_id(), specialist_id=person, starts_at=begins, ends_at=ends))
            await session.flush()
            await book_some(session, picks, now)
            await hold_all(session, now)
            raise UndoError


async def book_some(session: AsyncSession, picks: list[int], now: datetime) -> None:
    """Book shown times at random; each is refused to the next one who wants it."""
    for pick in picks:
        shown = await free_slots(session, KIND, now=now, days=14)
        if shown:
            slot = shown[pick % len(shown)]
            await booked(session, slot, now=now)
            with pytest.raises(SlotTaken):
                await held(session, slot, now=now)
    assert await broken_cells(session) == []


async def hold_all(session: AsyncSession, now: datetime) -> None:
    """Every time shown now can be held, one after the other by the same undecided person."""
    for slot in (await free_slots(session, KIND, now=now, days=14))[:20]:
        await held(session, slot, now=now, subject_id="undecided")
    assert await broken_cells(session) == []
