"""The only way staff reach what a resident told us.

The order is fixed: decide by role and calendar, commit the audit entry, only then open the key. What is not
there and what is somebody else's are refused alike, and the refusal is an entry too. Nothing is handed out
when the entry cannot be written.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from booking.audit import record
from booking.confidentiality import open_sealed
from booking.day_list import LISTED
from booking.handovers import Handover, HandoverKind, finish
from booking.keyring import KeyGone, Keyring, Sessions
from booking.models import Appointment
from booking.staff import Role, StaffMember
from booking.subjects import Subject, open_address

ID_SHAPE: Final = re.compile("[0-9a-f]{32}")
PHONE_CHANNEL: Final = "sms"  # its addresses are telephone numbers


class Reason(StrEnum):
    """Why a record was opened. The first two are given by the case, the others are the coordinator's to say."""

    OWN_CALENDAR = "own-calendar"
    WAITING_TALK = "waiting-talk"
    STANDING_IN = "standing-in"
    RESIDENT_ASKS = "resident-asks"
    COMPLAINT = "complaint"
    SUPERVISION = "supervision"


REASONS_TO_GIVE: Final = (Reason.STANDING_IN, Reason.RESIDENT_ASKS, Reason.COMPLAINT, Reason.SUPERVISION)


class Deed(StrEnum):
    """What was done to a record; `refused` is added when it was not allowed."""

    OPEN_APPOINTMENT = "appointment opened"
    KEEP_APPOINTMENT = "appointment marked kept"
    MISS_APPOINTMENT = "appointment marked missed"
    CANCEL_APPOINTMENT = "appointment cancelled"
    OPEN_HANDOVER = "talk opened"
    FINISH_HANDOVER = "talk done"
    ANSWER_HANDOVER = "talk answered"
    HAND_BACK_HANDOVER = "talk handed back"


class NotAllowed(Exception):
    """There is no such record, or it is not for this person: which of the two is not said."""


class ReasonNeeded(Exception):
    """A coordinator must say why before a record outside the own calendar is looked for."""


@dataclass(frozen=True, slots=True)
class OpenedAppointment:
    """An appointment with what was sealed; None where it is no longer kept."""

    appointment: Appointment
    name: str | None
    need: str | None
    level: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class OpenedHandover:
    """What somebody left for a person to read; `level` is None for an anonymous one.

    `phone` is the number they write from, where they are to be called on it.
    """

    handover: Handover
    text: str | None
    level: str | None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Opens records for staff, under the audit key handed in."""

    writing: Sessions
    keyring: Keyring
    audit_key: bytes

    async def open_appointment(
        self, staff: StaffMember, appointment_id: str, *, reason: str | None = None, now: datetime
    ) -> OpenedAppointment:
        """Audit, then decrypt; raises NotAllowed, ReasonNeeded, or KeyringUnavailable (audited by then)."""
        async with self.writing() as session:
            appointment = await self.permit_appointment(
                session, staff, appointment_id, deed=Deed.OPEN_APPOINTMENT, reason=reason, now=now
            )
            subject = await _subject(session, appointment.subject_id if appointment else None)
        if appointment is None:
            raise NotAllowed
        key = await self._key(subject.key_id if subject else None)
        return OpenedAppointment(
            appointment,
            name=_unseal(appointment, "name_sealed", key),
            need=_unseal(appointment, "need_sealed", key),
            level=subject.level if subject else None,
            language=subject.language if subject else None,
        )

    async def permit_appointment(
        self,
        session: AsyncSession,
        staff: StaffMember,
        appointment_id: str,
        *,
        deed: Deed,
        reason: str | None = None,
        now: datetime,
    ) -> Appointment | None:
        """The appointment, when this person may do this to it; None when not. Either way an entry is written.

        The entry is part of the caller's transaction: on None the caller must let it commit. Raises ReasonNeeded.
        """
        well_formed = _well_formed(appointment_id)
        found = await session.get(Appointment, well_formed) if well_formed else None
        if found is not None and found.status not in LISTED:
            found = None
        ground = _ground(staff, found, reason)
        action = deed if ground else f"{deed} refused"
        await self._record(session, staff, action, about=well_formed, reason=ground, now=now)
        return found if ground else None

    async def open_handover(self, staff: StaffMember, handover_id: str, *, now: datetime) -> OpenedHandover:
        """Audit, then decrypt what waits for a person; raises NotAllowed or KeyringUnavailable."""
        async with self.writing() as session:
            handover = await self.permit_handover(session, staff, handover_id, deed=Deed.OPEN_HANDOVER, now=now)
            subject = await _subject(session, handover.subject_id if handover else None)
        if handover is None:
            raise NotAllowed
        text = _unseal(handover, "text_sealed", await self._key(handover.key_id))
        is_call = handover.kind == HandoverKind.CALL and handover.channel == PHONE_CHANNEL
        phone = await self._phone(subject) if subject and is_call else None
        return OpenedHandover(handover, text, subject.level if subject else None, phone)

    async def finish_handover(self, staff: StaffMember, handover_id: str, *, now: datetime) -> None:
        """Mark as dealt with, in one transaction with its entry; raises NotAllowed."""
        async with self.writing() as session:
            handover = await self.permit_handover(session, staff, handover_id, deed=Deed.FINISH_HANDOVER, now=now)
            is_finished = handover is not None and await finish(session, handover.id, by=staff.id, now=now)
        if not is_finished:
            raise NotAllowed

    async def permit_handover(
        self, session: AsyncSession, staff: StaffMember, handover_id: str, *, deed: Deed, now: datetime
    ) -> Handover | None:
        """What was handed over, when this person may do this to it; None when not. Either way an entry is written.

        The entry is part of the caller's transaction: on None the caller must let it commit.
        """
        well_formed = _well_formed(handover_id)
        found = await session.get(Handover, well_formed) if well_formed else None
        may = found is not None and found.done_at is None and may_read(staff, found)
        action = deed if may else f"{deed} refused"
        ground = Reason.WAITING_TALK if may else None
        await self._record(session, staff, action, about=well_formed, reason=ground, now=now)
        return found if may else None

    async def _record(
        self,
        session: AsyncSession,
        staff: StaffMember,
        action: str,
        *,
        about: str | None,
        reason: str | None,
        now: datetime,
    ) -> None:
        await record(session, actor=staff.id, action=action, about=about, reason=reason, key=self.audit_key, now=now)

    async def _phone(self, subject: Subject) -> str | None:
        key = await self._key(subject.key_id)
        return open_address(subject, key) if key else None

    async def _key(self, key_id: str | None) -> bytes | None:
        try:
            return await self.keyring.open(key_id) if key_id else None
        except KeyGone:
            return None


def readable_kinds(staff: StaffMember) -> frozenset[HandoverKind]:
    """Which waiting things are this person's to read: a complaint may be about a specialist, so not theirs."""
    match staff.role:
        case Role.SPECIALIST:
            return frozenset({HandoverKind.PERSON, HandoverKind.CALL})
        case Role.COORDINATOR:
            return frozenset(HandoverKind)
        case _:
            return frozenset()


def may_read(staff: StaffMember, handover: Handover) -> bool:
    """Whether this is theirs to read: of the right kind, and not a talk that a colleague leads."""
    is_colleagues = handover.taken_by is not None and handover.taken_by != staff.id
    return handover.kind in readable_kinds(staff) and (staff.role == Role.COORDINATOR or not is_colleagues)


def _ground(staff: StaffMember, found: Appointment | None, reason: str | None) -> Reason | None:
    """Why this person may reach the appointment, or None."""
    if staff.role not in (Role.SPECIALIST, Role.COORDINATOR):
        return None
    if found is not None and found.specialist_id == staff.specialist_id:
        return Reason.OWN_CALENDAR
    if staff.role != Role.COORDINATOR:
        return None
    if reason not in REASONS_TO_GIVE:
        raise ReasonNeeded
    return Reason(reason) if found is not None else None


def _well_formed(record_id: str) -> str | None:
    return record_id if ID_SHAPE.fullmatch(record_id) else None


async def _subject(session: AsyncSession, subject_id: str | None) -> Subject | None:
    return await session.get(Subject, subject_id) if subject_id else None


def _unseal(row: Appointment | Handover, column: str, key: bytes | None) -> str | None:
    sealed = getattr(row, column)
    if sealed is None or key is None:
        return None
    text = open_sealed(key, table=row.__tablename__, column=column, row_id=row.id, sealed=sealed)
    return neutralise(text)


def neutralise(text: str) -> str:
    """The text without characters that steer instead of being read, such as those that turn its direction."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(each) in ("Cc", "Cf") and each != "\n" else each
        for each in text
    )
