"""Subjects: the person behind one address of one channel, and what we may write there."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import LargeBinary, String, UniqueConstraint, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.base import Base
from booking.confidentiality import CLEAR, INDEXED, NOT_PERSONAL, SEALED, open_sealed, seal

TOUCH_EVERY: Final = timedelta(days=1)


class SecrecyLevel(StrEnum):
    """Who reads at this address, as the resident told us."""

    UNKNOWN = "unknown"
    ONLY_ME = "only_me"
    OTHERS = "others"
    NO_MESSAGES = "no_messages"


class Subject(Base):
    """One address of one channel. The address itself is sealed; it is found again by its blind index.

    `forget_at` is set only where a subject must go sooner than retention asks: the one made to carry the
    confirmation of an erasure lives 24 hours.
    """

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("channel", "address_index"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    channel: Mapped[str] = mapped_column(String(20), info=CLEAR)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(32), info=INDEXED)
    address: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED)
    key_id: Mapped[str] = mapped_column(String(32), unique=True, info=NOT_PERSONAL)
    level: Mapped[str] = mapped_column(String(12), default=SecrecyLevel.UNKNOWN, info=CLEAR)
    language: Mapped[str | None] = mapped_column(String(2), info=CLEAR)
    opted_out_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=CLEAR)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    last_contact_at: Mapped[datetime] = mapped_column(DateTimeUTC, index=True, info=CLEAR)
    forget_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, index=True, info=NOT_PERSONAL)


async def find_subject(session: AsyncSession, *, channel: str, address_index: bytes) -> Subject | None:
    """The subject of an address, found by its blind index."""
    same = (Subject.channel == channel) & (Subject.address_index == address_index)
    return await session.scalar(select(Subject).where(same))


async def make_subject(
    session: AsyncSession,
    *,
    subject_id: str,
    channel: str,
    address: str,
    address_index: bytes,
    key: tuple[str, bytes],
    now: datetime,
) -> Subject:
    """Insert a subject whose `key` (id and 32 bytes) the keyring has committed before.

    Flushes at once: IntegrityError means that another process made the same subject first; then its
    row is to be used, and the unused key is swept by the keyring.
    """
    key_id, data_key = key
    subject = Subject(
        id=subject_id,
        channel=channel,
        address_index=address_index,
        address=seal(data_key, table="subject", column="address", row_id=subject_id, text=address),
        key_id=key_id,
        level=SecrecyLevel.UNKNOWN,
        created_at=now,
        last_contact_at=now,
    )
    session.add(subject)
    await session.flush()
    return subject


def open_address(subject: Subject, key: bytes) -> str:
    """The address in clear, for the one call that sends to it; raises SealBroken."""
    return open_sealed(key, table="subject", column="address", row_id=subject.id, sealed=subject.address)


async def touch(session: AsyncSession, subject: Subject, now: datetime) -> bool:
    """Note that the person wrote; at most one write a day, as the retention limits count in days.

    Says whether it wrote. A subject that was to be forgotten soon becomes an ordinary one.
    """
    if now - subject.last_contact_at < TOUCH_EVERY and subject.forget_at is None:
        return False
    wrote = update(Subject).where(Subject.id == subject.id).values(last_contact_at=now, forget_at=None)
    await session.execute(wrote)
    return True


async def used_keys(session: AsyncSession) -> AbstractSet[str]:
    """The ids of all keys that subjects use; what `Keyring.sweep` must leave alone."""
    return set((await session.scalars(select(Subject.key_id))).all())


async def set_level(session: AsyncSession, subject_id: str, level: SecrecyLevel) -> None:
    """Note who reads at this address, as the resident just said."""
    await session.execute(update(Subject).where(Subject.id == subject_id).values(level=level))


async def set_language(session: AsyncSession, subject_id: str, language: str) -> None:
    """Note the language for what we send first (`lv` or `ru`)."""
    await session.execute(update(Subject).where(Subject.id == subject_id).values(language=language))


async def set_opt_out(session: AsyncSession, subject_id: str, opted_out_at: datetime | None) -> None:
    """Note that the person wants nothing sent first any more, or with None that they do again."""
    await session.execute(update(Subject).where(Subject.id == subject_id).values(opted_out_at=opted_out_at))
