"""The first words of a new talk: who we are, what we are not, and what happens to what is written."""

from flows.messages import Reply
from flows.turn import Turn


def greet(turn: Turn) -> list[Reply]:
    """The greeting with the information notice, once in a talk."""
    if turn.state.greeted:
        return []
    turn.state.greeted = True
    cards = turn.knowledge.catalogue.cards
    hello = cards.text("greeting", turn.state.heard or turn.language).strip()
    return [Reply(f"{hello}\n{cards.text('information_notice', turn.language).strip()}")]
