"""What could not be delivered becomes a task for a person: call instead."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.handovers import Handover, HandoverKind, HandoverReason, hand_over, make_handover
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
    kind, reason = HandoverKind.CALL, HandoverReason.UNDELIVERED
    await hand_over(session, make_handover(kind, reason, text[:LONGEST_TEXT], subject=subject, key=key, now=now))


def _words(purpose: str, reply: Reply | None) -> str:
    if reply is not None and purpose in SHOWN_TO_STAFF:
        return reply.text
    return translate(UNDELIVERED, "lv")


def _add(task: Handover, text: str, key: bytes) -> None:
    before = task.open_words(key)
    if text not in before:
        task.seal_words(f"{before}\n\n{text}"[:LONGEST_TEXT], key)


def must_call(row: OutboundMessage) -> bool:
    """Whether the failure of this row leaves somebody untold of what they must know."""
    return row.purpose in MUST_BE_TOLD
