"""Everything kept about one person, in clear, for that person (GDPR articles 15 and 20).

Whoever calls this has made sure first that the right person asks: `paligs export` is for the administrator of
the installation, the portal goes through booking/access.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import open_sealed
from booking.keyring import Keyring
from booking.models import Appointment
from booking.subjects import Subject, open_address

Part = Callable[[AsyncSession, str, bytes], Awaitable[Any]]
"""What a module above keeps about a subject: session, subject id and data key in, JSON out."""


class SubjectUnknown(Exception):
    """There is no such person, or no longer."""


async def export_resident(
    session: AsyncSession, keyring: Keyring, subject_id: str, *, parts: Mapping[str, Part], now: datetime
) -> dict[str, Any]:
    """One person's data as JSON; `parts` are the sections that modules above add under their names.

    Raises SubjectUnknown, KeyGone or KeyringUnavailable. Internal ids stay inside.
    """
    subject = await session.get(Subject, subject_id)
    if subject is None:
        raise SubjectUnknown
    key = await keyring.open(subject.key_id)
    return {
        "exported_at": now.isoformat(),
        "contact": _describe_contact(subject, key),
        "appointments": [
            _describe_appointment(appointment, key) for appointment in await _appointments(session, subject_id)
        ],
        **{name: await part(session, subject_id, key) for name, part in parts.items()},
    }


async def _appointments(session: AsyncSession, subject_id: str) -> list[Appointment]:
    own = select(Appointment).where(Appointment.subject_id == subject_id).order_by(Appointment.starts_at)
    return list((await session.scalars(own)).all())


def _describe_contact(subject: Subject, key: bytes) -> dict[str, Any]:
    return {
        "channel": subject.channel,
        "address": open_address(subject, key),
        "language": subject.language,
        "level": subject.level,
        "opted_out_at": _iso(subject.opted_out_at),
        "first_contact_at": _iso(subject.created_at),
        "last_contact_at": _iso(subject.last_contact_at),
    }


def _describe_appointment(appointment: Appointment, key: bytes) -> dict[str, Any]:
    return {
        "reference": appointment.reference,
        "kind": appointment.kind,
        "specialist": appointment.specialist_id,
        "office": appointment.office_id,
        "starts_at": _iso(appointment.starts_at),
        "minutes": appointment.minutes,
        "status": appointment.status,
        "name": _open(appointment, "name_sealed", key),
        "need": _open(appointment, "need_sealed", key),
        "reminds": appointment.reminds,
        "reminded_at": _iso(appointment.reminded_at),
        "cancelled_by": appointment.cancelled_by,
    }


def _open(appointment: Appointment, column: str, key: bytes) -> str | None:
    sealed = getattr(appointment, column)
    if sealed is None:
        return None
    return open_sealed(key, table="appointment", column=column, row_id=appointment.id, sealed=sealed)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
