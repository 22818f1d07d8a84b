"""Sending what is queued: in order for each conversation, and only ever from the state `queued`.

A row is marked `sending` and committed before the provider is called, with no transaction open during the
call. If the process dies in between, the row is taken up again after a minute: only then, when the provider's
answer was lost, may a message arrive twice.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from booking.confidentiality import blind_index
from booking.keyring import KeyGone, Keyring
from booking.subjects import Subject, open_address
from bot.channels.base import Channel, DeliveryError, Failure, Outgoing
from bot.database import Database
from bot.models import OutboundMessage, OutboundStatus
from bot.outbox import read_body
from flows.models import Conversation

log = structlog.get_logger()

LOST_AFTER = timedelta(seconds=60)
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=5)
BATCH = 50


@dataclass(frozen=True)
class Claimed:
    """A row that is ours to send, with everything the call needs."""

    row: OutboundMessage
    subject: Subject


class Delivery:
    """Sends for the channels it is given; others' rows it leaves alone."""

    def __init__(
        self, database: Database, keyring: Keyring, channels: Mapping[str, Channel], index_secret: bytes
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._channels = channels
        self._index_secret = index_secret

    async def deliver_due(self, now: datetime) -> int:
        """Send what is due; how many rows were dealt with."""
        async with self._database.reading() as session:
            due = list(await session.scalars(self._due(now)))
        started = time.monotonic()
        for position in due:
            # Claimed just before its own sending, at the moment it then is: behind a slow provider no row
            # must look as if it had been lost.
            moment = now + timedelta(seconds=time.monotonic() - started)
            async with self._database.writing() as session:
                claimed = await self._claim(session, position, moment)
            if claimed is not None:
                await self._send(claimed, moment)
        return len(due)

    async def take_up_lost(self, now: datetime) -> int:
        """Queue again what a dead process left half sent."""
        async with self._database.writing() as session:
            lost = await session.execute(
                update(OutboundMessage)
                .where(
                    OutboundMessage.status == OutboundStatus.SENDING,
                    OutboundMessage.channel.in_(self._channels),
                    OutboundMessage.changed_at < now - LOST_AFTER,
                )
                .values(status=OutboundStatus.QUEUED, due_at=now, changed_at=now)
                .returning(OutboundMessage.position)
            )
            return len(lost.all())

    def _due(self, now: datetime) -> Select[int]:
        """The oldest unsent row of each conversation, if it is due."""
        earlier = aliased(OutboundMessage)
        is_behind_another = exists().where(
            earlier.conversation_id == OutboundMessage.conversation_id,
            earlier.position < OutboundMessage.position,
            earlier.status.in_((OutboundStatus.QUEUED, OutboundStatus.SENDING)),
        )
        return (
            select(OutboundMessage.position)
            .where(
                OutboundMessage.status == OutboundStatus.QUEUED,
                OutboundMessage.due_at <= now,
                OutboundMessage.channel.in_(self._channels),
                ~is_behind_another,
            )
            .order_by(OutboundMessage.position)
            .limit(BATCH)
        )

    async def _claim(self, session: AsyncSession, position: int, now: datetime) -> Claimed | None:
        """Mark a row `sending`, unless someone was quicker, the speaker changed, or its time has passed."""
        row = await session.scalar(
            select(OutboundMessage)
            .where(OutboundMessage.position == position, OutboundMessage.status == OutboundStatus.QUEUED)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        conversation = await session.get(Conversation, row.conversation_id)
        subject = await session.get(Subject, conversation.subject_id) if conversation else None
        row.changed_at = now
        if conversation is None or subject is None or row.speaker_epoch != conversation.speaker_epoch:
            row.status, row.body = OutboundStatus.CANCELLED, None
            return None
        if row.expires_at is not None and row.expires_at <= now:
            row.status, row.body = OutboundStatus.EXPIRED, None
            return None
        row.status, row.attempts = OutboundStatus.SENDING, row.attempts + 1
        return Claimed(row, subject)

    async def _send(self, claimed: Claimed, now: datetime) -> None:
        row = claimed.row
        try:
            key = await self._keyring.open(claimed.subject.key_id)
            reply = read_body(row, key)
            if reply is None:
                raise DeliveryError("no_text", Failure.FOR_GOOD)
            address = open_address(claimed.subject, key)
            provider_ids = await self._channels[row.channel].send(Outgoing(row.id, address, reply, now))
        except KeyGone:
            await self._record(row, {"status": OutboundStatus.CANCELLED, "body": None}, now)
        except DeliveryError as error:
            await self._record(row, _after(error, row.attempts, now), now)
        except Exception as error:
            # A channel that breaks in its own way must not hold up the messages behind this one.
            log.error("send_failed", channel=row.channel, error=type(error).__name__)
            unknown = DeliveryError("unexpected", Failure.UNKNOWN)
            await self._record(row, _after(unknown, row.attempts, now), now)
        else:
            named = f"provider|{row.channel}"
            index = blind_index(self._index_secret, named, provider_ids[0]) if provider_ids else None
            await self._record(row, {"status": OutboundStatus.SENT, "provider_index": index}, now)

    async def _record(self, row: OutboundMessage, values: dict[str, object], now: datetime) -> None:
        """Write the outcome, unless a report of the provider was quicker."""
        async with self._database.writing() as session:
            await session.execute(
                update(OutboundMessage)
                .where(OutboundMessage.position == row.position, OutboundMessage.status == OutboundStatus.SENDING)
                .values(changed_at=now, **values)
            )


def _after(error: DeliveryError, attempts: int, now: datetime) -> dict[str, object]:
    """Failed for good, or queued again after a pause that grows threefold."""
    if error.failure == Failure.FOR_GOOD or attempts >= MOST_ATTEMPTS:
        log.warning("delivery_failed", code=error.code)
        return {"status": OutboundStatus.FAILED, "error": error.code, "body": None}
    pause = FIRST_PAUSE * 3 ** (attempts - 1)
    return {"status": OutboundStatus.QUEUED, "error": error.code, "due_at": now + pause}
