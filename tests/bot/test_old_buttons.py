"""Buttons: a press is read as the choice that stood there, and what is old, forged or somebody else's does nothing."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

import bot.dispatcher
from booking.models import Appointment, AppointmentStatus
from bot import outbox
from bot.channels.base import Outgoing
from bot.channels.terminal import Collector
from bot.house import House, build_house
from bot.inbox import PASSED_ON, Received
from bot.models import InboundMessage, InboundStatus, OutboundMessage, Purpose
from bot.runner import Runner
from flows.asides import NOT_READ
from flows.commands import Command
from flows.engine import Plan, advance
from flows.messages import Choice, Reply
from flows.translations import translate
from flows.turn import Knowledge, Turn
from tests.phone import Phone

Presses = list[tuple[str | None, bool]]


class Numbered(Collector):
    """Keeps what was sent together with our id for it, as a messenger does."""

    def __init__(self) -> None:
        super().__init__("web")
        self.all: list[Outgoing] = []

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        self.all.append(message)
        return await super().send(message)


@dataclass
class Messenger(Phone):
    """A phone whose buttons stay where they were."""

    presses_sent: int = field(default=0)

    def buttons(self) -> list[Outgoing]:
        """Our messages with choices, in order."""
        assert isinstance(self.channel, Numbered)
        return [one for one in self.channel.all if one.reply.choices and one.address == self.address]

    async def taps(self, message: str, index: object, *, times: int = 1, answers: bool = True) -> str:
        """Press a button of a message of ours by its id."""
        self.now += timedelta(seconds=5)
        sent = range(self.presses_sent, self.presses_sent + times)
        self.presses_sent += times
        presses = [
            Received("web", self.address, f"{self.address} press {one}", "", f"button:{index}", message) for one in sent
        ]
        await asyncio.gather(*(self.house.inbox.accept(one, now=self.now) for one in presses))
        return await self._hear() if answers else ""

    async def taps_like(self, part: str, *, times: int = 1) -> str:
        """Press the button on the screen whose id or label holds these words."""
        shown = self.buttons()[-1]
        index = next(number for number, one in enumerate(shown.reply.choices) if part in one.id or part in one.label)
        return await self.taps(shown.id, index, times=times)


@pytest.fixture
def channel() -> Numbered:
    return Numbered()


@pytest.fixture
def anna(small_house: House, channel: Numbered, now: datetime) -> Messenger:
    return Messenger(small_house, channel, now)


@pytest.fixture
def presses(monkeypatch: pytest.MonkeyPatch) -> Presses:
    """Every choice as the engine got it, and whether it was old."""
    seen: Presses = []

    async def watched(turn: Turn) -> Plan:
        seen.append((turn.input.choice_id, turn.input.is_old))
        return await advance(turn)

    monkeypatch.setattr(bot.dispatcher, "advance", watched)
    return seen


async def booked(house: House) -> int:
    async with house.database.reading() as session:
        wanted = select(func.count()).where(Appointment.status == AppointmentStatus.BOOKED)
        return await session.scalar(wanted) or 0


async def test_a_button_is_read_as_the_choice_that_stood_there(anna: Messenger, presses: Presses) -> None:
    await anna.says("izvēlne")
    menu = anna.buttons()[-1]
    await anna.taps(menu.id, 1)
    assert presses[-1] == (menu.reply.choices[1].id, False)


async def test_a_whole_booking_by_buttons(anna: Messenger, small_house: House) -> None:
    await anna.says("pierakstīties")
    await anna.taps(anna.buttons()[-1].id, 0)
    await anna.taps(anna.buttons()[-1].id, 0)
    await anna.says("Anna")
    await anna.taps_like("yes")
    assert await booked(small_house) == 1


async def test_a_button_of_an_earlier_question_is_old(anna: Messenger, presses: Presses) -> None:
    await anna.says("pierakstīties")
    first = anna.buttons()[-1]
    await anna.taps(first.id, 0)
    await anna.taps(first.id, 1)
    assert presses[-1] == (first.reply.choices[1].id, True)


async def test_an_old_yes_confirms_no_newer_booking(anna: Messenger, small_house: House) -> None:
    for text in ("pierakstīties", "1", "1", "Anna"):
        await anna.says(text)
    old = anna.buttons()[-1]
    yes = next(number for number, choice in enumerate(old.reply.choices) if choice.id.startswith("yes"))
    for text in ("atcelt", "pierakstīties", "1", "2", "Anna"):
        await anna.says(text)
    await anna.taps(old.id, yes)
    assert await booked(small_house) == 0


@pytest.mark.parametrize("index", ["70", "99", "-1", "0x1", "", "٣", "1" * 60, "1.5", "\x00", "\ud800"])
async def test_a_number_that_no_button_has_is_an_old_button(anna: Messenger, presses: Presses, index: str) -> None:
    await anna.says("pierakstīties")
    shown = anna.buttons()[-1]
    assert await anna.taps(shown.id, index)
    assert presses[-1] == ("old", True)


async def test_forged_foreign_forgotten_and_unknown_buttons_are_answered_alike(
    anna: Messenger, small_house: House, channel: Numbered, now: datetime
) -> None:
    janis = Messenger(small_house, channel, now, address="janis")
    await janis.says("pierakstīties")
    await anna.says("labdien")
    await anna.says("pierakstīties")
    forgotten, current = anna.buttons()[-2:]
    async with small_house.database.writing() as session:
        gone = update(OutboundMessage).where(OutboundMessage.id == forgotten.id)
        await session.execute(gone.values(body=None))
    tried = [(janis.buttons()[-1].id, 0), (forgotten.id, 0), ("0" * 32, 0), ("'; --\x00\ud800", 0), (current.id, 50)]
    heard = set()
    for message, index in tried:
        anna.now += timedelta(minutes=1)
        heard.add(await anna.taps(message, index))
    assert len(heard) == 1


async def test_a_button_without_a_message_is_an_old_one(anna: Messenger, presses: Presses) -> None:
    await anna.says("izvēlne")
    await anna.presses("button:0")
    assert presses[-1] == ("old", True)


async def test_a_choice_named_by_its_id_must_stand_in_the_message_it_names(anna: Messenger, presses: Presses) -> None:
    """The web page sends the choice itself and the message it stood in."""
    await anna.says("izvēlne")
    menu = anna.buttons()[-1]
    for name, wanted in ((menu.reply.choices[0].id, False), ("yes:somebody-elses", True)):
        press = Received("web", "anna", f"by name {name}", "", name, menu.id)
        await anna.house.inbox.accept(press, now=anna.now)
        await anna._hear()
        assert presses[-1] == ("old" if wanted else name, wanted)


async def test_a_notice_in_between_makes_no_button_old(anna: Messenger, small_house: House, presses: Presses) -> None:
    await anna.says("pierakstīties")
    open_question = anna.buttons()[-1]
    known = await small_house.inbox.find("web", small_house.inbox.address_index("web", "anna"))
    assert known is not None
    key = await small_house.keyring.open(known[0].key_id)
    later = anna.now + timedelta(seconds=1)
    reminder = Reply("Rīt plkst. 10.00", (Choice("my-appointments", "Mani pieraksti"),))
    async with small_house.database.writing() as session:
        outbox.enqueue(session, known[1], [reminder], key=key, now=later, purpose=Purpose.NOTICE)
    await anna.taps(open_question.id, 0)
    assert presses[-1] == (open_question.reply.choices[0].id, False)


async def test_a_button_weeks_later_is_answered_kindly(anna: Messenger) -> None:
    await anna.says("izvēlne")
    menu = anna.buttons()[-1]
    await anna.says("pierakstīties")
    anna.now += timedelta(weeks=3)
    assert await anna.taps(menu.id, 0)


@pytest.mark.parametrize(("times", "receipts"), [(20, 1), (120, 2)])
async def test_a_button_pressed_many_times_at_once_has_one_effect_and_at_most_one_further_receipt(
    anna: Messenger, small_house: House, times: int, receipts: int
) -> None:
    await anna.says("pierakstīties")
    await anna.taps(anna.buttons()[-1].id, 0)
    await anna.taps(anna.buttons()[-1].id, 0)
    await anna.says("Anna")
    await anna.taps_like("yes", times=times)
    assert await booked(small_house) == 1
    assert sum("apstiprināts" in reply.text for reply in anna.heard) == receipts


async def test_a_button_pressed_again_and_again_while_we_answer_has_one_effect_and_one_further_receipt(
    anna: Messenger, small_house: House
) -> None:
    await anna.says("pierakstīties")
    await anna.taps(anna.buttons()[-1].id, 0)
    await anna.taps(anna.buttons()[-1].id, 0)
    await anna.says("Anna")
    summary = anna.buttons()[-1]
    yes = next(number for number, choice in enumerate(summary.reply.choices) if choice.id.startswith("yes"))
    heard = []
    for _ in range(20):
        anna.now -= timedelta(seconds=4.95)
        heard.append(await anna.taps(summary.id, yes))
    assert await booked(small_house) == 1
    assert "apstiprināts" in heard[0]
    assert [text for text in heard[2:] if text] == []


async def test_the_same_button_pressed_a_minute_later_is_answered_again(anna: Messenger) -> None:
    await anna.says("izvēlne")
    menu = anna.buttons()[-1]
    for _ in range(4):
        anna.now += timedelta(minutes=1)
        assert await anna.taps(menu.id, 0)


async def test_two_workers_that_see_the_same_presses_book_once(
    anna: Messenger, small_house: House, channel: Numbered, knowledge: Knowledge
) -> None:
    for text in ("pierakstīties", "1", "1", "Anna"):
        await anna.says(text)
    shown = anna.buttons()[-1]
    yes = next(number for number, choice in enumerate(shown.reply.choices) if choice.id.startswith("yes"))
    await anna.taps(shown.id, yes, times=5, answers=False)
    other = build_house(small_house.settings, {"web": channel}, knowledge=knowledge)
    await asyncio.gather(*(Runner(one, lambda: anna.now).settle() for one in (small_house, other)))
    await other.close()
    assert await booked(small_house) == 1
    async with small_house.database.reading() as session:
        left = select(func.count()).where(InboundMessage.status != InboundStatus.HANDLED)
        assert await session.scalar(left) == 0


async def test_an_album_of_pictures_is_told_once_that_pictures_are_not_read(anna: Messenger) -> None:
    for number in range(6):
        picture = Received("web", anna.address, f"picture {number}", "", Command.UNREADABLE)
        await anna.house.inbox.accept(picture, now=anna.now)
    assert (await anna._hear()).count("vārdus") == 1
    anna.now += timedelta(seconds=2)
    seventh = Received("web", anna.address, "picture 7", "", Command.UNREADABLE)
    await anna.house.inbox.accept(seventh, now=anna.now)
    assert await anna._hear() == ""


async def test_words_under_a_picture_are_looked_at_for_danger_however_many_pictures_came(anna: Messenger) -> None:
    await anna.house.inbox.accept(Received("web", anna.address, "one", "", Command.UNREADABLE), now=anna.now)
    await anna._hear()
    with_words = Received("web", anna.address, "two", "vīrs mani sit", Command.UNREADABLE)
    await anna.house.inbox.accept(with_words, now=anna.now)
    assert "112" in await anna._hear()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("kas ir GMI pabalsts?", "Attēlus un failus es neredzu"),
        ("что такое пособие GMI?", "Картинки и файлы я не вижу"),
    ],
)
async def test_words_under_a_picture_are_answered_and_the_picture_is_told_to_be_unseen(
    anna: Messenger, words: str, line: str
) -> None:
    await anna.house.inbox.accept(Received("web", anna.address, "one", words, Command.UNREADABLE), now=anna.now)
    await anna.house.inbox.accept(Received("web", anna.address, "two", "", Command.UNREADABLE), now=anna.now)
    heard = await anna._hear()
    assert heard.count(line) == 1
    assert "GMI" in heard.split(line)[1]
    assert not any(translate(NOT_READ[Command.UNREADABLE], language) in heard for language in ("lv", "ru"))
    assert (await anna.state()).topic == "gmi-benefit"


async def test_words_under_a_picture_answer_the_open_question(anna: Messenger) -> None:
    for text in ("pierakstīties", "1", "1"):
        await anna.says(text)
    await anna.house.inbox.accept(Received("web", anna.address, "one", "Anna", Command.UNREADABLE), now=anna.now)
    heard = await anna._hear()
    assert "neredzu" in heard
    assert (await anna.state()).step == "confirm"


async def test_somebody_elses_words_passed_on_answer_nothing(anna: Messenger) -> None:
    for text in ("pierakstīties", "1", "1"):
        await anna.says(text)
    await anna.house.inbox.accept(Received("web", anna.address, "one", "Anna", PASSED_ON), now=anna.now)
    await anna._hear()
    assert (await anna.state()).step == "name"
