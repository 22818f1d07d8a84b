"""Offices and specialists, and the first set of them that a new installation is shown with."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import holidays
import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.base import Base
from booking.confidentiality import new_id
from booking.models import AnsweringHours, AppointmentKind, Closure, Office, Room, RotaRule, Specialist
from booking.rota import riga_date

CONTENT = Path(__file__).parent / "content"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LANGUAGES = ("lv", "ru")

Row = TypeVar("Row", bound=Base)


async def office_names(session: AsyncSession) -> dict[str, Office]:
    """All offices by their id."""
    return {office.id: office for office in await session.scalars(select(Office).order_by(Office.id))}


async def office_to_call(session: AsyncSession) -> Office | None:
    """The office whose telephone is told when none was asked for: the first by its id that has one."""
    return await session.scalar(select(Office).where(Office.phone != "").order_by(Office.id).limit(1))


async def kinds_taken(session: AsyncSession) -> set[str]:
    """The kinds of appointment that this organisation takes."""
    return set(await session.scalars(select(AppointmentKind.kind)))


async def specialists_of(session: AsyncSession, kind: str) -> list[Specialist]:
    """Who takes this kind of appointment, by name."""
    everyone = await session.scalars(select(Specialist).order_by(Specialist.name, Specialist.id))
    return [person for person in everyone if kind in person.kinds]


async def load_demo(session: AsyncSession, profile: str, now: datetime) -> int:
    """Add what is missing of a profile's offices, kinds, specialists and rota; gives how many rows.

    What is there already is left as it is, so edits stay and a second run adds nothing. The public holidays
    of this and the next year are proposed once as closures. A profile without such content adds nothing.
    """
    file = CONTENT / f"{profile}.yaml"
    if not file.exists():
        return 0
    content = yaml.safe_load(file.read_text("utf-8"))
    added = await _add_missing(session, [Office(note=None, **each) for each in content["offices"]])
    added += await _add_missing(session, [Room(**each) for each in content["rooms"]])
    kinds = yaml.safe_load((CONTENT / "kinds.yaml").read_text("utf-8"))["kinds"]
    offered = [AppointmentKind(**each) for each in kinds if each["kind"] in content["kinds"]]
    added += await _add_missing(session, offered)
    added += await _add_specialists(session, content["specialists"])
    added += await _add_answering_hours(session, content["answering"])
    added += await _propose_holidays(session, riga_date(now).year)
    return added


async def _add_missing(session: AsyncSession, rows: list[Row]) -> int:
    """Add those rows whose key is not there yet."""
    added = 0
    for row in rows:
        table = type(row)
        key = tuple(getattr(row, column.key) for column in table.__table__.primary_key)
        if await session.get(table, key) is None:
            session.add(row)
            added += 1
    await session.flush()
    return added


async def _add_specialists(session: AsyncSession, people: list[dict[str, Any]]) -> int:
    added = 0
    for person in people:
        fields = {name: value for name, value in person.items() if name != "rota"}
        if await _add_missing(session, [Specialist(**fields)]):
            rules = list(_rules(person["id"], person["rota"]))
            session.add_all(rules)
            added += 1 + len(rules)
    await session.flush()
    return added


def _rules(specialist_id: str, rota: list[dict[str, Any]]) -> Iterator[RotaRule]:
    """One rule for each weekday and stretch of hours of the compact form in the file."""
    for line in rota:
        others = {name: value for name, value in line.items() if name not in ("days", "hours")}
        for day in line["days"]:
            for hours in line["hours"]:
                starts, ends = hours.split("-")
                yield RotaRule(
                    id=new_id(),
                    specialist_id=specialist_id,
                    weekday=WEEKDAYS.index(day),
                    starts=starts,
                    ends=ends,
                    **others,
                )


async def _add_answering_hours(session: AsyncSession, lines: list[dict[str, Any]]) -> int:
    """The answering hours, if there are none at all."""
    if await session.scalar(select(AnsweringHours.id).limit(1)):
        return 0
    rows = [
        AnsweringHours(id=new_id(), weekday=WEEKDAYS.index(day), starts=starts, ends=ends)
        for line in lines
        for day in line["days"]
        for starts, ends in (hours.split("-") for hours in line["hours"])
    ]
    session.add_all(rows)
    await session.flush()
    return len(rows)


async def _propose_holidays(session: AsyncSession, year: int) -> int:
    """Closures for the public holidays of two years; a year that has some already is left alone."""
    added = 0
    for each in (year, year + 1):
        days = Closure.day_on.between(date(each, 1, 1), date(each, 12, 31))
        if await session.scalar(select(Closure.id).where(Closure.office_id.is_(None), days).limit(1)):
            continue
        names = {language: holidays.country_holidays("LV", years=each, language=language) for language in LANGUAGES}
        for day in sorted(names["lv"]):
            reason = {language: names[language][day] for language in LANGUAGES}
            session.add(Closure(id=new_id(), office_id=None, day_on=day, reason=reason))
            added += 1
    await session.flush()
    return added
