"""A provider that misbehaves in known shares, on a simulated clock, and remembers what it took."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.base import DeliveryError, Failure, Outgoing, Pace
from bot.models import OutboundStatus

ENDS_BADLY = {"5xx": 0.20, "429": 0.10, "time-out": 0.10, "cut": 0.05, "refused": 0.01, "process dies": 0.005}
OUT_OF_ORDER = 0.05
LOSES_REPORT = 0.3
IN_ORDER = (OutboundStatus.SENT, OutboundStatus.DELIVERED)
MIXED = (OutboundStatus.DELIVERED, OutboundStatus.SENT, OutboundStatus.FAILED, OutboundStatus.DELIVERED)


@dataclass(frozen=True, order=True)
class Report:
    """A status callback that is on its way."""

    at: datetime
    outbound_id: str
    number: int
    status: OutboundStatus = field(compare=False)


@dataclass
class UnrulyProvider:
    """Takes messages, or not, and reports on them, or not; `look` sees each call before anything else happens."""

    chance: random.Random
    look: Callable[[Outgoing], Awaitable[None]]
    name: str = "sms"
    pace: Pace = field(default_factory=lambda: Pace(at_once=8, has_one_sender=True))
    calls: Counter[str] = field(default_factory=Counter)
    taken: dict[str, list[datetime]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """One call, which ends in one of the known ways."""
        await self.look(message)
        end = self._end()
        self.calls[end] += 1
        is_taken = end in ("well", "cut") or (end == "time-out" and self.chance.random() < 0.5)
        if is_taken:
            self._take(message, is_lost=end != "well")
        match end:
            case "5xx":
                raise DeliveryError("503", Failure.LATER)
            case "429":
                wait = timedelta(seconds=self.chance.randint(1, 90))
                raise DeliveryError("429", Failure.LATER, retry_after=wait)
            case "time-out" | "cut":
                raise DeliveryError(end, Failure.UNKNOWN)
            case "refused":
                raise DeliveryError("30003", Failure.FOR_GOOD)
            case "process dies":
                raise asyncio.CancelledError
        return (f"SM{message.id}",)

    def due_reports(self, now: datetime) -> list[Report]:
        """The reports that have arrived by now, each once."""
        due = sorted(one for one in self.reports if one.at <= now)
        self.reports = [one for one in self.reports if one.at > now]
        return due

    def _end(self) -> str:
        drawn = self.chance.random()
        for end, share in ENDS_BADLY.items():
            drawn -= share
            if drawn < 0:
                return end
        return "well"

    def _take(self, message: Outgoing, *, is_lost: bool) -> None:
        if message.id not in self.taken:
            self.order.append(message.id)
        self.taken.setdefault(message.id, []).append(message.now)
        if is_lost and self.chance.random() < LOSES_REPORT:
            return
        is_mixed = self.chance.random() < OUT_OF_ORDER
        self.calls["reports out of order"] += is_mixed
        for number, status in enumerate(MIXED if is_mixed else IN_ORDER):
            at = message.now + timedelta(seconds=self.chance.uniform(0, 40) + number)
            self.reports.append(Report(at, message.id, number, status))
