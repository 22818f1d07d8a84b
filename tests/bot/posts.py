"""A post office for the tests of delivery: real databases, and a provider that does as it is told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from booking.handovers import Handover
from booking.keyring import Keyring
from booking.subjects import Subject
from bot import outbox
from bot.channels.base import Outgoing, Pace
from bot.database import Database
from bot.delivery.delivery import Delivery
from bot.delivery.sms_budget import SmsBudget
from bot.inbox import Inbox, Received
from bot.models import OutboundMessage
from flows.messages import Reply
from flows.models import Conversation
from tests.booking.residents import SECRET, make_keyring

Answer = Callable[[Outgoing], Awaitable[tuple[str, ...] | None]]


@dataclass
class Provider:
    """A provider that keeps what it was sent; `answer` is what it does before it takes a message."""

    name: str = "sms"
    pace: Pace = field(default_factory=Pace)
    sent: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    answer: Answer | None = None

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        provider_ids = await self.answer(message) if self.answer else None
        self.sent.append((message.address, message.reply.text))
        return provider_ids or ()

    async def withdraw(self, address: str, provider_ids: tuple[str, ...]) -> None:
        self.withdrawn.append((address, provider_ids))

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.sent]


def failing(error: BaseException) -> Answer:
    """A provider's answer that is this fault."""

    async def answer(_message: Outgoing) -> tuple[str, ...] | None:
        raise error

    return answer


@dataclass
class Post:
    """A main database, its keyring and what is to be sent there."""

    database: Database
    keyring: Keyring
    now: datetime
    provider: Provider = field(default_factory=Provider)
    budget: SmsBudget | None = None

    def __post_init__(self) -> None:
        self.delivery = self.delivery_on(self.database)

    def delivery_on(self, database: Database, provider: Provider | None = None) -> Delivery:
        """Another process on the same or another connection; pauses after failures are not spread."""
        channel = provider or self.provider
        channels = {channel.name: channel}
        return Delivery(database, self.keyring, channels, SECRET, budget=self.budget, chance=lambda: 0.5)

    def with_pace(self, **pace: Any) -> None:
        """Another pace, and so another process."""
        self.provider.pace = Pace(**pace)
        self.delivery = self.delivery_on(self.database)

    async def meet(self, address: str, channel: str = "sms") -> tuple[Subject, Conversation, bytes]:
        """Somebody with a conversation, and their key."""
        inbox = Inbox(self.database, self.keyring, SECRET)
        await inbox.accept(Received(channel, address, f"{address} {channel}", "labdien"), now=self.now)
        known = await inbox.find(channel, inbox.address_index(channel, address))
        assert known is not None
        return *known, await self.keyring.open(known[0].key_id)

    async def queue(
        self, address: str, *texts: str, channel: str = "sms", is_card: bool = False, **options: Any
    ) -> str:
        """Queue texts for somebody; the id of their conversation."""
        _, conversation, key = await self.meet(address, channel)
        replies = [Reply(text, is_danger_card=is_card) for text in texts]
        async with self.database.writing() as session:
            outbox.enqueue(session, conversation, replies, key=key, **{"now": self.now, **options})
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

    async def statuses(self) -> list[str]:
        return [row.status for row in await self.rows()]

    async def change(self, table: type, **values: object) -> None:
        async with self.database.writing() as session:
            await session.execute(update(table).values(**values))

    async def calls(self) -> list[tuple[str, str, str]]:
        """What a person is asked to call about: kind, reason and words."""
        async with self.database.reading() as session:
            found = (
                await session.execute(select(Handover, Subject.key_id).join(Subject, Subject.id == Handover.subject_id))
            ).all()
        return [(one.kind, one.reason, await self._words(one, key_id)) for one, key_id in found]

    async def _words(self, task: Handover, key_id: str) -> str:
        key = await self.keyring.open(key_id)
        return task.open_words(key)


@pytest.fixture
def post(embedded: Database, keyring_database: Database, now: datetime) -> Post:
    """A post on SQLite, for promises that no database decides."""
    return Post(embedded, make_keyring(keyring_database), now)


@pytest.fixture
def any_post(database: Database, keyring_database: Database, now: datetime) -> Post:
    """A post on either database."""
    return Post(database, make_keyring(keyring_database), now)
