"""Erased by one's own word: nothing readable is left, the last word arrives, and no repeat brings anything back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from booking.erasure import Tombstone
from booking.keyring import KeyGone
from booking.models import Appointment, AppointmentStatus
from booking.subjects import Subject
from bot.channels.terminal import Collector
from bot.house import House, build_house
from bot.inbox import NOBODY, Received
from bot.models import InboundMessage, InboundStatus, OutboundMessage
from bot.runner import Runner
from bot.scheduler import Scheduler
from flows.models import Conversation
from flows.turn import Knowledge
from tests.phone import Phone


async def erase(phone: Phone) -> str:
    """Ask for it and say yes; the last word."""
    await phone.says("dzēst manus datus")
    return await phone.says("jā")


async def subject_of(phone: Phone) -> Subject:
    index = phone.house.inbox.address_index(phone.channel.name, phone.address)
    known = await phone.house.inbox.find(phone.channel.name, index)
    assert known is not None
    return known[0]


async def counts(house: House) -> list[int]:
    async with house.database.reading() as session:
        tables = (Subject, Conversation, InboundMessage, OutboundMessage, Tombstone)
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


async def test_an_erased_person_leaves_nothing_that_opens(house: House, channel: Collector, now: datetime) -> None:
    anna = Phone(house, channel, now)
    for text in ("pierakstīties", "1", "1", "Anna", "jā"):
        await anna.says(text)
    before = await subject_of(anna)
    assert "Izdzēsts" in await erase(anna)
    with pytest.raises(KeyGone):
        await house.keyring.open(before.key_id)
    async with house.database.reading() as session:
        (subject,) = await session.scalars(select(Subject))
        assert subject.id != before.id
        assert subject.forget_at is not None
        left = await session.execute(
            select(InboundMessage.conversation_id, InboundMessage.body, InboundMessage.status).distinct()
        )
        assert left.all() == [(NOBODY, None, InboundStatus.HANDLED)]
        (appointment,) = await session.scalars(select(Appointment))
    assert appointment.status == AppointmentStatus.CANCELLED
    assert (appointment.subject_id, appointment.name_sealed, appointment.need_sealed) == (None, None, None)
    assert house.settings.ledger_path.read_text().count('"done"') == 1


async def test_the_last_word_is_gone_after_a_day(small_house: House, anna: Phone) -> None:
    await anna.says("labdien")
    await erase(anna)
    assert (await counts(small_house))[:2] == [1, 1]
    await Scheduler(small_house).tidy(anna.now + timedelta(hours=25))
    assert await counts(small_house) == [0, 0, 3, 0, 0]


@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=5), timedelta(days=2), timedelta(days=80)])
async def test_a_repeat_of_the_provider_after_an_erasure_changes_nothing(
    small_house: House, channel: Collector, anna: Phone, after: timedelta
) -> None:
    await anna.says("labdien")
    await erase(anna)
    later = anna.now + after
    await Scheduler(small_house).tidy(later)
    before = await counts(small_house)
    for number, text in enumerate(("labdien", "dzēst manus datus", "jā"), start=1):
        again = await small_house.inbox.accept(Received("web", "anna", f"anna-{number}", text), now=later)
        assert not again.is_new
    await Runner(small_house, lambda: later).settle()
    assert channel.take() == {}
    assert await counts(small_house) == before


async def test_who_writes_again_after_an_erasure_is_met_as_a_stranger(anna: Phone) -> None:
    first = await anna.says("labdien")
    await erase(anna)
    assert await anna.says("labdien") == first
    assert (await subject_of(anna)).forget_at is None


async def test_an_erasure_cut_short_is_finished_at_the_next_start(
    small_house: House, channel: Collector, knowledge: Knowledge, anna: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna.says("labdien")
    before = await subject_of(anna)

    async def dies(*_arguments: object, **_options: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(small_house.eraser, "complete", dies)
        assert "Izdzēsts" in await erase(anna)
    assert await small_house.keyring.open(before.key_id)
    restarted = build_house(small_house.settings, {"web": channel}, knowledge=knowledge)
    await restarted.eraser.finish_pending(now=anna.now)
    with pytest.raises(KeyGone):
        await restarted.keyring.open(before.key_id)
    assert (await counts(restarted))[-1] == 0
    await restarted.close()
