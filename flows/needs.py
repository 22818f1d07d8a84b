"""What a resident may want to talk about, in their words, and the kind of specialist who helps with it."""

from flows.messages import Choice
from flows.turn import Turn

NEEDS: dict[str, str] = {
    "social-assistance": "Money, benefits, housing costs",
    "families": "Children and family",
    "seniors": "Care for an older person",
    "disability": "Life with a disability",
    "adults": "A hard time, debts, no home",
    "psychologist": "Psychologist",
    "lawyer": "Lawyer",
    "addiction": "Addiction",
    "occupational-therapist": "Adapting the home (occupational therapist)",
}


def need_choices(turn: Turn) -> list[Choice]:
    """All needs as choices."""
    return [turn.choice(kind, label) for kind, label in NEEDS.items()]


def kind_of_topic(turn: Turn, topic: str | None) -> str | None:
    """The kind of specialist that a topic's article names."""
    article = turn.knowledge.catalogue.answerable(topic, turn.today) if topic else None
    return article.specialist if article else None
