"""Noting what happened for later figures: a day, a kind and a topic, never a person or a time of day."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Happening
from flows.turn import RIGA, Turn


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


def note_other_text(session: AsyncSession, channel: str, language: str, now: datetime) -> None:
    """A provider's message id that came again with other words: a fault there, or somebody trying things out."""
    day_on = now.astimezone(RIGA).date()
    session.add(Happening(day_on=day_on, kind="other-text", topic=None, channel=channel, language=language))
