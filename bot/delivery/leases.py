"""One sending process for a channel: whoever holds its lease row sends, and nobody else.

A lease lasts a minute and is renewed by its holder long before; it is given back at the end, and one that
lapsed is anybody's. The clocks of the processes may differ by a few seconds, no more (`paligs check` looks).
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import new_id
from bot.database import Database
from bot.models import SenderLease

LASTS: Final = timedelta(seconds=60)
LONGEST_CALL: Final = timedelta(seconds=30)
"""No call to a provider may take longer, so that a lease never lapses during one."""

RENEWED_BELOW: Final = LONGEST_CALL + timedelta(seconds=10)
INSERTS: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Leases:
    """The leases of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = new_id()
        self._until: dict[str, datetime] = {}

    async def hold(self, channel: str, now: datetime) -> bool:
        """Whether we may send for a channel; takes the lease when it is free, renews it in time."""
        until = self._until.get(channel)
        if until is not None and RENEWED_BELOW < until - now <= LASTS:
            return True
        if await self._is_anothers(channel, now):
            self._until.pop(channel, None)
            return False
        async with self._database.writing() as session:
            is_ours = await self._take(session, channel, now)
        if is_ours:
            self._until[channel] = now + LASTS
        return is_ours

    async def confirm(self, session: AsyncSession, channel: str, now: datetime) -> bool:
        """Whether the lease is ours in this transaction, for longer than a call takes; locks its row until the end."""
        ours = select(SenderLease.channel).where(
            SenderLease.channel == channel,
            SenderLease.holder == self._holder,
            SenderLease.until_at >= now + LONGEST_CALL,
        )
        if await session.scalar(ours.with_for_update()) is not None:
            return True
        self._until.pop(channel, None)
        return False

    async def give_back(self, now: datetime) -> None:
        """Let others send at once."""
        if not self._until:
            return
        self._until.clear()
        async with self._database.writing() as session:
            ours = update(SenderLease).where(SenderLease.holder == self._holder, SenderLease.until_at > now)
            await session.execute(ours.values(until_at=now))

    async def break_all(self) -> None:
        """Take every lease from whoever holds it: for the one process of an embedded database, at its start."""
        async with self._database.writing() as session:
            await session.execute(delete(SenderLease))

    async def _is_anothers(self, channel: str, now: datetime) -> bool:
        """Looked at first without the write lock: a process that only stands by writes nothing."""
        async with self._database.reading() as session:
            lease = await session.get(SenderLease, channel)
        return lease is not None and lease.holder != self._holder and lease.until_at > now

    async def _take(self, session: AsyncSession, channel: str, now: datetime) -> bool:
        values = {"holder": self._holder, "until_at": now + LASTS}
        is_free = or_(SenderLease.holder == self._holder, SenderLease.until_at <= now)
        taken = update(SenderLease).where(SenderLease.channel == channel, is_free).values(**values)
        if await session.scalar(taken.returning(SenderLease.channel)) is not None:
            return True
        insert = INSERTS[self._database.dialect](SenderLease).values(channel=channel, **values)
        made = insert.on_conflict_do_nothing().returning(SenderLease.channel)
        return await session.scalar(made) is not None
