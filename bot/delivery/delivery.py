"""Sending what is queued: in order for each conversation, and only ever from the state `queued`.

A row is marked `sending` and committed before the provider is called, with no transaction open during the
call. If the process dies in between, or the provider's answer is lost, the row is queued again after a minute,
once: only then may a message arrive twice.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import SystemRandom

import structlog
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.keyring import Keyring
from booking.subjects import Subject
from bot.channels.base import Channel, Consequence
from bot.database import Database
from bot.delivery.claiming import Claimer
from bot.delivery.leases import Leases
from bot.delivery.opened_message import open_message, rows_with_subject
from bot.delivery.outcomes import LOST_AFTER, can_follow, end_undelivered, lock_with_person, note_lost, note_taken
from bot.delivery.sending import Sender
from bot.delivery.sms_budget import SmsBudget
from bot.models import OutboundMessage, OutboundStatus

log = structlog.get_logger()

TAKEN_UP_AT_ONCE = 200
CHANCE = SystemRandom()
CALLS_END_WITHIN = timedelta(seconds=15)


class Delivery:
    """Sends for the channels it is given, beside each other; others' rows it leaves alone.

    `chance` gives numbers from 0 to 1 that spread the pauses after failures.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        channels: Mapping[str, Channel],
        index_secret: bytes,
        *,
        budget: SmsBudget | None = None,
        chance: Callable[[], float] = CHANCE.random,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._channels = channels
        self._leases = Leases(database)
        claimer = Claimer(self._leases, budget)
        self._senders = {
            name: Sender(channel, database, keyring, claimer, index_secret, chance)
            for name, channel in channels.items()
        }

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels this process sends for."""
        return tuple(self._channels)

    async def deliver_due(self, now: datetime) -> int:
        """Send what is due on all channels beside each other; how many rows were dealt with."""
        done = await asyncio.gather(*(self.deliver(name, now) for name in self._senders), return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException):
                raise each
        return sum(each for each in done if isinstance(each, int))

    async def deliver(self, channel: str, now: datetime) -> int:
        """Send what is due on one channel; how many rows were dealt with."""
        return await self._senders[channel].send_due(now)

    async def take_up_lost(self, now: datetime) -> int:
        """Queue again, once, what a dead process left half sent; how many rows were found."""
        async with self._database.reading() as session:
            lost = (await session.execute(self._lost(now))).all()
        for row, subject in lost:
            message = await open_message(row, subject, self._keyring)
            async with self._database.writing() as session:
                locked = await lock_with_person(session, message)
                if locked and locked.status == OutboundStatus.SENDING and locked.changed_at < now - LOST_AFTER:
                    await note_lost(session, locked, message, "process_ended", now, due_at=now)
        return len(lost)

    def _lost(self, now: datetime) -> Select[OutboundMessage, Subject]:
        return (
            rows_with_subject()
            .where(
                OutboundMessage.status == OutboundStatus.SENDING,
                OutboundMessage.channel.in_(self._channels),
                OutboundMessage.changed_at < now - LOST_AFTER,
            )
            .limit(TAKEN_UP_AT_ONCE)
        )

    async def record_status(
        self,
        session: AsyncSession,
        outbound_id: str,
        status: OutboundStatus,
        code: str | None,
        now: datetime,
        consequence: Consequence | None = None,
    ) -> bool:
        """Take in a provider's report (sent, delivered or failed) in the caller's transaction.

        Forward only; False when it changes nothing: the id is unknown, or more is known already. A failure
        has the consequences of a failed call. Raises KeyringUnavailable for a failure only.
        """
        found = (await session.execute(rows_with_subject().where(OutboundMessage.id == outbound_id))).one_or_none()
        if found is None:
            log.warning("report_of_unknown_message")
            return False
        message = await open_message(found[0], found[1], self._keyring)
        row = await lock_with_person(session, message)
        if row is None or not can_follow(row, status):
            return False
        if status == OutboundStatus.FAILED:
            await end_undelivered(session, row, status, code or "undelivered", message, now, consequence)
        else:
            note_taken(row, status, now)
        return True

    async def begin_alone(self) -> None:
        """Send at once, whatever a process that was killed still holds; only where no other process sends."""
        await self._leases.break_all()

    async def stop(self, now: datetime, within: timedelta = CALLS_END_WITHIN) -> None:
        """Claim nothing more, let the calls in hand come to their end, and give the leases back."""
        await asyncio.gather(*(sender.stop(within) for sender in self._senders.values()))
        await self._leases.give_back(now)
