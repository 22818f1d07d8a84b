"""The first words of a new talk: who we are, what we are not, and what happens to what is written."""

from flows.commands import Command, read_command
from flows.messages import Reply
from flows.turn import Turn

# Whoever only wants to be left alone, or asks who writes, is not welcomed to a talk.
NO_WELCOME = (Command.STOP, Command.HELP, Command.WHO)


def greet(turn: Turn) -> list[Reply]:
    """The greeting with the information notice, once in a talk; by SMS a short one, with the notice on request."""
    if turn.state.greeted or read_command(turn.input.text, turn.input.choice_id) in NO_WELCOME:
        return []
    turn.state.greeted = True
    short = "_sms" if turn.resident.channel == "sms" else ""
    cards = turn.knowledge.catalogue.cards
    language = turn.state.guest or turn.language
    hello = cards.text(f"greeting{short}", language).strip()
    notice = cards.text(f"information_notice{short}", language).strip()
    details = cards.text("information_notice", language).strip() if short else ""
    return [Reply(f"{hello}\n{notice}", details=details)]
