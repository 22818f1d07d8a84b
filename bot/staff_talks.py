"""What staff do in a resident's talk, whichever door they come through: list, read, answer, hand back.

Every way to what was written goes through booking/access.py: the entry is committed first, then the key opened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking import look_ups
from booking.access import Access, Deed, NotAllowed, OpenedHandover, ReasonNeeded, may_read, neutralise
from booking.handovers import (
    Handover,
    HandoverKind,
    HandoverReason,
    find_begun,
    find_by_reference,
    hand_over,
    make_handover,
    take,
    waiting,
)
from booking.keyring import KeyGone, Keyring
from booking.models import Appointment
from booking.staff import StaffMember
from booking.subjects import SecrecyLevel, Subject
from bot import speakers
from bot.database import Database
from bot.inbox import read_input
from bot.models import InboundMessage, OutboundMessage, OutboundStatus, Purpose
from bot.outbox import NEVER_SENT, read_body
from flows.conversations import find_conversation
from flows.models import Conversation

SHOWN_BEFORE: Final = timedelta(minutes=30)
"""What somebody asks a person about was said just before."""

NOT_TO_BE_WRITTEN_TO: Final = (HandoverReason.DANGER, HandoverReason.UNDELIVERED)


class NoTalk(Exception):
    """Nobody can be answered here: it was anonymous, or the person was forgotten."""


class MayNotWrite(Exception):
    """Writing there is not safe, cannot arrive, or the resident wants nothing from us."""


class Speaker(StrEnum):
    """Who said a line."""

    RESIDENT = "resident"
    ASSISTANT = "assistant"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a talk; `is_being_sent` marks one that could not be stopped any more."""

    at: datetime
    speaker: Speaker
    text: str
    is_being_sent: bool = False


@dataclass(frozen=True, slots=True)
class ReadTalk:
    """What was handed over, and the talk around it."""

    opened: OpenedHandover
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Answered:
    """The number of the talk, and what the assistant was just sending when it was taken over."""

    reference: str
    being_sent: list[Line]


@dataclass(frozen=True, slots=True)
class StaffTalks:
    """The talks of one house, for staff who have signed in."""

    database: Database
    keyring: Keyring
    audit_key: bytes

    @property
    def access(self) -> Access:
        """The way to what residents told us."""
        return Access(self.database.writing, self.keyring, self.audit_key)

    async def list_waiting(self, staff: StaffMember) -> list[Handover]:
        """What waits for a person and is theirs to read, dangers first; no text is opened for it."""
        async with self.database.reading() as session:
            return [each for each in await waiting(session) if may_read(staff, each)]

    async def read(self, staff: StaffMember, reference: str, *, now: datetime) -> ReadTalk:
        """What was handed over and the talk since shortly before; raises NotAllowed. Of a danger only its kind."""
        opened = await self._open(staff, reference, now)
        if opened.handover.reason == HandoverReason.DANGER or opened.handover.kind == HandoverKind.COMPLAINT:
            return ReadTalk(opened, [])
        try:
            conversation = await self._conversation(opened.handover)
        except NoTalk:
            return ReadTalk(opened, [])
        key = await self._key(conversation)
        async with self.database.reading() as session:
            since = opened.handover.asked_at - SHOWN_BEFORE
            return ReadTalk(opened, await read_lines(session, conversation.id, key=key, since=since))

    async def answer(self, staff: StaffMember, reference: str, text: str, *, now: datetime) -> Answered:
        """Take the talk over, if not done yet, and say something.

        The number may also be that of an appointment of the own calendar: then it is staff's choice to begin.
        Raises NotAllowed, NoTalk, MayNotWrite, speakers.AlreadyHeld, speakers.NoWords or NoLinksBySms.
        """
        handover = await self._find(staff, reference, now)
        if handover.reason in NOT_TO_BE_WRITTEN_TO:
            raise MayNotWrite
        conversation = await self._conversation(handover)
        key = await self._key(conversation)
        async with self.database.writing() as session:
            subject = await session.get(Subject, conversation.subject_id)
            if subject is None or subject.opted_out_at is not None:
                raise MayNotWrite
            await self._permit(session, staff, handover, Deed.ANSWER_HANDOVER, now)
            taken = await speakers.take_over(session, conversation.id, staff, now)
            await take(session, handover.id, by=staff.id, now=now)
            await speakers.say(session, conversation.id, staff, text, key=key, now=now)
            return Answered(handover.reference, await _being_sent(session, taken, key))

    async def hand_back(self, staff: StaffMember, reference: str, *, now: datetime) -> None:
        """Let the assistant speak again; raises NotAllowed, NoTalk or speakers.NotHeld."""
        opened = await self._open(staff, reference, now)
        conversation = await self._conversation(opened.handover)
        key = await self._key(conversation)
        async with self.database.writing() as session:
            await self._permit(session, staff, opened.handover, Deed.HAND_BACK_HANDOVER, now)
            await speakers.hand_back(session, conversation.id, by=staff.id, key=key, now=now)

    async def _open(self, staff: StaffMember, reference: str, now: datetime) -> OpenedHandover:
        async with self.database.reading() as session:
            found = await find_by_reference(session, reference)
        # An unknown number is refused, and the refusal written down, as one that is somebody else's.
        return await self.access.open_handover(staff, found.id if found else "", now=now)

    async def _find(self, staff: StaffMember, reference: str, now: datetime) -> Handover:
        async with self.database.reading() as session:
            is_appointment = await look_ups.find(session, reference.strip().upper(), now=now)
        if is_appointment is None:
            return (await self._open(staff, reference, now)).handover
        return await self._choose(staff, is_appointment, now)

    async def _choose(self, staff: StaffMember, appointment: Appointment, now: datetime) -> Handover:
        """Begin with the resident of an own appointment; unasked, so only where nobody else reads."""
        try:
            opened = await self.access.open_appointment(staff, appointment.id, now=now)
        except ReasonNeeded:
            raise NotAllowed from None
        if opened.level != SecrecyLevel.ONLY_ME or appointment.subject_id is None:
            raise MayNotWrite
        async with self.database.writing() as session:
            subject = await session.get_one(Subject, appointment.subject_id)
            begun = await find_begun(session, subject.id, by=staff.id)
            return begun or await self._begin(session, staff, subject, now)

    async def _begin(self, session: AsyncSession, staff: StaffMember, subject: Subject, now: datetime) -> Handover:
        key = await self.keyring.open(subject.key_id)
        row = make_handover(HandoverKind.PERSON, HandoverReason.STAFF, "", subject=subject, key=key, now=now)
        row.taken_at, row.taken_by = now, staff.id
        await hand_over(session, row)
        return row

    async def _key(self, conversation: Conversation) -> bytes:
        try:
            return await speakers.open_talk_key(self.database, self.keyring, conversation.id)
        except KeyGone:
            raise NoTalk from None

    async def _permit(
        self, session: AsyncSession, staff: StaffMember, handover: Handover, deed: Deed, now: datetime
    ) -> None:
        if await self.access.permit_handover(session, staff, handover.id, deed=deed, now=now) is None:
            raise NotAllowed

    async def _conversation(self, handover: Handover) -> Conversation:
        async with self.database.reading() as session:
            found = await find_conversation(session, handover.subject_id) if handover.subject_id else None
        if found is None:
            raise NoTalk
        return found


async def read_lines(session: AsyncSession, conversation_id: str, *, key: bytes, since: datetime) -> list[Line]:
    """Both sides of a talk since then, in order of time, without characters that steer."""
    heard = await session.scalars(
        select(InboundMessage).where(
            InboundMessage.conversation_id == conversation_id, InboundMessage.received_at >= since
        )
    )
    lines = [Line(row.received_at, Speaker.RESIDENT, _readable(read_input(row, key).text)) for row in heard]
    said = await session.scalars(
        select(OutboundMessage).where(
            OutboundMessage.conversation_id == conversation_id,
            OutboundMessage.queued_at >= since,
            OutboundMessage.status.not_in(NEVER_SENT),
        )
    )
    lines += [line for row in said if (line := _line(row, key))]
    return sorted(lines, key=lambda line: line.at)


async def _being_sent(session: AsyncSession, taken: speakers.TakenOver, key: bytes) -> list[Line]:
    rows = await session.scalars(select(OutboundMessage).where(OutboundMessage.id.in_(taken.being_sent)))
    return [line for row in rows if (line := _line(row, key))]


def _line(row: OutboundMessage, key: bytes) -> Line | None:
    reply = read_body(row, key)
    if reply is None:
        return None
    speaker = Speaker.STAFF if row.purpose == Purpose.PERSON else Speaker.ASSISTANT
    return Line(row.queued_at, speaker, _readable(reply.text), row.status == OutboundStatus.SENDING)


def _readable(text: str) -> str:
    return neutralise(text).strip()
