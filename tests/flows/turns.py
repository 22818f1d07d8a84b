"""Talks with the engine alone: what it would say, on a house where nothing is ever written."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.subjects import SecrecyLevel
from bot.channels.terminal import Collector
from bot.house import House, build_house
from bot.settings import Settings
from flows.engine import Plan, advance
from flows.messages import Choice, Input, Reply
from flows.state import ConversationState
from flows.turn import Knowledge, Resident, Turn
from tests.houses import make_settings, open_house
from tests.phone import Phone

MOMENT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
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


@dataclass
class Rehearsal(Phone):
    """A resident whose talk is only rehearsed: the state goes through JSON, what should be written is dropped."""

    kept: str = ConversationState().as_json()
    resident: Resident = SOMEBODY

    async def state(self) -> ConversationState:
        """Where the talk stands."""
        return ConversationState.from_json(self.kept)

    async def _send(self, text: str, choice_id: str | None) -> str:
        self.sent += 1
        self.now += timedelta(seconds=5)
        said = text if choice_id is None else Choice(choice_id, "")
        plan = await plan_turn(self.house, await self.state(), said, now=self.now, resident=self.resident)
        self.kept, self.heard = plan.turn.state.as_json(), list(plan.replies)
        return texts_of(plan)


@pytest.fixture(scope="session")
def still_settings(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Settings:
    """The settings of a service that was set up once, with the demo calendar and nobody in it."""
    folder = tmp_path_factory.mktemp("still")
    settings = make_settings(f"sqlite:///{folder / 'main.db'}", folder)

    async def set_up() -> None:
        async for _ in open_house(settings, Collector("web"), knowledge, MOMENT):
            pass

    asyncio.run(set_up())
    return settings


@pytest.fixture
async def still_house(still_settings: Settings, knowledge: Knowledge) -> AsyncIterator[House]:
    """A whole service to plan turns in, the same for all tests: nothing may be written in it."""
    house = build_house(still_settings, {}, knowledge=knowledge)
    yield house
    await house.close()


@pytest.fixture
def rehearsal(still_house: House, now: datetime) -> Rehearsal:
    """A resident in the web chat who only rehearses."""
    return Rehearsal(still_house, Collector("web"), now)


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
