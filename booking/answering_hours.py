"""When staff answer residents, where one stands in the queue, and how long it takes: told only from what is known.

Hours are Riga wall time; the days on which the whole service is closed answer nobody. Without any hours in the
table nothing is promised.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.handovers import Handover, HandoverKind, HandoverReason
from booking.models import AnsweringHours
from booking.rota import read_closed, riga_date, wall_second

LOOKS_AHEAD: Final = timedelta(days=30)
MEASURED: Final = timedelta(days=30)
FEWEST_MEASURED: Final = 5
MOST_MEASURED: Final = 20
IS_IN_QUEUE: Final = (Handover.kind == HandoverKind.PERSON) & Handover.reason.in_(
    (HandoverReason.ASKED, HandoverReason.MISSED)
)


@dataclass(frozen=True, slots=True)
class Answering:
    """`closes_at` is set while somebody answers, `opens_at` while nobody does; neither when no hours are known.

    `ends_at`, set together with `closes_at`, is when the last answering hours of the day end, past every break.
    """

    closes_at: datetime | None = None
    opens_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody answers now."""
        return self.closes_at is not None


@dataclass(frozen=True, slots=True)
class Queue:
    """Where the next one would stand: `place` counts from 1; `minutes` is None while too little was measured."""

    place: int
    minutes: int | None


Stretch = tuple[datetime, datetime]


async def read_answering(session: AsyncSession, now: datetime) -> Answering:
    """Whether staff answer now and until when, or when they next do, within 30 days."""
    stretches = await _stretches(session, riga_date(now), riga_date(now + LOOKS_AHEAD))
    for starts_at, ends_at in stretches:
        if starts_at <= now < ends_at:
            last = max(ends for starts, ends in stretches if riga_date(starts) == riga_date(now))
            return Answering(closes_at=ends_at, ends_at=last)
        if starts_at > now:
            return Answering(opens_at=starts_at)
    return Answering()


async def read_queue(session: AsyncSession, now: datetime) -> Queue:
    """The place behind those who ask for a person and whom nobody has taken, and the usual wait.

    The wait is the median of the last 20 talks of 30 days, from asking to being taken, in minutes of answering
    time; with fewer than 5 talks there is no figure.
    """
    ahead = select(func.count()).where(
        IS_IN_QUEUE,
        Handover.taken_at.is_(None),
        Handover.done_at.is_(None),
    )
    return Queue((await session.scalar(ahead) or 0) + 1, await _usual_minutes(session, now))


async def _usual_minutes(session: AsyncSession, now: datetime) -> int | None:
    taken = (
        select(Handover.asked_at, Handover.taken_at)
        .where(
            IS_IN_QUEUE,
            Handover.taken_at.is_not(None),
            Handover.asked_at > now - MEASURED,
        )
        .order_by(Handover.taken_at.desc())
        .limit(MOST_MEASURED)
    )
    waits = [(row.asked_at, row.taken_at) for row in await session.execute(taken)]
    if len(waits) < FEWEST_MEASURED:
        return None
    stretches = await _stretches(session, riga_date(now - MEASURED), riga_date(now))
    return round(median(_minutes_within(stretches, *wait) for wait in waits))


def _minutes_within(stretches: Sequence[Stretch], asked_at: datetime, taken_at: datetime) -> float:
    """How much of a wait fell into answering time; a wait outside all of it counts as none."""
    pieces = (min(taken_at, ends_at) - max(asked_at, starts_at) for starts_at, ends_at in stretches)
    return sum(max(piece.total_seconds(), 0.0) for piece in pieces) / 60


async def _stretches(session: AsyncSession, first_on: date, last_on: date) -> list[Stretch]:
    hours = (await session.scalars(select(AnsweringHours))).all()
    closed = await read_closed(session, first_on, last_on) if hours else {}
    days_off = [day for day, offices in closed.items() if None in offices]
    return joined(sorted(_opened(hours, first_on, last_on, days_off)))


def _opened(
    hours: Sequence[AnsweringHours], first_on: date, last_on: date, days_off: Collection[date]
) -> Iterator[Stretch]:
    for number in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=number)
        if day in days_off:
            continue
        for row in hours:
            if row.weekday == day.weekday():
                yield _moment(day, row.starts), _moment(day, row.ends)


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches in order of time, those that touch or overlap made one."""
    whole: list[Stretch] = []
    for starts_at, ends_at in stretches:
        if whole and starts_at <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], ends_at))
        elif starts_at < ends_at:
            whole.append((starts_at, ends_at))
    return whole


def _moment(day: date, wall: str) -> datetime:
    return datetime.fromtimestamp(wall_second(day, wall), UTC)
