"""The audit trail: who opened or changed what, when and why; never what it says.

An entry is written in the transaction of what it tells about, with a MAC under a key that is not in the
database: whoever can write to the table alone can neither alter an entry nor make one up unnoticed.
"""

import hmac
import json
from datetime import UTC, datetime

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import LargeBinary, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.base import Base
from booking.confidentiality import CLEAR, KEY_BYTES, NOT_PERSONAL, new_id

BATCH = 1000


class AuditEntry(Base):
    """One deed. `actor` is a staff member's id, `about` the id of the record it concerns."""

    __tablename__ = "audit_entry"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    at: Mapped[datetime] = mapped_column(DateTimeUTC, index=True, info=CLEAR)
    actor: Mapped[str] = mapped_column(String(32), index=True, info=CLEAR)
    action: Mapped[str] = mapped_column(String(40), info=CLEAR)
    about: Mapped[str | None] = mapped_column(String(32), index=True, info=CLEAR)
    reason: Mapped[str | None] = mapped_column(String(40), info=CLEAR)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32), info=NOT_PERSONAL)


async def record(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    key: bytes,
    now: datetime,
    about: str | None = None,
    reason: str | None = None,
) -> AuditEntry:
    """Write one entry into the caller's transaction; `reason` is a word of a fixed list, never free text."""
    entry = AuditEntry(id=new_id(), at=now, actor=actor, action=action, about=about, reason=reason)
    entry.mac = entry_mac(entry, key)
    session.add(entry)
    await session.flush()
    return entry


async def broken_entries(session: AsyncSession, key: bytes) -> list[str]:
    """The ids of entries that are not as they were written; for `paligs check`."""
    everything = select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)
    entries = await session.stream_scalars(everything.execution_options(yield_per=BATCH))
    return [entry.id async for entry in entries if not hmac.compare_digest(entry.mac, entry_mac(entry, key))]


def entry_mac(entry: AuditEntry, key: bytes) -> bytes:
    """HMAC-SHA-256 over every other field; a key shorter than 32 bytes is refused with ValueError."""
    if len(key) < KEY_BYTES:
        raise ValueError("the audit key must have at least 32 bytes")
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [entry.id, at, entry.actor, entry.action, entry.about, entry.reason]
    return hmac.digest(key, json.dumps(fields).encode(), "sha256")
