"""What residents leave for a person to read: a wish to be called or answered, a complaint, a suggestion.

An anonymous complaint has no subject: it is sealed under a key of its own, so nothing leads back to an address.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import LargeBinary, String, case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.appointments import new_reference
from booking.base import Base
from booking.confidentiality import CLEAR, NOT_PERSONAL, SEALED, new_id, open_sealed, seal
from booking.subjects import Subject


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

    def seal_words(self, text: str, key: bytes) -> None:
        """Keep the words, sealed for this row."""
        self.text_sealed = seal(key, table="handover", column="text_sealed", row_id=self.id, text=text)

    def open_words(self, key: bytes) -> str:
        """The words; raises SealBroken."""
        return open_sealed(key, table="handover", column="text_sealed", row_id=self.id, sealed=self.text_sealed)


def make_handover(
    kind: HandoverKind, reason: HandoverReason, text: str, *, subject: Subject, key: bytes, now: datetime
) -> Handover:
    """A new thing for a person to do about somebody who is known; `key` is the subject's."""
    made = Handover(
        id=new_id(),
        reference=new_reference(),
        kind=kind,
        reason=reason,
        subject_id=subject.id,
        key_id=subject.key_id,
        language=subject.language or "lv",
        channel=subject.channel,
        asked_at=now,
    )
    made.seal_words(text, key)
    return made


async def hand_over(session: AsyncSession, handover: Handover) -> None:
    """Put one into the queue; the caller has sealed its text."""
    session.add(handover)
    await session.flush()


async def waiting(session: AsyncSession) -> list[Handover]:
    """What nobody has dealt with yet: dangers first, then the longest waiting."""
    by_danger = case((Handover.reason == HandoverReason.DANGER, 0), else_=1)
    wanted = select(Handover).where(Handover.done_at.is_(None)).order_by(by_danger, Handover.asked_at, Handover.id)
    return list(await session.scalars(wanted))


async def find_by_reference(session: AsyncSession, reference: str) -> Handover | None:
    """What was handed over under a number, however it is typed."""
    return await session.scalar(select(Handover).where(Handover.reference == reference.strip().upper()))


async def find_begun(session: AsyncSession, subject_id: str, *, by: str) -> Handover | None:
    """The talk that this staff member began with a person by choice and has not ended."""
    begun = select(Handover).where(
        Handover.subject_id == subject_id,
        Handover.reason == HandoverReason.STAFF,
        Handover.taken_by == by,
        Handover.done_at.is_(None),
    )
    return await session.scalar(begun.limit(1))


async def was_danger_told(session: AsyncSession, subject_id: str, since: datetime) -> bool:
    """Whether staff were told of a danger to this person since then."""
    told = select(Handover.id).where(
        Handover.subject_id == subject_id, Handover.reason == HandoverReason.DANGER, Handover.asked_at > since
    )
    return await session.scalar(told.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What became of a complaint: when it was dealt with, or None while it waits."""

    done_at: datetime | None


async def follow_up_complaint(session: AsyncSession, reference: str) -> FollowUp | None:
    """What whoever knows its number may learn of a complaint; None for every other number."""
    found = await find_by_reference(session, reference)
    return FollowUp(found.done_at) if found is not None and found.kind == HandoverKind.COMPLAINT else None


async def take(session: AsyncSession, handover_id: str, *, by: str, now: datetime) -> None:
    """Note who speaks with the resident; the first one stays noted, for the waiting time is measured by it."""
    await session.execute(
        update(Handover)
        .where(Handover.id == handover_id, Handover.taken_at.is_(None))
        .values(taken_at=now, taken_by=by)
    )


async def finish_taken(session: AsyncSession, subject_id: str, *, by: str, now: datetime) -> None:
    """Mark as dealt with what this person asked for and this staff member took."""
    await session.execute(
        update(Handover)
        .where(Handover.subject_id == subject_id, Handover.taken_by == by, Handover.done_at.is_(None))
        .values(done_at=now, done_by=by)
    )


async def put_back_taken(session: AsyncSession, subject_id: str, *, by: str) -> None:
    """Let others take what this staff member took and cannot go on with."""
    await session.execute(
        update(Handover)
        .where(Handover.subject_id == subject_id, Handover.taken_by == by, Handover.done_at.is_(None))
        .values(taken_at=None, taken_by=None)
    )


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
