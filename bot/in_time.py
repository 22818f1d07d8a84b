"""Work that a door waits for only so long: a database that hangs keeps nobody waiting, and the work goes on."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

log = structlog.get_logger()


@dataclass(frozen=True)
class InTime:
    """What one door has begun. It is held here to its end: asyncio itself would let it be collected."""

    channel: str
    _working: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])

    async def is_done(self, work: Coroutine[Any, Any, object], *, within: float) -> bool:
        """Whether the work was done well within so many seconds; giving it up would wait for the database as well."""
        doing = self.begin(work)
        done, _ = await asyncio.wait([doing], timeout=within)
        if not done:
            log.error("accept_failed", channel=self.channel, error="TimeoutError")
        return bool(done) and doing.exception() is None

    def begin(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Start work that nobody waits for."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        task.add_done_callback(self._say_failure)
        return task

    def _say_failure(self, done: asyncio.Task[object]) -> None:
        """Only the class of a fault: its text may hold what a resident wrote."""
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("accept_failed", channel=self.channel, error=type(error).__name__)
