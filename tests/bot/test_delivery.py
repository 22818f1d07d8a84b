"""Delivery: in order, only what is queued, with no transaction open, and nothing lost, doubled or sent too late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.keyring import Keyring
from booking.subjects import Subject
from bot import outbox
from bot.channels.base import DeliveryError, Failure, Outgoing
from bot.database import Database
from bot.delivery import Delivery
from bot.inbox import Inbox, Received
from bot.models import OutboundMessage, OutboundStatus
from flows.messages import Reply
from flows.models import Conversation
from tests.booking.residents import SECRET, make_keyring

DEAD_AFTER = timedelta(seconds=61)
PAUSES = [5, 15, 45, 135, 405, 1215, 3645]
"""Seconds between the eight tries."""


@dataclass
class Provider:
    """A provider that keeps what it was sent; `answer` is what it does before it takes a message."""

    name: str = "sms"
    sent: list[tuple[str, str]] = field(default_factory=list)
    answer: Callable[[Outgoing], Awaitable[str | None]] | None = None

    async def send(self, message: Outgoing) -> str | None:
        provider_id = await self.answer(message) if self.answer else None
        self.sent.append((message.address, message.reply.text))
        return provider_id


@dataclass
class Post:
    """A main database, its keyring and what is to be sent there."""

    database: Database
    keyring: Keyring
    now: datetime
    provider: Provider = field(default_factory=Provider)

    @property
    def delivery(self) -> Delivery:
        return self.delivery_on(self.database)

    def delivery_on(self, database: Database) -> Delivery:
        return Delivery(database, self.keyring, {self.provider.name: self.provider}, SECRET)

    async def queue(self, address: str, *texts: str, channel: str = "sms", **options: Any) -> str:
        """Queue texts for somebody; the id of their conversation."""
        inbox = Inbox(self.database, self.keyring, SECRET)
        await inbox.accept(Received(channel, address, f"{address} {channel}", "labdien"), now=self.now)
        known = await inbox.find(channel, inbox.address_index(channel, address))
        assert known is not None
        subject, conversation = known
        key = await self.keyring.open(subject.key_id)
        async with self.database.writing() as session:
            outbox.enqueue(session, conversation, [Reply(text) for text in texts], key=key, now=self.now, **options)
        return conversation.id

    async def send_all(self, now: datetime | None = None) -> None:
        while await self.delivery.deliver_due(now or self.now):
            pass

    async def rows(self) -> list[OutboundMessage]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(OutboundMessage).order_by(OutboundMessage.position)))

    async def row(self) -> OutboundMessage:
        (row,) = await self.rows()
        return row

    async def change(self, table: type, **values: object) -> None:
        async with self.database.writing() as session:
            await session.execute(update(table).values(**values))


@pytest.fixture
def post(embedded: Database, keyring_database: Database, now: datetime) -> Post:
    """A post on SQLite, for promises that no database decides."""
    return Post(embedded, make_keyring(keyring_database), now)


@pytest.fixture
def any_post(database: Database, keyring_database: Database, now: datetime) -> Post:
    """A post on either database."""
    return Post(database, make_keyring(keyring_database), now)


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

    async def answer(_message: Outgoing) -> str:
        return "SM-of-the-provider"

    post.provider.answer = answer
    await post.send_all()
    row = await post.row()
    assert (row.status, len(row.provider_index or b"")) == (OutboundStatus.SENT, 32)
    assert b"SM-of" not in (row.provider_index or b"")


def failing(error: BaseException) -> Callable[[Outgoing], Awaitable[str | None]]:
    async def answer(_message: Outgoing) -> str | None:
        raise error

    return answer


async def test_a_refusal_for_good_is_final_and_the_text_goes(post: Post) -> None:
    await post.queue("anna", "first", "second")
    post.provider.answer = failing(DeliveryError("blocked", Failure.FOR_GOOD))
    await post.send_all()
    await post.send_all(post.now + timedelta(days=1))
    rows = await post.rows()
    assert [(row.status, row.error, row.attempts, row.body) for row in rows] == [("failed", "blocked", 1, None)] * 2


@pytest.mark.parametrize("error", [DeliveryError("busy", Failure.LATER), RuntimeError("+37120000001"), OSError()])
async def test_a_message_is_tried_eight_times_with_growing_pauses(post: Post, error: Exception) -> None:
    await post.queue("anna", "text")
    post.provider.answer = failing(error)
    now, pauses = post.now, []
    while (row := await post.row()).status == OutboundStatus.QUEUED and len(pauses) < 20:
        pauses.append((row.due_at - now).total_seconds())
        now = row.due_at
        await post.send_all(now - timedelta(seconds=1))
        assert (await post.row()).attempts == row.attempts
        await post.send_all(now)
    assert pauses == [0, *PAUSES]
    row = await post.row()
    assert (row.status, row.attempts, row.body) == (OutboundStatus.FAILED, 8, None)
    assert "+371" not in (row.error or "")


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
    await post.send_all(post.now + timedelta(seconds=5))
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


@pytest.mark.parametrize("reported", [OutboundStatus.DELIVERED, OutboundStatus.FAILED])
@pytest.mark.parametrize("error", [None, DeliveryError("late", Failure.LATER), DeliveryError("x", Failure.FOR_GOOD)])
async def test_a_report_that_was_quicker_than_the_answer_stands(
    post: Post, reported: OutboundStatus, error: DeliveryError | None
) -> None:
    await post.queue("anna", "text")

    async def report_first(_message: Outgoing) -> None:
        await post.change(OutboundMessage, status=reported)
        if error:
            raise error

    post.provider.answer = report_first
    await post.send_all()
    await post.send_all(post.now + timedelta(days=1))
    row = await post.row()
    assert (row.status, row.attempts) == (reported, 1)


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
    await post.delivery.deliver_due(post.now)
    async with post.database.reading() as session:
        assert await outbox.backlog(session) == 2
