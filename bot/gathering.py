"""Gathering what one address sends too fast: it is stored together, so that the others hardly feel a flood.

Only the storing is put off, by at most a quarter of a second; who writes at a human pace never waits. Each process
counts for itself, for this is about its own strength: what is said to a flood is decided in bot/floods.py. Most of
what others would feel of a flood is its first second, before it has sent twenty messages: a pace of its own stops that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 20
MOST_A_SECOND = 3
PACES = ((MINUTE, MOST_A_MINUTE, 0.25), (timedelta(seconds=1), MOST_A_SECOND, 0.05))
"""How long, how many, and for how many seconds the storing of more is put off."""

MOST_COUNTED = 10_000

Thing = TypeVar("Thing")
Stored = TypeVar("Stored")


class Gathering(Generic[Thing, Stored]):
    """Counts by address, and hands what comes too fast to `store` in one piece."""

    def __init__(self, store: Callable[[bytes, Sequence[Thing], datetime], Awaitable[Sequence[Stored]]]) -> None:
        self._store = store
        self._counts: OrderedDict[bytes, list[tuple[datetime, int]]] = OrderedDict()
        self._waiting: dict[bytes, list[tuple[Thing, asyncio.Future[Stored]]]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def count(self, address: bytes, now: datetime) -> float | None:
        """Count one message; for how many seconds to put off storing it, None for somebody at a human pace."""
        before = self._counts.pop(address, [(now, 0)] * len(PACES))
        counts = [
            (since, count + 1) if now - since <= length else (now, 1)
            for (length, _, _), (since, count) in zip(PACES, before, strict=True)
        ]
        self._counts[address] = counts
        if len(self._counts) > MOST_COUNTED:
            self._counts.popitem(last=False)
        return next((pause for (_, most, pause), (_, count) in zip(PACES, counts, strict=True) if count > most), None)

    async def join(self, address: bytes, thing: Thing, now: datetime, *, pause: float) -> Stored:
        """Wait until it is stored with the others of its address; raises what storing raised."""
        stored = asyncio.get_running_loop().create_future()
        if address in self._waiting:
            self._waiting[address].append((thing, stored))
        else:
            self._waiting[address] = [(thing, stored)]
            task = asyncio.create_task(self._write_soon(address, now, pause))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return await stored

    async def _write_soon(self, address: bytes, now: datetime, pause: float) -> None:
        await asyncio.sleep(pause)
        gathered = self._waiting.pop(address)
        try:
            results = await self._store(address, [thing for thing, _ in gathered], now)
        except Exception as error:
            for _, stored in gathered:
                if not stored.done():
                    stored.set_exception(error)
            return
        for (_, stored), result in zip(gathered, results, strict=True):
            if not stored.done():
                stored.set_result(result)
