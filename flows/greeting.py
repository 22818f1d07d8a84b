"""The first words of a new talk: who we are, what we are not, and what happens to what is written."""

from flows.messages import Reply
from flows.turn import Turn


def greet(turn: Turn) -> list[Reply]:
    """The greeting with the information notice, once in a talk."""
    if turn.state.greeted:
        return []
    turn.state.greeted = True
    cards = turn.knowledge.catalogue.cards
    texts = [cards.text(name, turn.language) for name in ("greeting", "information_notice")]
    return [Reply("\n".join(texts))]
