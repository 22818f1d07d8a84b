"""The whole service in a process of its own, so that who measures does not slow what is measured."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn

from booking.places import load_demo
from bot.app import build_app
from bot.doors.providers import open_providers
from bot.house import build_house, load_knowledge
from bot.migrate import upgrade
from bot.settings import Settings
from flows.turn import Knowledge
from tests.conftest import MODELS
from tests.drills.doorkeeper import free_port
from tests.drills.nursery import Nursery

PATIENCE = 30.0


@dataclass(frozen=True)
class Place:
    """What to serve, and on which port."""

    settings: Settings
    port: int


@dataclass(frozen=True)
class Aside:
    """A service that runs beside us."""

    address: str
    process: int

    @property
    def megabytes(self) -> float:
        """The memory it holds now."""
        pages = int(Path(f"/proc/{self.process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def open_files(self) -> int:
        """Its sockets and files."""
        return len(list(Path(f"/proc/{self.process}/fd").iterdir()))


async def serve(place: Place, known: Knowledge) -> None:
    """As `paligs serve` does, by the real clock."""
    providers = open_providers(place.settings)
    house = build_house(place.settings, providers.channels, knowledge=known)
    app = build_app(house, providers, lambda: datetime.now(UTC))
    await uvicorn.Server(uvicorn.Config(app, port=place.port, log_level="critical")).serve()


@asynccontextmanager
async def served_aside(settings: Settings) -> AsyncIterator[Aside]:
    """The service with its demo calendar, until the block ends."""
    house = build_house(settings, {}, knowledge=load_knowledge("bauska", MODELS))
    await upgrade(house.keyring_database, "keyring")
    await upgrade(house.database, "main")
    async with house.database.writing() as session:
        await load_demo(session, settings.profile, datetime.now(UTC))
    await house.close()
    nursery, place = Nursery(MODELS), Place(settings, free_port())
    process = await asyncio.to_thread(nursery.start, serve, place)
    aside = Aside(f"http://127.0.0.1:{place.port}", process)
    try:
        await _until_it_listens(aside)
        yield aside
    finally:
        os.kill(process, signal.SIGKILL)
        await asyncio.to_thread(nursery.wait)
        nursery.close()


async def _until_it_listens(aside: Aside) -> None:
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=aside.address) as client:
        while True:
            try:
                await client.get("/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


def share(taken: Sequence[float], part: float) -> float:
    """The milliseconds within which this part was done."""
    return sorted(taken)[int(len(taken) * part) - 1] * 1000
