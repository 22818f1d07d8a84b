"""Free times: what the rota opens, less closures, absences and the appointments that are there already.

Offering (`free_slots`) and booking (`find_slot`) read the rota through the same `read_timetable` and
`open_slots`. Whether a time is taken is decided for good by the claim of its cells alone, see cells.py.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Literal, NamedTuple, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.busy import Taken, TakenRow, empty_days, mark_absences, mark_appointments
from booking.cells import CELL_SECONDS, room_resource, specialist_resource
from booking.models import AppointmentKind, Specialist
from booking.rota import RIGA, Rule, open_blocks, read_closed, read_rules, riga_date

NOTICE = timedelta(hours=2)
HORIZON = timedelta(weeks=8)
NOON = 12

PartOfDay = Literal["morning", "afternoon"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be held: who, where, when, how long."""

    specialist_id: str
    office_id: str
    starts_at: datetime
    minutes: int

    @property
    def id(self) -> str:
        """A short name for buttons and stored offers; `slot_from_id` reads it back."""
        minute = int(self.starts_at.timestamp()) // 60
        return f"{self.specialist_id}.{self.office_id}.{minute:x}.{self.minutes}"


def slot_from_id(slot_id: str) -> Slot:
    """The slot with this name; raises ValueError when it is none."""
    try:
        specialist_id, office_id, minute, minutes = slot_id.split(".")
        starts_at = datetime.fromtimestamp(int(minute, 16) * 60, UTC)
        return Slot(specialist_id, office_id, starts_at, int(minutes))
    except (ValueError, OverflowError, OSError):
        raise ValueError("not the id of a slot") from None


class Wish(TypedDict, total=False):
    """What a resident asks of a time.

    `excluding` has ids of slots turned down already; no slot of their office and moment is shown either.
    """

    office_id: str | None
    part_of_day: PartOfDay | None
    excluding: Collection[str]


@dataclass(frozen=True, slots=True)
class Opening:
    """A slot the rota offers, with what it would claim besides."""

    slot: Slot
    room_id: str | None
    buffer_minutes: int


class Start(NamedTuple):
    """When the rota lets an appointment begin: the UTC epoch second and the rule that opens it."""

    second: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Timetable:
    """What decides which times are open over some days, for one kind of appointment."""

    minutes: int
    buffer_minutes: int
    rules: dict[int, list[Rule]]
    closed: dict[date, set[str | None]]
    taken: Taken


async def read_timetable(
    session: AsyncSession, kind: str, *, first_on: date, last_on: date, specialist_id: str | None = None
) -> Timetable | None:
    """Rules, closures and absences from `first_on` to `last_on`; None when nobody takes this kind.

    With `specialist_id` those of one person. Appointments are not in it yet, see `busy.mark_appointments`.
    """
    columns = (Specialist.id, Specialist.kinds, AppointmentKind.minutes, AppointmentKind.buffer_minutes)
    people = select(*columns).join(AppointmentKind, AppointmentKind.kind == kind)
    if specialist_id is not None:
        people = people.where(Specialist.id == specialist_id)
    able = [row for row in await session.execute(people) if kind in row.kinds]
    if not able:
        return None
    ids = [row.id for row in able]
    # A buffer may reach over midnight, so the day after counts too.
    taken = empty_days(first_on, last_on + timedelta(days=1))
    await mark_absences(session, taken, ids)
    rules = await read_rules(session, ids)
    closed = await read_closed(session, first_on, last_on)
    return Timetable(able[0].minutes, able[0].buffer_minutes, rules, closed, taken)


def open_starts(timetable: Timetable, day: date, *, earliest_at: datetime) -> Iterator[Start]:
    """The moments of a day, from `earliest_at` on, at which an appointment may begin and nothing is taken.

    They follow each other from the start of a block, and an appointment ends within it; only its buffer may
    reach beyond. Where two rules open the same moment at the same office, the first one counts.
    """
    length, earliest = timetable.minutes * 60, earliest_at.timestamp()
    step = length + timetable.buffer_minutes * 60
    rules = timetable.rules.get(day.weekday(), ())
    seen: set[tuple[str, str, int]] = set()
    for block in open_blocks(rules, day, timetable.closed.get(day, ())):
        rule = block.rule
        person = timetable.taken.row(specialist_resource(rule.specialist_id))
        room = timetable.taken.row(room_resource(rule.room_id)) if rule.room_id else None
        for second in range(block.first_second, block.end_second - length + 1, step):
            key = (rule.specialist_id, rule.office_id, second)
            if second < earliest or key in seen:
                continue
            seen.add(key)
            if _is_free(person, second, step) and (room is None or _is_free(room, second, length)):
                yield Start(second, rule)


async def free_slots(
    session: AsyncSession,
    kind: str,
    *,
    now: datetime,
    first_on: date | None = None,
    days: int = 28,
    limit: int | None = None,
    **wish: Unpack[Wish],
) -> list[Slot]:
    """Times that can be held now, soonest first: at least two hours and at most eight weeks ahead.

    Where several specialists are free at one office at one moment, the one with most free time is named.
    """
    today = riga_date(now)
    first_on = max(first_on or today, today)
    last_on = min(first_on + timedelta(days=days - 1), today + HORIZON)
    is_wanted = _filter_of(wish)
    found: list[Slot] = []
    for begins_on, ends_on in _windows(first_on, last_on, limit):
        timetable = await read_timetable(session, kind, first_on=begins_on, last_on=ends_on)
        if timetable is None:
            return []
        await mark_appointments(session, timetable.taken, now=now)
        found += filter(is_wanted, _offers(timetable, begins_on, ends_on, now + NOTICE))
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


async def find_slot(session: AsyncSession, slot: Slot, kind: str, *, now: datetime) -> Opening | None:
    """The opening behind a chosen slot, as the rota has it now; None when it opens no such time any more.

    Looks at no appointments (the claim does), and asks for no notice: what was shown in time may be answered
    late.
    """
    if slot.starts_at <= now:
        return None
    day = riga_date(slot.starts_at)
    timetable = await read_timetable(session, kind, first_on=day, last_on=day, specialist_id=slot.specialist_id)
    if timetable is None:
        return None
    for start in open_starts(timetable, day, earliest_at=now):
        if _slot(timetable, start) == slot:
            return Opening(slot, start.rule.room_id, timetable.buffer_minutes)
    return None


def _is_free(row: TakenRow, second: int, seconds: int) -> bool:
    return row.is_free(second // CELL_SECONDS, -(-(second + seconds) // CELL_SECONDS))


def _slot(timetable: Timetable, start: Start) -> Slot:
    starts_at = datetime.fromtimestamp(start.second, UTC)
    return Slot(start.rule.specialist_id, start.rule.office_id, starts_at, timetable.minutes)


def _windows(first_on: date, last_on: date, limit: int | None) -> Iterator[tuple[date, date]]:
    """The days to look at, at once; week by week where the soonest few are enough."""
    days = 7 if limit is not None else (last_on - first_on).days + 1
    while first_on <= last_on:
        yield first_on, min(first_on + timedelta(days=days - 1), last_on)
        first_on += timedelta(days=days)


def _offers(timetable: Timetable, first_on: date, last_on: date, earliest_at: datetime) -> Iterator[Slot]:
    """Slots in order of time, one for each office and moment: with whoever has most free time."""
    taken = {}
    for rule in chain.from_iterable(timetable.rules.values()):
        taken[rule.specialist_id] = timetable.taken.load(specialist_resource(rule.specialist_id))
    for ahead in range((last_on - first_on).days + 1):
        best: dict[tuple[int, str], Start] = {}
        for start in open_starts(timetable, first_on + timedelta(days=ahead), earliest_at=earliest_at):
            rival = best.setdefault((start.second, start.rule.office_id), start)
            if taken[start.rule.specialist_id] < taken[rival.rule.specialist_id]:
                best[start.second, start.rule.office_id] = start
        yield from (_slot(timetable, best[key]) for key in sorted(best))


def _filter_of(wish: Wish) -> Callable[[Slot], bool]:
    office_id, part = wish.get("office_id"), wish.get("part_of_day")
    refused = {(slot.office_id, slot.starts_at) for slot in map(slot_from_id, wish.get("excluding", ()))}

    def is_wanted(slot: Slot) -> bool:
        if office_id is not None and slot.office_id != office_id:
            return False
        if part is not None and (slot.starts_at.astimezone(RIGA).hour < NOON) != (part == "morning"):
            return False
        return (slot.office_id, slot.starts_at) not in refused

    return is_wanted
