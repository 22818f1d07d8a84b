"""What SMS may cost: segments an hour and a day. Above it only danger cards and changes of appointments go out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import OutboundMessage, Purpose
from flows.messages import Reply

log = structlog.get_logger()

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
FREE_OF_BUDGET: Final = (Purpose.CARD, Purpose.CHANGE, Purpose.WITHDRAWAL)
WAITS: Final = timedelta(hours=1)
"""How long other messages wait for the budget before they are given up."""


class SmsBudget:
    """The limits of one channel that costs by the segment; `count` says how many segments a reply takes."""

    def __init__(self, *, an_hour: int, a_day: int, count: Callable[[Reply], int], channel: str = "sms") -> None:
        self.channel = channel
        self.count = count
        self._an_hour = an_hour
        self._a_day = a_day
        self._said_at: datetime | None = None

    async def allows(self, session: AsyncSession, segments: int, now: datetime) -> bool:
        """Whether so many segments more stay within both limits; says once an hour in the log when not."""
        last_hour, last_day = await spent_segments(session, self.channel, now)
        if last_hour + segments <= self._an_hour and last_day + segments <= self._a_day:
            return True
        if self._said_at is None or now - self._said_at >= HOUR:
            self._said_at = now
            log.error("sms_budget_reached", hour=last_hour, day=last_day)
        return False


async def spent_segments(session: AsyncSession, channel: str, now: datetime) -> tuple[int, int]:
    """Segments that were, or may have been, sent in the last hour and in the last day."""
    in_hour = case((OutboundMessage.changed_at > now - HOUR, OutboundMessage.segments), else_=0)
    sums = select(func.coalesce(func.sum(in_hour), 0), func.coalesce(func.sum(OutboundMessage.segments), 0))
    row = (
        await session.execute(sums.where(OutboundMessage.channel == channel, OutboundMessage.changed_at > now - DAY))
    ).one()
    return int(row[0]), int(row[1])
