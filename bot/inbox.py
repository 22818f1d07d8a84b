"""Accepting what residents send: each message once, stored sealed before anyone is answered."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import blind_index, mask_personal_codes, new_id, open_sealed, seal
from booking.keyring import Keyring
from booking.subjects import Subject, find_subject, make_subject, touch
from bot.database import Database
from bot.models import InboundMessage, InboundStatus
from flows.conversations import find_conversation
from flows.messages import Input
from flows.models import Conversation

LONGEST_TEXT = 2000
NOBODY = "erased"
MOST_TRIES = 3
MOST_READ = 50
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Gone(Exception):
    """The person was erased between being found and being written to."""


@dataclass(frozen=True)
class Received:
    """A message as a channel read it: whose address, the provider's id for it, words or a pressed choice.

    `asked_in` is our id of the message whose button was pressed, where the channel tells it. `withdraw_id` is
    what the provider calls the message when it is to be taken back.
    """

    channel: str
    address: str
    provider_id: str
    text: str
    choice_id: str | None = None
    asked_in: str | None = None
    withdraw_id: str | None = None


@dataclass(frozen=True)
class Accepted:
    """What accepting came to: whose conversation, and whether the message was new."""

    conversation_id: str
    is_new: bool


class Inbox:
    """The door of all channels."""

    def __init__(self, database: Database, keyring: Keyring, index_secret: bytes) -> None:
        self._database = database
        self._keyring = keyring
        self._index_secret = index_secret

    def address_index(self, channel: str, address: str) -> bytes:
        """The blind index by which an address is found."""
        return blind_index(self._index_secret, f"address|{channel}", address)

    async def accept(self, received: Received, *, now: datetime) -> Accepted:
        """Store a message once; a repeat of the provider changes nothing. Commits."""
        index = self.address_index(received.channel, received.address)
        repeated = self._provider_index(received)
        for _ in range(MOST_TRIES):
            known = await self.find(received.channel, index)
            if known is None:
                # A repeat for someone who was forgotten must not bring their address back.
                if earlier := await self._find_message(received.channel, repeated):
                    return Accepted(earlier, is_new=False)
                known = await self._meet(received, index, now)
            try:
                return await self._store(received, repeated, *known, now=now)
            except Gone:
                continue
        raise Gone

    async def _store(
        self, received: Received, provider_index: bytes, subject: Subject, conversation: Conversation, *, now: datetime
    ) -> Accepted:
        key = await self._keyring.open(subject.key_id)
        async with self._database.writing() as session:
            await _demand_conversation(session, conversation.id)
            is_new = await self._insert(session, received, provider_index, conversation.id, key=key, now=now)
            if is_new:
                await touch(session, subject, now)
        return Accepted(conversation.id, is_new)

    def _provider_index(self, received: Received) -> bytes:
        return blind_index(self._index_secret, f"provider|{received.channel}", received.provider_id)

    async def _find_message(self, channel: str, provider_index: bytes) -> str | None:
        same = (InboundMessage.channel == channel) & (InboundMessage.provider_index == provider_index)
        async with self._database.reading() as session:
            return await session.scalar(select(InboundMessage.conversation_id).where(same))

    async def find(self, channel: str, index: bytes) -> tuple[Subject, Conversation] | None:
        """The subject of an address and the conversation with it."""
        async with self._database.reading() as session:
            subject = await find_subject(session, channel=channel, address_index=index)
            conversation = await find_conversation(session, subject.id) if subject else None
        return (subject, conversation) if subject and conversation else None

    async def _meet(self, received: Received, index: bytes, now: datetime) -> tuple[Subject, Conversation]:
        """The key commits in the keyring first; who loses the race for the address uses the winner's rows."""
        key = await self._keyring.create(now)
        try:
            async with self._database.writing() as session:
                return await meet(session, received.channel, received.address, index=index, key=key, now=now)
        except IntegrityError:
            winner = await self.find(received.channel, index)
            if winner is None:
                raise
            return winner

    async def _insert(
        self,
        session: AsyncSession,
        received: Received,
        provider_index: bytes,
        conversation_id: str,
        *,
        key: bytes,
        now: datetime,
    ) -> bool:
        row_id = new_id()
        body = json.dumps(
            {
                "text": clean(received.text),
                "choice": received.choice_id,
                "asked_in": received.asked_in,
                "withdraw_id": received.withdraw_id,
            },
            ensure_ascii=False,
        )
        values = {
            "id": row_id,
            "conversation_id": conversation_id,
            "channel": received.channel,
            "provider_index": provider_index,
            "body": seal(key, table="inbound_message", column="body", row_id=row_id, text=body),
            "received_at": now,
            "status": InboundStatus.WAITING,
            "attempts": 0,
        }
        insert = INSERTS[self._database.dialect](InboundMessage).values(values)
        once = insert.on_conflict_do_nothing(index_elements=["channel", "provider_index"])
        stored = await session.execute(once.returning(InboundMessage.position))
        return stored.scalar_one_or_none() is not None


async def _demand_conversation(session: AsyncSession, conversation_id: str) -> None:
    """Raise Gone when the person was erased since they were found; else hold the row until the commit."""
    there = select(Conversation.id).where(Conversation.id == conversation_id).with_for_update(read=True)
    if await session.scalar(there) is None:
        raise Gone


def clean(text: str) -> str:
    """The text as it may be kept: no personal code, no NUL, no lone surrogates, at most 2,000 characters.

    Codes are masked before the text is cut, so that half a code never stays.
    """
    readable = text[: LONGEST_TEXT * 2].encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    return mask_personal_codes(readable)[:LONGEST_TEXT]


def read_input(row: InboundMessage, key: bytes) -> Input:
    """What the person said."""
    if row.body is None:
        return Input("", None, row.received_at)
    text = open_sealed(key, table="inbound_message", column="body", row_id=row.id, sealed=row.body)
    content = json.loads(text)
    return Input(content["text"], content["choice"], row.received_at)


async def waiting_conversations(session: AsyncSession, *, limit: int) -> list[str]:
    """Conversations with unanswered messages, the longest waiting first."""
    oldest = (
        select(InboundMessage.conversation_id)
        .where(InboundMessage.status == InboundStatus.WAITING)
        .group_by(InboundMessage.conversation_id)
        .order_by(func.min(InboundMessage.position))
        .limit(limit)
    )
    return list(await session.scalars(oldest))


async def waiting_messages(session: AsyncSession, conversation_id: str) -> list[InboundMessage]:
    """The unanswered messages of one conversation in their order."""
    rows = (
        select(InboundMessage)
        .where(InboundMessage.conversation_id == conversation_id, InboundMessage.status == InboundStatus.WAITING)
        .order_by(InboundMessage.position)
        .limit(MOST_READ)
    )
    return list(await session.scalars(rows))


async def close_messages(
    session: AsyncSession, positions: list[int], status: InboundStatus, *, forget: bool = False
) -> None:
    """Say that messages had their effect, or that they failed for good; with `forget` their words go at once."""
    values = {"status": status, "body": None} if forget else {"status": status}
    await session.execute(update(InboundMessage).where(InboundMessage.position.in_(positions)).values(values))


async def count_attempt(session: AsyncSession, positions: list[int]) -> None:
    """Note that answering these messages went wrong once more."""
    await session.execute(
        update(InboundMessage)
        .where(InboundMessage.position.in_(positions))
        .values(attempts=InboundMessage.attempts + 1)
    )


async def forget_conversation(session: AsyncSession, conversation_id: str) -> None:
    """Empty everything a person sent, for erasure. What is left only recognises a repeat of the provider."""
    await session.execute(
        update(InboundMessage)
        .where(InboundMessage.conversation_id == conversation_id)
        .values(conversation_id=NOBODY, body=None, status=InboundStatus.HANDLED)
    )


async def meet(
    session: AsyncSession, channel: str, address: str, *, index: bytes, key: tuple[str, bytes], now: datetime
) -> tuple[Subject, Conversation]:
    """A new subject and the conversation with it; raises IntegrityError when the address is known already."""
    subject = await make_subject(
        session,
        subject_id=new_id(),
        channel=channel,
        address=address,
        address_index=index,
        key=key,
        now=now,
    )
    conversation = Conversation(id=new_id(), subject_id=subject.id, channel=channel, changed_at=now)
    session.add(conversation)
    await session.flush()
    return subject, conversation
