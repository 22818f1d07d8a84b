"""Floods: one polite notice, then silence, and every cry for help is heard all the same."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from booking.models import Appointment
from booking.subjects import Subject
from bot.channels.terminal import Collector
from bot.floods import MOST_A_MINUTE, MOST_ALIKE, TOO_MANY
from bot.gathering import MOST_A_SECOND
from bot.house import House, build_house
from bot.inbox import Received
from bot.models import Happening, InboundMessage, InboundStatus
from bot.runner import Runner
from flows.messages import Reply
from flows.models import Conversation
from flows.translations import translate
from flows.turn import Knowledge
from tests.phone import Phone

NOTICE = translate(TOO_MANY, "lv")


async def flood(house: House, texts: list[str], now: datetime, *, address: str = "anna", channel: str = "web") -> None:
    """Messages that come faster than anybody looks, in their order."""
    said = [Received(channel, address, f"{address} {now:%H%M%S} {number}", text) for number, text in enumerate(texts)]
    for one in said[:MOST_A_SECOND]:
        await house.inbox.accept(one, now=now)
    await asyncio.gather(*(house.inbox.accept(one, now=now) for one in said[MOST_A_SECOND:]))


async def answered(house: House, channel: Collector, now: datetime, *, address: str = "anna") -> list[Reply]:
    await Runner(house, lambda: now).settle()
    return channel.take().get(address, [])


def talk_of(count: int) -> list[str]:
    return [f"vai varat pateikt, kas notiek ar lietu numur {number}" for number in range(count)]


async def waiting(house: House) -> int:
    async with house.database.reading() as session:
        return await session.scalar(select(func.count()).where(InboundMessage.status == InboundStatus.WAITING)) or 0


async def test_hundreds_of_messages_get_one_notice_and_few_writes(
    small_house: House, channel: Collector, now: datetime
) -> None:
    commits = 0

    def count(_connection: object) -> None:
        nonlocal commits
        commits += 1

    event.listen(small_house.database.engine.sync_engine, "commit", count)
    await flood(small_house, talk_of(401), now)
    assert commits <= MOST_A_SECOND + 3  # one each while it is no flood, then together
    commits = 0
    replies = await answered(small_house, channel, now + timedelta(seconds=1))
    assert [reply.text for reply in replies] == [NOTICE]
    assert await waiting(small_house) == 0
    assert commits < 12  # of the hushed turns three; the others send the notice


async def test_twenty_messages_a_minute_are_all_answered(anna: Phone) -> None:
    for number in range(MOST_A_MINUTE + 5):
        anna.now -= timedelta(seconds=2)  # a message takes five: this makes twenty a minute
        heard = await anna.says(f"man ir jautājums numur {number}")
        assert heard.strip()
        assert NOTICE not in heard


async def test_the_twenty_first_in_a_minute_gets_the_notice_and_those_behind_it_silence(anna: Phone) -> None:
    heard: list[str] = []
    for number in range(MOST_A_MINUTE + 4):
        anna.now -= timedelta(seconds=4)
        heard.append(await anna.says(f"izvēlne{'!' * number}"))
    assert NOTICE not in heard[MOST_A_MINUTE - 1]
    assert heard[MOST_A_MINUTE] == NOTICE
    assert heard[MOST_A_MINUTE + 1 :] == [""] * 3
    await anna.waits(minutes=1)
    assert (await anna.says("izvēlne")).strip()


async def test_the_notice_comes_at_most_every_ten_minutes(
    small_house: House, channel: Collector, now: datetime
) -> None:
    heard: dict[int, list[str]] = {}
    for minute in (0, 4, 9, 11):
        at = now + timedelta(minutes=minute)
        await flood(small_house, talk_of(MOST_A_MINUTE + 1), at)
        heard[minute] = [reply.text for reply in await answered(small_house, channel, at + timedelta(seconds=1))]
    assert heard == {0: [NOTICE], 4: [], 9: [], 11: [NOTICE]}


async def test_the_notice_is_in_the_language_of_the_talk(small_house: House, channel: Collector, now: datetime) -> None:
    anna = Phone(small_house, channel, now)
    await anna.says("здравствуйте, говорите по русски")
    await anna.says("русский")
    await flood(small_house, talk_of(30), anna.now)
    replies = await answered(small_house, channel, anna.now + timedelta(seconds=1))
    assert [reply.text for reply in replies] == [translate(TOO_MANY, "ru")]


@pytest.mark.parametrize("place", [0, 25, 150, 219])
async def test_a_cry_in_a_flood_gets_its_card_at_once(
    small_house: House, channel: Collector, now: datetime, place: int
) -> None:
    texts = talk_of(220)
    texts[place] = "vīrs mani sit"
    await flood(small_house, texts, now)
    replies = await answered(small_house, channel, now + timedelta(seconds=1))
    assert sum(reply.is_danger_card for reply in replies) == 1
    assert sum(reply.text == NOTICE for reply in replies) <= 1
    assert len(replies) <= 3


async def test_a_cry_split_over_two_messages_of_a_flood_gets_its_card(
    small_house: House, channel: Collector, now: datetime
) -> None:
    await flood(small_house, [*talk_of(30), "man ir jautājums vīrs mani", "sit", *talk_of(5)], now)
    replies = await answered(small_house, channel, now + timedelta(seconds=1))
    assert any(reply.is_danger_card for reply in replies)


async def test_a_cry_is_heard_although_a_flood_was_answered_between_its_halves(
    small_house: House, channel: Collector, now: datetime
) -> None:
    await flood(small_house, [*talk_of(30), "man ir jautājums vīrs mani"], now)
    assert await answered(small_house, channel, now + timedelta(seconds=1))
    await flood(small_house, ["sit"], now + timedelta(seconds=2))
    replies = await answered(small_house, channel, now + timedelta(seconds=3))
    assert any(reply.is_danger_card for reply in replies)


async def test_the_same_cry_again_and_again_gets_its_card_once(
    small_house: House, channel: Collector, now: datetime
) -> None:
    cards = 0
    for second in range(3):
        at = now + timedelta(seconds=second * 3)
        await flood(small_house, ["vīrs mani sit"] * 25, at)
        cards += sum(reply.is_danger_card for reply in await answered(small_house, channel, at + timedelta(seconds=1)))
    assert cards == 1


async def test_stop_in_a_flood_silences_us_and_is_confirmed_once(
    small_house: House, channel: Collector, now: datetime
) -> None:
    await flood(small_house, [*talk_of(30), *["STOP"] * 3, *talk_of(30)], now)
    replies = await answered(small_house, channel, now + timedelta(seconds=1))
    async with small_house.database.reading() as session:
        assert await session.scalar(select(Subject.opted_out_at)) is not None
    assert len(replies) == 2
    assert replies[0].text == NOTICE


async def test_a_flood_books_nothing(anna: Phone, small_house: House, channel: Collector) -> None:
    for text in ("pierakstīties", "1", "1", "Anna"):
        await anna.says(text)
    await flood(small_house, ["jā"] * 30, anna.now)
    await answered(small_house, channel, anna.now + timedelta(seconds=1))
    async with small_house.database.reading() as session:
        assert list(await session.scalars(select(Appointment.status).where(Appointment.status == "booked"))) == []


async def test_nothing_is_said_about_a_flood_while_a_person_speaks(
    anna: Phone, small_house: House, channel: Collector
) -> None:
    await anna.says("labdien")
    async with small_house.database.writing() as session:
        (conversation,) = await session.scalars(select(Conversation))
        conversation.held_by = "somebody of ours"
    await flood(small_house, [*talk_of(50), "vīrs mani sit", *talk_of(50)], anna.now)
    replies = await answered(small_house, channel, anna.now + timedelta(seconds=1))
    assert replies
    assert all(reply.is_danger_card for reply in replies)


async def test_two_bots_that_talk_to_each_other_stop_within_the_hour(anna: Phone) -> None:
    heard = []
    for _ in range(MOST_ALIKE + 4):
        anna.now += timedelta(seconds=60)
        heard.append(await anna.says("Jūsu ziņa ir saņemta. Mēs atbildēsim darba laikā."))
    assert all(heard[:MOST_ALIKE])
    assert heard[MOST_ALIKE:] == [""] * 4
    assert (await anna.says("izvēlne")).strip()


async def test_two_bots_that_take_turns_with_two_sentences_stop_too(anna: Phone) -> None:
    heard = []
    for number in range(2 * MOST_ALIKE + 4):
        anna.now += timedelta(seconds=45)
        heard.append(await anna.says("Esmu prom no darba." if number % 2 else "Paldies par Jūsu vēstuli!"))
    assert all(heard[: 2 * MOST_ALIKE])
    assert heard[2 * MOST_ALIKE :] == [""] * 4


async def test_the_same_number_may_be_the_answer_as_often_as_it_is_asked_for(anna: Phone) -> None:
    for _ in range(MOST_ALIKE + 3):
        anna.now += timedelta(seconds=60)
        assert (await anna.says("1")).strip()


async def test_what_waited_while_we_were_away_is_no_flood(
    small_house: House, channel: Collector, now: datetime
) -> None:
    for number in range(95):
        said = Received("web", "anna", f"away {number}", f"man ir jautājums numur {number}")
        await small_house.inbox.accept(said, now=now + timedelta(seconds=30 * number))
    replies = await answered(small_house, channel, now + timedelta(hours=2))
    assert replies
    assert NOTICE not in [reply.text for reply in replies]


async def test_a_cry_is_heard_however_often_it_came(anna: Phone) -> None:
    for _ in range(MOST_ALIKE + 5):
        anna.now += timedelta(seconds=100)
        await anna.says("vīrs mani sit")
    await anna.waits(minutes=20)
    await anna.says("es gribu mirt")
    assert anna.heard[0].is_danger_card


async def test_what_was_hushed_is_counted_without_a_person(
    small_house: House, channel: Collector, now: datetime
) -> None:
    await flood(small_house, talk_of(30), now)
    await answered(small_house, channel, now + timedelta(seconds=1))
    async with small_house.database.reading() as session:
        assert list(await session.scalars(select(Happening.kind))) == ["hushed"]


async def test_the_yes_to_a_card_is_heard_in_a_flood(small_house: House, knowledge: Knowledge, now: datetime) -> None:
    """By SMS violence gets one neutral line first; the card comes when it is safe to read."""
    sms, cards = Collector("sms"), []
    house = build_house(small_house.settings, {"sms": sms}, knowledge=knowledge)
    for second, texts in enumerate(([*talk_of(30), "vīrs mani sit"], [*talk_of(3), "jā", *talk_of(3)])):
        at = now + timedelta(seconds=5 * second)
        await flood(house, texts, at, address="+37120000001", channel="sms")
        replies = await answered(house, sms, at + timedelta(seconds=1), address="+37120000001")
        cards.append([reply.text for reply in replies if reply.is_danger_card])
    await house.close()
    assert [len(each) for each in cards] == [1, 1]
    assert "116006" in cards[1][0]
