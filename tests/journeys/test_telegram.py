"""Telegram, end to end in both languages: a question, a booking by buttons, the reminder, everything deleted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from booking.models import Appointment, AppointmentStatus
from booking.places import load_demo
from bot import outbox
from bot.channels.telegram import NAME, TelegramChat
from bot.house import build_house
from bot.migrate import upgrade
from bot.scheduler import Scheduler
from flows.turn import Knowledge
from tests.bot.telegram_service import Service, open_doors
from tests.houses import make_settings
from tests.journeys.served import sqlite_address
from tests.providers.fake_telegram import open_fake_telegram
from tests.providers.telegram_people import Person

CHAT = 5_000_000_001
# Friday evening in Riga: the soonest times are on Monday, and the reminder on Sunday.
FRIDAY = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Words:
    """What the resident writes, presses and reads in one language."""

    question: str
    answered: str
    book: str
    name: str
    yes: str
    booked: str
    reminded: str
    unreadable: str
    delete: str
    sure: str
    deleted: str


LATVIAN = Words(
    question="cik liels ir majokla pabalsts?",
    answered="mājok",
    book="Pierakstīties",
    name="Anna <b>Ozola</b>",
    yes="lasu tikai es",
    booked="Pieraksts ir apstiprināts",
    reminded="Pašvaldība atgādina",
    unreadable="vārd",
    delete="dzēst manus datus",
    sure="Jā",
    deleted="Izdarīts",
)
RUSSIAN = Words(
    question="какое пособие на квартиру?",
    answered="жиль",
    book="Записаться",
    name="Анна",
    yes="читаю только я",
    booked="Запись подтверждена",
    reminded="Самоуправление напоминает",
    unreadable="слов",
    delete="удалить мои данные",
    sure="Да",
    deleted="Готово",
)


class Resident:
    """A person with the bot open: what they do, and all that came to their screen since."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.person = Person(service.fake, CHAT)
        self.seen = 0

    async def says(self, text: str) -> str:
        """Write; the answer."""
        return await self.does(self.person.writes(text))

    async def presses(self, label: str) -> str:
        """Press the newest button with these words; the answer."""
        return await self.does(self.person.presses(label))

    async def does(self, deed: dict[str, object]) -> str:
        """Any update; the answer."""
        self.service.now += timedelta(seconds=20)
        assert await self.service.hears(deed) == 200
        return await self.hears()

    async def hears(self) -> str:
        """Everything new on the screen; messages of one chat come a second apart."""
        await self.service.settle()
        while await self._waits():
            self.service.now += timedelta(seconds=1)
            await self.service.settle()
        texts = self.service.fake.texts(CHAT)
        new, self.seen = texts[self.seen :], len(texts)
        return "\n".join(new)

    async def _waits(self) -> int:
        async with self.service.house.database.reading() as session:
            return await outbox.backlog(session)


@asynccontextmanager
async def open_bot(folder: Path, knowledge: Knowledge, now: datetime) -> AsyncIterator[Service]:
    """The service of Bauska with its demo calendar and a Telegram of its own."""
    async with open_fake_telegram() as fake:
        channel = TelegramChat(fake.token, fake.url)
        house = build_house(make_settings(sqlite_address(folder), folder), {NAME: channel}, knowledge=knowledge)
        await upgrade(house.keyring_database, "keyring")
        await upgrade(house.database, "main")
        async with house.database.writing() as session:
            await load_demo(session, "bauska", now)
        async with open_doors(house, fake, channel, now) as service:
            yield service
        await house.close()


@pytest.mark.parametrize("words", [LATVIAN, RUSSIAN], ids=["lv", "ru"])
async def test_a_resident_asks_books_by_buttons_is_reminded_and_deletes_everything(
    tmp_path: Path, knowledge: Knowledge, words: Words
) -> None:
    async with open_bot(tmp_path, knowledge, FRIDAY) as service:
        resident = Resident(service)
        assert words.answered in (await resident.says(words.question)).lower()
        assert words.unreadable in (await resident.does(resident.person.sends("photo"))).lower()
        await _book(resident, words)
        await _is_reminded(resident, words)
        await _deletes_everything(resident, words)


async def _book(resident: Resident, words: Words) -> None:
    await resident.presses(words.book)
    first_time = resident.person.presses("30")
    await resident.does(first_time)
    asked = await resident.says(words.name)
    assert words.name in asked, "markup stays what was written"
    first = resident.person.presses(words.yes)
    assert words.booked in await resident.does(first)
    for again in (first, resident.person.presses(words.yes), first_time):
        await resident.does(again)
    assert await _live(resident.service) == 1, "a repeat, a second press and an old button book nothing more"


async def _is_reminded(resident: Resident, words: Words) -> None:
    service = resident.service
    async with service.house.database.reading() as session:
        starts_at = (await session.scalars(select(Appointment.starts_at))).one()
    service.now = starts_at - timedelta(hours=22)
    await Scheduler(service.house).remind(service.now)
    assert words.reminded in await resident.hears()
    assert not await Scheduler(service.house).remind(service.now + timedelta(hours=1))


async def _deletes_everything(resident: Resident, words: Words) -> None:
    await resident.says(words.delete)
    on_the_screen = {message["message_id"] for message in resident.service.fake.messages[CHAT]}
    assert words.deleted in await resident.presses(words.sure)
    assert await _live(resident.service) == 0
    assert on_the_screen - set(resident.service.fake.deleted) == set()


async def _live(service: Service) -> int:
    async with service.house.database.reading() as session:
        booked = Appointment.status == AppointmentStatus.BOOKED
        return len((await session.scalars(select(Appointment.id).where(booked))).all())
