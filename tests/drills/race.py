"""One race for one hour: clients who all saw it free and all say yes at the same moment."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from booking.appointments import book, hold, new_reference
from booking.availability import Slot, slot_from_id
from booking.cells import SlotTaken
from booking.confidentiality import new_id
from booking.models import Appointment, AppointmentStatus
from booking.rota import RIGA
from bot.database import Database
from tests.booking.calendars import KIND, kind, office, rule, specialist

CLIENTS = 32
HOURS = (9, 11, 13, 15)
PATIENCE_SECONDS = 60


@dataclass
class Outcome:
    """What became of the clients of one round."""

    winners: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count another round or share in."""
        self.winners += other.winners
        self.refused += other.refused
        self.errors += other.errors
        self.seconds += other.seconds


async def open_long_days(database: Database) -> None:
    """One specialist whose rota offers each hour on the hour, and again a quarter past."""
    async with database.writing() as session:
        session.add_all([office(), kind(60), specialist()])
        await session.flush()
        for weekday in range(7):
            for starts, ends in (("09:00", "17:00"), ("09:15", "17:15")):
                session.add(rule(weekday=weekday, starts=starts, ends=ends))


def slots_of_round(number: int) -> tuple[Slot, Slot]:
    """The hour of this round, and the one a quarter of an hour later; rounds do not touch each other."""
    day = datetime(2026, 11, 25, tzinfo=RIGA) + timedelta(days=number // len(HOURS))
    starts_at = day.replace(hour=HOURS[number % len(HOURS)]).astimezone(UTC)
    return (
        Slot("ilze", "bauska", starts_at, 60),
        Slot("ilze", "bauska", starts_at + timedelta(minutes=15), 60),
    )


async def run_clients(database: Database, slot_ids: list[str], now: datetime) -> Outcome:
    """One client for each slot, all at once."""
    outcome = Outcome()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(_want(database, slot_from_id(each), now, outcome) for each in slot_ids))
    return outcome


async def _want(database: Database, slot: Slot, now: datetime, outcome: Outcome) -> None:
    begun = time.perf_counter()
    try:
        async with database.writing() as session:
            taken = await hold(
                session,
                slot,
                appointment_id=new_id(),
                reference=new_reference(),
                subject_id=new_id(),
                kind=KIND,
                now=now,
            )
            await book(
                session,
                taken.id,
                request_key=new_id(),
                name_sealed=b"name",
                need_sealed=b"need",
                reminds=False,
                now=now,
            )
        outcome.winners += 1
    except SlotTaken:
        outcome.refused += 1
    except Exception as error:
        outcome.errors.append(type(error).__name__)
    outcome.seconds.append(time.perf_counter() - begun)


async def count_overlaps(database: Database) -> int:
    """Pairs of booked appointments of one specialist that overlap; looks at times only, not at cells."""
    columns = select(Appointment.specialist_id, Appointment.starts_at, Appointment.minutes)
    async with database.reading() as session:
        rows = (await session.execute(columns.where(Appointment.status == AppointmentStatus.BOOKED))).all()
    spans = sorted((person, at, at + timedelta(minutes=minutes)) for person, at, minutes in rows)
    pairs = 0
    for index, (person, _, ends_at) in enumerate(spans):
        for other, starts_at, _ in spans[index + 1 :]:
            if other != person or starts_at >= ends_at:
                break
            pairs += 1
    return pairs


def run_share(url: str, slot_ids: list[str], now: datetime) -> Outcome:
    """A share of the clients in a process of their own."""

    async def run() -> Outcome:
        database = Database(url)
        try:
            return await run_clients(database, slot_ids, now)
        finally:
            await database.close()

    return asyncio.run(run())
