"""By SMS, end to end over real HTTP: webhooks come in, an appointment is made, a reminder goes out, reports arrive."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from booking.models import Appointment, AppointmentStatus
from bot.channels.sms_text import count_segments
from bot.models import OutboundMessage, OutboundStatus
from bot.scheduler import Scheduler
from flows.turn import Knowledge
from tests.bot.twilio_service import ANNA, Sms, be_patient, open_sms
from tests.providers.fake_twilio import Mood, fake_twilio
from tests.providers.serving import listening

FRIDAY = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
"""Half past five in Riga: the next free times are on Monday, so that there is a day for the reminder."""


@dataclass(frozen=True)
class Words:
    """What the resident writes and reads in one language."""

    question: str
    answered: str
    book: str
    name: str
    yes: str
    booked: str
    reminded: str
    stop: str
    neutral: str


LATVIAN = Words(
    question="cik liels ir majokla pabalsts?",
    answered="katram ir cita",
    book="pierakstities",
    name="Anna Ozola",
    yes="ja",
    booked="Pieraksts ir apstiprināts: pirmdiena, 30. novembris",
    reminded="Pašvaldība atgādina",
    stop="STĀT",
    neutral="mājok",
)
RUSSIAN = Words(
    question="какое пособие на квартиру?",
    answered="положено",
    book="записаться",
    name="Анна",
    yes="да",
    booked="Запись подтверждена: понедельник, 30 ноября",
    reminded="Самоуправление напоминает",
    stop="CTO\u041f",  # Latin letters but the last, as a phone writes that mixes its keyboards
    neutral="жиль",
)


@pytest.fixture
async def sms(tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sms]:
    """The service behind a real port, with a Twilio behind another."""
    be_patient(monkeypatch)
    async with (
        fake_twilio(FRIDAY) as fake,
        open_sms(tmp_path, None, knowledge, fake, FRIDAY) as opened,
        listening(opened.app) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        opened.client = client
        yield opened


async def waits(sms: Sms, seconds: int = 10) -> list[str]:
    """Let a few seconds pass, in which everything queued goes out at Twilio's pace; what came meanwhile."""
    before = len(sms.fake.sent_to(ANNA))
    for _ in range(seconds):
        sms.clock.now += timedelta(seconds=1)
        await sms.settle()
    return sms.fake.sent_to(ANNA)[before:]


async def says(sms: Sms, text: str) -> str:
    """The resident writes; everything that comes back, as one text."""
    assert (await sms.brings(text)).status_code == 200
    heard = await waits(sms)
    assert all(count_segments(one) <= 3 for one in heard)
    return "\n".join(heard)


async def statuses(sms: Sms) -> set[str]:
    async with sms.house.database.reading() as session:
        return set(await session.scalars(select(OutboundMessage.status)))


async def booked(sms: Sms) -> list[Appointment]:
    async with sms.house.database.reading() as session:
        return list(await session.scalars(select(Appointment).where(Appointment.status == AppointmentStatus.BOOKED)))


async def book(sms: Sms, words: Words) -> None:
    assert words.answered in await says(sms, words.question)
    assert "1) " in await says(sms, words.book)
    await says(sms, "1")
    assert words.name in await says(sms, words.name)
    confirmation = await says(sms, words.yes)
    assert words.booked in confirmation
    assert words.neutral not in confirmation.lower()
    await says(sms, words.yes)
    assert len(await booked(sms)) == 1


async def be_reminded(sms: Sms, words: Words) -> None:
    sms.clock.now = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)
    await Scheduler(sms.house).remind(sms.now)
    reminder = "\n".join(await waits(sms))
    assert words.reminded in reminder
    assert words.neutral not in reminder.lower()
    await Scheduler(sms.house).remind(sms.now)
    assert await waits(sms) == []


@pytest.mark.parametrize("words", [LATVIAN, RUSSIAN], ids=["lv", "ru"])
async def test_a_resident_with_a_button_phone_books_and_is_reminded(sms: Sms, words: Words) -> None:
    await book(sms, words)
    await be_reminded(sms, words)
    assert "http" not in "\n".join(sms.fake.sent_to(ANNA))
    for message in [one for one in sms.fake.messages if one["to"] == ANNA]:
        for status in ("delivered", "sent"):
            assert (await sms.fake.reports(sms.client, message, status)).status_code == 204
    assert await statuses(sms) == {OutboundStatus.DELIVERED}
    await says(sms, words.stop)
    assert (await sms.subject()).opted_out_at is not None


async def test_a_booking_survives_a_bad_hour_of_twilio(sms: Sms) -> None:
    """Webhooks that never came are read from the list, and what was refused goes out later, each once."""
    sms.fake.moods.extend([Mood.BUSY, Mood.BROKEN, Mood.HTML])
    await says(sms, LATVIAN.question)
    sms.fake.receives(ANNA, LATVIAN.book)
    assert await sms.doors.reconcile(sms.now) == 1
    for _ in range(20):
        sms.clock.now += timedelta(seconds=4)
        await waits(sms, seconds=1)
        for message in [one for one in sms.fake.messages if one["to"] == ANNA]:
            await sms.fake.reports(sms.client, message, "sent")
    sent = sms.fake.sent_to(ANNA)
    assert len(sent) == len(set(sent))
    assert any("1) " in one for one in sent)
    assert await statuses(sms) == {OutboundStatus.SENT}
