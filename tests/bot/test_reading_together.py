"""What waits from one person is read as they meant it: free words in one breath, answers one by one."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import select

import bot.dispatcher
from booking.models import Appointment, AppointmentStatus
from booking.subjects import Subject
from bot.channels.terminal import Collector
from bot.gathering import MOST_A_MINUTE
from bot.house import House
from bot.inbox import Received
from bot.models import InboundMessage, InboundStatus
from bot.runner import Runner
from flows.engine import Plan, advance
from flows.messages import Reply
from flows.turn import Turn
from tests.phone import Phone

Turns = list[tuple[str, str | None]]


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    """The words and choices of every turn, as the engine got them."""
    seen: Turns = []

    async def watched(turn: Turn) -> Plan:
        seen.append((turn.input.text, turn.input.choice_id))
        return await advance(turn)

    monkeypatch.setattr(bot.dispatcher, "advance", watched)
    return seen


async def send_at_once(
    house: House, channel: Collector, now: datetime, *messages: str, pressed: str | None = None
) -> list[Reply]:
    """Several messages before anybody answers, then a pressed choice; all answers."""
    said = [(text, None) for text in messages] + ([("", pressed)] if pressed else [])
    sent = [Received("web", "anna", f"at once {number}", *words) for number, words in enumerate(said)]
    for one in sent[:MOST_A_MINUTE]:
        await house.inbox.accept(one, now=now)
    await asyncio.gather(*(house.inbox.accept(one, now=now) for one in sent[MOST_A_MINUTE:]))
    await Runner(house, lambda: now).settle()
    async with house.database.reading() as session:
        waiting = select(InboundMessage.id).where(InboundMessage.status != InboundStatus.HANDLED)
        assert list(await session.scalars(waiting)) == []
    return channel.take().get("anna", [])


@pytest.mark.parametrize(
    ("messages", "read"),
    [
        (("man ir jautājums", "par pabalstu", "cik tas ir"), ["man ir jautājums\npar pabalstu\ncik tas ir"]),
        (("vai ir kāds", "par pabalstu"), ["vai ir kāds", "par pabalstu"]),  # a greeting is a command
        (("par pabalstu", "STOP"), ["par pabalstu", "STOP"]),
        (("par pabalstu", "cik", "dzēst manus datus", "jā"), ["par pabalstu\ncik", "dzēst manus datus", "jā"]),
        (("STOP", "par pabalstu", "cik"), ["STOP", "par pabalstu\ncik"]),
        (("par pabalstu", "par pabalstu", "cik"), ["par pabalstu\ncik"]),  # the same words twice say it once
        (("a" * 1500, "b" * 1500), ["a" * 1500, "b" * 1500]),  # nothing that was written goes unread
    ],
)
async def test_what_waits_is_read_as_it_was_meant(
    small_house: House,
    channel: Collector,
    now: datetime,
    turns: Turns,
    messages: tuple[str, ...],
    read: list[str],
) -> None:
    await send_at_once(small_house, channel, now, *messages)
    assert [text for text, _ in turns] == read


async def test_a_pressed_choice_is_a_turn_of_its_own(
    small_house: House, channel: Collector, now: datetime, turns: Turns
) -> None:
    await send_at_once(small_house, channel, now, "par pabalstu", "cik", pressed="menu")
    assert turns == [("par pabalstu\ncik", None), ("", "menu")]


async def test_answers_to_open_questions_are_taken_one_by_one(
    small_house: House, channel: Collector, now: datetime, turns: Turns
) -> None:
    await Phone(small_house, channel, now).says("pierakstīties")
    turns.clear()
    await send_at_once(small_house, channel, now, "1", "1", "Anna Paraudziņa", "jā")
    assert [text for text, _ in turns] == ["1", "1", "Anna Paraudziņa", "jā"]
    async with small_house.database.reading() as session:
        assert list(await session.scalars(select(Appointment.status))) == [AppointmentStatus.BOOKED]


async def test_stop_behind_a_question_still_silences_us(small_house: House, channel: Collector, now: datetime) -> None:
    await send_at_once(small_house, channel, now, "cik liels ir pabalsts", "STOP")
    async with small_house.database.reading() as session:
        assert await session.scalar(select(Subject.opted_out_at)) is not None


async def test_danger_at_the_end_of_a_flood_gets_its_card(
    small_house: House, channel: Collector, now: datetime
) -> None:
    flood = [f"jautājums numur {number} par visu ko, kas man ienāk prātā tieši tagad" for number in range(60)]
    replies = await send_at_once(small_house, channel, now, *flood, "vīrs mani sit")
    assert any(reply.is_danger_card for reply in replies)


async def test_danger_split_over_two_messages_gets_its_card(
    small_house: House, channel: Collector, now: datetime
) -> None:
    anna = Phone(small_house, channel, now)
    await anna.says("man ir jautājums vīrs mani")
    await anna.says("sit")
    assert any(reply.is_danger_card for reply in anna.heard)
