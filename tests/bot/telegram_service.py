"""A service that speaks with a Telegram of the test's own: channel, doors, and a client that brings updates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select

from booking.subjects import Subject
from bot.channels.telegram import TelegramChat
from bot.doors import telegram_doors
from bot.doors.telegram_doors import PATH, TelegramDoors
from bot.house import House
from bot.inbox import read_input
from bot.models import InboundMessage
from bot.runner import Runner
from bot.web.protection import Protection
from flows.messages import Input
from tests.providers.fake_telegram import FakeTelegram, open_fake_telegram
from tests.providers.telegram_people import Person

SECRET = "the-webhook-secret-of-the-tests-0123456789"
OLD_SECRET = "the-webhook-secret-before-that-9876543210"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Service:
    """One house with its Telegram doors; nothing runs by itself."""

    house: House
    fake: FakeTelegram
    channel: TelegramChat
    doors: TelegramDoors
    client: httpx.AsyncClient
    now: datetime

    async def hears(self, update: Any, secret: str = SECRET) -> int:
        """Bring one update; the status of the answer."""
        answer = await self.client.post(PATH, json=update, headers={HEADER: secret})
        await self.doors.finish()
        return answer.status_code

    async def settle(self) -> None:
        """Answer and send what waits."""
        await Runner(self.house, lambda: self.now).settle()

    async def stored(self) -> list[tuple[InboundMessage, Input]]:
        """What lies in the inbox, opened."""
        async with self.house.database.reading() as session:
            rows = list(await session.scalars(select(InboundMessage).order_by(InboundMessage.position)))
            subject = await session.scalar(select(Subject))
        if subject is None:
            return []
        key = await self.house.keyring.open(subject.key_id)
        return [(row, read_input(row, key)) for row in rows]

    async def opted_out(self) -> list[bool]:
        """Of everybody known: whether they want nothing sent first."""
        async with self.house.database.reading() as session:
            return [moment is not None for moment in await session.scalars(select(Subject.opted_out_at))]

    def person(self, chat_id: int = 5_000_000_001) -> Person:
        """Somebody with the bot in their Telegram."""
        return Person(self.fake, chat_id)


@asynccontextmanager
async def open_service(house: House, now: datetime) -> AsyncIterator[Service]:
    """The doors of a house before a Telegram of the test's own; the house itself sends elsewhere."""
    async with open_fake_telegram() as fake, open_doors(house, fake, TelegramChat(fake.token, fake.url), now) as opened:
        yield opened


@asynccontextmanager
async def open_doors(house: House, fake: FakeTelegram, channel: TelegramChat, now: datetime) -> AsyncIterator[Service]:
    """The doors of a house that may send through the same channel."""
    changes = {"telegram_webhook_secret": SecretStr(SECRET), "old_telegram_webhook_secret": SecretStr(OLD_SECRET)}
    house = replace(house, settings=house.settings.model_copy(update=changes))
    doors = TelegramDoors(house, channel, lambda: None, lambda: service.now)
    app = FastAPI()
    app.add_middleware(Protection)
    app.include_router(doors.router())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://paligs.test")
    with pytest.MonkeyPatch.context() as patch:
        # A slow machine is no slow database.
        patch.setattr(telegram_doors, "LONGEST_ACCEPT", 60.0)
        service = Service(house, fake, channel, doors, client, now)
        yield service
    await client.aclose()
    await doors.finish()
    await channel.close()
