"""Which appointments residents are reminded of now, and when nobody may be written to; the words are made elsewhere."""

from datetime import datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Appointment, AppointmentStatus
from booking.rota import RIGA, riga_date, riga_midnight

FIRST_HOUR = 10
END_HOUR = 18
"""Reminders go out in these hours of the Riga day, when a message wakes nobody."""

JUST_READ = timedelta(hours=1)

WAKING_HOUR = 8
QUIET_HOUR = 21
"""Nothing that nobody asked for is sent from the second to the first, Riga time."""


def next_waking(now: datetime) -> datetime:
    """`now` by day; in the quiet hours the next eight in the morning, as UTC."""
    wall = now.astimezone(RIGA)
    if WAKING_HOUR <= wall.hour < QUIET_HOUR:
        return now
    day = wall.date() + timedelta(days=1 if wall.hour >= QUIET_HOUR else 0)
    return datetime.combine(day, time(WAKING_HOUR), RIGA).astimezone(now.tzinfo)


async def due_reminders(session: AsyncSession, *, now: datetime) -> list[Appointment]:
    """Booked appointments of tomorrow (Riga days) that want a reminder and have had none, soonest first.

    Who booked or moved within the last hour has just read day and time, and is not told them again yet.
    """
    if not FIRST_HOUR <= now.astimezone(RIGA).hour < END_HOUR:
        return []
    tomorrow = riga_date(now) + timedelta(days=1)
    due = select(Appointment).where(
        Appointment.starts_at >= riga_midnight(tomorrow),
        Appointment.starts_at < riga_midnight(tomorrow + timedelta(days=1)),
        Appointment.status == AppointmentStatus.BOOKED,
        Appointment.reminds,
        Appointment.reminded_at.is_(None),
        Appointment.changed_at <= now - JUST_READ,
    )
    return list((await session.scalars(due.order_by(Appointment.starts_at, Appointment.id))).all())


async def mark_reminded(session: AsyncSession, appointment_id: str, *, starts_at: datetime, now: datetime) -> bool:
    """Note that the reminder of this time is queued.

    False when it was before, when nothing is booked any more, or when it was moved from that time meanwhile.
    """
    marked = (
        update(Appointment)
        .where(
            Appointment.id == appointment_id,
            Appointment.status == AppointmentStatus.BOOKED,
            Appointment.starts_at == starts_at,
            Appointment.reminded_at.is_(None),
        )
        .values(reminded_at=now)
        .returning(Appointment.id)
    )
    return (await session.scalar(marked)) is not None
