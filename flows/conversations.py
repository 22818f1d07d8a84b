"""Loading a conversation, and saving it only if nobody else did meanwhile."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import open_sealed, seal
from flows.models import Conversation, UnansweredMessage
from flows.state import ConversationState


class StateMoved(Exception):
    """Another worker saved this conversation since it was read: plan again on what is there now."""


def read_state(conversation: Conversation, key: bytes) -> ConversationState:
    """The state as it was saved, or a new one; raises SealBroken and StateTooNew."""
    if conversation.state is None:
        return ConversationState()
    text = open_sealed(key, table="conversation", column="state", row_id=conversation.id, sealed=conversation.state)
    return ConversationState.from_json(text)


async def save_state(
    session: AsyncSession, conversation: Conversation, state: ConversationState, *, key: bytes, now: datetime
) -> None:
    """Write the state of the turn that was planned on `conversation`; raises StateMoved.

    The update takes the row's lock, so of two plans on the same turn only one is written.
    """
    sealed = seal(key, table="conversation", column="state", row_id=conversation.id, text=state.as_json())
    saved = await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id, Conversation.turn_number == conversation.turn_number)
        .values(state=sealed, turn_number=Conversation.turn_number + 1, changed_at=now)
        .returning(Conversation.id)
    )
    if saved.scalar_one_or_none() is None:
        raise StateMoved


async def find_conversation(session: AsyncSession, subject_id: str) -> Conversation | None:
    """The conversation with a subject."""
    return await session.scalar(select(Conversation).where(Conversation.subject_id == subject_id))


async def forget_subject(session: AsyncSession, subject_id: str) -> None:
    """Delete the conversation with a person and the messages of theirs that got no answer, for erasure."""
    await session.execute(delete(UnansweredMessage).where(UnansweredMessage.subject_id == subject_id))
    await session.execute(delete(Conversation).where(Conversation.subject_id == subject_id))
