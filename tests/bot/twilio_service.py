"""A service with Twilio's doors in this process, and the fake that knocks at them."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from booking.places import load_demo
from booking.subjects import Subject
from bot.channels.twilio_sms import TwilioSms
from bot.doors.twilio_doors import TwilioDoors
from bot.house import House, build_house
from bot.inbox import read_input, waiting_messages
from bot.migrate import upgrade
from bot.models import InboundMessage
from bot.runner import Runner
from bot.web.protection import Protection
from flows.messages import Input
from flows.models import Conversation
from flows.turn import Knowledge
from tests.houses import make_settings
from tests.providers.fake_twilio import FakeTwilio

ANNA = "+37120000001"


@dataclass
class Clock:
    """A clock that the test moves."""

    now: datetime


@dataclass
class Sms:
    """The service, its doors, and how to look inside."""

    house: House
    channel: TwilioSms
    doors: TwilioDoors
    client: httpx.AsyncClient
    fake: FakeTwilio
    clock: Clock
    woken: list[bool]
    app: FastAPI

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self.clock.now

    async def brings(self, text: str, **others: Any) -> httpx.Response:
        """Anna writes, and Twilio brings it."""
        return await self.fake.brings(self.client, ANNA, text, **others)

    async def settle(self) -> None:
        """Answer and send everything that waits."""
        await Runner(self.house, lambda: self.now).settle()

    async def waiting(self, address: str = ANNA) -> list[Input]:
        """What waits from one address, in its order."""
        known = await self.house.inbox.find("sms", self.house.inbox.address_index("sms", address))
        if known is None:
            return []
        subject, conversation = known
        key = await self.house.keyring.open(subject.key_id)
        async with self.house.database.reading() as session:
            return [read_input(row, key) for row in await waiting_messages(session, conversation.id)]

    async def stored(self) -> int:
        """How many inbound messages there are."""
        async with self.house.database.reading() as session:
            return len((await session.scalars(select(InboundMessage.position))).all())

    async def subject(self) -> Subject:
        """Anna, as she is stored."""
        known = await self.house.inbox.find("sms", self.house.inbox.address_index("sms", ANNA))
        assert known is not None
        return known[0]

    async def conversation(self) -> Conversation:
        """Anna's conversation."""
        known = await self.house.inbox.find("sms", self.house.inbox.address_index("sms", ANNA))
        assert known is not None
        return known[1]


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine of tests is no broken database."""
    monkeypatch.setattr("bot.doors.twilio_doors.LONGEST_WAIT", 30.0)


@asynccontextmanager
async def open_sms(
    folder: Path, mould: Path | None, knowledge: Knowledge, fake: FakeTwilio, now: datetime, **others: Any
) -> AsyncIterator[Sms]:
    """A service on SQLite that uses the fake; `mould` holds databases to copy (see `small_house`), if there are any."""
    if mould is not None:
        for name in ("main.db", "keyring.db"):
            shutil.copy(mould / name, folder / name)
    settings = make_settings(f"sqlite:///{folder / 'main.db'}", folder, **{**fake.settings(), **others})
    channel = TwilioSms(settings)
    house = build_house(settings, {channel.name: channel}, knowledge=knowledge)
    if mould is None:
        await fill(house, now)
    clock, woken = Clock(now), list[bool]()
    doors = TwilioDoors(house, channel, lambda: woken.append(True), lambda: clock.now)
    app = FastAPI()
    app.add_middleware(Protection)
    app.include_router(doors.router())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
        yield Sms(house, channel, doors, client, fake, clock, woken, app)
    await house.close()


async def fill(house: House, now: datetime) -> None:
    """Make the tables and load the demo calendar."""
    await upgrade(house.keyring_database, "keyring")
    await upgrade(house.database, "main")
    async with house.database.writing() as session:
        await load_demo(session, house.settings.profile, now)
