"""A whole service behind a real port, with a clock that the test moves, and a browser to look at it."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright, expect

from booking.demo_staff import create_demo_staff
from booking.places import load_demo
from bot.app import build_app
from bot.channels.web_chat import NAME, WebChat
from bot.doors.providers import Providers
from bot.house import House, build_house
from bot.migrate import upgrade
from bot.scheduler import Scheduler
from bot.settings import Settings
from flows.turn import Knowledge

PATIENCE_MS = 20_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")


@dataclass
class Served:
    """A running service: where it is, its clock, and the password of the demo staff."""

    house: House
    address: str
    now: datetime
    password: str = ""
    specialists: dict[str, str] | None = None

    async def let_time_come(self, now: datetime) -> None:
        """Move the clock and do what falls due."""
        self.now = now
        await Scheduler(self.house).remind(now)


class Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serve(settings: Settings, knowledge: Knowledge, now: datetime) -> AsyncIterator[Served]:
    """The service with its demo content, until the block ends."""
    web_chat = WebChat()
    house = build_house(settings, {NAME: web_chat}, knowledge=knowledge)
    await upgrade(house.keyring_database, "keyring")
    await upgrade(house.database, "main")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        served = Served(house, f"http://127.0.0.1:{listening.getsockname()[1]}", now)
        async with house.database.writing() as session:
            await load_demo(session, settings.profile, now)
            accounts = await create_demo_staff(session, settings.profile, now)
        served.password = accounts[0][1]
        app = build_app(house, Providers(web_chat), lambda: served.now)
        server = Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        running = asyncio.create_task(server.serve([listening]))
        await server.ready.wait()
        yield served
        server.should_exit = True
        await running


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium; without it the test is left out."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is not installed on this machine")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
        expect.set_options(timeout=PATIENCE_MS)
        yield opened
        await opened.close()


def sqlite_address(folder: Path) -> str:
    """A main database in a folder of the test."""
    return f"sqlite:///{folder / 'main.db'}"
