"""How many turns a second: a message over HTTP to its committed reply, beside the least any web service must do.

The least is a bare FastAPI endpoint that stores one row in one commit, on the same kind of database with the
same settings, in the same run. Sending is left out of both. Design section 8: at least half as many turns, and
at 50 messages a second 95 of 100 replies committed within 50 ms.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from bot.channels.web_chat import NAME
from bot.database import Database
from bot.house import load_knowledge
from tests.bot.web_service import NOW, Talk, Web, open_client, open_web
from tests.conftest import MODELS

pytestmark = pytest.mark.benchmark
TALKS = 40
"""So many that none of them writes too much for the one minute that their clock stands at."""

TURNS = 320
A_SECOND = 50
QUESTIONS = (
    "kādi dokumenti vajadzīgi GMI pabalstam?",
    "cik liels ir mājokļa pabalsts?",
    "какие документы нужны для пособия?",
    "kur jūs atrodaties?",
    "izvēlne",
    "kas var saņemt aprūpi mājās",
    "мне нужен психолог",
    "vai man pienākas asistents",
)
"""None of them opens a form, so every turn is understanding, state, reply and the note of what happened."""

Turn = Callable[[int], Awaitable[None]]


class Note(BaseModel):
    """What the bare endpoint is sent."""

    text: str


@pytest_asyncio.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with open_web(f"sqlite:///{tmp_path / 'main.db'}", tmp_path, load_knowledge("bauska", MODELS)) as opened:
        yield opened


@pytest_asyncio.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Turn]:
    """One request, one row, one commit."""
    database = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    async with database.writing() as session:
        await session.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)"))
    app = FastAPI()

    @app.post("/notes", status_code=202)
    async def keep(note: Note) -> dict[str, str]:
        async with database.writing() as session:
            await session.execute(text("INSERT INTO note (body) VALUES (:body)"), {"body": note.text})
        return {}

    async with open_client(app) as client:

        async def turn(number: int) -> None:
            answer = await client.post("/notes", json={"text": QUESTIONS[number % len(QUESTIONS)]})
            assert answer.status_code == 202

        yield turn
    await database.close()


async def begin_talks(web: Web) -> list[Turn]:
    """Talks that have had their greeting already; a turn of one is a message and its committed reply."""

    async def begin() -> Turn:
        talk = Talk(web)
        await talk.hears("labdien")
        known = await web.house.inbox.find(NAME, web.house.inbox.address_index(NAME, talk.token))
        assert known is not None

        async def turn(number: int) -> None:
            assert (await talk.says(QUESTIONS[number % len(QUESTIONS)])).status_code == 202
            assert await web.house.dispatcher.handle(known[1].id, NOW)

        return turn

    return [await begin() for _ in range(TALKS)]


async def timed(turn: Turn, number: int) -> float:
    begun = time.perf_counter()
    await turn(number)
    return time.perf_counter() - begun


async def as_fast_as_possible(turns: Sequence[Turn]) -> tuple[float, list[float]]:
    """Turns a second when every talk goes on as soon as it is answered, and how long each took."""

    async def go_on(turn: Turn) -> list[float]:
        return [await timed(turn, number) for number in range(TURNS // len(turns))]

    begun = time.perf_counter()
    taken = [one for talk in await asyncio.gather(*map(go_on, turns)) for one in talk]
    return len(taken) / (time.perf_counter() - begun), taken


async def at_a_steady_pace(turns: Sequence[Turn]) -> list[float]:
    """How long each turn took when A_SECOND of them begin every second, whether or not those before are done."""
    begun, tasks = time.perf_counter(), []
    for number, turn in enumerate(islice(cycle(turns), TURNS)):
        await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(timed(turn, number)))
    return await asyncio.gather(*tasks)


def share(taken: Sequence[float], part: float) -> float:
    """The milliseconds within which this part of the turns was done."""
    return sorted(taken)[int(len(taken) * part) - 1] * 1000


async def test_turns_beside_a_bare_endpoint(web: Web, bare: Turn, capsys: pytest.CaptureFixture[str]) -> None:
    turns = await begin_talks(web)
    await as_fast_as_possible([bare] * TALKS)
    bare_rate, bare_taken = await as_fast_as_possible([bare] * TALKS)
    rate, taken = await as_fast_as_possible(turns)
    steady = await at_a_steady_pace(turns)
    with capsys.disabled():
        print(f"\nturns: {rate:.0f}/s, p95 {share(taken, 0.95):.0f} ms, {TALKS} talks at once")
        print(f"bare endpoint with one commit: {bare_rate:.0f}/s, p95 {share(bare_taken, 0.95):.0f} ms")
        print(f"ratio {rate / bare_rate:.2f} (budget 0.5)")
        print(f"at {A_SECOND}/s: p50 {share(steady, 0.5):.0f} ms, p95 {share(steady, 0.95):.0f} ms (budget 50 ms)")
    assert len(taken) == len(steady) == TURNS
