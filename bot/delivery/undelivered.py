"""What could not be delivered becomes a task for a person: call instead."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import new_reference
from booking.confidentiality import new_id, open_sealed, seal
from booking.handovers import Handover, HandoverKind, HandoverReason, hand_over
from booking.subjects import Subject
from bot.models import OutboundMessage, Purpose
from flows.messages import Reply
from flows.notices import UNDELIVERED
from flows.translations import translate

MUST_BE_TOLD: Final = (Purpose.CARD, Purpose.CHANGE, Purpose.PERSON, Purpose.NOTICE)
"""Purposes whose message a person has to be told in another way; an answer may be asked for again."""

SHOWN_TO_STAFF: Final = (Purpose.CHANGE, Purpose.PERSON, Purpose.NOTICE)
LONGEST_TEXT: Final = 2000


async def call_instead(
    session: AsyncSession, subject: Subject, purpose: str, reply: Reply | None, *, key: bytes, now: datetime
) -> None:
    """Ask for a call, in the transaction in which the message failed.

    One open task for each person: what fails later is added to its text.
    """
    # Two messages of one person may fail at the same time; the second one must see the task of the first.
    locked = await session.scalar(select(Subject.id).where(Subject.id == subject.id).with_for_update())
    if locked is None:
        return
    text = _words(purpose, reply)
    open_task = await session.scalar(
        select(Handover).where(
            Handover.subject_id == subject.id,
            Handover.kind == HandoverKind.CALL,
            Handover.reason == HandoverReason.UNDELIVERED,
            Handover.done_at.is_(None),
        )
    )
    if open_task is not None:
        _add(open_task, text, key)
        return
    await hand_over(session, _task(subject, text, key, now))


def _words(purpose: str, reply: Reply | None) -> str:
    if reply is not None and purpose in SHOWN_TO_STAFF:
        return reply.text
    return translate(UNDELIVERED, "lv")


def _task(subject: Subject, text: str, key: bytes, now: datetime) -> Handover:
    handover_id = new_id()
    return Handover(
        id=handover_id,
        reference=new_reference(),
        kind=HandoverKind.CALL,
        reason=HandoverReason.UNDELIVERED,
        subject_id=subject.id,
        key_id=subject.key_id,
        text_sealed=_sealed(handover_id, text, key),
        language=subject.language or "lv",
        channel=subject.channel,
        asked_at=now,
    )


def _add(task: Handover, text: str, key: bytes) -> None:
    before = open_sealed(key, table="handover", column="text_sealed", row_id=task.id, sealed=task.text_sealed)
    if text not in before:
        task.text_sealed = _sealed(task.id, f"{before}\n\n{text}", key)


def _sealed(handover_id: str, text: str, key: bytes) -> bytes:
    return seal(key, table="handover", column="text_sealed", row_id=handover_id, text=text[:LONGEST_TEXT])


def must_call(row: OutboundMessage) -> bool:
    """Whether the failure of this row leaves somebody untold of what they must know."""
    return row.purpose in MUST_BE_TOLD
