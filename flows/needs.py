"""What a resident may want to talk about, in their words, and the kind of specialist who helps with it."""

from booking.places import kinds_taken
from flows.messages import Choice
from flows.translations import mark
from flows.turn import Turn

NEEDS: dict[str, str] = {
    "social-assistance": mark("Money, benefits, housing costs"),
    "families": mark("Children and family"),
    "seniors": mark("Care for an older person"),
    "disability": mark("Life with a disability"),
    "adults": mark("A hard time, debts, no home"),
    "psychologist": mark("Psychologist"),
    "lawyer": mark("Lawyer"),
    "addiction": mark("Addiction"),
    "occupational-therapist": mark("Adapting the home (occupational therapist)"),
}


async def need_choices(turn: Turn) -> list[Choice]:
    """The needs that somebody here takes appointments for, as choices."""
    taken = await kinds_taken(turn.session)
    return [turn.choice(kind, label) for kind, label in NEEDS.items() if kind in taken]


def kind_of_topic(turn: Turn, topic: str | None) -> str | None:
    """The kind of specialist that a topic's article names."""
    article = turn.knowledge.catalogue.answerable(topic, turn.today) if topic else None
    return article.specialist if article else None
