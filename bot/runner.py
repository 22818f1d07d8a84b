"""Keeps a house running: answers and sends as soon as something comes, and looks at the clock."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import partial

import structlog

from bot.dispatcher import MOST_TURNS_AT_ONCE
from bot.house import House
from bot.rounds import Round
from bot.scheduler import Scheduler

log = structlog.get_logger()

LOOKS_AGAIN_AFTER = 1.0
CLOCK_EVERY = 30.0
TIDY_EVERY = 3600.0


class Runner:
    """The loops of one process. `wake` makes it look at once instead of within a second.

    Answering has a loop of its own, and so has each channel: a provider that hangs holds up nobody else.
    """

    def __init__(self, house: House, now: Callable[[], datetime], rounds: Sequence[Round] = ()) -> None:
        self._house = house
        self._now = now
        self._rounds = rounds
        self._scheduler = Scheduler(house)
        self._woken = asyncio.Event()
        self._answered = {name: asyncio.Event() for name in house.delivery.channels}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin all loops in the running event loop."""
        self._tasks = [
            asyncio.create_task(self._whenever(self._woken, self._answer)),
            *(
                asyncio.create_task(self._whenever(event, self._sending(name)))
                for name, event in self._answered.items()
            ),
            asyncio.create_task(self._again_and_again(self._look_at_the_clock, CLOCK_EVERY)),
            asyncio.create_task(self._again_and_again(self._tidy, TIDY_EVERY)),
            *(asyncio.create_task(self._again_and_again(self._working(one), one.seconds)) for one in self._rounds),
        ]

    async def stop(self) -> None:
        """End the loops; calls to providers may come to their end, what else is in hand rolls back."""
        sending = asyncio.create_task(_kept_alive("stop", partial(self._house.delivery.stop, self._now())))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, sending, return_exceptions=True)

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

    async def _answer(self) -> None:
        """Answer until nothing waits. A turn that takes long, such as a look at a flood, holds up nobody else's."""
        dispatcher, turns, looks = self._house.dispatcher, set[asyncio.Task[bool]](), True
        try:
            while looks or turns:
                self._woken.clear()
                if looks and len(turns) < MOST_TURNS_AT_ONCE:
                    found = await dispatcher.find_waiting(self._now())
                    turns |= {asyncio.create_task(dispatcher.handle(one, self._now())) for one in found}
                    looks = False
                done = await self._first_of(turns)
                turns -= done
                if sum(turn.result() for turn in done):
                    self._send_soon()
                    looks = True
                looks = looks or self._woken.is_set()
        finally:
            await _cancelled(turns)

    async def _first_of(self, turns: set[asyncio.Task[bool]]) -> set[asyncio.Task[bool]]:
        """The turns that are done, as soon as there is one or something new has come in."""
        if not turns:
            return set()
        woken = asyncio.create_task(self._woken.wait())
        done, _ = await asyncio.wait({*turns, woken}, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        return done & turns

    def _send_soon(self) -> None:
        for event in self._answered.values():
            event.set()

    def _sending(self, channel: str) -> Callable[[], Awaitable[None]]:
        async def send() -> None:
            await self._house.delivery.deliver(channel, self._now())

        return send

    async def _whenever(self, event: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        """Work when the event is set, and every second anyway: another process may have left something."""
        while True:
            event.clear()
            await _kept_alive(work.__name__, work)
            try:
                async with asyncio.timeout(LOOKS_AGAIN_AFTER):
                    await event.wait()
            except TimeoutError:
                continue

    async def _look_at_the_clock(self) -> None:
        now = self._now()
        await self._house.delivery.take_up_lost(now)
        await self._scheduler.remind(now)
        await self._scheduler.end_idle_talks(now)
        self._send_soon()

    async def _tidy(self) -> None:
        await self._house.eraser.finish_pending(now=self._now())
        await self._scheduler.tidy(self._now())

    def _working(self, one: Round) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            await _kept_alive(one.name, partial(one.work, self._now()))
            self.wake()

        return work

    async def _again_and_again(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await _kept_alive(work.__name__, work)
            await asyncio.sleep(seconds)


async def _cancelled(tasks: Collection[asyncio.Task[bool]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_alive(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """A database that is away for a while must not end the loop; the class of the fault is logged, never its text."""
    try:
        await work()
    except Exception as error:
        log.error("loop_failed", loop=name, error=type(error).__name__)
        await asyncio.sleep(LOOKS_AGAIN_AFTER)
