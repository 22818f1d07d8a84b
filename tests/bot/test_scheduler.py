"""By the clock: one neutral reminder to those who want it, and nothing kept longer than promised."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from booking.handovers import Handover
from booking.keyring import KeyGone
from booking.models import Appointment, AppointmentStatus, Office, Specialist
from booking.subjects import Subject
from bot.channels.terminal import Collector
from bot.house import House, build_house
from bot.inbox import Received
from bot.models import InboundMessage, InboundStatus, OutboundMessage, OutboundStatus
from bot.scheduler import KEEP_ROWS, KEEP_TEXT_IN, KEEP_TEXT_OUT, Scheduler
from flows.turn import RIGA, Knowledge
from tests.houses import make_settings, open_house
from tests.phone import Phone

A_SECOND = timedelta(seconds=1)


@pytest.fixture
async def sms_house(tmp_path: Path, knowledge: Knowledge, now: datetime) -> AsyncIterator[House]:
    """A service whose residents have telephones: unlike a browser's tab, they are remembered for 90 days."""
    settings = make_settings(f"sqlite:///{tmp_path / 'main.db'}", tmp_path)
    async for made in open_house(settings, Collector("sms"), knowledge, now):
        yield made


def phone_in(house: House, now: datetime, address: str = "+37120000001") -> Phone:
    """A telephone in a house that has no channel but SMS."""
    channel = house.delivery._channels["sms"]
    assert isinstance(channel, Collector)
    return Phone(house, channel, now, address=address)


async def book(phone: Phone, level: str = "jā") -> Appointment:
    """An appointment on another day than today; how it now is."""
    for text in ("pierakstīties", "1", "4", "1", "3"):
        await phone.says(text)
    if (await phone.state()).step == "part":
        await phone.says("1")
    for text in ("1", "Skaidrīte"):
        await phone.says(text)
    await (phone.presses(level) if level.startswith("yes") else phone.says(level))
    return await booked(phone.house)


async def booked(house: House) -> Appointment:
    async with house.database.reading() as session:
        wanted = select(Appointment).where(Appointment.status == AppointmentStatus.BOOKED)
        return (await session.scalars(wanted)).one()


def day_before(appointment: Appointment, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of the day before, Riga time."""
    day = appointment.starts_at.astimezone(RIGA) - timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=0).astimezone(appointment.starts_at.tzinfo)


async def hear_reminders(phone: Phone, moment: datetime) -> str:
    phone.now = moment
    return await phone.waits(seconds=0)


async def test_the_reminder_comes_once_the_day_before(anna: Phone) -> None:
    appointment = await book(anna)
    assert await hear_reminders(anna, day_before(appointment, 9, 59)) == ""
    assert "Pašvaldība atgādina" in await hear_reminders(anna, day_before(appointment, 10))
    for hour in (11, 12, 17):
        assert await hear_reminders(anna, day_before(appointment, hour)) == ""


async def test_no_reminder_wakes_anybody(anna: Phone) -> None:
    appointment = await book(anna)
    for hour in (0, 6, 9, 18, 21, 23):
        assert await hear_reminders(anna, day_before(appointment, hour)) == ""


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_a_reminder_tells_day_and_time_and_nothing_else(small_house: House, anna: Phone, language: str) -> None:
    await anna.says("labdien")
    await anna.says("latviski" if language == "lv" else "русский")
    appointment = await book(anna)
    reminder = await hear_reminders(anna, day_before(appointment))
    when = appointment.starts_at.astimezone(RIGA)
    assert f"{when:%H:%M}" in reminder
    assert ("Pašvaldība" if language == "lv" else "амоуправление") in reminder
    async with small_house.database.reading() as session:
        office = await session.get_one(Office, appointment.office_id)
        specialist = await session.get_one(Specialist, appointment.specialist_id)
    secret = [*office.name.values(), *office.town.values(), office.address, specialist.name, *specialist.name.split()]
    secret += [appointment.reference, "Skaidrīte", "sociāl", "социальн", "pabalst", "пособи"]
    assert [word for word in secret if word.casefold() in reminder.casefold()] == []


@pytest.mark.parametrize("level", ["yes-silent", "STOP"])
async def test_who_wants_no_messages_gets_no_reminder(anna: Phone, level: str) -> None:
    appointment = await book(anna, level if level.startswith("yes") else "jā")
    if level == "STOP":
        await anna.says("STOP")
    assert await hear_reminders(anna, day_before(appointment)) == ""


async def test_who_came_back_after_stop_is_reminded(anna: Phone) -> None:
    appointment = await book(anna)
    await anna.says("STOP")
    await anna.says("START")
    assert "Pašvaldība atgādina" in await hear_reminders(anna, day_before(appointment))


async def test_a_cancelled_appointment_is_not_reminded_of(anna: Phone) -> None:
    appointment = await book(anna)
    await anna.says("atcelt pierakstu")
    await anna.presses_like("cancel-")
    assert "Atcelts" in await anna.says("jā")
    assert await hear_reminders(anna, day_before(appointment)) == ""


async def test_two_schedulers_remind_once(
    house: House, channel: Collector, knowledge: Knowledge, now: datetime
) -> None:
    anna = Phone(house, channel, now)
    moment = day_before(await book(anna))
    other = build_house(house.settings, {"web": channel}, knowledge=knowledge)
    queued = await asyncio.gather(*(Scheduler(one).remind(moment) for one in (house, other, house, other)))
    await other.close()
    assert sum(queued) == 1
    anna.now = moment
    assert (await anna.waits(seconds=1)).count("Pašvaldība atgādina") == 1


async def test_a_reminder_that_could_not_be_sent_in_time_is_dropped(small_house: House, anna: Phone) -> None:
    appointment = await book(anna)
    await Scheduler(small_house).remind(day_before(appointment))
    await small_house.delivery.deliver_due(appointment.starts_at)
    assert anna.channel.take() == {}


async def texts_left(house: House, table: type) -> list[bool]:
    async with house.database.reading() as session:
        return [body is not None for body in await session.scalars(select(table.body).order_by(table.position))]


async def test_what_residents_wrote_goes_after_thirty_days(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    await anna.says("labdien")
    written_at = anna.now
    await Scheduler(sms_house).tidy(written_at + KEEP_TEXT_IN)
    assert await texts_left(sms_house, InboundMessage) == [True]
    await Scheduler(sms_house).tidy(written_at + KEEP_TEXT_IN + A_SECOND)
    assert await texts_left(sms_house, InboundMessage) == [False]
    assert timedelta(days=30) == KEEP_TEXT_IN


async def test_what_we_said_goes_a_day_after_it_was_sent(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    await anna.says("labdien")
    sent = len(await texts_left(sms_house, OutboundMessage))
    await Scheduler(sms_house).tidy(anna.now + KEEP_TEXT_OUT)
    assert await texts_left(sms_house, OutboundMessage) == [True] * sent
    await Scheduler(sms_house).tidy(anna.now + KEEP_TEXT_OUT + A_SECOND)
    assert await texts_left(sms_house, OutboundMessage) == [False] * sent
    assert timedelta(days=1) == KEEP_TEXT_OUT


async def test_what_the_provider_calls_our_messages_goes_after_two_days(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    await anna.says("labdien")
    async with sms_house.database.writing() as session:
        await session.execute(update(OutboundMessage).values(provider_ids=b"sealed"))

    async def kept() -> set[bool]:
        async with sms_house.database.reading() as session:
            return {ids is not None for ids in await session.scalars(select(OutboundMessage.provider_ids))}

    await Scheduler(sms_house).tidy(anna.now + timedelta(hours=48))
    assert await kept() == {True}
    await Scheduler(sms_house).tidy(anna.now + timedelta(hours=48) + A_SECOND)
    assert await kept() == {False}


async def test_what_was_not_sent_yet_keeps_its_text(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    await anna.says("labdien")
    async with sms_house.database.writing() as session:
        await session.execute(update(OutboundMessage).values(status=OutboundStatus.QUEUED))
    await Scheduler(sms_house).tidy(anna.now + timedelta(days=20))
    assert all(await texts_left(sms_house, OutboundMessage))


async def test_a_repeat_is_known_for_ninety_days(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    await anna.says("labdien")
    repeat = Received("sms", anna.address, f"{anna.address}-1", "labdien")
    await Scheduler(sms_house).tidy(anna.now + KEEP_ROWS)
    assert not (await sms_house.inbox.accept(repeat, now=anna.now + KEEP_ROWS)).is_new
    await Scheduler(sms_house).tidy(anna.now + KEEP_ROWS + A_SECOND)
    assert await texts_left(sms_house, InboundMessage) == []
    assert timedelta(days=90) == KEEP_ROWS


async def test_a_message_nobody_answered_is_never_tidied_away(sms_house: House, now: datetime) -> None:
    await sms_house.inbox.accept(Received("sms", "+37120000001", "1", "labdien"), now=now)
    async with sms_house.database.writing() as session:
        # Somebody who keeps in touch, so that only the message is old.
        await session.execute(update(Subject).values(last_contact_at=now + KEEP_ROWS))
    await Scheduler(sms_house).tidy(now + KEEP_ROWS + A_SECOND)
    async with sms_house.database.reading() as session:
        assert list(await session.scalars(select(InboundMessage.status))) == [InboundStatus.WAITING]


async def test_tidying_twice_finds_nothing_more(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    await anna.says("labdien")
    late = anna.now + timedelta(days=100)
    assert any((await Scheduler(sms_house).tidy(late)).values())
    assert not any((await Scheduler(sms_house).tidy(late)).values())


async def test_unused_keys_are_swept_and_used_ones_stay(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    await anna.says("labdien")
    unused, _ = await sms_house.keyring.create(now)
    await Scheduler(sms_house).tidy(now + timedelta(hours=23))
    assert await sms_house.keyring.open(unused)
    await Scheduler(sms_house).tidy(now + timedelta(hours=25))
    with pytest.raises(KeyGone):
        await sms_house.keyring.open(unused)
    assert "Ar ko varu palīdzēt?" in await anna.says("labdien")


async def test_the_key_of_an_anonymous_complaint_is_not_swept(sms_house: House, now: datetime) -> None:
    anna = phone_in(sms_house, now)
    for text in ("gribu iesniegt sūdzību", "1", "Rindā bija jāgaida divas stundas"):
        await anna.says(text)
    async with sms_house.database.reading() as session:
        (complaint,) = await session.scalars(select(Handover))
        keys_of_people = set(await session.scalars(select(Subject.key_id)))
    assert complaint.subject_id is None
    assert complaint.key_id not in keys_of_people
    await Scheduler(sms_house).tidy(now + timedelta(days=100))
    assert await sms_house.keyring.open(complaint.key_id)
