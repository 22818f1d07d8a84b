"""What leaves a turn: why it is sent, how much of it fits by SMS, and silence while a person speaks."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import Outgoing
from bot.channels.sms_text import as_sms, count_segments
from bot.channels.terminal import Collector
from bot.house import House, build_house
from bot.inbox import Received
from bot.models import InboundMessage, InboundStatus, OutboundMessage, Purpose
from bot.runner import Runner
from flows.engine import Plan, advance
from flows.models import Conversation
from flows.turn import Knowledge, Turn
from tests.phone import Phone


class Messenger(Collector):
    """Gives each message an id, and takes back what it is told to."""

    def __init__(self) -> None:
        super().__init__("telegram")
        self.sent = 0
        self.withdrawn: list[tuple[str, tuple[str, ...]]] = []

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        self.sent += 1
        await super().send(message)
        return (f"ours-{self.sent}",)

    async def withdraw(self, address: str, provider_ids: tuple[str, ...]) -> None:
        self.withdrawn.append((address, provider_ids))


async def purposes(house: House) -> list[str]:
    async with house.database.reading() as session:
        return list(await session.scalars(select(OutboundMessage.purpose).order_by(OutboundMessage.position)))


async def test_what_confirms_a_change_is_told_apart_from_mere_answers(anna: Phone, small_house: House) -> None:
    for text in ("labdien", "pierakstīties", "1", "1", "Anna"):
        await anna.says(text)
    assert set(await purposes(small_house)) == {Purpose.ANSWER}
    before = len(await purposes(small_house))
    await anna.says("jā")
    assert set((await purposes(small_house))[before:]) == {Purpose.CHANGE}
    before = len(await purposes(small_house))
    await anna.says("vīrs mani sit")
    assert (await purposes(small_house))[before] == Purpose.CARD


async def test_while_a_person_speaks_messages_are_kept_and_nothing_is_said(
    anna: Phone, small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna.says("labdien")
    seen: list[bool] = []

    async def watched(turn: Turn) -> Plan:
        seen.append(turn.is_with_person)
        return await advance(turn)

    monkeypatch.setattr("bot.dispatcher.advance", watched)
    async with small_house.database.writing() as session:
        (conversation,) = await session.scalars(select(Conversation))
        conversation.held_by, conversation.held_at = "somebody of ours", anna.now - timedelta(minutes=20)
    assert await anna.says("kad jūs strādājat?") == ""
    assert seen == [True]
    async with small_house.database.reading() as session:
        (conversation,) = await session.scalars(select(Conversation))
        newest = await session.scalar(select(InboundMessage).order_by(InboundMessage.position.desc()).limit(1))
    assert conversation.held_by == "somebody of ours"
    assert newest is not None
    assert (newest.status, newest.body is None) == (InboundStatus.HANDLED, False)


async def test_by_sms_no_reply_takes_more_than_three_segments_and_the_rest_is_kept(
    small_house: House, knowledge: Knowledge, now: datetime
) -> None:
    sms, kept = Collector("sms"), ""
    house = build_house(small_house.settings, {"sms": sms}, knowledge=knowledge)
    anna = Phone(house, sms, now, address="+37120000001")
    for text in ("labdien", "kādi dokumenti vajadzīgi GMI pabalstam?", "kas var saņemt aprūpi mājās?"):
        await anna.says(text)
        assert max(count_segments(as_sms(reply)) for reply in anna.heard) <= 3
        kept = kept or (await anna.state()).rest
    await house.close()
    assert kept


async def test_on_erasure_everything_of_two_days_is_taken_back_at_the_provider(
    small_house: House, knowledge: Knowledge, now: datetime
) -> None:
    channel = Messenger()
    house = build_house(small_house.settings, {"telegram": channel}, knowledge=knowledge)

    async def says(text: str, number: int, at: datetime) -> None:
        received = Received("telegram", "5000", f"update-{number}", text, withdraw_id=f"theirs-{number}")
        await house.inbox.accept(received, now=at)
        await Runner(house, lambda: at).settle()

    await says("labdien", 1, now - timedelta(days=3))
    old = channel.sent
    await says("izvēlne", 2, now - timedelta(hours=47))
    await says("dzēst manus datus", 3, now)
    ours = channel.sent
    await says("jā", 4, now + timedelta(minutes=1))
    await Runner(house, lambda: now + timedelta(minutes=2)).settle()
    await house.close()
    wanted = [f"theirs-{number}" for number in (2, 3, 4)] + [f"ours-{number}" for number in range(old + 1, ours + 1)]
    assert [(address, sorted(ids)) for address, ids in channel.withdrawn] == [("5000", sorted(wanted))]


async def test_on_a_channel_without_ids_nothing_is_taken_back(anna: Phone, small_house: House) -> None:
    for text in ("labdien", "dzēst manus datus", "jā"):
        await anna.says(text)
    assert Purpose.WITHDRAWAL not in await purposes(small_house)


async def test_who_comes_back_after_days_is_not_greeted_as_a_stranger(anna: Phone) -> None:
    assert "Esmu Palīgs" in await anna.says("labdien")
    await anna.waits(days=3)
    again = await anna.says("cik liels ir mājokļa pabalsts?")
    assert "Esmu Palīgs" not in again
    assert "Avots" in again
