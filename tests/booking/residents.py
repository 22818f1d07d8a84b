"""Invented residents for the tests of secrets: keyrings, subjects, appointments and what the files hold."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import blind_index, new_id, seal
from booking.keyring import Keyring
from booking.models import Appointment, AppointmentStatus, ClaimedCell, Office, Specialist
from booking.subjects import Subject, make_subject
from bot.database import Database

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MASTER_KEYS = {"2026-1": bytes(range(32)), "2027-1": bytes(range(32, 64))}
SECRET = b"an index secret of thirty-two by"
PHONE = "+37120000001"
NAME = "Ilze Paraudziņa"
NEED = "Grib runāt par pabalstu"


def make_keyring(database: Database, newest: str = "2026-1") -> Keyring:
    return Keyring(database.reading, database.writing, MASTER_KEYS, newest)


async def add_resident(
    database: Database, keyring: Keyring, *, channel: str = "sms", address: str = PHONE, now: datetime = NOW
) -> tuple[Subject, bytes]:
    """A subject as the inbox makes one: the key first, then the row."""
    key_id, key = await keyring.create(now)
    async with database.writing() as session:
        subject = await make_subject(
            session,
            subject_id=new_id(),
            channel=channel,
            address=address,
            address_index=blind_index(SECRET, channel, address),
            key=(key_id, key),
            now=now,
        )
    return subject, key


async def add_calendar(session: AsyncSession) -> None:
    """One office with one specialist."""
    name = {"lv": "Sociālais dienests", "ru": "Социальная служба"}
    office = Office(id="main", name=name, town=name, address="Parauga iela 1", phone="", note=None)
    session.add(office)
    session.add(Specialist(id="anna", name="Anna Piemēra", kinds=["adults"], languages=["lv"]))
    await session.flush()


async def add_appointment(
    session: AsyncSession,
    subject_id: str | None,
    key: bytes,
    *,
    starts_at: datetime = NOW + timedelta(days=2),
    status: AppointmentStatus = AppointmentStatus.BOOKED,
) -> Appointment:
    """An appointment with its cells, as booking one leaves it."""
    appointment_id = new_id()
    first = int(starts_at.timestamp()) // 300
    is_held = status in (AppointmentStatus.HELD, AppointmentStatus.EXPIRED)
    appointment = Appointment(
        id=appointment_id,
        reference=appointment_id[:6],
        subject_id=subject_id,
        kind="adults",
        specialist_id="anna",
        office_id="main",
        starts_at=starts_at,
        minutes=30,
        lane=0,
        first_cell=first,
        end_cell=first + 6,
        status=status,
        held_until_at=NOW + timedelta(minutes=15) if is_held else None,
        request_key=None if is_held else appointment_id,
        name_sealed=sealed(key, "name_sealed", appointment_id, NAME),
        need_sealed=sealed(key, "need_sealed", appointment_id, NEED),
        created_at=NOW,
        changed_at=NOW,
    )
    session.add(appointment)
    await session.flush()
    for cell in range(first, first + 6):
        session.add(ClaimedCell(resource="anna", lane=0, cell=cell, appointment_id=appointment_id))
    return appointment


def sealed(key: bytes, column: str, row_id: str, text: str) -> bytes:
    return seal(key, table="appointment", column=column, row_id=row_id, text=text)


def bytes_of(folder: Path) -> bytes:
    """Everything that lies in the files of a folder."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
