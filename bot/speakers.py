"""Who speaks with a resident: a member of staff takes over, says something, hands back; never both at once.

Taking over raises the conversation's epoch, so that no answer of the assistant queued before is sent, and its
turn number, so that no answer planned before is written.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import mask_personal_codes
from booking.handovers import finish_taken, put_back_taken
from booking.keyring import KeyGone, Keyring
from booking.reminders import next_waking
from booking.staff import StaffMember
from booking.subjects import Subject
from bot import outbox
from bot.channels.sms_text import TYPOGRAPHIC, as_sms
from bot.database import Database
from bot.models import InboundMessage, OutboundMessage, OutboundStatus, Purpose
from flows.conversations import read_state, save_state
from flows.messages import Reply
from flows.models import Conversation
from flows.state import ConversationState
from flows.translations import mark, translate
from flows.with_person import ask_was_it_solved, tell_it_waits

IDLE_AFTER: Final = timedelta(minutes=30)
LONGEST_TEXT: Final = 1500
SAID_BY_STAFF = mark("A member of our staff: {text}")


class AlreadyHeld(Exception):
    """Another member of staff speaks with this resident."""


class NotHeld(Exception):
    """This member of staff does not speak with this resident, or no longer does."""


class NoWords(Exception):
    """There is nothing to send."""


class NoLinksBySms(Exception):
    """A link would be left out of an SMS, so the resident would get other words than were written."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What taking over found: ids of messages of the assistant that were just being sent and could not be stopped."""

    being_sent: tuple[str, ...]


async def take_over(session: AsyncSession, conversation_id: str, staff: StaffMember, now: datetime) -> TakenOver:
    """Let this person speak and take back what the assistant had queued; raises AlreadyHeld.

    Who holds the talk already simply goes on.
    """
    conversation = await _lock(session, conversation_id)
    if conversation.held_by == staff.id:
        return TakenOver(())
    if conversation.held_by is not None:
        raise AlreadyHeld
    conversation.held_by, conversation.held_at = staff.id, now
    conversation.speaker_epoch += 1
    conversation.turn_number += 1
    await session.flush()
    await outbox.cancel_queued(session, conversation_id, now=now)
    sending = select(OutboundMessage.id).where(
        OutboundMessage.conversation_id == conversation_id, OutboundMessage.status == OutboundStatus.SENDING
    )
    return TakenOver(tuple(await session.scalars(sending.order_by(OutboundMessage.position))))


async def say(
    session: AsyncSession, conversation_id: str, staff: StaffMember, text: str, *, key: bytes, now: datetime
) -> str:
    """Queue the words of who holds the talk, personal codes masked; the id of the message.

    Raises NotHeld, NoWords or NoLinksBySms.
    """
    words = mask_personal_codes(text.strip()[: LONGEST_TEXT * 2])[:LONGEST_TEXT]
    if not words:
        raise NoWords
    conversation = await _lock(session, conversation_id)
    if conversation.held_by != staff.id:
        raise NotHeld
    if conversation.channel == "sms" and loses_words(words):
        raise NoLinksBySms
    conversation.held_at = now
    subject = await session.get(Subject, conversation.subject_id)
    language = (subject.language if subject else None) or "lv"
    reply = Reply(translate(SAID_BY_STAFF, language).format(text=words))
    (row_id,) = outbox.enqueue(session, conversation, [reply], key=key, now=now, purpose=Purpose.PERSON)
    return row_id


async def hand_back(session: AsyncSession, conversation_id: str, *, by: str, key: bytes, now: datetime) -> None:
    """Let the assistant speak again, close what this person had taken, and ask the one closing question.

    It is not asked of who wants nothing from us, nor at night. Raises NotHeld.
    """
    conversation = await _lock(session, conversation_id)
    if conversation.held_by != by:
        raise NotHeld
    await finish_taken(session, conversation.subject_id, by=by, now=now)
    await _release(session, conversation, ask_was_it_solved, key=key, now=now)


async def end_idle_talks(database: Database, keyring: Keyring, now: datetime) -> int:
    """End the talks in which the member of staff has been silent for half an hour; how many.

    Was the last word theirs, the talk is handed back. Did the resident write since, it waits for somebody again.
    """
    async with database.reading() as session:
        idle = select(Conversation.id, Conversation.held_by).where(
            Conversation.held_by.is_not(None), Conversation.held_at <= now - IDLE_AFTER
        )
        found = [(row.id, row.held_by) for row in await session.execute(idle)]
    return sum([await _end_idle(database, keyring, talk, by or "", now) for talk, by in found])


async def _end_idle(database: Database, keyring: Keyring, conversation_id: str, by: str, now: datetime) -> bool:
    try:
        key = await open_talk_key(database, keyring, conversation_id)
        async with database.writing() as session:
            conversation = await _lock(session, conversation_id)
            if conversation.held_at is None or conversation.held_at > now - IDLE_AFTER:
                return False
            if await _waits_for_an_answer(session, conversation):
                await put_back_taken(session, conversation.subject_id, by=by)
                await _release(session, conversation, tell_it_waits, key=key, now=now)
            else:
                await hand_back(session, conversation_id, by=by, key=key, now=now)
    except (NotHeld, KeyGone):
        return False
    return True


async def _waits_for_an_answer(session: AsyncSession, conversation: Conversation) -> bool:
    since = (InboundMessage.conversation_id == conversation.id) & (InboundMessage.received_at > conversation.held_at)
    return await session.scalar(select(InboundMessage.position).where(since).limit(1)) is not None


async def _release(
    session: AsyncSession,
    conversation: Conversation,
    last_word: Callable[[ConversationState], Reply],
    *,
    key: bytes,
    now: datetime,
) -> None:
    """Let the assistant speak again, and say so unless they want nothing from us or it is night."""
    state = read_state(conversation, key)
    subject = await session.get(Subject, conversation.subject_id)
    reply = last_word(state)
    may_say = subject is not None and subject.opted_out_at is None and next_waking(now) == now
    if not may_say:
        state.leave_flow()
    state.asked_at = now.isoformat(timespec="seconds")
    await save_state(session, conversation, state, key=key, now=now)
    await session.refresh(conversation)
    conversation.held_by = conversation.held_at = None
    conversation.speaker_epoch += 1
    await session.flush()
    if may_say:
        outbox.enqueue(session, conversation, [reply], key=key, now=now)


async def open_talk_key(database: Database, keyring: Keyring, conversation_id: str) -> bytes:
    """The key of the person behind a conversation; raises KeyGone when they were erased."""
    async with database.reading() as session:
        found = select(Subject.key_id).join(Conversation, Conversation.subject_id == Subject.id)
        key_id = await session.scalar(found.where(Conversation.id == conversation_id))
    if key_id is None:
        raise KeyGone
    return await keyring.open(key_id)


async def _lock(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation as it now is, held until the commit; raises NotHeld when the person was erased."""
    same = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    found = await session.scalar(same.execution_options(populate_existing=True))
    if found is None:
        raise NotHeld
    return found


def loses_words(text: str) -> bool:
    """Whether an SMS would leave out some of these words, as it does with links."""
    return as_sms(Reply(text)) != unicodedata.normalize("NFC", text.translate(TYPOGRAPHIC))
