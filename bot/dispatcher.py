"""Answering: plan a turn on what is there, then write its whole effect in one short transaction.

Planning only reads. Writing checks that the conversation is still the one planned on; whoever comes second
plans again. So state, appointment, audit entry and reply stand or fall together, and any number of
dispatchers may work on one database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import LimitReached, NotLive, SlotTaken
from booking.audit import record
from booking.confidentiality import SealBroken
from booking.erasure import Eraser
from booking.keyring import KeyGone, Keyring
from booking.look_ups import index_of
from booking.subjects import SecrecyLevel, Subject, open_address, set_language
from bot import inbox, outbox
from bot.channels.sms_text import fit_all
from bot.database import Database
from bot.floods import is_worth_saying, stay_silent
from bot.happenings import note_turn
from bot.listening import Heard, Waiting, listen, state_of
from bot.models import InboundMessage, InboundStatus, Purpose
from flows.conversations import StateMoved, save_state
from flows.engine import Plan, advance, advance_after_refusal
from flows.messages import Reply
from flows.models import Conversation
from flows.safety_cards import card_without_database
from flows.translations import mark, translate
from flows.turn import Effect, Knowledge, Resident, Turn
from knowledge.language import detect

log = structlog.get_logger()

REFUSALS = (SlotTaken, LimitReached, NotLive)
MOST_TRIES = 3
MOST_TURNS_AT_ONCE = 2
"""More of them make no more turns a second, but webhooks wait behind every one (tests/benchmarks)."""

SORRY = mark("Something went wrong on our side. Please write again a little later, or call the office. In danger: 112.")
FLOOD_RESTS = timedelta(seconds=1)
LAST_WORD_LIVES = timedelta(hours=24)


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
        *,
        index_secret: bytes,
        plain_letters: bool = False,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._knowledge = knowledge
        self._eraser = eraser
        self._audit_key = audit_key
        self._index_secret = index_secret
        self._plain_letters = plain_letters
        self._in_hand: set[str] = set()
        self._places = asyncio.Semaphore(MOST_TURNS_AT_ONCE)
        self._rests: dict[str, datetime] = {}

    async def handle_waiting(self, now: datetime, *, most: int = 50) -> int:
        """Answer what waits, several conversations beside each other; how many were answered."""
        done = await asyncio.gather(*(self.handle(one, now) for one in await self._find_free(most)))
        return sum(done)

    async def find_waiting(self, now: datetime, *, most: int = 50) -> list[str]:
        """The conversations to answer now, the longest waiting first.

        A flood that was just looked at is left to grow for a second, for the others' sake.
        """
        self._rests = {one: until for one, until in self._rests.items() if until > now}
        return [one for one in await self._find_free(most) if one not in self._rests]

    async def _find_free(self, most: int) -> list[str]:
        async with self._database.reading() as session:
            found = await inbox.waiting_conversations(session, limit=most)
        return [one for one in found if one not in self._in_hand]

    async def handle(self, conversation_id: str, now: datetime) -> bool:
        """Answer the oldest waiting message of one conversation; False when there was nothing to do."""
        if conversation_id in self._in_hand:
            return False
        self._in_hand.add(conversation_id)
        try:
            async with self._places:
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
        heard = await listen(self._database, waiting, state_of(waiting))
        if heard.hush is not None:
            self._rests[waiting.conversation.id] = now + FLOOD_RESTS
        plan = await self._plan_what_is_fit(waiting, heard, now)
        try:
            await self._write(waiting, heard.messages, plan, now)
        except Refused as refused:
            effect, reason = refused.effect, refused.reason
            plan = await self._plan(waiting, heard, now, lambda turn: advance_after_refusal(turn, effect, reason))
            await self._write(waiting, heard.messages, plan, now)
        if plan.turn.erases_resident:
            await self._eraser.complete(now=now)

    async def _plan_what_is_fit(self, waiting: Waiting, heard: Heard, now: datetime) -> Plan:
        """An ordinary turn, or for somebody who writes too much nothing but the card."""
        hush = heard.hush
        if hush is None:
            return await self._plan(waiting, heard, now, advance)
        if heard.is_urgent:
            plan = await self._plan(waiting, heard, now, advance)
            if is_worth_saying(plan):
                return plan
        return await self._plan(waiting, heard, now, lambda turn: stay_silent(turn, hush))

    async def _plan(
        self, waiting: Waiting, heard: Heard, now: datetime, plan: Callable[[Turn], Awaitable[Plan]]
    ) -> Plan:
        subject, state = waiting.subject, state_of(waiting)
        state.pressed = heard.pressed
        resident = Resident(subject.id, subject.key_id, waiting.key, subject.channel, SecrecyLevel(subject.level))
        async with self._database.reading() as session:
            turn = Turn(
                session,
                now,
                state,
                heard.said,
                resident,
                self._knowledge(),
                self._keyring.create,
                is_with_person=waiting.conversation.held_by is not None,
                look_up_index=partial(index_of, self._index_secret),
            )
            return await plan(turn)

    async def _write(self, waiting: Waiting, messages: list[InboundMessage], plan: Plan, now: datetime) -> None:
        """Everything the turn changes, or nothing: promise 2 of the design."""
        if plan.turn.erases_resident:
            await self._write_erasure(waiting, messages, plan, now)
            return
        conversation, turn = waiting.conversation, plan.turn
        replies = self._fitted(plan)
        purpose = Purpose.CHANGE if turn.deeds else Purpose.ANSWER
        async with self._database.writing() as session:
            await save_state(session, conversation, turn.state, key=waiting.key, now=now)
            for effect in plan.effects:
                await _apply(session, effect)
            outbox.enqueue(session, conversation, replies, key=waiting.key, now=now, purpose=purpose)
            note_turn(session, turn)
            if turn.language != waiting.subject.language:
                # What we send first later on is in the language of the talk.
                await set_language(session, waiting.subject.id, turn.language)
            await self._record_deeds(session, turn, now)
            positions = [row.position for row in messages]
            await inbox.close_messages(session, positions, InboundStatus.HANDLED, forget=turn.forgets_words)

    def _fitted(self, plan: Plan) -> Sequence[Reply]:
        """The replies as the channel takes them: by SMS at most three segments each, the rest on request."""
        if plan.turn.resident.channel != "sms" or not plan.replies:
            return plan.replies
        return fit_all(plan.replies, plan.turn.state, plain_letters=self._plain_letters)

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
            sent = await _withdrawable(session, waiting, since=now - outbox.WITHDRAWABLE_FOR)
            await self._eraser.begin(session, subject.id, now=now)
            address = open_address(subject, waiting.key)
            fresh, conversation = await inbox.meet(
                session, subject.channel, address, index=subject.address_index, key=fresh_key, now=now
            )
            fresh.forget_at = now + LAST_WORD_LIVES
            outbox.enqueue(session, conversation, [*cards, *plan.replies], key=fresh_key[1], now=now)
            outbox.enqueue_withdrawal(session, conversation, sent, key=fresh_key[1], now=now)
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


async def _withdrawable(session: AsyncSession, waiting: Waiting, *, since: datetime) -> list[str]:
    """The provider's ids of everything said by either side since then."""
    talk, key = waiting.conversation.id, waiting.key
    from_them = await inbox.withdrawable(session, talk, key, since)
    return [*from_them, *(await outbox.withdrawable(session, talk, key, since))]


async def _apply(session: AsyncSession, effect: Effect) -> None:
    try:
        await effect.write(session)
    except REFUSALS as refusal:
        raise Refused(effect, refusal) from refusal
