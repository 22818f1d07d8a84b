"""A specialist's own list of appointments: time, place, reference and status, and nothing about anybody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Appointment, AppointmentStatus
from booking.rota import riga_midnight

LISTED = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.KEPT,
    AppointmentStatus.MISSED,
    AppointmentStatus.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One line of the list."""

    appointment_id: str
    starts_at: datetime
    minutes: int
    office_id: str
    reference: str
    status: str


async def appointments_of_day(
    session: AsyncSession, specialist_id: str, first_on: date, last_on: date
) -> list[DayEntry]:
    """What a specialist has from `first_on` to `last_on` (Riga days, both included), in order of time."""
    columns = select(
        Appointment.id,
        Appointment.starts_at,
        Appointment.minutes,
        Appointment.office_id,
        Appointment.reference,
        Appointment.status,
    )
    rows = columns.where(
        Appointment.specialist_id == specialist_id,
        Appointment.starts_at >= riga_midnight(first_on),
        Appointment.starts_at < riga_midnight(last_on + timedelta(days=1)),
        Appointment.status.in_(LISTED),
    )
    ordered = rows.order_by(Appointment.starts_at, Appointment.id)
    return [DayEntry(*row) for row in await session.execute(ordered)]
