"""Delivery: in order, only what is queued, with no transaction open, and nothing lost, doubled or sent too late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.subjects import Subject
from bot import outbox
from bot.channels.base import DeliveryError, Failure, Outgoing
from bot.database import Database
from bot.models import OutboundMessage, OutboundStatus, Purpose
from flows.models import Conversation
from tests.bot.posts import Post, failing

DEAD_AFTER = timedelta(seconds=61)


async def test_everyone_gets_their_messages_in_order(any_post: Post) -> None:
    for part in ("1", "2", "3"):
        for address in ("anna", "janis", "zane"):
            await any_post.queue(address, f"{part}a", f"{part}b")
    await any_post.send_all()
    for address in ("anna", "janis", "zane"):
        texts = [text for to, text in any_post.provider.sent if to == address]
        assert texts == ["1a", "1b", "2a", "2b", "3a", "3b"]


async def test_two_processes_send_each_message_once(any_post: Post) -> None:
    for number in range(12):
        await any_post.queue(f"person {number}", "first", "second")
    other = Database(any_post.database.url)
    both = [any_post.delivery, any_post.delivery_on(other)]
    for _ in range(4):
        await asyncio.gather(*(one.deliver_due(any_post.now) for one in both))
    await other.close()
    assert sorted(any_post.provider.sent) == sorted(
        (f"person {number}", text) for number in range(12) for text in ("first", "second")
    )


class Watched(Database):
    """A database that counts the sessions which are open."""

    open_sessions = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self._counted(), super().reading() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with self._counted(), super().writing() as session:
            yield session

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self.open_sessions += 1
        try:
            yield
        finally:
            self.open_sessions -= 1


async def test_no_transaction_is_open_while_the_provider_is_called(any_post: Post) -> None:
    conversation_id = await any_post.queue("anna", "one", "two")
    watched = Watched(any_post.database.url)
    seen: list[int] = []

    async def write_beside(_message: Outgoing) -> None:
        seen.append(watched.open_sessions)
        async with asyncio.timeout(20), any_post.database.writing() as session:
            for table in (OutboundMessage, Conversation, Subject):
                await session.execute(update(table).values(channel=table.channel))
            assert await session.get(Conversation, conversation_id)

    any_post.provider.answer = write_beside
    delivery = any_post.delivery_on(watched)
    while await delivery.deliver_due(any_post.now):
        pass
    await watched.close()
    assert seen == [0, 0]
    assert any_post.provider.sent == [("anna", "one"), ("anna", "two")]


@pytest.mark.parametrize("status", [one for one in OutboundStatus if one != OutboundStatus.QUEUED])
async def test_only_a_queued_message_is_sent(post: Post, status: OutboundStatus) -> None:
    await post.queue("anna", "text")
    await post.change(OutboundMessage, status=status)
    await post.send_all()
    assert post.provider.sent == []
    assert (await post.row()).status == status


async def test_messages_of_channels_that_are_not_ours_are_left_alone(post: Post) -> None:
    await post.queue("anna", "text", channel="telegram")
    await post.send_all()
    assert (await post.row()).status == OutboundStatus.QUEUED


async def test_what_is_sent_is_noted_with_the_providers_id_as_an_index_only(post: Post) -> None:
    await post.queue("anna", "text")

    async def answer(_message: Outgoing) -> tuple[str, ...]:
        return ("SM-of-the-provider",)

    post.provider.answer = answer
    await post.send_all()
    row = await post.row()
    assert (row.status, len(row.provider_index or b"")) == (OutboundStatus.SENT, 32)
    assert b"SM-of" not in (row.provider_index or b"")


async def test_a_message_that_must_wait_holds_back_only_those_behind_it_in_its_own_talk(post: Post) -> None:
    await post.queue("anna", "1", "2")
    await post.queue("janis", "1", "2")

    async def busy_for_anna(message: Outgoing) -> None:
        is_first = (message.address, message.reply.text) == ("anna", "1")
        if is_first and message.now < post.now + timedelta(seconds=5):
            raise DeliveryError("busy", Failure.LATER)

    post.provider.answer = busy_for_anna
    await post.send_all()
    assert post.provider.sent == [("janis", "1"), ("janis", "2")]
    await post.send_all(post.now + timedelta(seconds=6))
    assert post.provider.sent[2:] == [("anna", "1"), ("anna", "2")]


async def test_a_channel_that_breaks_for_one_person_breaks_for_nobody_else(post: Post) -> None:
    for address in ("anna", "janis", "zane"):
        await post.queue(address, "text")

    async def break_for_anna(message: Outgoing) -> None:
        if message.address == "anna":
            raise RuntimeError

    post.provider.answer = break_for_anna
    await post.delivery.deliver_due(post.now)
    assert post.provider.sent == [("janis", "text"), ("zane", "text")]


async def test_what_a_dead_process_left_half_sent_is_taken_up_after_a_minute(any_post: Post) -> None:
    await any_post.queue("anna", "text")
    any_post.provider.answer = failing(asyncio.CancelledError())  # as when the process is stopped here
    with pytest.raises(asyncio.CancelledError):
        await any_post.delivery.deliver_due(any_post.now)
    any_post.provider.answer = None
    assert await any_post.delivery.take_up_lost(any_post.now + timedelta(seconds=59)) == 0
    await any_post.send_all(any_post.now + timedelta(seconds=59))
    assert any_post.provider.sent == []
    assert await any_post.delivery.take_up_lost(any_post.now + DEAD_AFTER) == 1
    await any_post.send_all(any_post.now + DEAD_AFTER)
    assert await any_post.delivery.take_up_lost(any_post.now + timedelta(days=1)) == 0
    assert any_post.provider.sent == [("anna", "text")]


async def test_a_slow_provider_never_makes_a_waiting_message_look_lost(post: Post) -> None:
    for number in range(4):
        await post.queue(f"person {number}", "text")

    async def take_a_minute(_message: Outgoing) -> None:
        # What the clock's loop does meanwhile. Only the message in hand may be thought lost.
        if not post.provider.sent:
            await post.delivery.take_up_lost(post.now + DEAD_AFTER)

    post.provider.answer = take_a_minute
    await post.send_all(post.now)
    await post.send_all(post.now + DEAD_AFTER)
    others = [to for to, _ in post.provider.sent if to != "person 0"]
    assert others == ["person 1", "person 2", "person 3"]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(days=3)])
async def test_what_has_expired_is_never_sent(post: Post, late: timedelta) -> None:
    expires_at = post.now + timedelta(hours=1)
    await post.queue("anna", "text", expires_at=expires_at)
    await post.send_all(expires_at + late)
    row = await post.row()
    assert (post.provider.sent, row.status, row.body) == ([], OutboundStatus.EXPIRED, None)


async def test_what_has_not_expired_is_sent(post: Post) -> None:
    expires_at = post.now + timedelta(hours=1)
    await post.queue("anna", "text", expires_at=expires_at)
    await post.send_all(expires_at - timedelta(seconds=1))
    assert post.provider.sent == [("anna", "text")]


async def test_what_an_earlier_speaker_queued_is_not_sent_after_a_person_took_over(post: Post) -> None:
    await post.queue("anna", "the assistant's")
    await post.change(Conversation, speaker_epoch=1)
    await post.queue("anna", "the person's")
    await post.send_all()
    rows = await post.rows()
    assert post.provider.sent == [("anna", "the person's")]
    assert [(row.status, row.body is None) for row in rows] == [("cancelled", True), ("sent", False)]


async def test_what_is_taken_back_is_not_sent(post: Post) -> None:
    conversation_id = await post.queue("anna", "text")
    async with post.database.writing() as session:
        await outbox.cancel_queued(session, conversation_id, now=post.now)
    await post.send_all()
    row = await post.row()
    assert (post.provider.sent, row.status, row.body) == ([], OutboundStatus.CANCELLED, None)


async def test_only_answers_are_taken_back_when_somebody_else_begins_to_speak(post: Post) -> None:
    conversation_id = await post.queue("anna", "answer")
    for purpose in (Purpose.CHANGE, Purpose.PERSON):
        await post.queue("anna", purpose, purpose=purpose)
    await post.queue("anna", "card", is_card=True)
    async with post.database.writing() as session:
        await outbox.cancel_queued(session, conversation_id, now=post.now)
    await post.send_all()
    assert sorted(post.provider.texts) == ["card", "change", "person"]


async def test_nothing_is_sent_to_someone_whose_key_is_gone(post: Post) -> None:
    await post.queue("anna", "text")
    await post.queue("janis", "text")
    async with post.database.reading() as session:
        rows = (await session.execute(select(Subject.key_id, Subject.created_at))).all()
    await post.keyring.destroy(rows[0][0])
    await post.send_all()
    assert len(post.provider.sent) == 1
    assert sorted(row.status for row in await post.rows()) == ["cancelled", "sent"]


async def test_nothing_is_sent_when_the_talk_is_gone(post: Post) -> None:
    await post.queue("anna", "text")
    async with post.database.writing() as session:
        for conversation in await session.scalars(select(Conversation)):
            await session.delete(conversation)
    await post.send_all()
    row = await post.row()
    assert (post.provider.sent, row.status, row.body) == ([], OutboundStatus.CANCELLED, None)


async def test_the_backlog_counts_what_waits(post: Post) -> None:
    await post.queue("anna", "1", "2", "3")
    async with post.database.reading() as session:
        assert await outbox.backlog(session) == 3
    await post.send_all()
    async with post.database.reading() as session:
        assert await outbox.backlog(session) == 0
