"""Keeps a house running: answers and sends as soon as something comes, and looks at the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.house import House
from bot.scheduler import Scheduler

log = structlog.get_logger()

LOOKS_AGAIN_AFTER = 1.0
CLOCK_EVERY = 30.0
TIDY_EVERY = 3600.0


class Runner:
    """The loops of one process. `wake` makes it look at once instead of within a second."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self._house = house
        self._now = now
        self._scheduler = Scheduler(house)
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin all loops in the running event loop."""
        self._tasks = [
            asyncio.create_task(self._answer_and_send()),
            asyncio.create_task(self._again_and_again(self._look_at_the_clock, CLOCK_EVERY)),
            asyncio.create_task(self._again_and_again(self._tidy, TIDY_EVERY)),
        ]

    async def stop(self) -> None:
        """End the loops; what is in hand rolls back and is done at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self) -> None:
        """Something has come in."""
        self._woken.set()

    async def settle(self) -> None:
        """Answer and send until nothing is left to do now."""
        busy = True
        while busy:
            answered = await self._house.dispatcher.handle_waiting(self._now())
            sent = await self._house.delivery.deliver_due(self._now())
            busy = bool(answered or sent)

    async def _answer_and_send(self) -> None:
        while True:
            self._woken.clear()
            await _kept_alive("settle", self.settle)
            try:
                async with asyncio.timeout(LOOKS_AGAIN_AFTER):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _look_at_the_clock(self) -> None:
        now = self._now()
        await self._house.delivery.take_up_lost(now)
        if await self._scheduler.remind(now):
            self.wake()

    async def _tidy(self) -> None:
        await self._house.eraser.finish_pending(now=self._now())
        await self._scheduler.tidy(self._now())

    async def _again_and_again(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await _kept_alive(work.__name__, work)
            await asyncio.sleep(seconds)


async def _kept_alive(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """A database that is away for a while must not end the loop; the class of the fault is logged, never its text."""
    try:
        await work()
    except Exception as error:
        log.error("loop_failed", loop=name, error=type(error).__name__)
        await asyncio.sleep(LOOKS_AGAIN_AFTER)
