"""A flood from one address, and what the others feel of it: reference security, row 7.

1,000 messages in 10 s from one talk; sixteen others go on at their pace, before it and during it, in one run.
Each is timed from sending a message to having the answer on the page. Wanted: others wait at most a fifth
longer, the flood gets at most 22 answers, and a cry as its message 900 has its card within 2 s.
"""

import asyncio
import json
import statistics
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.benchmarks.flooding import FLOOD, SECONDS, Tab, open_client
from tests.benchmarks.served_aside import served_aside, share
from tests.houses import make_settings

TALKS = 40
A_SECOND = 10
"""Messages of the others together: a quarter of what one small machine answers, and less than 20 a minute each."""

QUESTIONS = (
    "kādi dokumenti vajadzīgi GMI pabalstam?",
    "cik liels ir mājokļa pabalsts?",
    "kur jūs atrodaties?",
    "мне нужен психолог",
)

pytestmark = pytest.mark.benchmark


async def at_a_steady_pace(tabs: list[Tab]) -> list[float]:
    """What the others feel for as long as a flood lasts."""
    begun, tasks = time.perf_counter(), list[asyncio.Task[float]]()
    for number, tab in enumerate(islice(cycle(tabs), SECONDS * A_SECOND)):
        await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(tab.asks(QUESTIONS[number % len(QUESTIONS)])))
    return await asyncio.gather(*tasks)


async def start_flooding(address: str) -> asyncio.subprocess.Process:
    """The flooding program, ready to begin: its start must not be taken for what a flood does."""
    program = [sys.executable, "-m", "tests.benchmarks.flooding", address]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe)


async def begin(flooding: asyncio.subprocess.Process) -> dict[str, float]:
    """Let it flood; what it saw."""
    told, _ = await flooding.communicate(b"\n")
    return json.loads(told)


async def test_a_flood_from_one_address_hardly_slows_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = make_settings(f"sqlite:///{tmp_path / 'main.db'}", tmp_path)
    async with served_aside(settings) as service, open_client(service.address) as client:
        tabs = [Tab(client) for _ in range(TALKS)]
        for tab in tabs:
            await tab.asks("labdien")
        flooding = await start_flooding(service.address)
        calm = await at_a_steady_pace(tabs)
        seen, others = await asyncio.gather(begin(flooding), at_a_steady_pace(tabs))
        after = await at_a_steady_pace(tabs)
    before = [*calm, *after]
    with capsys.disabled():
        print(f"\nothers without a flood: median {share(before, 0.5):.0f} ms, p95 {share(before, 0.95):.0f} ms")
        print(f"others during the flood: median {share(others, 0.5):.0f} ms, p95 {share(others, 0.95):.0f} ms")
        print(
            f"ratio of means {statistics.mean(others) / statistics.mean(before):.2f}, "
            f"of p95 {share(others, 0.95) / share(before, 0.95):.2f} (budget 1.20)"
        )
        print(f"the flood of {FLOOD} in {SECONDS} s got {seen['answers']} answers (at most 22),")
        print(f"the card of its cry came after {seen['card_seconds'] * 1000:.0f} ms (at most 2000)")
    assert seen["answers"] <= 22
    assert 0 < seen["card_seconds"] <= 2
