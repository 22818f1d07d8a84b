"""Which language to answer in: the one chosen, else the one written in; Latvian until we know."""

import re

from flows.translations import LANGUAGES
from flows.turn import Turn
from knowledge.language import detect

WORDS_THAT_TELL = 3
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def settle_language(turn: Turn) -> None:
    """Follow the resident's language. A name or a number typed into a form does not switch it."""
    state, text = turn.state, turn.input.text
    if turn.input.choice_id is not None or not text.strip():
        return
    heard = detect(text, previous=turn.language)
    state.heard = heard
    if heard not in LANGUAGES or heard == state.language:
        return
    if heard == "ru" and state.flow and not CYRILLIC.search(text):
        return  # Latvian without its marks looks like Russian in Latin letters; a form is no place to guess
    may_be_short = state.flow is None and not state.language_is_chosen
    is_long_enough = may_be_short or len(text.split()) >= WORDS_THAT_TELL
    if is_long_enough and not (state.language_is_chosen and state.flow):
        state.language = heard
