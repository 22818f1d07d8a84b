"""Answering: plan a turn on what is there, then write its whole effect in one short transaction.

Planning only reads. Writing checks that the conversation is still the one planned on; whoever comes second
plans again. So state, appointment, audit entry and reply stand or fall together, and any number of
dispatchers may work on one database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import LimitReached, NotLive, SlotTaken
from booking.audit import record
from booking.confidentiality import SealBroken
from booking.erasure import Eraser
from booking.keyring import KeyGone, Keyring
from booking.subjects import SecrecyLevel, Subject, open_address, set_language
from bot import inbox, outbox
from bot.database import Database
from bot.happenings import note_turn
from bot.models import InboundMessage, InboundStatus
from flows.answers import read_choice
from flows.commands import read_command
from flows.conversations import StateMoved, read_state, save_state
from flows.engine import Plan, advance, advance_after_refusal
from flows.messages import Input, Reply
from flows.models import Conversation
from flows.safety_cards import card_without_database
from flows.state import ConversationState
from flows.translations import mark, translate
from flows.turn import Effect, Knowledge, Resident, Turn
from knowledge.language import detect

log = structlog.get_logger()

REFUSALS = (SlotTaken, LimitReached, NotLive)
MOST_TRIES = 3
SORRY = mark("Something went wrong on our side. Please write again a little later, or call the office. In danger: 112.")
LAST_WORD_LIVES = timedelta(hours=24)


@dataclass(frozen=True)
class Waiting:
    """One conversation with what waits in it, as it was read."""

    conversation: Conversation
    subject: Subject
    key: bytes
    messages: list[InboundMessage]


class Refused(Exception):
    """The write of a plan was refused; nothing of it was kept."""

    def __init__(self, effect: Effect, reason: Exception) -> None:
        super().__init__()
        self.effect, self.reason = effect, reason


class Dispatcher:
    """Turns waiting messages into answers, one conversation at a time each."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        knowledge: Callable[[], Knowledge],
        eraser: Eraser,
        audit_key: bytes,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._knowledge = knowledge
        self._eraser = eraser
        self._audit_key = audit_key
        self._in_hand: set[str] = set()

    async def handle_waiting(self, now: datetime, *, most: int = 50) -> int:
        """Answer what waits, several conversations beside each other; how many were answered."""
        async with self._database.reading() as session:
            found = await inbox.waiting_conversations(session, limit=most)
        free = [one for one in found if one not in self._in_hand]
        done = await asyncio.gather(*(self.handle(one, now) for one in free))
        return sum(done)

    async def handle(self, conversation_id: str, now: datetime) -> bool:
        """Answer the oldest waiting message of one conversation; False when there was nothing to do."""
        if conversation_id in self._in_hand:
            return False
        self._in_hand.add(conversation_id)
        try:
            return await self._handle(conversation_id, now)
        finally:
            self._in_hand.discard(conversation_id)

    async def _handle(self, conversation_id: str, now: datetime) -> bool:
        """One conversation's fault never stops the others."""
        waiting = None
        try:
            waiting = await self._read(conversation_id)
            if waiting is None:
                return False
            await self._answer(waiting, now)
        except StateMoved:
            return False
        except KeyGone:
            await self._close_unreadable(conversation_id)
        except Exception as error:
            log.error("turn_failed", conversation=conversation_id, error=type(error).__name__)
            if waiting is None:
                return False
            await self._give_up_in_time(waiting, now)
        return True

    async def _close_unreadable(self, conversation_id: str) -> None:
        """The person was erased meanwhile: what they sent can be read by nobody any more."""
        async with self._database.writing() as session:
            rows = await inbox.waiting_messages(session, conversation_id)
            await inbox.close_messages(session, [row.position for row in rows], InboundStatus.FAILED)

    async def _read(self, conversation_id: str) -> Waiting | None:
        async with self._database.reading() as session:
            messages = await inbox.waiting_messages(session, conversation_id)
            conversation = await session.get(Conversation, conversation_id)
            subject = await session.get(Subject, conversation.subject_id) if conversation else None
        if not messages or conversation is None or subject is None:
            return None
        key = await self._keyring.open(subject.key_id)
        return Waiting(conversation, subject, key, messages)

    async def _answer(self, waiting: Waiting, now: datetime) -> None:
        state = state_of(waiting)
        said, messages = read_together(waiting, state)
        plan = await self._plan(waiting, said, now, advance)
        try:
            await self._write(waiting, messages, plan, now)
        except Refused as refused:
            effect, reason = refused.effect, refused.reason
            plan = await self._plan(waiting, said, now, lambda turn: advance_after_refusal(turn, effect, reason))
            await self._write(waiting, messages, plan, now)
        if plan.turn.erases_resident:
            await self._eraser.complete(now=now)

    async def _plan(
        self, waiting: Waiting, said: Input, now: datetime, plan: Callable[[Turn], Awaitable[Plan]]
    ) -> Plan:
        subject = waiting.subject
        resident = Resident(subject.id, subject.key_id, waiting.key, subject.channel, SecrecyLevel(subject.level))
        async with self._database.reading() as session:
            state = state_of(waiting)
            turn = Turn(session, now, state, said, resident, self._knowledge(), self._keyring.create)
            return await plan(turn)

    async def _write(self, waiting: Waiting, messages: list[InboundMessage], plan: Plan, now: datetime) -> None:
        """Everything the turn changes, or nothing: promise 2 of the design."""
        if plan.turn.erases_resident:
            await self._write_erasure(waiting, messages, plan, now)
            return
        async with self._database.writing() as session:
            await save_state(session, waiting.conversation, plan.turn.state, key=waiting.key, now=now)
            for effect in plan.effects:
                await _apply(session, effect)
            outbox.enqueue(session, waiting.conversation, plan.replies, key=waiting.key, now=now)
            note_turn(session, plan.turn)
            if plan.turn.language != waiting.subject.language:
                # What we send first later on is in the language of the talk.
                await set_language(session, waiting.subject.id, plan.turn.language)
            await self._record_deeds(session, plan.turn, now)
            positions = [row.position for row in messages]
            await inbox.close_messages(session, positions, InboundStatus.HANDLED, forget=plan.turn.forgets_words)

    async def _record_deeds(self, session: AsyncSession, turn: Turn, now: datetime) -> None:
        """What a resident changed in the calendar, in the audit log: by whom in general, never who."""
        for action, about in turn.deeds:
            await record(session, actor="resident", action=action, key=self._audit_key, now=now, about=about)

    async def _write_erasure(self, waiting: Waiting, messages: list[InboundMessage], plan: Plan, now: datetime) -> None:
        """Everything of the person goes; the last word is for a fresh subject at the same address, for a day.

        What came right behind the yes goes with the rest, but a sign of danger in it still gets its card.
        """
        subject = waiting.subject
        fresh_key = await self._keyring.create(now)
        cards = self._cards_for(waiting, waiting.messages[len(messages) :])
        async with self._database.writing() as session:
            await save_state(session, waiting.conversation, plan.turn.state, key=waiting.key, now=now)
            await self._eraser.begin(session, subject.id, now=now)
            address = open_address(subject, waiting.key)
            fresh, conversation = await inbox.meet(
                session, subject.channel, address, index=subject.address_index, key=fresh_key, now=now
            )
            fresh.forget_at = now + LAST_WORD_LIVES
            outbox.enqueue(session, conversation, [*cards, *plan.replies], key=fresh_key[1], now=now)
            note_turn(session, plan.turn)

    async def _give_up_in_time(self, waiting: Waiting, now: datetime) -> None:
        """Try three times, then say plainly that it went wrong; a resident is never left without a word."""
        first = waiting.messages[0]
        async with self._database.writing() as session:
            if first.attempts + 1 < MOST_TRIES:
                await inbox.count_attempt(session, [first.position])
                return
            outbox.enqueue(session, waiting.conversation, self._apology(waiting), key=waiting.key, now=now)
            await inbox.close_messages(session, [first.position], InboundStatus.FAILED)

    def _apology(self, waiting: Waiting) -> list[Reply]:
        """The plain word that it went wrong; whatever is broken, a sign of danger still gets its card first."""
        sorry = Reply(translate(SORRY, waiting.subject.language or "lv"))
        return [*self._cards_for(waiting, waiting.messages[:1]), sorry]

    def _cards_for(self, waiting: Waiting, messages: Sequence[InboundMessage]) -> list[Reply]:
        """The danger card for messages that nothing else will answer."""
        try:
            text = "\n".join(inbox.read_input(row, waiting.key).text for row in messages)
        except SealBroken:
            return []
        cards = self._knowledge().catalogue.cards
        card = card_without_database(cards, text, detect(text), waiting.conversation.channel)
        return [Reply(card, is_danger_card=True)] if card else []


async def _apply(session: AsyncSession, effect: Effect) -> None:
    try:
        await effect.write(session)
    except REFUSALS as refusal:
        raise Refused(effect, refusal) from refusal


def state_of(waiting: Waiting) -> ConversationState:
    """Where the talk stands; one that was forgotten begins anew in the resident's language."""
    state = read_state(waiting.conversation, waiting.key)
    if waiting.conversation.state is None and waiting.subject.language:
        state.language = waiting.subject.language
    return state


def read_together(waiting: Waiting, state: ConversationState) -> tuple[Input, list[InboundMessage]]:
    """What a person said in one breath: free words sent one after another are one turn.

    Answers to an open question, and pressed choices, are taken one by one.
    """
    first = inbox.read_input(waiting.messages[0], waiting.key)
    taken, texts = [waiting.messages[0]], [first.text]
    is_answer = read_choice(first, state.offered) is not None or read_command(first.text) is not None
    if first.choice_id is not None or state.flow is not None or is_answer:
        return first, taken
    for row in waiting.messages[1:]:
        said = inbox.read_input(row, waiting.key)
        is_too_much = sum(map(len, texts)) + len(said.text) > inbox.LONGEST_TEXT
        if said.choice_id is not None or is_too_much or read_command(said.text) is not None:
            break
        taken.append(row)
        if said.text not in texts:
            texts.append(said.text)
    return Input("\n".join(texts), None, first.received_at), taken
