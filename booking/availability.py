"""Free times: what the rota opens, less closures, absences and the appointments that are there already.

Offering (`free_slots`) and booking (`find_slot`) read the rota through the same `read_timetable` and
`open_slots`. Whether a time is taken is decided for good by the claim of its cells alone, see cells.py.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.busy import LONGEST, Taken, empty_days, mark_absences, mark_appointments
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


@dataclass(frozen=True, slots=True)
class Timetable:
    """What decides which times are open over some days, for one kind of appointment."""

    minutes: int
    buffer_minutes: int
    rules: list[Rule]
    closed: dict[date, set[str | None]]
    taken: Taken


async def read_timetable(
    session: AsyncSession, kind: str, *, first_on: date, last_on: date, specialist_id: str | None = None
) -> Timetable | None:
    """Rules, closures and absences from `first_on` to `last_on`; None when nobody takes this kind.

    With `specialist_id` those of one person. Appointments are not in it yet: see `busy.mark_appointments`.
    """
    kinds = select(AppointmentKind.minutes, AppointmentKind.buffer_minutes).where(
        AppointmentKind.kind == kind
    )
    lengths = (await session.execute(kinds)).one_or_none()
    people = select(Specialist.id, Specialist.kinds)
    if specialist_id is not None:
        people = people.where(Specialist.id == specialist_id)
    able = [person for person, takes in await session.execute(people) if kind in takes]
    if lengths is None or not able:
        return None
    # A buffer may reach over midnight, so the days on either side count too.
    taken = empty_days(first_on, last_on, margin=LONGEST)
    await mark_absences(session, taken, able)
    rules = await read_rules(session, able)
    closed = await read_closed(session, first_on, last_on)
    return Timetable(lengths.minutes, lengths.buffer_minutes, rules, closed, taken)


def open_slots(timetable: Timetable, day: date, *, earliest_at: datetime) -> Iterator[Opening]:
    """The openings of a day that start at or after `earliest_at` and are not taken, in no order.

    Times follow each other from the start of a block, and an appointment ends within it; only its buffer may
    reach beyond. Where two rules open the same moment at the same office, the first one counts.
    """
    step = (timetable.minutes + timetable.buffer_minutes) * 60
    length = timetable.minutes * 60
    earliest = earliest_at.timestamp()
    seen: set[tuple[str, str, int]] = set()
    for block in open_blocks(timetable.rules, day, timetable.closed.get(day, ())):
        rule = block.rule
        for second in range(block.first_second, block.end_second - length + 1, step):
            key = (rule.specialist_id, rule.office_id, second)
            if second >= earliest and key not in seen:
                seen.add(key)
                if _is_free(timetable, rule, second):
                    yield _opening(timetable, rule, second)


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
    if first_on > last_on:
        return []
    timetable = await read_timetable(session, kind, first_on=first_on, last_on=last_on)
    if timetable is None:
        return []
    await mark_appointments(session, timetable.taken, now=now)
    wanted = _filter_of(wish)
    found: list[Slot] = []
    for ahead in range((last_on - first_on).days + 1):
        of_day = _one_per_time(timetable, first_on + timedelta(days=ahead), now + NOTICE)
        found += filter(wanted, of_day)
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


async def find_slot(session: AsyncSession, slot: Slot, kind: str, *, now: datetime) -> Opening | None:
    """The opening behind a chosen slot, as the rota has it now; None when it opens no such time any more.

    Looks at no appointments (the claim does), and asks for no notice: what was shown in time may be answered
    late.
    """
    day = riga_date(slot.starts_at)
    timetable = await read_timetable(
        session, kind, first_on=day, last_on=day, specialist_id=slot.specialist_id
    )
    if timetable is None:
        return None
    openings = open_slots(timetable, day, earliest_at=now)
    return next((opening for opening in openings if opening.slot == slot), None)


def _is_free(timetable: Timetable, rule: Rule, second: int) -> bool:
    ends = second + timetable.minutes * 60
    first, end = second // CELL_SECONDS, -(-ends // CELL_SECONDS)
    end_of_buffer = -(-(ends + timetable.buffer_minutes * 60) // CELL_SECONDS)
    taken = timetable.taken
    if not taken.is_free(specialist_resource(rule.specialist_id), first, end_of_buffer):
        return False
    return rule.room_id is None or taken.is_free(room_resource(rule.room_id), first, end)


def _opening(timetable: Timetable, rule: Rule, second: int) -> Opening:
    starts_at = datetime.fromtimestamp(second, UTC)
    slot = Slot(rule.specialist_id, rule.office_id, starts_at, timetable.minutes)
    return Opening(slot, rule.room_id, timetable.buffer_minutes)


def _one_per_time(timetable: Timetable, day: date, earliest_at: datetime) -> list[Slot]:
    """The slots of a day in order, one for each office and moment: with whoever has most free time."""
    best: dict[tuple[datetime, str], tuple[int, str, Slot]] = {}
    loads: dict[str, int] = {}
    for opening in open_slots(timetable, day, earliest_at=earliest_at):
        slot = opening.slot
        person = slot.specialist_id
        if person not in loads:
            loads[person] = timetable.taken.load(specialist_resource(person))
        key, offer = (slot.starts_at, slot.office_id), (loads[person], person, slot)
        if key not in best or offer[:2] < best[key][:2]:
            best[key] = offer
    return [best[key][2] for key in sorted(best)]


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
