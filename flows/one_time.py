"""A number for one time: six figures sent to the number on file, to be typed back.

The sender of an SMS can be forged, but the answer goes to the true owner: only who reads our messages knows
the figures. Five wrong tries within a day, or ten minutes, and the office has to help.
"""

import hmac
import re
import unicodedata
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum

from booking.look_ups import FIGURES, new_figures
from flows.moves import Again, Done, Move
from flows.turn import Turn

LIVES = timedelta(minutes=10)
MOST_WRONG = 5
RESTS = timedelta(hours=24)
NEEDED_ON = frozenset({"sms"})

_BETWEEN = re.compile(r"[\s.,;:!-]+")


class Typed(Enum):
    """What was typed back."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_FIGURES = "no figures"
    TOO_LATE = "too late"


def is_needed(turn: Turn) -> bool:
    """Whether the channel proves nothing about who writes."""
    return turn.resident.channel in NEEDED_ON


def draw(turn: Turn) -> bool:
    """New figures for the question that comes next; False when too many were wrong within a day."""
    if _is_resting(turn):
        return False
    turn.state.facts |= {"figures": new_figures(), "figures_until": (turn.now + LIVES).isoformat()}
    return True


def check(turn: Turn) -> Typed:
    """Compare what was typed with what was sent; a wrong try is counted beyond the end of the form."""
    until = turn.state.facts.get("figures_until")
    if until is None or turn.now > datetime.fromisoformat(until) or _is_resting(turn):
        return Typed.TOO_LATE
    figures = figures_in(turn.input.text)
    if figures is None:
        return Typed.NO_FIGURES
    if hmac.compare_digest(figures, turn.state.facts["figures"]):
        turn.state.wrong_figures, turn.state.wrong_figures_at = 0, ""
        return Typed.RIGHT
    turn.state.wrong_figures += 1
    turn.state.wrong_figures_at = turn.now.isoformat(timespec="seconds")
    return Typed.TOO_LATE if _is_resting(turn) else Typed.WRONG


async def take(turn: Turn, act: Callable[[Turn], Awaitable[Move]]) -> Move:
    """The move for what was typed back: only right figures do what was asked for."""
    match check(turn):
        case Typed.RIGHT:
            return await act(turn)
        case Typed.WRONG:
            return Again(turn.reply("These are other figures than those we sent."), is_understood=True)
        case Typed.NO_FIGURES:
            return Again(turn.reply("I need six figures."))
        case Typed.TOO_LATE:
            return over(turn)


def over(turn: Turn) -> Move:
    """No more tries, or too late: nothing has changed, and where help is."""
    ways = (turn.choice("topic:office-contacts", "Addresses and phones"), turn.choice("menu", "Menu"))
    return Done((turn.reply("These figures do not count any more. Nothing has changed. The office will help.", *ways),))


def figures_in(text: str) -> str | None:
    """The six figures somebody wrote, with or without gaps; None when it is anything else."""
    close = closed_up(text)
    return close if len(close) == FIGURES and close.isascii() and close.isdecimal() else None


def closed_up(text: str) -> str:
    """What was typed without the gaps and signs that people put in between."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text))


def _is_resting(turn: Turn) -> bool:
    """Whether too many were wrong lately; after a day they are forgotten."""
    state = turn.state
    if not state.wrong_figures_at or turn.now - datetime.fromisoformat(state.wrong_figures_at) > RESTS:
        state.wrong_figures = 0
    return state.wrong_figures >= MOST_WRONG
