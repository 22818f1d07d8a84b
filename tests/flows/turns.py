"""One turn on a copy of a talk: what the engine would say, without writing anything."""

from dataclasses import replace
from datetime import datetime

from booking.subjects import SecrecyLevel
from bot.house import House
from flows.engine import Plan, advance
from flows.messages import Choice, Input, Reply
from flows.state import ConversationState
from flows.turn import Knowledge, Resident, Turn

SOMEBODY = Resident("nobody", "no key", b"\0" * 32, "web", SecrecyLevel.UNKNOWN)


async def plan_turn(
    house: House,
    state: ConversationState,
    said: str | Choice,
    *,
    now: datetime,
    resident: Resident = SOMEBODY,
    knowledge: Knowledge | None = None,
) -> Plan:
    """The plan for words or a pressed choice; the state goes through JSON as it does between two turns."""
    words, choice_id = ("", said.id) if isinstance(said, Choice) else (said, None)
    async with house.database.reading() as session:
        copy = ConversationState.from_json(state.as_json())
        known = knowledge or house.knowledge
        turn = Turn(session, now, copy, Input(words, choice_id, now), resident, known, house.keyring.create)
        plan = await advance(turn)
    plan.turn.state.as_json()
    return plan


def resident_at(level: SecrecyLevel, channel: str = "web") -> Resident:
    """Somebody of whom we know only how they may be written to."""
    return replace(SOMEBODY, level=level, channel=channel)


def texts_of(plan: Plan) -> str:
    """Everything a plan says, as one text."""
    return "\n".join(f"{reply.text}\n{reply.details}\n{reply.source}" for reply in plan.replies)


def cards_of(plan: Plan) -> list[Reply]:
    """The danger cards of a plan."""
    return [reply for reply in plan.replies if reply.is_danger_card]


def question_of(plan: Plan) -> Reply:
    """The last message that asks something to choose, or simply the last."""
    return next((reply for reply in reversed(plan.replies) if reply.choices), plan.replies[-1])
