"""Finding one appointment again from anywhere, by its number and six figures that were given with it.

Only a blind index of the figures is kept, bound to the appointment. Five wrong tries lock it for good: then
the office helps. Wrong figures, a wrong number and a lock look the same from outside.
"""

import hmac
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import NotLive
from booking.confidentiality import blind_index
from booking.models import Appointment, AppointmentStatus

MOST_WRONG: Final = 5
FIGURES: Final = 6
NO_APPOINTMENT: Final = "0" * 32
"""Stands for an appointment that does not exist, so that looking for it takes as long as for one that does."""


def new_figures() -> str:
    """Six random figures; the first may be a zero."""
    return f"{secrets.randbelow(10**FIGURES):0{FIGURES}}"


def index_of(index_secret: bytes, appointment_id: str, figures: str) -> bytes:
    """32 bytes by which the figures of one appointment are recognised."""
    return blind_index(index_secret, "look-up", f"{appointment_id}|{figures}")


async def give_figures(session: AsyncSession, appointment_id: str, index: bytes) -> None:
    """Let an appointment be found by its figures from now on."""
    await session.execute(update(Appointment).where(Appointment.id == appointment_id).values(look_up_index=index))


async def find(session: AsyncSession, reference: str, *, now: datetime) -> Appointment | None:
    """The appointment of a number, if it is booked and still to come. Nobody may be told before `is_right`."""
    return await session.scalar(select(Appointment).where(Appointment.reference == reference, *_to_come(now)))


async def live_by_id(session: AsyncSession, appointment_id: str, *, now: datetime) -> Appointment | None:
    """One appointment that is booked and still to come."""
    return await session.scalar(select(Appointment).where(Appointment.id == appointment_id, *_to_come(now)))


def is_right(found: Appointment | None, index: bytes) -> bool:
    """Whether the figures are those of the appointment, and it is not locked."""
    kept = found.look_up_index if found else None
    is_same = hmac.compare_digest(kept or bytes(len(index)), index)
    return is_same and kept is not None and found is not None and found.failed_look_ups < MOST_WRONG


async def open_once(session: AsyncSession, appointment_id: str, index: bytes, *, now: datetime) -> None:
    """Check once more where others may be guessing at the same time, and forget the wrong tries; else NotLive."""
    opened = await session.execute(
        update(Appointment)
        .where(
            Appointment.id == appointment_id,
            *_to_come(now),
            Appointment.look_up_index == index,
            Appointment.failed_look_ups < MOST_WRONG,
        )
        .values(failed_look_ups=0)
        .returning(Appointment.id)
    )
    if opened.scalar_one_or_none() is None:
        raise NotLive


async def count_wrong(session: AsyncSession, reference: str) -> None:
    """Note a wrong try; a number that does not exist is no different to whoever asks."""
    await session.execute(
        update(Appointment)
        .where(Appointment.reference == reference)
        .values(failed_look_ups=Appointment.failed_look_ups + 1)
    )


def _to_come(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Appointment.status == AppointmentStatus.BOOKED, Appointment.starts_at > now
