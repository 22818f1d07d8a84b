"""What became of a complaint: whoever has its number learns whether it waits or was dealt with, and nothing else.

In the web chat a number that is no complaint's may be an appointment's: flows/look_up.py asks for its figures,
whether there is such an appointment or not.
"""

import re
import unicodedata

from booking.appointments import REFERENCE_LENGTH, as_reference
from booking.handovers import follow_up_complaint
from flows.messages import Reply
from flows.moves import Done, Start
from flows.one_time import figures_in
from flows.times import day_words
from flows.turn import RIGA, Outcome, Turn
from knowledge.text import fold

MOST_WORDS = 10
BESIDE_A_BARE_NUMBER = frozenset(fold(word) for word in ("nr", "numurs", "номер", "№", "lūdzu", "пожалуйста"))
BESIDE_A_PAIR = BESIDE_A_BARE_NUMBER | {fold(word) for word in ("cipari", "un", "pieraksts", "цифры", "и", "запись")}
_BETWEEN = re.compile(r"[?.,:;!/+-]")
TELLING_STEMS = tuple(
    fold(stem)
    for stem in ("sūdz", "ieteikum", "notic", "kļuv", "izskat", "жалоб", "предложени", "стало", "рассмотр")
)  # fmt: skip


async def follow_up(turn: Turn) -> Done | Start | None:
    """The answer to a message that is a number or asks after a complaint by it; None when it is no such message.

    The words are forgotten at once: kept, they would lead from this address to an anonymous complaint.
    """
    looks_up = turn.resident.channel == "web" and turn.look_up_index is not None
    pair = read_pair(turn.input.text) if looks_up else None
    if pair is not None:
        return _look_up(turn, {"number": pair[0], "figures": pair[1]})
    reference = read_reference(turn.input.text)
    if reference is None:
        return None
    turn.forgets_words = True
    turn.outcome = Outcome("flow", "complaint-suggestion")
    found = await follow_up_complaint(turn.session, reference)
    menu = turn.choice("menu", "Menu")
    if found is None and looks_up and not _tells_of_complaint(turn.input.text):
        return _look_up(turn, {"number": reference, "is_bare": True})
    if found is None:
        return Done((_unknown(turn),))
    if found.done_at is None:
        return Done((turn.reply("It has been received and is waiting to be dealt with.", menu),))
    day = day_words(found.done_at.astimezone(RIGA).date(), turn.language)
    return Done((turn.reply("It was dealt with: {day}.", menu, day=day),))


def _look_up(turn: Turn, facts: dict[str, str | bool]) -> Start:
    turn.forgets_words = True
    turn.outcome = Outcome("flow", "my-appointments")
    return Start("look-up", facts)


def _unknown(turn: Turn) -> Reply:
    """One sentence for every number that is no complaint's, whatever else it may be."""
    return turn.reply(
        "I find no complaint or suggestion under this number.",
        turn.choice("my-appointments", "My appointments"),
        turn.choice("menu", "Menu"),
    )


def read_reference(text: str) -> str | None:
    """The number of a complaint, if the message is nothing but it or asks what became of it."""
    words = _words(text)
    found = [one for one in (as_reference(word) for word in words) if one]
    if len(found) != 1 or len(words) > MOST_WORDS:
        return None
    others = [fold(word) for word in words if as_reference(word) is None]
    if _tells_of_complaint(text):
        return found[0]
    is_bare = all(word in BESIDE_A_BARE_NUMBER for word in others)
    return found[0] if is_bare and not found[0].isdecimal() else None


def read_pair(text: str) -> tuple[str, str] | None:
    """The number of an appointment and its six figures, if the message is nothing but both."""
    close = "".join(word for word in _words(text) if fold(word) not in BESIDE_A_PAIR)
    number, figures = as_reference(close[:REFERENCE_LENGTH]), figures_in(close[REFERENCE_LENGTH:])
    return (number, figures) if number and figures and not number.isdecimal() else None


def _tells_of_complaint(text: str) -> bool:
    return any(fold(word).startswith(TELLING_STEMS) for word in _words(text) if as_reference(word) is None)


def _words(text: str) -> list[str]:
    return _BETWEEN.sub(" ", unicodedata.normalize("NFKC", text)).split()
