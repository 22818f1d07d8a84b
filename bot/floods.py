"""Floods: somebody who writes too much is told so once, then nothing, but a cry for help is always heard.

Reference security, row 7: 20 messages a minute, then one polite notice, then silence while it lasts. The same
words over and over are another machine that answers ours: it gets no more answers within the hour.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import SealBroken
from bot.gathering import MINUTE, MOST_A_MINUTE
from bot.inbox import LONGEST_TEXT, Kept, read_kept
from bot.models import InboundMessage
from flows.answers import is_bare_answer, is_yes, read_choice
from flows.commands import Command, read_command
from flows.engine import KEPT_LETTERS, Plan
from flows.messages import Input
from flows.state import ConversationState
from flows.translations import mark
from flows.turn import Outcome, Turn
from knowledge.safety import look_for_danger

HOUR = timedelta(hours=1)
MOST_LOOKED_AT = 100
MOST_ALIKE = 20
LOOK_RESTS = 0.001  # seconds
NOTICE_AGAIN_AFTER = timedelta(minutes=10)
AT_ONCE = timedelta(seconds=10)
PRESSED_AGAIN = "+"
TOO_MANY = mark(
    "You write so often that I cannot keep up. Please wait a little, then write it in one message. In danger call 112."
)


class Hush(Enum):
    """Why nothing more is said for now."""

    FLOOD = auto()
    LOOP = auto()
    SAME_PRESS = auto()


@dataclass(frozen=True)
class Lately:
    """One message of the last hour, and when it came."""

    received_at: datetime
    kept: Kept


async def read_lately(
    session: AsyncSession, conversation_id: str, key: bytes, *, until: datetime
) -> list[Lately] | None:
    """The messages of the hour before `until`, newest first; None while they are too few to matter."""
    mine = (InboundMessage.conversation_id == conversation_id) & (InboundMessage.received_at <= until)
    newest = select(InboundMessage).where(mine).order_by(InboundMessage.position.desc()).limit(MOST_LOOKED_AT)
    times = await session.scalars(newest.with_only_columns(InboundMessage.received_at))
    if sum(at > until - HOUR for at in times) <= min(MOST_A_MINUTE, MOST_ALIKE):
        return None
    rows = [row for row in await session.scalars(newest) if row.received_at > until - HOUR]
    return [Lately(row.received_at, _read(row, key)) for row in rows]


def _read(row: InboundMessage, key: bytes) -> Kept:
    """What nobody can open still counts."""
    try:
        return read_kept(row, key)
    except SealBroken:
        return Kept("")


def is_flood(lately: Sequence[Lately], *, until: datetime) -> bool:
    """More than 20 messages in the minute before `until`."""
    return sum(at > until - MINUTE for at in _times(lately)) > MOST_A_MINUTE


def _times(lately: Sequence[Lately]) -> Iterator[datetime]:
    """When messages came; a button that is pressed again and again is one press."""
    for (asked_in, _), run in groupby(lately, key=lambda one: (one.kept.asked_in, one.kept.choice_id)):
        times = [one.received_at for one in run]
        yield from times if asked_in is None else times[:1]


def is_loop(lately: Sequence[Lately], said: Kept, state: ConversationState) -> bool:
    """Whether the same words come for more than the 20th time: numbers and short answers may, sentences do not."""
    answers = read_choice(Input(said.text, said.choice_id, lately[0].received_at), state.offered) is not None
    if said.asked_in is not None or answers or is_bare_answer(said.text):
        return False
    return Counter((one.kept.text, one.kept.choice_id) for one in lately)[said.text, said.choice_id] > MOST_ALIKE


def count_press(state: ConversationState, press: str, received_at: datetime) -> tuple[str, Hush | None]:
    """What to remember of a press. The same one again at once is answered once more, then not at all."""
    asked_at = state.was_asked_at()
    if state.pressed.rstrip(PRESSED_AGAIN) != press or asked_at is None or received_at - asked_at > AT_ONCE:
        return press, None
    return press + PRESSED_AGAIN, Hush.SAME_PRESS if state.pressed.endswith(PRESSED_AGAIN) else None


def take_together(texts: Sequence[str], state: ConversationState, *, has_opted_out: bool) -> int:
    """How many of a flood's messages are read as one; what must be read on its own is never among others."""
    for number, text in enumerate(texts):
        if _stands_alone(text, state, has_opted_out=has_opted_out):
            return max(1, number)
    return len(texts)


async def find_urgent(texts: Sequence[str], state: ConversationState, *, has_opted_out: bool) -> str:
    """What of a flood is answered all the same, as one text; "" when there is nothing.

    Every message is looked at, also together with the one before. Most of the time in between is the others'.
    """
    if len(texts) == 1 and _stands_alone(texts[0], state, has_opted_out=has_opted_out):
        return texts[0]
    urgent: list[str] = []
    before = state.last_text
    for text in texts:
        await asyncio.sleep(LOOK_RESTS)
        if text and text != before:
            urgent.extend(_alarming(text, before))
        before = text[-KEPT_LETTERS:] or before
    return "\n".join(dict.fromkeys(urgent))[:LONGEST_TEXT]


def _alarming(text: str, before: str) -> Iterator[str]:
    danger = look_for_danger(text)
    if danger is not None and danger.is_alarm:
        yield text
    elif before and danger is None:
        both = look_for_danger(text, before)
        if both is not None and both.is_alarm:
            yield f"{before}\n{text}"


def _stands_alone(text: str, state: ConversationState, *, has_opted_out: bool) -> bool:
    """STOP, START and the yes that a card waits for: at once, whatever else comes with it."""
    command = read_command(text)
    is_news = command == (Command.RESUME if has_opted_out else Command.STOP)
    return is_news or bool(state.card_waits and is_yes(text))


def is_worth_saying(plan: Plan) -> bool:
    """Whether a turn in a flood brought a card or changed something; the same cry repeated does neither."""
    return bool(plan.effects) or any(reply.is_danger_card for reply in plan.replies)


async def stay_silent(turn: Turn, hush: Hush) -> Plan:
    """Nothing is said; in a flood, every ten minutes, why."""
    turn.outcome = Outcome("hushed")
    turn.state.last_text = turn.input.text[-KEPT_LETTERS:] or turn.state.last_text
    if hush != Hush.FLOOD or turn.is_with_person or _was_told(turn):
        return Plan(turn, ())
    turn.state.hushed_at = turn.now.isoformat(timespec="seconds")
    return Plan(turn, (turn.reply(TOO_MANY),))


def _was_told(turn: Turn) -> bool:
    told = turn.state.hushed_at
    return bool(told) and turn.now - datetime.fromisoformat(told) < NOTICE_AGAIN_AFTER
