"""The tables of the conversations: where each stands, and the messages that got no answer."""

from datetime import datetime

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.confidentiality import CLEAR, NOT_PERSONAL, SEALED
from flows.base import Base


class Conversation(Base):
    """Where the talk with one subject stands.

    `turn_number` grows with every saved turn: a plan made on an older one is thrown away. `speaker_epoch`
    grows when a person takes over or hands back: queued replies of an older epoch are not sent. While `held_by`
    names a staff member, the assistant is silent; `held_at` is when that person last wrote or took over.
    """

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    subject_id: Mapped[str] = mapped_column(String(32), unique=True, info=CLEAR)
    channel: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    state: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    turn_number: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    speaker_epoch: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    held_by: Mapped[str | None] = mapped_column(String(32), info=NOT_PERSONAL)
    held_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=CLEAR)
    changed_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)


class UnansweredMessage(Base):
    """A message the assistant had no sure answer to, kept 30 days for the editors; never one that spoke of danger.

    `content` is sealed under the subject's key: the words, the topics that were offered, the one that was chosen.
    """

    __tablename__ = "unanswered_message"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    subject_id: Mapped[str] = mapped_column(String(32), index=True, info=CLEAR)
    content: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED)
    outcome: Mapped[str] = mapped_column(String(10), info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(String(2), info=NOT_PERSONAL)
    channel: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    asked_at: Mapped[datetime] = mapped_column(DateTimeUTC, index=True, info=CLEAR)
