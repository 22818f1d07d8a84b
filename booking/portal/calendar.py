"""Today and a week of the own calendar, and when colleagues are busy. No name, need or address is read here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.busy import BusyTime, busy_of
from booking.day_list import DayEntry, appointments_of_day
from booking.models import AppointmentStatus, Office, Specialist
from booking.places import office_names
from booking.portal import times, words
from booking.portal.house import PortalHouse
from booking.portal.security import StaffPage
from booking.portal.translations import mark
from booking.portal.visit import CALENDAR_ROLES, START, StaffVisit, go_to
from booking.rota import riga_date, riga_midnight
from booking.staff import Role

SHOWN_DAYS: Final = 7
WORKDAYS: Final = 5
FURTHEST: Final = timedelta(days=366)
WHOLE_DAY: Final = mark("all day")


@dataclass(frozen=True, slots=True)
class Line:
    """One appointment in the list."""

    id: str
    when: str
    place: str
    reference: str
    status: str
    status_words: str
    can_mark: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week with its appointments."""

    words: str
    is_today: bool
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Colleague:
    """When somebody else is busy, day by day."""

    name: str
    days: Sequence[Sequence[str]]


def pages(house: PortalHouse) -> list[StaffPage]:
    """The routes of this file."""

    async def week(visit: StaffVisit) -> Response:
        """The week of `?week=` (any of its days), else this one. Others than calendar people go to their account."""
        if visit.staff.role not in CALENDAR_ROLES:
            return go_to(f"{START}/account")
        today = riga_date(visit.now)
        first_on = times.monday_of(asked_day(visit, today))
        async with house.reading() as session:
            offices = await office_names(session)
            entries = await _own_entries(session, visit.staff.specialist_id, first_on)
            people, busy = await _colleagues(session, visit, first_on)
        days = build_days(entries, offices, visit, first_on=first_on, today=today)
        shown = SHOWN_DAYS if any(_falls_on_weekend(each) for each in busy.values()) else WORKDAYS
        columns = [first_on + timedelta(days=number) for number in range(shown)]
        return visit.show(
            "week",
            days=[day for number, day in enumerate(days) if number < WORKDAYS or day.lines or day.is_today],
            has_own=visit.staff.specialist_id is not None,
            heads=[times.short_day(day, visit.language) for day in columns],
            colleagues=[Colleague(each.name, _by_day(busy[each.id], columns, visit)) for each in people],
            week_words=_week_words(first_on, visit.language),
            is_this_week=first_on == times.monday_of(today),
            earlier=first_on - timedelta(days=7),
            later=first_on + timedelta(days=7),
            may_find=visit.staff.role == Role.COORDINATOR,
            reasons=words.REASONS,
        )

    return [StaffPage("GET", START, frozenset(Role), week)]


def asked_day(visit: StaffVisit, today: date) -> date:
    """The day of `?week=`, or today when it is no day within a year."""
    try:
        day = date.fromisoformat(visit.request.query_params.get("week", ""))
    except ValueError:
        return today
    return day if abs(day - today) <= FURTHEST else today


def build_days(
    entries: Sequence[DayEntry],
    offices: Mapping[str, Office],
    visit: StaffVisit,
    *,
    first_on: date,
    today: date,
) -> list[Day]:
    """The seven days of a week with their lines."""
    days = [first_on + timedelta(days=number) for number in range(SHOWN_DAYS)]
    lines = {day: [e for e in entries if riga_date(e.starts_at) == day] for day in days}
    return [
        Day(
            times.day_words(day, visit.language),
            day == today,
            [_line(entry, offices, visit) for entry in lines[day]],
        )
        for day in days
    ]


def office_words(office: Office, language: str) -> str:
    """An office's name; what has no name in the reader's language has one in Latvian."""
    return office.name.get(language) or office.name["lv"]


def _line(entry: DayEntry, offices: Mapping[str, Office], visit: StaffVisit) -> Line:
    markable = (AppointmentStatus.BOOKED, AppointmentStatus.KEPT, AppointmentStatus.MISSED)
    return Line(
        entry.appointment_id,
        times.span(entry.starts_at, entry.starts_at + timedelta(minutes=entry.minutes)),
        office_words(offices[entry.office_id], visit.language),
        entry.reference,
        entry.status,
        visit.say(words.STATUSES[AppointmentStatus(entry.status)]),
        can_mark=entry.starts_at <= visit.now and entry.status in markable,
    )


async def _own_entries(session: AsyncSession, specialist_id: str | None, first_on: date) -> list[DayEntry]:
    if specialist_id is None:
        return []
    return await appointments_of_day(session, specialist_id, first_on, first_on + timedelta(days=6))


async def _colleagues(
    session: AsyncSession, visit: StaffVisit, first_on: date
) -> tuple[Sequence[Specialist], dict[str, list[BusyTime]]]:
    others = select(Specialist).order_by(Specialist.name, Specialist.id)
    if visit.staff.specialist_id is not None:
        others = others.where(Specialist.id != visit.staff.specialist_id)
    people = (await session.scalars(others)).all()
    last_on = first_on + timedelta(days=6)
    return people, await busy_of(session, [each.id for each in people], first_on, last_on, now=visit.now)


def _falls_on_weekend(busy: Sequence[BusyTime]) -> bool:
    return any(riga_date(each.ends_at - timedelta(seconds=1)).weekday() >= WORKDAYS for each in busy)


def _by_day(busy: Sequence[BusyTime], days: Sequence[date], visit: StaffVisit) -> list[list[str]]:
    return [list(_parts_of_day(busy, day, visit)) for day in days]


def _parts_of_day(busy: Sequence[BusyTime], day: date, visit: StaffVisit) -> Iterator[str]:
    begins, ends = riga_midnight(day), riga_midnight(day + timedelta(days=1))
    for each in busy:
        starts_at, ends_at = max(each.starts_at, begins), min(each.ends_at, ends)
        if (starts_at, ends_at) == (begins, ends):
            yield visit.say(WHOLE_DAY)
        elif starts_at < ends_at:
            yield times.span(starts_at, ends_at)


def _week_words(first_on: date, language: str) -> str:
    last_on = first_on + timedelta(days=6)
    return f"{first_on:%d.%m.}\N{EN DASH}{last_on:%d.%m.%Y}" + ("." if language == "lv" else "")
