"""The race for one hour: one winner, no error, nobody hangs, on both databases; and proof that the guard
does it.

`PALIGS_DRILL=full` runs the long form and prints its figures.
"""

import asyncio
import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta

import pytest

from booking import appointments
from booking.appointments import LimitReached, NotLive, cancel, expire_holds, move
from booking.availability import free_slots
from booking.cells import SlotTaken, broken_cells
from booking.confidentiality import new_id
from bot.database import Database
from tests.booking.calendars import KIND, booked, confirmed, held, open_calendar, slot_at
from tests.drills.race import (
    CLIENTS,
    Outcome,
    count_overlaps,
    open_long_days,
    run_clients,
    run_share,
    slots_of_round,
)

IS_FULL = os.environ.get("PALIGS_DRILL") == "full"
ROUNDS = 150 if IS_FULL else 5
PROCESSES = 3

pytestmark = pytest.mark.drill


def wanted_in(number: int) -> list[str]:
    """What the clients of a round want: half of them the hour, half of them a quarter past."""
    on_the_hour, quarter_past = slots_of_round(number)
    return [on_the_hour.id, quarter_past.id] * (CLIENTS // 2)


async def race(database: Database, now: datetime, rounds: int) -> tuple[list[int], Outcome]:
    """How many won in each round, and all outcomes together."""
    winners, total = [], Outcome()
    for number in range(rounds):
        await see_both_shown(database, number, now)
        outcome = await run_clients(database, wanted_in(number), now)
        winners.append(outcome.winners)
        total.add(outcome)
    return winners, total


async def see_both_shown(database: Database, number: int, now: datetime) -> None:
    day = slots_of_round(number)[0].starts_at.date()
    async with database.reading() as session:
        shown = await free_slots(session, KIND, now=now, first_on=day, days=1)
    assert set(slots_of_round(number)) <= set(shown)


def tell(capsys: pytest.CaptureFixture[str], name: str, total: Outcome, overlaps: int) -> None:
    """Print the figures of a long run."""
    if IS_FULL:
        ordered = sorted(total.seconds)
        p99, worst = ordered[int(len(ordered) * 0.99)] * 1000, ordered[-1] * 1000
        with capsys.disabled():
            print(
                f"\n{name}: {total.winners} winners, {total.refused} refused, {overlaps} overlaps, "
                f"{len(total.errors)} errors, p99 {p99:.0f} ms, worst {worst:.0f} ms"
            )


async def test_of_32_clients_for_one_hour_exactly_one_gets_it(
    database: Database, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    await open_long_days(database)
    winners, total = await race(database, now, ROUNDS)
    overlaps = await count_overlaps(database)
    tell(capsys, f"race, {database.dialect}, {ROUNDS} rounds", total, overlaps)
    assert total.errors == []
    assert winners == [1] * ROUNDS
    assert total.refused == (CLIENTS - 1) * ROUNDS
    assert overlaps == 0
    async with database.reading() as session:
        assert await broken_cells(session) == []


async def test_without_the_guard_the_same_race_books_twice(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def claim_nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(appointments, "claim_cells", claim_nothing)
    await open_long_days(database)
    winners, total = await race(database, now, 2)
    overlaps = await count_overlaps(database)
    tell(capsys, f"race without the guard, {database.dialect}, 2 rounds", total, overlaps)
    assert min(winners) > 1
    assert overlaps > 0
    async with database.reading() as session:
        assert len(await broken_cells(session)) == total.winners


@pytest.fixture
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes that share nothing but the database."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as executor:
        yield executor


async def test_clients_of_several_processes_get_one_hour_once(
    database: Database,
    filled_url: str,
    now: datetime,
    processes: ProcessPoolExecutor,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await open_long_days(database)
    loop, total, winners = asyncio.get_running_loop(), Outcome(), []
    rounds = 50 if IS_FULL else 2
    for number in range(rounds):
        wanted = wanted_in(number)
        shares = [wanted[first::PROCESSES] for first in range(PROCESSES)]
        jobs = [loop.run_in_executor(processes, run_share, filled_url, share, now) for share in shares]
        outcome = Outcome()
        for part in await asyncio.gather(*jobs):
            outcome.add(part)
        winners.append(outcome.winners)
        total.add(outcome)
    overlaps = await count_overlaps(database)
    tell(capsys, f"race of {PROCESSES} processes, {database.dialect}, {rounds} rounds", total, overlaps)
    assert total.errors == []
    assert winners == [1] * rounds
    assert overlaps == 0


async def test_a_lapsed_hold_and_a_newcomer_never_both_get_the_time(database: Database, now: datetime) -> None:
    later = now + timedelta(minutes=15)
    async with database.writing() as session:
        await open_calendar(session)
    for number in range(ROUNDS):
        slot = slot_at(f"2026-11-{25 + number % 3} {9 + number // 3 % 3:02}:00")
        async with database.writing() as session:
            slow = await held(session, slot, now=now)

        async def confirm_late(appointment_id: str = slow.id) -> str:
            async with database.writing() as session:
                return (await confirmed(session, appointment_id, now=later)).id

        async def take(slot=slot) -> str:
            async with database.writing() as session:
                return (await booked(session, slot, now=later)).id

        async def sweep() -> None:
            async with database.writing() as session:
                await expire_holds(session, now=later)

        found = await asyncio.gather(confirm_late(), take(), sweep(), return_exceptions=True)
        got, refused = [each for each in found if isinstance(each, str)], Counter(map(type, found))
        assert (len(got), refused[SlotTaken]) == (1, 1), found
        async with database.writing() as session:
            assert await broken_cells(session) == []
            await cancel(session, got[0], by="staff", now=later)


async def test_a_crowd_that_books_moves_and_cancels_leaves_the_calendar_whole(
    database: Database, now: datetime
) -> None:
    async with database.writing() as session:
        await open_calendar(session, people=("anda", "baiba", "dina"), buffer_minutes=10, room_id="room")
    crowd = 12
    outcomes = await asyncio.gather(*(live(database, now, random.Random(seed)) for seed in range(crowd)))
    seen = Counter[str]()
    for each in outcomes:
        seen.update(each)
    assert set(seen) <= {"done", "SlotTaken", "NotLive", "LimitReached"}, seen
    assert seen["done"] > crowd
    assert await count_overlaps(database) == 0
    async with database.reading() as session:
        assert await broken_cells(session) == []


async def live(database: Database, now: datetime, chance: random.Random) -> list[str]:
    """One resident who cannot decide, among others who want the same few times."""
    told: list[str] = []
    subject_id, mine = new_id(), list[str]()
    for turn in range(40 if IS_FULL else 8):
        at = now + timedelta(minutes=4 * turn)
        async with database.reading() as session:
            slots = await free_slots(session, KIND, now=at, limit=6)
        slot = chance.choice(slots)
        try:
            async with database.writing() as session:
                if len(mine) < 2:
                    taken = await held(session, slot, now=at, subject_id=subject_id)
                    mine.append(taken.id)
                    if chance.random() < 0.7:
                        await confirmed(session, taken.id, now=at)
                elif chance.random() < 0.6:
                    await move(session, mine[-1], slot, now=at)
                else:
                    await cancel(session, mine.pop(0), by="resident", now=at)
            told.append("done")
        except (SlotTaken, NotLive, LimitReached) as refusal:
            told.append(type(refusal).__name__)
            mine = mine[-1:]
    return told
