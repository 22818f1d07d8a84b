"""The dispatcher: a turn is kept whole or not at all, each message is answered once, and one fault stops nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

import bot.dispatcher
import bot.inbox
from booking.appointments import SlotTaken
from booking.keyring import WrappedKey
from booking.models import Appointment, AppointmentStatus
from booking.subjects import Subject
from bot.channels.terminal import Collector
from bot.dispatcher import MOST_TRIES, SORRY
from bot.house import House, build_house
from bot.inbox import Received
from bot.models import Happening, InboundMessage, InboundStatus, OutboundMessage
from bot.runner import Runner
from flows.engine import Plan, advance
from flows.models import Conversation
from flows.translations import translate
from flows.turn import Knowledge, Turn
from tests.phone import Phone

PARTS_OF_A_TURN = [
    ("bot.dispatcher.save_state", "the state"),
    ("flows.book_appointment.book", "the appointment"),
    ("flows.book_appointment.subjects.set_level", "a later part of the effect"),
    ("bot.dispatcher.outbox.enqueue", "the reply"),
    ("bot.dispatcher.note_turn", "the figures"),
    ("bot.dispatcher.inbox.close_messages", "the message being done with"),
]


@pytest.fixture
async def second_house(house: House, channel: Collector, knowledge: Knowledge) -> AsyncIterator[House]:
    """Another process on the same databases."""
    made = build_house(house.settings, {channel.name: channel}, knowledge=knowledge)
    yield made
    await made.close()


async def write(house: House, address: str, number: int, text: str, now: datetime, choice: str | None = None) -> str:
    """A message that nobody answers yet; the id of its conversation."""
    received = Received("web", address, f"{address}-waiting-{number}", text, choice)
    return (await house.inbox.accept(received, now=now)).conversation_id


async def count(house: House, *conditions: Any) -> int:
    async with house.database.reading() as session:
        return await session.scalar(select(func.count()).where(*conditions)) or 0


async def everything(house: House) -> list[Any]:
    """What a turn may change, as it lies in the database; attempts aside."""
    async with house.database.reading() as session:
        talks = await session.execute(select(Conversation.state, Conversation.turn_number).order_by(Conversation.id))
        places = await session.execute(select(Appointment.id, Appointment.status).order_by(Appointment.id))
        subjects = await session.execute(select(Subject.level))
        out = await session.execute(select(OutboundMessage.id).order_by(OutboundMessage.position))
        done = await session.execute(select(InboundMessage.id, InboundMessage.status).order_by(InboundMessage.position))
        figures = await session.execute(select(Happening.position))
        return [rows.all() for rows in (talks, places, subjects, out, done, figures)]


async def test_a_turn_is_kept_whole_or_not_at_all(
    house: House, channel: Collector, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Phone(house, channel, now)
    for text in ("pierakstīties", "1", "1", "Anna"):
        await anna.says(text)
    conversation_id = await write(house, "anna", 1, "jā", anna.now)
    before = await everything(house)
    for where, part in PARTS_OF_A_TURN:
        await reset_attempts(house)
        with monkeypatch.context() as broken:
            broken.setattr(where, broken_part)
            await house.dispatcher.handle(conversation_id, anna.now)
        assert await everything(house) == before, f"something was kept although {part} failed"
    await house.dispatcher.handle(conversation_id, anna.now)
    assert await count(house, Appointment.status == AppointmentStatus.BOOKED) == 1
    await house.delivery.deliver_due(anna.now)
    (receipt,) = channel.take()["anna"]
    assert "Pieraksts ir apstiprināts" in receipt.text


def broken_part(*_arguments: object, **_options: object) -> None:
    raise ConnectionError


async def reset_attempts(house: House) -> None:
    async with house.database.writing() as session:
        await session.execute(update(InboundMessage).values(attempts=0))


async def test_two_processes_answer_each_message_once(
    house: House, second_house: House, channel: Collector, now: datetime
) -> None:
    people = [f"person {number}" for number in range(6)]
    for turn, text in enumerate(["izvēlne", "kontakti", "izvēlne"], start=1):
        talks = [await write(house, person, turn, text, now) for person in people]
        await asyncio.gather(*(one.dispatcher.handle(talk, now) for talk in talks for one in (house, second_house)))
        assert await count(house, Happening.kind.is_not(None)) == turn * len(people)
        assert await count(house, InboundMessage.status != InboundStatus.HANDLED) == 0
    await Runner(house, lambda: now).settle()
    sent = channel.take()
    assert len({tuple(reply.text for reply in sent[person]) for person in people}) == 1


async def test_a_message_answered_while_it_was_being_read_is_not_answered_again(
    house: House, second_house: House, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = await write(house, "anna", 1, "izvēlne", now)
    read = bot.inbox.waiting_messages

    async def overtaken(session: AsyncSession, wanted: str) -> list[InboundMessage]:
        found = await read(session, wanted)
        monkeypatch.setattr(bot.inbox, "waiting_messages", read)
        assert await second_house.dispatcher.handle(wanted, now)
        return found

    monkeypatch.setattr(bot.inbox, "waiting_messages", overtaken)
    await house.dispatcher.handle(conversation_id, now)
    assert await count(house, Happening.kind.is_not(None)) == 1


async def test_two_workers_take_one_persons_messages_one_after_the_other(
    house: House, second_house: House, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both see everything that waits, at once; only one turn at a time is kept, each planned on the one before."""
    planned: list[str] = []

    async def together(turn: Turn) -> Plan:
        planned.append(turn.input.text)
        await asyncio.sleep(0)
        return await advance(turn)

    talk = await write(house, "anna", 0, "pierakstīties", now)
    assert await house.dispatcher.handle(talk, now)
    monkeypatch.setattr(bot.dispatcher, "advance", together)
    texts = ["1", "1", "Anna Paraudziņa", "jā"]
    for number, text in enumerate(texts, start=1):
        await write(house, "anna", number, text, now)
    for _ in range(3 * len(texts)):
        await asyncio.gather(*(one.dispatcher.handle(talk, now) for one in (house, second_house)))
    assert list(dict.fromkeys(planned)) == list(dict.fromkeys(texts))
    assert await count(house, InboundMessage.status != InboundStatus.HANDLED) == 0
    assert await count(house, Happening.kind.is_not(None)) == 1 + len(texts)
    assert await count(house, Appointment.status == AppointmentStatus.BOOKED) == 1
    async with house.database.reading() as session:
        assert await session.scalar(select(Conversation.turn_number)) == 1 + len(texts)


async def test_a_plan_made_on_an_older_turn_is_thrown_away(
    small_house: House, channel: Collector, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = await write(small_house, "anna", 1, "izvēlne", now)

    async def overtaken(turn: Turn) -> Plan:
        async with small_house.database.writing() as session:
            await session.execute(update(Conversation).values(turn_number=Conversation.turn_number + 1))
        return await advance(turn)

    with monkeypatch.context() as patch:
        patch.setattr(bot.dispatcher, "advance", overtaken)
        assert await small_house.dispatcher.handle(conversation_id, now) is False
    assert await count(small_house, OutboundMessage.id.is_not(None)) == 0
    assert await count(small_house, InboundMessage.attempts > 0) == 0
    assert await small_house.dispatcher.handle(conversation_id, now) is True
    assert await count(small_house, InboundMessage.status == InboundStatus.HANDLED) == 1


@pytest.mark.parametrize(("language", "hello"), [("lv", "labdien"), ("ru", "здравствуйте, подскажите пожалуйста")])
async def test_after_three_tries_a_fault_is_owned_up_to_and_nobody_else_waits(
    small_house: House,
    channel: Collector,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    hello: str,
) -> None:
    anna, janis = (Phone(small_house, channel, now, address=name) for name in ("anna", "janis"))
    await anna.says(hello)
    await anna.says("русский" if language == "ru" else "latviski")
    tries = 0

    async def fails_for_anna(turn: Turn) -> Plan:
        nonlocal tries
        if "zilonis" in turn.input.text:
            tries += 1
            raise ValueError(turn.input.text)
        return await advance(turn)

    monkeypatch.setattr(bot.dispatcher, "advance", fails_for_anna)
    await write(small_house, "anna", 1, "man ir zilonis", now)
    with capture_logs() as logs:
        assert (await janis.says("izvēlne")).strip()
        await Runner(small_house, lambda: now).settle()
    assert tries == MOST_TRIES == 3
    assert {"error": "ValueError", "event": "turn_failed"}.items() <= logs[0].items()
    assert "zilonis" not in repr(logs)
    assert await count(small_house, InboundMessage.status == InboundStatus.FAILED) == 1
    assert await count(small_house, InboundMessage.status == InboundStatus.WAITING) == 0


async def test_the_apology_comes_once_and_the_next_message_is_answered(
    small_house: House, channel: Collector, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Phone(small_house, channel, now)

    async def fails(_turn: Turn) -> Plan:
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr(bot.dispatcher, "advance", fails)
        assert (await anna.says("labdien")).strip() == translate(SORRY, "lv")
    again = await anna.says("izvēlne")
    assert translate(SORRY, "lv") not in again
    assert again.strip()


async def test_a_refused_write_keeps_nothing_and_offers_a_way_on(
    small_house: House, channel: Collector, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Phone(small_house, channel, now)
    await anna.says("pierakstīties")
    await anna.says("1")

    async def taken(*_arguments: object, **_options: object) -> None:
        raise SlotTaken

    with monkeypatch.context() as patch:
        patch.setattr("flows.book_appointment.hold", taken)
        answer = await anna.says("1")
    assert "tikko aizņēma" in answer
    assert (await anna.state()).step == "time"
    assert anna.choices
    assert await count(small_house, Appointment.id.is_not(None)) == 0


async def destroy_key_of(house: House, address: str) -> None:
    known = await house.inbox.find("web", house.inbox.address_index("web", address))
    assert known is not None
    await house.keyring.destroy(known[0].key_id)


async def test_a_key_that_is_gone_blocks_nobody(small_house: House, channel: Collector, now: datetime) -> None:
    await write(small_house, "anna", 1, "labdien", now)
    await write(small_house, "janis", 1, "izvēlne", now)
    await destroy_key_of(small_house, "anna")
    await Runner(small_house, lambda: now).settle()
    assert list(channel.take()) == ["janis"]
    assert await count(small_house, InboundMessage.status == InboundStatus.WAITING) == 0


async def test_a_key_that_does_not_open_now_blocks_nobody_and_loses_nothing(
    small_house: House, channel: Collector, now: datetime
) -> None:
    await write(small_house, "anna", 1, "labdien", now)
    await write(small_house, "janis", 1, "izvēlne", now)
    known = await small_house.inbox.find("web", small_house.inbox.address_index("web", "anna"))
    assert known is not None
    await name_master_key(small_house, known[0].key_id, "a master key that is not in the settings")
    await Runner(small_house, lambda: now).settle()
    assert list(channel.take()) == ["janis"]
    await name_master_key(small_house, known[0].key_id, small_house.keyring._newest)
    await Runner(small_house, lambda: now).settle()
    assert list(channel.take()) == ["anna"]


async def name_master_key(house: House, key_id: str, master_id: str) -> None:
    async with house.keyring_database.writing() as session:
        await session.execute(update(WrappedKey).where(WrappedKey.id == key_id).values(master_id=master_id))


async def test_a_state_nobody_can_read_ends_in_an_apology_not_in_silence(
    small_house: House, channel: Collector, now: datetime
) -> None:
    anna, janis = (Phone(small_house, channel, now, address=name) for name in ("anna", "janis"))
    await anna.says("labdien")
    async with small_house.database.writing() as session:
        await session.execute(update(Conversation).values(state=b"\x01 something else entirely"))
    assert (await anna.says("izvēlne")).strip() == translate(SORRY, "lv")
    assert (await janis.says("izvēlne")).strip()


async def test_a_message_nobody_can_open_blocks_nobody(small_house: House, channel: Collector, now: datetime) -> None:
    await write(small_house, "anna", 1, "labdien", now)
    async with small_house.database.writing() as session:
        await session.execute(update(InboundMessage).values(body=b"\x01 something else entirely"))
    await write(small_house, "janis", 1, "izvēlne", now)
    await Runner(small_house, lambda: now).settle()
    sent = channel.take()
    assert sorted(sent) == ["anna", "janis"]
    assert [reply.text for reply in sent["anna"]] == [translate(SORRY, "lv")]


async def test_danger_gets_its_card_even_when_the_turn_fails(
    small_house: House, channel: Collector, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_turn: Turn) -> Plan:
        raise ValueError

    monkeypatch.setattr(bot.dispatcher, "advance", fails)
    anna = Phone(small_house, channel, now)
    await anna.says("vīrs mani sit")
    assert [reply.is_danger_card for reply in anna.heard] == [True, False]


async def test_a_flood_of_one_person_does_not_hide_the_others(
    small_house: House, channel: Collector, now: datetime
) -> None:
    await write(small_house, "anna", 0, "", now, choice="no such choice")
    rest = (write(small_house, "anna", number, "", now, choice=f"no such choice {number}") for number in range(1, 60))
    await asyncio.gather(*rest)
    await write(small_house, "janis", 1, "izvēlne", now)
    await small_house.dispatcher.handle_waiting(now)
    await small_house.delivery.deliver_due(now + timedelta(seconds=1))
    assert sorted(channel.take()) == ["anna", "janis"]
