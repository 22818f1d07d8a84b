"""Erasing a person: rows first, then the key that opens every copy of them.

The steps (design section 4): (1) the ledger says "pending"; in one main transaction live appointments are
cancelled, every row and index of the person goes and a tombstone with the id of the key stays; (2) the key
is destroyed; (3) the ledger says "done" and the tombstone goes. Whatever step a crash interrupts,
`finish_pending` completes it at the next start; `reapply` erases everybody again after a restore.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import String, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.appointments import cancel, live_of_subject
from booking.base import Base
from booking.confidentiality import NOT_PERSONAL
from booking.erasure_ledger import ErasureLedger, ErasureState
from booking.keyring import Keyring, Sessions
from booking.models import Appointment, AppointmentStatus
from booking.subjects import Subject

Forget = Callable[[AsyncSession, str], Awaitable[None]]
"""Deletes one subject's rows in the tables of one module; may be called again for a subject long gone."""


class Tombstone(Base):
    """Stands where a person's rows were, until the person's key is destroyed."""

    __tablename__ = "tombstone"

    subject_id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    key_id: Mapped[str] = mapped_column(String(32), info=NOT_PERSONAL)
    erased_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)


class Eraser:
    """Erases people from the main database and the keyring.

    `forget` are the deletions of modules that booking does not know; `scrub` runs when keys are destroyed and
    empties what a database keeps beside its tables (the write-ahead log of SQLite).
    """

    def __init__(
        self,
        writing: Sessions,
        keyring: Keyring,
        *,
        ledger: ErasureLedger,
        forget: Sequence[Forget],
        scrub: Sequence[Callable[[], Awaitable[None]]],
    ) -> None:
        self._writing = writing
        self._keyring = keyring
        self._ledger = ledger
        self._forget = forget
        self._scrub = scrub

    async def erase(self, subject_id: str, *, now: datetime) -> None:
        """All steps for one person; returns when nothing of theirs can be read any more."""
        async with self._writing() as session:
            await self.begin(session, subject_id, now=now)
        await self.complete(now=now)

    async def begin(self, session: AsyncSession, subject_id: str, *, now: datetime) -> None:
        """Step 1 inside the caller's main transaction; call `complete` after its commit.

        Should that transaction fail, the ledger holds the request and `finish_pending` carries it out.
        """
        reference = self._ledger.reference(subject_id)
        await asyncio.to_thread(self._ledger.append, reference, ErasureState.PENDING, now)
        await self._delete_rows(session, subject_id, now)

    async def complete(self, *, now: datetime) -> int:
        """Steps 2 and 3 for everybody whose step 1 is committed; says how many people it was."""
        async with self._writing() as session:
            tombstones = (await session.scalars(select(Tombstone))).all()
        for tombstone in tombstones:
            await self._keyring.destroy(tombstone.key_id)
        if tombstones:
            for scrub in self._scrub:
                await scrub()
        for tombstone in tombstones:
            await self._bury(tombstone, now)
        return len(tombstones)

    async def finish_pending(self, *, now: datetime) -> int:
        """Whatever is left of any erasure that began; at start-up and daily. Says how many people it was."""
        return await self._erase_listed(await asyncio.to_thread(self._ledger.pending), now)

    async def reapply(self, *, now: datetime) -> int:
        """Erase again, from restored databases, everybody in the ledger; says how many were found."""
        return await self._erase_listed(await asyncio.to_thread(self._ledger.all), now)

    async def _erase_listed(self, references: AbstractSet[str], now: datetime) -> int:
        if references:
            async with self._writing() as session:
                for subject_id in (await session.scalars(select(Subject.id))).all():
                    if self._ledger.reference(subject_id) in references:
                        await self._delete_rows(session, subject_id, now)
        completed = await self.complete(now=now)
        # Only those looked for above: another process may have begun with somebody since.
        for reference in references & await asyncio.to_thread(self._ledger.pending):
            await asyncio.to_thread(self._ledger.append, reference, ErasureState.DONE, now)
        return completed

    async def _delete_rows(self, session: AsyncSession, subject_id: str, now: datetime) -> None:
        # Locked, so that of two processes erasing the same person the second finds nobody.
        key_id = await session.scalar(select(Subject.key_id).where(Subject.id == subject_id).with_for_update())
        if key_id is None:
            return
        session.add(Tombstone(subject_id=subject_id, key_id=key_id, erased_at=now))
        await _cancel_all(session, subject_id, now)
        await self._forget_everywhere(session, subject_id)

    async def _forget_everywhere(self, session: AsyncSession, subject_id: str) -> None:
        for forget in (unlink_appointments, *self._forget, delete_subject):
            await forget(session, subject_id)

    async def _bury(self, tombstone: Tombstone, now: datetime) -> None:
        """Step 3; rows that a turn running at the same moment wrote after step 1 go now."""
        reference = self._ledger.reference(tombstone.subject_id)
        await asyncio.to_thread(self._ledger.append, reference, ErasureState.DONE, now)
        async with self._writing() as session:
            await self._forget_everywhere(session, tombstone.subject_id)
            await session.execute(delete(Tombstone).where(Tombstone.subject_id == tombstone.subject_id))


async def _cancel_all(session: AsyncSession, subject_id: str, now: datetime) -> None:
    """Give the times back: what is booked and still to come, and what is only held."""
    own = and_(Appointment.subject_id == subject_id, Appointment.status == AppointmentStatus.HELD)
    held = (await session.scalars(select(Appointment).where(own))).all()
    for appointment in (*held, *await live_of_subject(session, subject_id, now=now)):
        await cancel(session, appointment.id, by="resident", now=now)


async def unlink_appointments(session: AsyncSession, subject_id: str) -> None:
    """Appointments keep their time and status for the figures and lose everything about the person."""
    nobody = {"subject_id": None, "name_sealed": None, "need_sealed": None, "look_up_index": None}
    await session.execute(update(Appointment).where(Appointment.subject_id == subject_id).values(nobody))


async def delete_subject(session: AsyncSession, subject_id: str) -> None:
    """The row with the sealed address and its index."""
    await session.execute(delete(Subject).where(Subject.id == subject_id))
