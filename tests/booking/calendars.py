"""Small calendars for tests: one office, one kind of appointment, specialists who work nine to five."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import book, hold, new_reference
from booking.availability import Slot
from booking.confidentiality import new_id
from booking.models import Appointment, AppointmentKind, Office, Room, RotaRule, Specialist
from booking.rota import RIGA

KIND = "social-assistance"
WORKDAYS = (0, 1, 2, 3, 4)
HOURS = (("09:00", "12:00"), ("13:00", "17:00"))


def riga(text: str) -> datetime:
    """A Riga wall time such as "2026-11-25 09:00" as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=RIGA).astimezone(UTC)


def office(office_id: str = "bauska") -> Office:
    """An office with invented particulars."""
    name = {"lv": office_id, "ru": office_id}
    return Office(id=office_id, name=name, town=name, address="Parauga iela 1", phone="00000000", note=None)


def kind(minutes: int = 30, buffer_minutes: int = 0, name: str = KIND) -> AppointmentKind:
    """A kind of appointment."""
    return AppointmentKind(kind=name, minutes=minutes, buffer_minutes=buffer_minutes, name={"lv": name, "ru": name})


def specialist(specialist_id: str = "ilze", kinds: Sequence[str] = (KIND,)) -> Specialist:
    """An invented person."""
    return Specialist(id=specialist_id, name=specialist_id.title(), kinds=list(kinds), languages=["lv"])


def rule(specialist_id: str = "ilze", **different: Any) -> RotaRule:
    """Mondays nine to twelve at the office "bauska", unless told otherwise."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "specialist_id": specialist_id,
        "office_id": "bauska",
        "weekday": 0,
        "starts": "09:00",
        "ends": "12:00",
        "every_weeks": 1,
        "valid_from_on": date(2026, 1, 1),
    }
    return RotaRule(**fields | different)


async def open_calendar(
    session: AsyncSession,
    *,
    people: Sequence[str] = ("ilze",),
    minutes: int = 30,
    buffer_minutes: int = 0,
    room_id: str | None = None,
) -> None:
    """The office "bauska" with people who work Monday to Friday, nine to twelve and one to five."""
    session.add_all([office(), kind(minutes, buffer_minutes)])
    await session.flush()
    if room_id:
        session.add(Room(id=room_id, office_id="bauska", name=room_id))
        await session.flush()
    for person in people:
        session.add(specialist(person))
        await session.flush()
        for weekday in WORKDAYS:
            for starts, ends in HOURS:
                session.add(rule(person, weekday=weekday, starts=starts, ends=ends, room_id=room_id))
    await session.flush()


def slot_at(text: str, specialist_id: str = "ilze", minutes: int = 30) -> Slot:
    """A slot at the office "bauska", by its Riga wall time."""
    return Slot(specialist_id, "bauska", riga(text), minutes)


async def held(session: AsyncSession, slot: Slot, *, now: datetime, subject_id: str = "") -> Appointment:
    """A hold of this slot by somebody."""
    return await hold(
        session,
        slot,
        appointment_id=new_id(),
        reference=new_reference(),
        subject_id=subject_id or new_id(),
        kind=KIND,
        now=now,
    )


async def confirmed(session: AsyncSession, appointment_id: str, *, now: datetime, key: str = "") -> Appointment:
    """The hold turned into a booking."""
    return await book(
        session,
        appointment_id,
        request_key=key or new_id(),
        name_sealed=b"sealed name",
        need_sealed=b"sealed need",
        reminds=True,
        now=now,
    )


async def booked(session: AsyncSession, slot: Slot, *, now: datetime, subject_id: str = "") -> Appointment:
    """A booking of this slot by somebody."""
    taken = await held(session, slot, now=now, subject_id=subject_id)
    return await confirmed(session, taken.id, now=now)
