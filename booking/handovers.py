"""What residents leave for a person to read: a wish to be called or answered, a complaint, a suggestion.

An anonymous complaint has no subject: it is sealed under a key of its own, so nothing leads back to an address.
"""

from datetime import datetime
from enum import StrEnum

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import LargeBinary, String, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.base import Base
from booking.confidentiality import CLEAR, NOT_PERSONAL, SEALED


class HandoverKind(StrEnum):
    """What kind of answer is expected."""

    PERSON = "person"
    CALL = "call"
    COMPLAINT = "complaint"


class HandoverReason(StrEnum):
    """Why it is a person's turn."""

    ASKED = "asked"
    MISSED = "missed"  # the assistant did not understand twice
    DANGER = "danger"
    UNDELIVERED = "undelivered"  # a message could not be delivered: call instead
    STAFF = "staff"  # a member of staff chose to take over


class Handover(Base):
    """One thing waiting for a person. `key_id` names the key that opens `text_sealed`."""

    __tablename__ = "handover"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    reference: Mapped[str] = mapped_column(String(6), unique=True, info=CLEAR)
    kind: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    reason: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    subject_id: Mapped[str | None] = mapped_column(String(32), index=True, info=CLEAR)
    key_id: Mapped[str] = mapped_column(String(32), info=NOT_PERSONAL)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED)
    language: Mapped[str] = mapped_column(String(2), info=NOT_PERSONAL)
    channel: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    asked_at: Mapped[datetime] = mapped_column(DateTimeUTC, index=True, info=CLEAR)
    taken_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)
    taken_by: Mapped[str | None] = mapped_column(String(32), info=NOT_PERSONAL)
    done_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)
    done_by: Mapped[str | None] = mapped_column(String(32), info=NOT_PERSONAL)


async def hand_over(session: AsyncSession, handover: Handover) -> None:
    """Put one into the queue; the caller has sealed its text."""
    session.add(handover)
    await session.flush()


async def waiting(session: AsyncSession) -> list[Handover]:
    """What nobody has dealt with yet, longest waiting first."""
    wanted = select(Handover).where(Handover.done_at.is_(None)).order_by(Handover.asked_at, Handover.id)
    return list(await session.scalars(wanted))


async def finish(session: AsyncSession, handover_id: str, *, by: str, now: datetime) -> bool:
    """Mark one as dealt with; False when it was already, or does not exist."""
    changed = await session.execute(
        update(Handover)
        .where(Handover.id == handover_id, Handover.done_at.is_(None))
        .values(done_at=now, done_by=by)
        .returning(Handover.id)
    )
    return changed.scalar_one_or_none() is not None


async def forget_subject(session: AsyncSession, subject_id: str) -> None:
    """Delete everything a person left, for erasure."""
    await session.execute(delete(Handover).where(Handover.subject_id == subject_id))
