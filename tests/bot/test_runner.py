"""The loops of a process: nobody waits for somebody else's provider, and a stop loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy import select

from bot.channels.base import Outgoing, Pace
from bot.channels.terminal import Collector
from bot.house import House, build_house
from bot.inbox import Received
from bot.models import OutboundMessage, OutboundStatus
from bot.rounds import Round
from bot.runner import Runner
from flows.turn import Knowledge

SOON = 20


class Gate:
    """A provider whose calls hang until the gate is opened."""

    name = "sms"
    pace = Pace(has_one_sender=True)

    def __init__(self) -> None:
        self.called, self.opened = asyncio.Event(), asyncio.Event()

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        self.called.set()
        await self.opened.wait()
        return (message.id,)


class Web(Collector):
    """A web chat that says when it was given something."""

    def __init__(self) -> None:
        super().__init__("web")
        self.given = asyncio.Event()

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        self.given.set()
        return await super().send(message)


@pytest.fixture
async def gate() -> Gate:
    return Gate()


@pytest.fixture
async def web() -> Web:
    return Web()


@pytest.fixture
async def served(small_house: House, knowledge: Knowledge, gate: Gate, web: Web) -> AsyncIterator[House]:
    """A service with an SMS provider that hangs beside its web chat."""
    made = build_house(small_house.settings, {"sms": gate, "web": web}, knowledge=knowledge)
    yield made
    await made.close()


async def statuses(house: House) -> set[str]:
    async with house.database.reading() as session:
        return set(await session.scalars(select(OutboundMessage.status)))


async def test_a_hanging_provider_keeps_nobody_in_the_web_chat_waiting(
    served: House, gate: Gate, web: Web, now: datetime
) -> None:
    runner = Runner(served, lambda: now)
    runner.start()
    async with asyncio.timeout(SOON):
        await served.inbox.accept(Received("sms", "+37120000001", "1", "labdien"), now=now)
        runner.wake()
        await gate.called.wait()
        await served.inbox.accept(Received("web", "anna", "1", "labdien"), now=now)
        runner.wake()
        await web.given.wait()
        gate.opened.set()
        await runner.stop()
    assert "anna" in web.take()


async def test_a_stop_lets_the_call_in_hand_end_and_writes_it_down(served: House, gate: Gate, now: datetime) -> None:
    runner = Runner(served, lambda: now)
    runner.start()
    async with asyncio.timeout(SOON):
        await served.inbox.accept(Received("sms", "+37120000001", "1", "labdien"), now=now)
        runner.wake()
        await gate.called.wait()
        stopping = asyncio.create_task(runner.stop())
        await asyncio.sleep(0)
        gate.opened.set()
        await stopping
    assert OutboundStatus.SENDING not in await statuses(served)
    assert OutboundStatus.SENT in await statuses(served)


async def test_what_a_round_brought_in_is_answered_at_once(served: House, web: Web, now: datetime) -> None:
    async def bring(moment: datetime) -> None:
        await served.inbox.accept(Received("web", "anna", "1", "labdien"), now=moment)

    runner = Runner(served, lambda: now, [Round("bring", bring, 3600)])
    runner.start()
    async with asyncio.timeout(SOON):
        await web.given.wait()
    await runner.stop()


async def test_a_round_that_fails_is_tried_again_and_ends_nothing(
    served: House, web: Web, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.runner.LOOKS_AGAIN_AFTER", 0)
    tries: list[datetime] = []
    again = asyncio.Event()

    async def fail(moment: datetime) -> None:
        tries.append(moment)
        if len(tries) > 1:
            again.set()
        raise OSError

    runner = Runner(served, lambda: now, [Round("fail", fail, 0)])
    runner.start()
    async with asyncio.timeout(SOON):
        await again.wait()
    await runner.stop()
    assert set(tries) == {now}
