"""The calendar's tables: places, people, working hours, appointments and the cells they claim."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from booking.base import Base
from booking.confidentiality import CLEAR, INDEXED, NOT_PERSONAL, SEALED


class AppointmentStatus(StrEnum):
    """What became of an appointment."""

    HELD = "held"
    EXPIRED = "expired"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    KEPT = "kept"
    MISSED = "missed"


CLAIMING = (
    AppointmentStatus.HELD,
    AppointmentStatus.BOOKED,
    AppointmentStatus.KEPT,
    AppointmentStatus.MISSED,
)
"""The statuses in which an appointment has its cells; in every other one it has none."""

SLUG = String(24)
"""Ids of places and people are short words, so that a slot's id fits into a button of every channel."""


class Office(Base):
    """A place where residents are received."""

    __tablename__ = "office"

    id: Mapped[str] = mapped_column(SLUG, primary_key=True, info=NOT_PERSONAL)
    name: Mapped[dict[str, str]] = mapped_column(JSON, info=NOT_PERSONAL)
    town: Mapped[dict[str, str]] = mapped_column(JSON, info=NOT_PERSONAL)
    address: Mapped[str] = mapped_column(String(200), info=NOT_PERSONAL)
    phone: Mapped[str] = mapped_column(String(20), info=NOT_PERSONAL)
    note: Mapped[dict[str, str] | None] = mapped_column(JSON, info=NOT_PERSONAL)


class Room(Base):
    """A room that only one appointment may use at a time."""

    __tablename__ = "room"

    id: Mapped[str] = mapped_column(SLUG, primary_key=True, info=NOT_PERSONAL)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"), info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(String(60), info=NOT_PERSONAL)


class AppointmentKind(Base):
    """A kind of appointment: how long it lasts and what its specialist needs afterwards."""

    __tablename__ = "appointment_kind"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 480", name="minutes"),
        CheckConstraint("buffer_minutes BETWEEN 0 AND 240", name="buffer_minutes"),
    )

    kind: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    name: Mapped[dict[str, str]] = mapped_column(JSON, info=NOT_PERSONAL)
    minutes: Mapped[int] = mapped_column(info=NOT_PERSONAL)
    buffer_minutes: Mapped[int] = mapped_column(info=NOT_PERSONAL)


class Specialist(Base):
    """A person of the service who receives residents."""

    __tablename__ = "specialist"

    id: Mapped[str] = mapped_column(SLUG, primary_key=True, info=NOT_PERSONAL)
    name: Mapped[str] = mapped_column(String(100), info=CLEAR)
    kinds: Mapped[list[str]] = mapped_column(JSON, info=NOT_PERSONAL)
    languages: Mapped[list[str]] = mapped_column(JSON, info=NOT_PERSONAL)
    calendar_secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True, info=NOT_PERSONAL)


class RotaRule(Base):
    """Working hours in Riga wall time on one weekday (Monday is 0), at one office.

    `every_weeks` counts from the week of `anchor_on`; `nth_of_month` is 1 to 5, or -1 for the last.
    """

    __tablename__ = "rota_rule"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="hours"),
        CheckConstraint("every_weeks = 1 OR (every_weeks > 1 AND anchor_on IS NOT NULL)", name="anchor"),
        CheckConstraint("nth_of_month BETWEEN 1 AND 5 OR nth_of_month = -1", name="nth_of_month"),
        CheckConstraint("valid_to_on >= valid_from_on", name="valid"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    specialist_id: Mapped[str] = mapped_column(ForeignKey("specialist.id"), index=True, info=CLEAR)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"), info=NOT_PERSONAL)
    room_id: Mapped[str | None] = mapped_column(ForeignKey("room.id"), info=NOT_PERSONAL)
    weekday: Mapped[int] = mapped_column(info=NOT_PERSONAL)
    starts: Mapped[str] = mapped_column(String(5), info=NOT_PERSONAL)
    ends: Mapped[str] = mapped_column(String(5), info=NOT_PERSONAL)
    every_weeks: Mapped[int] = mapped_column(default=1, info=NOT_PERSONAL)
    anchor_on: Mapped[date | None] = mapped_column(info=NOT_PERSONAL)
    nth_of_month: Mapped[int | None] = mapped_column(info=NOT_PERSONAL)
    valid_from_on: Mapped[date] = mapped_column(info=NOT_PERSONAL)
    valid_to_on: Mapped[date | None] = mapped_column(info=NOT_PERSONAL)


class Absence(Base):
    """A time when a specialist is away; why is nobody's business here."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="times"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    specialist_id: Mapped[str] = mapped_column(ForeignKey("specialist.id"), index=True, info=CLEAR)
    starts_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    ends_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)


class Closure(Base):
    """A day on which one office, or without `office_id` all of them, receives nobody."""

    __tablename__ = "closure"
    __table_args__ = (UniqueConstraint("office_id", "day_on"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    office_id: Mapped[str | None] = mapped_column(ForeignKey("office.id"), info=NOT_PERSONAL)
    day_on: Mapped[date] = mapped_column(index=True, info=NOT_PERSONAL)
    reason: Mapped[dict[str, str]] = mapped_column(JSON, info=NOT_PERSONAL)


class AnsweringHours(Base):
    """When staff answer residents' messages and calls, in Riga wall time on one weekday (Monday is 0)."""

    __tablename__ = "answering_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="hours"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    weekday: Mapped[int] = mapped_column(info=NOT_PERSONAL)
    starts: Mapped[str] = mapped_column(String(5), info=NOT_PERSONAL)
    ends: Mapped[str] = mapped_column(String(5), info=NOT_PERSONAL)


class Appointment(Base):
    """One resident's time with one specialist, from the hold to what became of it.

    The specialist's cells from `first_cell` up to `end_cell` (exclusive, buffer included) are claimed, and the
    room's up to `room_end_cell`.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("first_cell < end_cell", name="cells"),
        CheckConstraint("room_id IS NULL OR room_end_cell > first_cell", name="room_cells"),
        CheckConstraint("status <> 'held' OR held_until_at IS NOT NULL", name="held_until"),
        CheckConstraint("status <> 'booked' OR request_key IS NOT NULL", name="request_key"),
        Index("ix_appointment_starts_at", "starts_at"),
        Index("ix_appointment_specialist_starts_at", "specialist_id", "starts_at"),
        Index(
            "uq_appointment_one_hold",
            "subject_id",
            unique=True,
            sqlite_where=text("status = 'held'"),
            postgresql_where=text("status = 'held'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    reference: Mapped[str] = mapped_column(String(6), unique=True, info=CLEAR)
    subject_id: Mapped[str | None] = mapped_column(String(32), index=True, info=CLEAR)
    kind: Mapped[str] = mapped_column(String(32), info=CLEAR)
    specialist_id: Mapped[str] = mapped_column(ForeignKey("specialist.id"), info=CLEAR)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"), info=CLEAR)
    room_id: Mapped[str | None] = mapped_column(ForeignKey("room.id"), info=CLEAR)
    starts_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    minutes: Mapped[int] = mapped_column(info=CLEAR)
    lane: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    first_cell: Mapped[int] = mapped_column(info=CLEAR)
    end_cell: Mapped[int] = mapped_column(info=CLEAR)
    room_end_cell: Mapped[int | None] = mapped_column(info=CLEAR)
    status: Mapped[str] = mapped_column(String(12), info=CLEAR)
    held_until_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)
    request_key: Mapped[str | None] = mapped_column(String(100), unique=True, info=NOT_PERSONAL)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    need_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    look_up_index: Mapped[bytes | None] = mapped_column(LargeBinary(32), info=INDEXED)
    failed_look_ups: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    reminds: Mapped[bool] = mapped_column(default=False, info=NOT_PERSONAL)
    reminded_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=CLEAR)
    cancelled_by: Mapped[str | None] = mapped_column(String(12), info=NOT_PERSONAL)
    sequence: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    changed_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)

    @property
    def ends_at(self) -> datetime:
        """The end as the resident knows it, without the buffer."""
        return self.starts_at + timedelta(minutes=self.minutes)


class ClaimedCell(Base):
    """Five minutes of a specialist or a room; the primary key lets only one appointment have them.

    `cell` is the UTC epoch divided by 300 seconds; a `lane` other than 0 is for deliberate overbooking.
    """

    __tablename__ = "claimed_cell"

    resource: Mapped[str] = mapped_column(String(40), primary_key=True, info=CLEAR)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=NOT_PERSONAL)
    cell: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=CLEAR)
    appointment_id: Mapped[str] = mapped_column(
        ForeignKey("appointment.id", ondelete="CASCADE"), index=True, info=NOT_PERSONAL
    )
