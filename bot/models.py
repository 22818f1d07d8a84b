"""Tables of the running service: what came in, what goes out, and what happened without saying to whom."""

from datetime import date, datetime
from enum import StrEnum

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.confidentiality import CLEAR, INDEXED, NOT_PERSONAL, SEALED
from bot.base import Base


class InboundStatus(StrEnum):
    """Whether a message of a resident had its effect."""

    WAITING = "waiting"
    HANDLED = "handled"
    FAILED = "failed"


class OutboundStatus(StrEnum):
    """Where a message of ours is. Only queued messages are ever sent."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """Why we say something: what may wait, what may cost, what may be sent at night hangs on it."""

    CARD = "card"  # a danger card: first, whatever it costs
    CHANGE = "change"  # confirms what a resident booked, moved or cancelled
    ANSWER = "answer"  # answers what a resident wrote
    PERSON = "person"  # written by a member of staff
    NOTICE = "notice"  # unasked: a reminder, a change the office made
    WITHDRAWAL = "withdrawal"  # takes messages back after an erasure


class InboundMessage(Base):
    """One message of a resident. `position` gives the order; it never leaves the house."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("channel", "provider_index"),
        Index("ix_inbound_message_status_position", "status", "position"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True, info=NOT_PERSONAL)
    id: Mapped[str] = mapped_column(String(32), unique=True, info=NOT_PERSONAL)
    conversation_id: Mapped[str] = mapped_column(String(32), index=True, info=NOT_PERSONAL)
    channel: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    provider_index: Mapped[bytes] = mapped_column(LargeBinary(32), info=INDEXED)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    received_at: Mapped[datetime] = mapped_column(DateTimeUTC, index=True, info=CLEAR)
    status: Mapped[str] = mapped_column(String(10), info=NOT_PERSONAL)
    attempts: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)


class OutboundMessage(Base):
    """One message of ours. `body` goes a day after it was delivered; the row stays as proof of sending."""

    __tablename__ = "outbound_message"
    __table_args__ = (
        Index("ix_outbound_message_status_due", "status", "due_at"),
        Index("ix_outbound_message_conversation_position", "conversation_id", "position"),
        Index("ix_outbound_message_channel_changed", "channel", "changed_at"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True, info=NOT_PERSONAL)
    id: Mapped[str] = mapped_column(String(32), unique=True, info=NOT_PERSONAL)
    conversation_id: Mapped[str] = mapped_column(String(32), info=NOT_PERSONAL)
    channel: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    speaker_epoch: Mapped[int] = mapped_column(info=NOT_PERSONAL)
    status: Mapped[str] = mapped_column(String(10), info=NOT_PERSONAL)
    attempts: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    due_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    expires_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=CLEAR)
    queued_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    changed_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    purpose: Mapped[str] = mapped_column(String(10), info=NOT_PERSONAL)
    appointment_id: Mapped[str | None] = mapped_column(String(32), index=True, info=CLEAR)
    segments: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    lost_answers: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    provider_index: Mapped[bytes | None] = mapped_column(LargeBinary(32), info=INDEXED)
    provider_ids: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    error: Mapped[str | None] = mapped_column(String(40), info=NOT_PERSONAL)


class SenderLease(Base):
    """Which process sends for a channel, and until when; another takes over once it has lapsed."""

    __tablename__ = "sender_lease"

    channel: Mapped[str] = mapped_column(String(12), primary_key=True, info=NOT_PERSONAL)
    holder: Mapped[str] = mapped_column(String(32), info=NOT_PERSONAL)
    until_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)


class Happening(Base):
    """Something that happened, for figures: a day and a kind, never a person."""

    __tablename__ = "happening"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True, info=NOT_PERSONAL)
    day_on: Mapped[date] = mapped_column(index=True, info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(String(20), info=NOT_PERSONAL)
    topic: Mapped[str | None] = mapped_column(String(60), info=NOT_PERSONAL)
    channel: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(String(2), info=NOT_PERSONAL)
