"""Listening: what a person said, as they meant it, from the messages that wait.

Free words sent one after another are one turn. Answers to an open question, and pressed buttons, are taken one
by one; a button is read as the choice that stood there, and whether its question is still the open one.
"""

from dataclasses import dataclass
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.subjects import Subject
from bot import floods, inbox
from bot.database import Database
from bot.floods import Hush
from bot.inbox import PASSED_ON, Kept
from bot.models import InboundMessage, OutboundMessage, Purpose
from bot.outbox import read_body
from flows.answers import read_choice
from flows.commands import Command, read_command
from flows.conversations import read_state
from flows.messages import Input, Reply
from flows.models import Conversation
from flows.state import ConversationState

MOST_IN_FLOOD = 200
OLD = "old"
BUTTON = "button:"
MOST_DIGITS = 3
# What we say in the talk itself: a notice in between does not make the question before it an old one.
TALK = (Purpose.ANSWER, Purpose.CHANGE, Purpose.CARD, Purpose.PERSON)
WITH_BUTTONS = (*TALK, Purpose.NOTICE)


@dataclass(frozen=True)
class Waiting:
    """One conversation with what waits in it, as it was read."""

    conversation: Conversation
    subject: Subject
    key: bytes
    messages: list[InboundMessage]


@dataclass(frozen=True)
class Heard:
    """What one turn is about: the input, the messages it takes, the pressed button, and why we stay silent, if so."""

    said: Input
    messages: list[InboundMessage]
    pressed: str = ""
    hush: Hush | None = None
    is_urgent: bool = False


def state_of(waiting: Waiting) -> ConversationState:
    """Where the talk stands; one that was forgotten begins anew in the resident's language, without a greeting."""
    state = read_state(waiting.conversation, waiting.key)
    if waiting.conversation.state is None and waiting.subject.language:
        state.language = waiting.subject.language
        state.greeted = True
    return state


async def listen(database: Database, waiting: Waiting, state: ConversationState) -> Heard:
    """What the oldest waiting message says, with what belongs to it; raises SealBroken."""
    first = inbox.read_kept(waiting.messages[0], waiting.key)
    async with database.reading() as session:
        hush, rows = await _measure(session, waiting, first, state)
        if hush is None and first.choice_id is not None:
            return await _hear_press(session, waiting, first, state)
    if hush is not None:
        return await _hear_little(waiting, rows, state, hush)
    return read_together(waiting, state)


async def _measure(
    session: AsyncSession, waiting: Waiting, first: Kept, state: ConversationState
) -> tuple[Hush | None, list[InboundMessage]]:
    """Whether this person writes too much, and then the messages that are dealt with at once."""
    talk, until = waiting.conversation.id, max(row.received_at for row in waiting.messages)
    lately = await floods.read_lately(session, talk, waiting.key, until=until)
    if lately is None:
        return None, []
    if floods.is_flood(lately, until=until):
        rows = await inbox.waiting_messages(session, talk, most=MOST_IN_FLOOD)
        return Hush.FLOOD, rows or waiting.messages
    return (Hush.LOOP, waiting.messages[:1]) if floods.is_loop(lately, first, state) else (None, [])


async def _hear_little(waiting: Waiting, rows: list[InboundMessage], state: ConversationState, hush: Hush) -> Heard:
    """Many messages at once, of which only what is urgent is answered."""
    texts = [inbox.read_kept(row, waiting.key).text for row in rows]
    has_opted_out = waiting.subject.opted_out_at is not None
    taken = floods.take_together(texts, state, has_opted_out=has_opted_out)
    urgent = await floods.find_urgent(texts[:taken], state, has_opted_out=has_opted_out)
    said = Input(urgent or texts[taken - 1], None, rows[0].received_at)
    return Heard(said, rows[:taken], state.pressed, hush, is_urgent=bool(urgent))


async def _hear_press(session: AsyncSession, waiting: Waiting, first: Kept, state: ConversationState) -> Heard:
    """A pressed choice; the same button pressed again and again before we looked is one press."""
    row = waiting.messages[0]
    again = takewhile(lambda other: _is_same_press(inbox.read_kept(other, waiting.key), first), waiting.messages)
    if first.choice_id == PASSED_ON:
        return Heard(Input(first.text, Command.UNREADABLE, row.received_at), [row], state.pressed)
    if first.choice_id == Command.UNREADABLE:
        # An album comes as one message for each picture: they are told once that pictures are not read.
        pressed, hush = floods.count_press(state, first.choice_id, row.received_at)
        if first.text:
            return Heard(Input(first.text, None, row.received_at, has_picture=True), [row], pressed)
        is_silent = hush or (Hush.SAME_PRESS if pressed != first.choice_id else None)
        return Heard(Input(first.text, first.choice_id, row.received_at), list(again), pressed, is_silent)
    if first.asked_in is None:
        is_forged = (first.choice_id or "").startswith(BUTTON)
        choice_id = OLD if is_forged else first.choice_id
        return Heard(Input(first.text, choice_id, row.received_at, is_forged), [row], state.pressed)
    choice_id, is_old = await _find_choice(session, waiting, first.asked_in, first.choice_id or "")
    pressed, hush = floods.count_press(state, f"{first.asked_in}/{first.choice_id}", row.received_at)
    return Heard(Input(first.text, choice_id, row.received_at, is_old), list(again), pressed, hush)


def _is_same_press(one: Kept, other: Kept) -> bool:
    return (one.asked_in, one.choice_id, one.text) == (other.asked_in, other.choice_id, other.text)


async def _find_choice(session: AsyncSession, waiting: Waiting, asked_in: str, pressed: str) -> tuple[str, bool]:
    """The choice behind a button of ours, and whether it stood under an earlier question than the open one.

    A button of somebody else's message, of none, or of one that is forgotten: all look alike.
    """
    mine = OutboundMessage.conversation_id == waiting.conversation.id
    wanted = select(OutboundMessage).where(OutboundMessage.id == asked_in, mine)
    asked = await session.scalar(wanted.where(OutboundMessage.purpose.in_(WITH_BUTTONS)))
    reply = read_body(asked, waiting.key) if asked else None
    choice_id = _choice_of(reply, pressed) if reply else None
    if asked is None or choice_id is None:
        return OLD, True
    later = select(OutboundMessage).where(
        mine,
        OutboundMessage.purpose.in_(TALK),
        OutboundMessage.position > asked.position,
        OutboundMessage.queued_at > asked.queued_at,
        OutboundMessage.body.is_not(None),
    )
    rows = await session.scalars(later.order_by(OutboundMessage.position))
    return choice_id, any(reply.choices for row in rows if (reply := read_body(row, waiting.key)))


def _choice_of(reply: Reply, pressed: str) -> str | None:
    """The id of the choice that a button number or a choice id names, if it stood in this reply."""
    ids = [choice.id for choice in reply.choices]
    number = pressed.removeprefix(BUTTON)
    if number == pressed:
        return pressed if pressed in ids else None
    if not (number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS):
        return None
    return ids[int(number)] if int(number) < len(ids) else None


def read_together(waiting: Waiting, state: ConversationState) -> Heard:
    """What a person said in one breath: free words sent one after another are one turn.

    Answers to an open question are taken one by one.
    """
    first = inbox.read_input(waiting.messages[0], waiting.key)
    taken, texts = [waiting.messages[0]], [first.text]
    is_answer = read_choice(first, state.offered) is not None or read_command(first.text) is not None
    if state.flow is not None or is_answer:
        return Heard(first, taken)
    for row in waiting.messages[1:]:
        said = inbox.read_input(row, waiting.key)
        is_too_much = sum(map(len, texts)) + len(said.text) > inbox.LONGEST_TEXT
        if said.choice_id is not None or is_too_much or read_command(said.text) is not None:
            break
        taken.append(row)
        if said.text not in texts:
            texts.append(said.text)
    return Heard(Input("\n".join(texts), None, first.received_at), taken)
