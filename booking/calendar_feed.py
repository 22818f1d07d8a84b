"""A specialist's busy times as an iCalendar file, for the calendar on the own telephone.

It says that a time is taken and no more: no client, office, topic or reference. Whoever has the address can
read it, so the secret in it is long, kept only as a hash, and can be replaced.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, Timezone
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.availability import HORIZON
from booking.models import Appointment, AppointmentStatus, Specialist
from booking.rota import RIGA, riga_date

KEPT_BACK = timedelta(days=30)
BUSY = "Aizņemts"
SHOWN = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.KEPT,
    AppointmentStatus.MISSED,
    AppointmentStatus.CANCELLED,
)


def new_secret() -> str:
    """A new secret for a feed's address; shown once, then only its hash is kept."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """What is kept of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


async def feed_of_secret(session: AsyncSession, secret: str, *, now: datetime) -> bytes | None:
    """The file of the specialist with this secret, from 30 days back to the horizon; None for nobody's."""
    owner = select(Specialist.id).where(Specialist.calendar_secret_hash == hash_secret(secret))
    specialist_id = await session.scalar(owner)
    if specialist_id is None:
        return None
    theirs = select(Appointment).where(
        Appointment.specialist_id == specialist_id,
        Appointment.starts_at >= now - KEPT_BACK,
        Appointment.starts_at < now + HORIZON + timedelta(days=1),
        Appointment.status.in_(SHOWN),
    )
    found = await session.scalars(theirs.order_by(Appointment.starts_at, Appointment.id))
    return build_feed(found.all(), now=now)


def build_feed(appointments: Iterable[Appointment], *, now: datetime) -> bytes:
    """An iCalendar file with one busy event for each appointment; a cancelled one says so, and is free."""
    calendar = Calendar()
    calendar.add("prodid", "-//Paligs//calendar//LV")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_zone(now))
    for appointment in appointments:
        calendar.add_component(_event(appointment))
    return calendar.to_ical()


def _zone(now: datetime) -> Timezone:
    today = riga_date(now)
    return Timezone.from_tzid(
        "Europe/Riga", first_date=today - timedelta(days=400), last_date=today + timedelta(days=400)
    )


def _event(appointment: Appointment) -> Event:
    cancelled = appointment.status == AppointmentStatus.CANCELLED
    event = Event()
    event.add("uid", f"{appointment.id}@paligs")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", appointment.changed_at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(RIGA))
    event.add("dtend", appointment.ends_at.astimezone(RIGA))
    event.add("summary", BUSY)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return event
