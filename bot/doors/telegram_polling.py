"""Asking Telegram for updates where no webhook is set: each is stored before it is confirmed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.channels.base import DeliveryError
from bot.doors.telegram_doors import TelegramDoors

log = structlog.get_logger()

LONGEST_WAIT = 25.0
LONGEST_ACCEPT = 10.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STANDS_BY = 5.0


class NotStored(Exception):
    """Something could not be stored and must be fetched again."""


class TelegramPolling:
    """The loop that brings a bot's updates to its doors."""

    def __init__(self, doors: TelegramDoors) -> None:
        self._doors = doors
        self._confirms: int | None = None

    async def run(self, may_ask: Callable[[], Awaitable[bool]]) -> None:
        """Fetch and store until cancelled; whatever goes wrong, it is tried again after a growing pause.

        `may_ask` says whether it is this process's turn: Telegram refuses a second one that asks meanwhile.
        """
        failures = 0
        while True:
            try:
                if not await may_ask():
                    await asyncio.sleep(STANDS_BY)
                    continue
                await self.fetch_once(LONGEST_WAIT)
                failures = 0
            except Exception as fault:
                failures += 1
                log.warning(
                    "poll_failed", error=fault.code if isinstance(fault, DeliveryError) else type(fault).__name__
                )
                await asyncio.sleep(pause_after(fault, failures).total_seconds())

    async def fetch_once(self, seconds: float) -> int:
        """Fetch what is new, waiting up to `seconds`, and store it; how much came.

        An update is confirmed by the call after the one that brought it, so what a fall between the two loses is
        brought again. With nothing to confirm no number is named: Telegram draws new ones at random after a quiet
        week, and one below the last would count as confirmed unread.
        """
        found = await self._doors.channel.fetch(self._confirms, seconds)
        self._confirms = None
        for place, raw in enumerate(found):
            if not await self._doors.take(raw, within=LONGEST_ACCEPT):
                for later in found[place + 1 :]:
                    self._doors.look_for_danger(later)
                raise NotStored
            self._confirms = int(raw["update_id"]) + 1
        return len(found)


def pause_after(fault: Exception, failures: int) -> timedelta:
    """How long to rest: as long as Telegram says, else threefold each time, at most a minute."""
    if isinstance(fault, DeliveryError) and fault.retry_after is not None:
        return fault.retry_after
    return timedelta(seconds=min(FIRST_PAUSE * 3 ** min(failures - 1, 5), LONGEST_PAUSE))
