"""Which appointments residents are reminded of now; the words are made elsewhere."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Appointment, AppointmentStatus
from booking.rota import RIGA, riga_date, riga_midnight

FIRST_HOUR = 10
END_HOUR = 18
"""Reminders go out in these hours of the Riga day, when a message wakes nobody."""


async def due_reminders(session: AsyncSession, *, now: datetime) -> list[Appointment]:
    """Booked appointments of tomorrow (Riga days) that want a reminder and have had none, soonest first."""
    if not FIRST_HOUR <= now.astimezone(RIGA).hour < END_HOUR:
        return []
    tomorrow = riga_date(now) + timedelta(days=1)
    due = select(Appointment).where(
        Appointment.starts_at >= riga_midnight(tomorrow),
        Appointment.starts_at < riga_midnight(tomorrow + timedelta(days=1)),
        Appointment.status == AppointmentStatus.BOOKED,
        Appointment.reminds,
        Appointment.reminded_at.is_(None),
    )
    return list((await session.scalars(due.order_by(Appointment.starts_at, Appointment.id))).all())


async def mark_reminded(session: AsyncSession, appointment_id: str, *, now: datetime) -> bool:
    """Note that the reminder is queued; False when it was before, or when nothing is booked any more."""
    marked = (
        update(Appointment)
        .where(
            Appointment.id == appointment_id,
            Appointment.status == AppointmentStatus.BOOKED,
            Appointment.reminded_at.is_(None),
        )
        .values(reminded_at=now)
        .returning(Appointment.id)
    )
    return (await session.scalar(marked)) is not None
