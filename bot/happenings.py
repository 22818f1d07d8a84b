"""Noting what happened for later figures: a day, a kind and a topic, never a person or a time of day."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Happening
from flows.turn import Turn


def note_turn(session: AsyncSession, turn: Turn) -> None:
    """One answered turn. What a crisis was about is not noted."""
    outcome = turn.outcome
    session.add(
        Happening(
            day_on=turn.today,
            kind=outcome.kind,
            topic=None if outcome.kind == "crisis" else outcome.topic,
            channel=turn.resident.channel,
            language=turn.language,
        )
    )
