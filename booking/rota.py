"""Working hours: which blocks of time a specialist's rules open on a day, in Riga wall time.

The rules are pure; only `read_rules` and `read_closed` ask the database.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Closure, RotaRule

RIGA = ZoneInfo("Europe/Riga")
LAST = -1


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a rota; the fields are those of `RotaRule`."""

    specialist_id: str
    office_id: str
    room_id: str | None
    weekday: int
    starts: str
    ends: str
    every_weeks: int
    anchor_on: date | None
    nth_of_month: int | None
    valid_from_on: date
    valid_to_on: date | None


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of open time, in seconds of the UTC epoch."""

    rule: Rule
    first_second: int
    end_second: int


def riga_date(moment: datetime) -> date:
    """The day it is in Latvia."""
    return moment.astimezone(RIGA).date()


def riga_midnight(day: date) -> datetime:
    """When a Latvian day begins."""
    return datetime.combine(day, time(), RIGA).astimezone(UTC)


@lru_cache(maxsize=4096)
def wall_second(day: date, wall: str) -> int:
    """The UTC epoch second of a Riga wall time such as "09:00".

    In the night the clocks go back the first of the two moments is meant; an hour that the night in spring
    leaves out is read as if the clocks had not moved yet (PEP 495, fold 0).
    """
    hour, minute = wall.split(":")
    return int(datetime.combine(day, time(int(hour), int(minute)), RIGA).timestamp())


def is_open_on(rule: Rule, day: date) -> bool:
    """Whether a rule opens this day; closures and absences are not its business."""
    if day.weekday() != rule.weekday or day < rule.valid_from_on:
        return False
    if rule.valid_to_on is not None and day > rule.valid_to_on:
        return False
    return _is_in_rhythm(rule, day) and _is_nth_of_month(rule, day)


def open_blocks(rules: Iterable[Rule], day: date, closed_offices: Collection[str | None]) -> Iterator[Block]:
    """The blocks these rules open on a day; a closed office opens none, and None among them closes all."""
    if None in closed_offices:
        return
    for rule in rules:
        if rule.office_id not in closed_offices and is_open_on(rule, day):
            yield Block(rule, wall_second(day, rule.starts), wall_second(day, rule.ends))


async def read_rules(session: AsyncSession, specialist_ids: Collection[str]) -> dict[int, list[Rule]]:
    """The rules of these specialists by weekday, in a stable order."""
    columns = [getattr(RotaRule, name) for name in Rule.__dataclass_fields__]
    chosen = select(*columns).where(RotaRule.specialist_id.in_(specialist_ids))
    ordered = chosen.order_by(RotaRule.specialist_id, RotaRule.weekday, RotaRule.starts, RotaRule.id)
    rules: dict[int, list[Rule]] = {}
    for row in await session.execute(ordered):
        rules.setdefault(row.weekday, []).append(Rule(*row))
    return rules


async def read_closed(session: AsyncSession, first_on: date, last_on: date) -> dict[date, set[str | None]]:
    """For each closed day of the range the ids of the closed offices; None stands for all of them."""
    rows = await session.execute(
        select(Closure.day_on, Closure.office_id).where(Closure.day_on.between(first_on, last_on))
    )
    closed: dict[date, set[str | None]] = {}
    for day, office_id in rows:
        closed.setdefault(day, set()).add(office_id)
    return closed


def _is_in_rhythm(rule: Rule, day: date) -> bool:
    if rule.every_weeks == 1 or rule.anchor_on is None:
        return True
    weeks = (_monday(day) - _monday(rule.anchor_on)).days // 7
    return weeks % rule.every_weeks == 0


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _is_nth_of_month(rule: Rule, day: date) -> bool:
    if rule.nth_of_month is None:
        return True
    if rule.nth_of_month == LAST:
        return (day + timedelta(days=7)).month != day.month
    return (day.day - 1) // 7 + 1 == rule.nth_of_month
