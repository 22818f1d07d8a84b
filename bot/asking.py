"""The `ask` door: each line a new talk of one question, answered from the shipped content."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from booking.subjects import SecrecyLevel
from bot.inbox import clean
from bot.json_lines import LineRefused, text_of
from bot.scratch import shipped_knowledge
from flows.engine import Plan, advance
from flows.messages import Input, Reply
from flows.state import ConversationState
from flows.turn import Knowledge, Resident, Turn
from knowledge.articles import ContentBroken

# What a turn would seal and write is planned here and thrown away, so any key will do.
NOBODY = Resident("", "", bytes(32), "web", SecrecyLevel.UNKNOWN)


@dataclass(frozen=True)
class Asking:
    """Answers lines of `ask` for one default profile."""

    profile: str
    session: AsyncSession
    now: datetime

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The object for one line; `ms` runs from the line being read to the reply being rendered."""
        started = time.perf_counter()
        text = text_of(asked, "text")
        known = knowledge_of(text_of(asked, "profile", default=self.profile))
        plan = await self._plan(clean(text), known)
        reply = "\n\n".join(rendered(one) for one in plan.replies)
        outcome, state = plan.turn.outcome, plan.turn.state
        return {
            "id": asked.get("id"),
            "lang": state.heard or state.language,
            "outcome": outcome.kind,
            "topic": outcome.topic,
            "facet": outcome.facet,
            "alternatives": list(outcome.alternatives),
            "reply": reply,
            "ms": round((time.perf_counter() - started) * 1000, 2),
        }

    async def _plan(self, text: str, known: Knowledge) -> Plan:
        state = ConversationState(greeted=True)
        said = Input(text, None, self.now)
        turn = Turn(self.session, self.now, state, said, NOBODY, known, _no_keys)
        return await advance(turn)


async def _no_keys(_now: datetime) -> tuple[str, bytes]:
    raise LineRefused("not_here", "this needs a real talk: use `paligs talk`")


def knowledge_of(profile: str) -> Knowledge:
    """The shipped content of a profile; raises LineRefused for one that does not exist."""
    try:
        return shipped_knowledge(profile)
    except ContentBroken:
        raise LineRefused("unknown_profile", "there is no such profile") from None


def rendered(reply: Reply) -> str:
    """A reply as one text."""
    return "\n".join(part for part in (reply.text, reply.details, reply.source) if part)
