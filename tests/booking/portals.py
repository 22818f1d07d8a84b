"""A portal in this process for tests: invented staff, their browsers, and residents with appointments."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import book, hold, new_reference
from booking.audit import AuditEntry
from booking.availability import Slot
from booking.confidentiality import blind_index, new_id, seal
from booking.handovers import Handover, HandoverKind, HandoverReason, hand_over
from booking.keyring import Keyring
from booking.models import Appointment
from booking.portal.house import PortalHouse
from booking.portal.routes import build_router
from booking.portal.security import Cookies, form_token
from booking.portal.translations import translate
from booking.sign_in import start_session
from booking.staff import Role, StaffMember
from booking.subjects import SecrecyLevel, make_subject
from bot.database import Database
from bot.web.pages import build_pages
from tests.booking.calendars import KIND, open_calendar, slot_at
from tests.booking.residents import make_keyring

AUDIT_KEY = bytes(range(64, 96))
PASSWORD = "zaļa laiva uz Mēmeles"
NAME = "Anna Paraudziņa"
NEED = "gmi-benefit"
NEED_TITLE = "GMI pabalsts"
WORDS = "Zvaniet man pēc pieciem, ja lūdzu"
ADDRESS = "+37120000001"
MINE, COLLEAGUE = "ilze", "oskars"


@dataclass
class Notices:
    """Stands for the outbox: remembers whom the office's cancelling was told, in the caller's transaction."""

    told: list[str] = field(default_factory=list)
    may_write: bool = True
    fails: bool = False

    async def notify(self, session: AsyncSession, appointment: Appointment) -> bool:
        """Queue by a row of the same transaction, so that a rollback is seen."""
        if self.fails:
            raise RuntimeError
        session.add(AuditEntry(id=new_id(), at=appointment.changed_at, actor="", action="notice", mac=b""))
        self.told.append(appointment.id)
        return self.may_write


@dataclass
class Portal:
    """The portal, its clock and the people around it."""

    app: FastAPI
    house: PortalHouse
    database: Database
    keyring: Keyring
    now: datetime
    notices: Notices

    async def hire(self, role: Role, specialist_id: str | None = None, **other: Any) -> StaffMember:
        """An account with the password PASSWORD."""
        staff = StaffMember(
            id=new_id(),
            sign_in_name=f"{role}-{new_id()[:6]}",
            display_name=f"Persona {role}",
            password_hash=hashed(PASSWORD),
            role=role,
            specialist_id=specialist_id,
            language="lv",
            created_at=self.now,
        )
        for name, value in other.items():
            setattr(staff, name, value)
        async with self.database.writing() as session:
            session.add(staff)
        return staff

    async def browser(self, staff: StaffMember | None = None) -> "Browser":
        """A browser, signed in if a staff member is given."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False), base_url="http://paligs.test"
        )
        token = ""
        if staff is not None:
            async with self.database.writing() as session:
                token = await start_session(session, staff.id, now=self.now)
            client.cookies.set(Cookies(secure=False).session, token)
        return Browser(client, token)

    async def resident(self, slot: Slot, *, name: str = NAME, level: SecrecyLevel = SecrecyLevel.OTHERS) -> Appointment:
        """Somebody who has booked this time, as the talk does it."""
        subject_id, key = await self.subject(level)
        appointment_id, early = new_id(), slot.starts_at - timedelta(days=2)

        def sealed(column: str, text: str) -> bytes:
            return seal(key, table="appointment", column=column, row_id=appointment_id, text=text)

        async with self.database.writing() as session:
            await hold(
                session,
                slot,
                appointment_id=appointment_id,
                reference=new_reference(),
                subject_id=subject_id,
                kind=KIND,
                now=early,
            )
            return await book(
                session,
                appointment_id,
                request_key=appointment_id,
                name_sealed=sealed("name_sealed", name),
                need_sealed=sealed("need_sealed", NEED),
                reminds=True,
                now=early,
            )

    async def subject(self, level: SecrecyLevel = SecrecyLevel.OTHERS) -> tuple[str, bytes]:
        """A person behind an address: id and key."""
        key = await self.keyring.create(self.now)
        subject_id = new_id()
        async with self.database.writing() as session:
            made = await make_subject(
                session,
                subject_id=subject_id,
                channel="sms",
                address=ADDRESS,
                address_index=blind_index(bytes(32), "sms", subject_id),
                key=key,
                now=self.now,
            )
            made.level = level
        return subject_id, key[1]

    async def talk(self, kind: HandoverKind, *, words: str = WORDS, anonymous: bool = False) -> Handover:
        """Something waiting for a person, since two hours and five minutes."""
        key_id, key = await self.keyring.create(self.now)
        subject_id = None if anonymous else (await self.subject())[0]
        row = Handover(
            reason=HandoverReason.ASKED,
            id=new_id(),
            reference=new_reference(),
            kind=kind,
            subject_id=subject_id,
            key_id=key_id,
            language="ru",
            channel="" if anonymous else "web",
            asked_at=self.now - timedelta(hours=2, minutes=5),
        )
        row.seal_words(words, key)
        async with self.database.writing() as session:
            await hand_over(session, row)
        return row

    async def entries(self) -> list[tuple[str, str | None, str | None]]:
        """The audit trail: what was done, about what, and why."""
        async with self.database.reading() as session:
            rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.at))
            return [(row.action, row.about, row.reason) for row in rows if row.action != "notice"]

    async def notice_rows(self) -> int:
        """How many notices were committed."""
        async with self.database.reading() as session:
            rows = await session.scalars(select(AuditEntry.id).where(AuditEntry.action == "notice"))
            return len(rows.all())

    async def status_of(self, appointment: Appointment) -> str:
        """What became of an appointment by now."""
        async with self.database.reading() as session:
            return (await session.get_one(Appointment, appointment.id)).status


@dataclass
class Browser:
    """One browser; its forms are ours unless told otherwise."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Follow a link."""
        return await self.client.get(path, params=query or None)

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        """Send one of our forms; `headers` replaces what a browser says of where it came from."""
        said = {"sec-fetch-site": "same-origin"} if headers is None else headers
        return await self.client.post(path, data={"form_token": form_token(self.token)} | fields, headers=said)


async def open_portal(database: Database, keyring_database: Database, now: datetime) -> Portal:
    """A portal with the calendars of Ilze and Oskars."""
    keyring, notices = make_keyring(keyring_database), Notices()
    portal: Portal

    house = PortalHouse(
        reading=database.reading,
        writing=database.writing,
        keyring=keyring,
        now=lambda: portal.now,
        pages=build_pages(),
        translate=translate,
        audit_key=AUDIT_KEY,
        address="http://paligs.test",
        secure_cookies=False,
        notify=notices.notify,
        topic_title=title_of,
    )
    app = FastAPI()
    app.include_router(build_router(house))
    portal = Portal(app, house, database, keyring, now, notices)
    async with database.writing() as session:
        await open_calendar(session, people=(MINE, COLLEAGUE))
    return portal


def title_of(topic: str, language: str) -> str:
    """What the knowledge base would call a topic."""
    return f"{NEED_TITLE} ({language})" if topic == NEED else topic


@cache
def hashed(password: str) -> str:
    """A hash that is quick to make and to check; what real accounts get is tested in test_staff.py."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


TODAY_EARLIER = slot_at("2026-11-24 09:00")
TODAY_LATER = slot_at("2026-11-24 14:00")
TOMORROW = slot_at("2026-11-25 10:30")
COLLEAGUES_TOMORROW = slot_at("2026-11-25 11:00", COLLEAGUE)
