"""What falls due by the clock: reminders, lapsed holds, retention, unused keys. Each may run again at any time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from booking import retention
from booking.handovers import Handover
from booking.reminders import due_reminders, mark_reminded
from booking.subjects import used_keys
from bot import outbox
from bot.house import FORGET, House
from bot.models import InboundMessage, InboundStatus, OutboundMessage, OutboundStatus
from bot.notifier import Notifier
from bot.speakers import end_idle_talks
from flows import unanswered
from flows.models import Conversation
from flows.notices import REMINDER

KEEP_TEXT_IN = timedelta(days=30)
KEEP_TEXT_OUT = timedelta(days=1)
KEEP_OPEN_FORM = timedelta(days=1)
KEEP_ROWS = timedelta(days=90)
OVER = (OutboundStatus.SENT, OutboundStatus.DELIVERED)


class Scheduler:
    """The clockwork of one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._notifier = Notifier(house.keyring)

    async def remind(self, now: datetime) -> int:
        """Queue the reminders that are due; each is decided on the appointment as it now is."""
        async with self._house.database.reading() as session:
            due = [one.id for one in await due_reminders(session, now=now)]
        queued = 0
        for appointment_id in due:
            queued += await self._remind_of(appointment_id, now)
        return queued

    async def _remind_of(self, appointment_id: str, now: datetime) -> bool:
        async with self._house.database.writing() as session:
            still_due = {one.id: one for one in await due_reminders(session, now=now)}
            appointment = still_due.get(appointment_id)
            if appointment is None:
                return False
            # Moved this very moment, it is told of at its new time or not at all.
            starts_at = appointment.starts_at
            if not await mark_reminded(session, appointment_id, starts_at=starts_at, now=now):
                return False
            return await self._notifier.notify(session, appointment, REMINDER, now=now)

    async def end_idle_talks(self, now: datetime) -> int:
        """Give talks back to the assistant in which neither the resident nor staff say anything any more."""
        return await end_idle_talks(self._house.database, self._house.keyring, now)

    async def tidy(self, now: datetime) -> Mapping[str, int]:
        """Forget what may no longer be kept; says how many rows each rule met."""
        done: dict[str, int] = {}
        is_done = False
        while not is_done:
            async with self._house.database.writing() as session:
                batch = await retention.expire(session, now=now, forget=FORGET)
            done = {name: done.get(name, 0) + number for name, number in batch.items()}
            is_done = not any(batch.values())
        await self._drop_texts(now)
        await self._house.database.scrub()
        return {**done, "keys": await self._sweep_keys(now)}

    async def _drop_texts(self, now: datetime) -> None:
        """Texts in go after 30 days, texts out a day after they were sent; rows without text after 90 days."""
        database = self._house.database
        async with database.writing() as session:
            await unanswered.expire(session, now)
            await session.execute(
                update(InboundMessage)
                .where(InboundMessage.received_at < now - KEEP_TEXT_IN, InboundMessage.body.is_not(None))
                .values(body=None)
            )
            await session.execute(
                update(OutboundMessage)
                .where(
                    OutboundMessage.status.in_(OVER),
                    OutboundMessage.changed_at < now - KEEP_TEXT_OUT,
                    OutboundMessage.body.is_not(None),
                )
                .values(body=None)
            )
            await session.execute(
                update(OutboundMessage)
                .where(
                    OutboundMessage.changed_at < now - outbox.WITHDRAWABLE_FOR,
                    OutboundMessage.provider_ids.is_not(None),
                )
                .values(provider_ids=None)
            )
            await session.execute(
                # What a form was told lives a day at most, also when nobody writes again.
                update(Conversation)
                .where(Conversation.changed_at < now - KEEP_OPEN_FORM, Conversation.state.is_not(None))
                .values(state=None, turn_number=Conversation.turn_number + 1)
            )
            await session.execute(
                delete(InboundMessage).where(
                    InboundMessage.received_at < now - KEEP_ROWS,
                    InboundMessage.status != InboundStatus.WAITING,
                )
            )
            await session.execute(
                delete(OutboundMessage).where(
                    OutboundMessage.queued_at < now - KEEP_ROWS,
                    OutboundMessage.status != OutboundStatus.QUEUED,
                )
            )

    async def _sweep_keys(self, now: datetime) -> int:
        async with self._house.database.reading() as session:
            used = set(await used_keys(session)) | set(await session.scalars(select(Handover.key_id)))
        return await self._house.keyring.sweep(used, now)
