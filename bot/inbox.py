"""Accepting what residents send: each message once, stored sealed before anyone is answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import SealBroken, blind_index, mask_personal_codes, new_id, open_sealed, seal
from booking.keyring import KeyGone, Keyring
from booking.personal_codes import MASK
from booking.subjects import Subject, find_subject, make_subject, touch
from bot.database import Database
from bot.gathering import Gathering
from bot.happenings import note_other_text
from bot.models import InboundMessage, InboundStatus
from flows.conversations import find_conversation
from flows.messages import Input
from flows.models import Conversation

log = structlog.get_logger()

LONGEST_TEXT = 2000
LONGEST_ID = 200
HALF_A_CODE = 5  # digits: the shorter half of a personal code
NOBODY = "erased"
PASSED_ON = "passed-on"
"""The choice of a message that passes on somebody else's words: they answer and ask nothing."""
MOST_TRIES = 3
MOST_READ = 50

Known = tuple[Subject, Conversation]
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
class Kept:
    """What is kept of a message until it is answered; the fields are those of `Received`."""

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
        self._gathering = Gathering(self._accept_together)

    def address_index(self, channel: str, address: str) -> bytes:
        """The blind index by which an address is found."""
        return blind_index(self._index_secret, f"address|{channel}", address)

    async def accept(self, received: Received, *, now: datetime) -> Accepted:
        """Store a message once; a repeat of the provider changes nothing and takes no lock. Commits."""
        index = self.address_index(received.channel, received.address)
        pause = self._gathering.count(index, now)
        if pause is not None:
            return await self._gathering.join(index, received, now, pause=pause)
        return await self._accept(index, received, now)

    async def _accept(self, index: bytes, received: Received, now: datetime) -> Accepted:
        for _ in range(MOST_TRIES):
            known, earlier = await self._look_up(received, index)
            if earlier is not None:
                # Also for someone who was forgotten meanwhile: it must not bring their address back.
                await self._compare(received, earlier, known, now=now)
                return Accepted(earlier.conversation_id, is_new=False)
            known = known or await self._meet(received, index, now)
            try:
                (is_new,) = await self._store([received], *known, now=now)
            except Gone:
                continue
            if is_new:
                return Accepted(known[1].id, is_new=True)
        raise Gone

    async def _accept_together(self, index: bytes, received: Sequence[Received], now: datetime) -> list[Accepted]:
        """Many messages of one address in one write."""
        known = await self.find(received[0].channel, index)
        if known is None:
            return [await self._accept(index, one, now) for one in received]
        try:
            are_new = await self._store(received, *known, now=now)
        except Gone:
            are_new = [False] * len(received)
        together = zip(received, are_new, strict=True)
        return [
            Accepted(known[1].id, is_new=True) if is_new else await self._accept(index, one, now)
            for one, is_new in together
        ]

    async def _store(
        self, received: Sequence[Received], subject: Subject, conversation: Conversation, *, now: datetime
    ) -> list[bool]:
        """Store messages of one person in one transaction; which of them were new."""
        key = await self._keyring.open(subject.key_id)
        async with self._database.writing() as session:
            await _demand_conversation(session, conversation.id)
            before = await _text_before(session, conversation.id, key) if _may_end_a_code(received[0].text) else ""
            rows = []
            for one in received:
                kept = keep(one, before if _may_end_a_code(one.text) else "")
                rows.append(self._row(one, kept, conversation.id, key=key, now=now))
                before = one.text
            stored = await self._insert(session, rows)
            if stored:
                await touch(session, subject, now)
        # Of the same message twice in one piece the first is new.
        return [_take(stored, row["provider_index"]) for row in rows]

    async def _compare(
        self, received: Received, earlier: InboundMessage, known: Known | None, *, now: datetime
    ) -> None:
        """Count a provider's id that came again with other words: the first ones stay."""
        if earlier.body is None or known is None:
            return
        try:
            first = read_kept(earlier, await self._keyring.open(known[0].key_id))
        except (KeyGone, SealBroken):
            return
        again = keep(received)
        if _is_same(first.text, again.text) and first.choice_id == again.choice_id:
            return
        log.warning("repeat_with_other_text", channel=received.channel)
        async with self._database.writing() as session:
            note_other_text(session, received.channel, known[0].language or "lv", now)

    async def _look_up(self, received: Received, index: bytes) -> tuple[Known | None, InboundMessage | None]:
        """Who writes from this address, and the message that this one repeats."""
        same = InboundMessage.provider_index == self._provider_index(received)
        async with self._database.reading() as session:
            earlier = await session.scalar(
                select(InboundMessage).where(InboundMessage.channel == received.channel, same)
            )
            return await _find(session, received.channel, index), earlier

    def _provider_index(self, received: Received) -> bytes:
        return blind_index(self._index_secret, f"provider|{received.channel}", received.provider_id)

    async def find(self, channel: str, index: bytes) -> Known | None:
        """The subject of an address and the conversation with it."""
        async with self._database.reading() as session:
            return await _find(session, channel, index)

    async def _meet(self, received: Received, index: bytes, now: datetime) -> Known:
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

    def _row(
        self, received: Received, kept: Kept, conversation_id: str, *, key: bytes, now: datetime
    ) -> dict[str, Any]:
        row_id = new_id()
        body = json.dumps(
            {
                "text": kept.text,
                "choice": kept.choice_id,
                "asked_in": kept.asked_in,
                "withdraw_id": kept.withdraw_id,
            },
            ensure_ascii=False,
        )
        return {
            "id": row_id,
            "conversation_id": conversation_id,
            "channel": received.channel,
            "provider_index": self._provider_index(received),
            "body": seal(key, table="inbound_message", column="body", row_id=row_id, text=body),
            "received_at": now,
            "status": InboundStatus.WAITING,
            "attempts": 0,
        }

    async def _insert(self, session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[bytes]:
        """Insert what is not there yet; the provider's indexes of the rows that were new."""
        insert = INSERTS[self._database.dialect](InboundMessage)
        once = insert.on_conflict_do_nothing(index_elements=["channel", "provider_index"])
        return set(await session.scalars(once.returning(InboundMessage.provider_index), rows))


def _take(stored: set[bytes], provider_index: bytes) -> bool:
    """Whether this was stored; counted once."""
    if provider_index not in stored:
        return False
    stored.remove(provider_index)
    return True


async def _find(session: AsyncSession, channel: str, index: bytes) -> Known | None:
    subject = await find_subject(session, channel=channel, address_index=index)
    conversation = await find_conversation(session, subject.id) if subject else None
    return (subject, conversation) if subject and conversation else None


async def _demand_conversation(session: AsyncSession, conversation_id: str) -> None:
    """Raise Gone when the person was erased since they were found; else hold the row until the commit."""
    there = select(Conversation.id).where(Conversation.id == conversation_id).with_for_update(read=True)
    if await session.scalar(there) is None:
        raise Gone


async def _text_before(session: AsyncSession, conversation_id: str, key: bytes) -> str:
    """The words of the same person's message before; "" when there are none or nobody can open them."""
    newest = (
        select(InboundMessage)
        .where(InboundMessage.conversation_id == conversation_id)
        .order_by(InboundMessage.position.desc())
        .limit(1)
    )
    row = await session.scalar(newest)
    try:
        return read_kept(row, key).text if row else ""
    except SealBroken:
        return ""


def _may_end_a_code(text: str) -> bool:
    """Whether the second half of a personal code may stand here; spares ordinary messages a query."""
    return sum(map(str.isdigit, text[: LONGEST_TEXT * 2])) >= HALF_A_CODE


def _is_same(first: str, again: str) -> bool:
    """Whether two cleaned texts were written alike; what was masked of either cannot be told apart."""
    return len(first) == len(again) and all(
        one == other or MASK in (one, other) for one, other in zip(first, again, strict=True)
    )


def keep(received: Received, previous: str = "") -> Kept:
    """What may be kept of a message; `previous` is the same person's message before."""
    ids = (received.choice_id, received.asked_in, received.withdraw_id)
    choice_id, asked_in, withdraw_id = (None if one is None else clean(one)[:LONGEST_ID] for one in ids)
    return Kept(clean(received.text, previous), choice_id, asked_in, withdraw_id)


def clean(text: str, previous: str = "") -> str:
    """The text as it may be kept: no personal code, no NUL, no lone surrogates, at most 2,000 characters.

    Codes are masked before the text is cut, so that half a code never stays; one that began in `previous`, the
    same person's message before, is masked too.
    """
    readable = text[: LONGEST_TEXT * 2].encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    return mask_personal_codes(readable, previous)[:LONGEST_TEXT]


def read_kept(row: InboundMessage, key: bytes) -> Kept:
    """What is kept of a message; raises SealBroken. Nothing once its words are gone."""
    if row.body is None:
        return Kept("")
    content = json.loads(open_sealed(key, table="inbound_message", column="body", row_id=row.id, sealed=row.body))
    return Kept(content["text"], content["choice"], content.get("asked_in"), content.get("withdraw_id"))


def read_input(row: InboundMessage, key: bytes) -> Input:
    """What the person said; raises SealBroken."""
    kept = read_kept(row, key)
    return Input(kept.text, kept.choice_id, row.received_at)


async def withdrawable(session: AsyncSession, conversation_id: str, key: bytes, since: datetime) -> list[str]:
    """The provider's own ids of what a person sent since then, for taking it back at the provider."""
    rows = select(InboundMessage).where(
        InboundMessage.conversation_id == conversation_id,
        InboundMessage.received_at >= since,
        InboundMessage.body.is_not(None),
    )
    found: list[str] = []
    for row in await session.scalars(rows.order_by(InboundMessage.position)):
        try:
            withdraw_id = read_kept(row, key).withdraw_id
        except SealBroken:
            continue
        if withdraw_id:
            found.append(withdraw_id)
    return found


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


async def waiting_messages(
    session: AsyncSession, conversation_id: str, *, most: int = MOST_READ
) -> list[InboundMessage]:
    """The unanswered messages of one conversation in their order, at most so many."""
    rows = (
        select(InboundMessage)
        .where(InboundMessage.conversation_id == conversation_id, InboundMessage.status == InboundStatus.WAITING)
        .order_by(InboundMessage.position)
        .limit(most)
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
