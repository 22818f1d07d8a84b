"""Which language to answer in: the one chosen, else the one written in; Latvian until we know.

Ukrainian and English are guests: the most needed texts exist in them, the others come in Latvian with one sentence
that says so; never in Russian unless that was written or chosen.
"""

import re

from flows.messages import Reply
from flows.state import ConversationState
from flows.translations import GUEST_LANGUAGES, LANGUAGES, translate_for_guest
from flows.turn import Turn
from knowledge.language import detect

WORDS_THAT_TELL = 3
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
ONLY_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
ONLY_RUSSIAN = re.compile("[ыэёъ]", re.IGNORECASE)
# Two of these make a message English beyond doubt; nonsense and unmarked Latvian look like English by their letters.
ENGLISH = frozenset(
    {
        "the", "my", "how", "what", "where", "when", "need", "help", "want", "can", "please", "with", "for", "have",
        "is", "are", "you", "your", "and", "get", "who", "which", "much", "money", "child", "children", "rent", "work",
        "hello", "support", "pay", "apply", "am", "we", "our", "from", "about", "there", "does", "should", "would",
        "could", "this", "that",
    }
)  # fmt: skip
# One or two words that tell the language all the same.
GREETINGS_OF_GUESTS = {
    "hello": "en", "hi": "en", "good morning": "en", "good afternoon": "en", "thank you": "en", "добрий день": "uk",
    "добридень": "uk", "доброго дня": "uk", "дякую": "uk", "допоможіть": "uk", "вітаю": "uk",
}  # fmt: skip
ONLY_SOME_TEXTS = (
    "In English I have the menu, addresses and help for people from Ukraine. The rest I answer in Latvian. "
    "If you prefer Russian, write RUSSIAN."
)


def settle_language(turn: Turn) -> None:
    """Follow the resident's language. A name or a number typed into a form does not switch it."""
    state, text = turn.state, turn.input.text
    if turn.input.choice_id is not None or not text.strip():
        return
    heard = _hear(turn)
    state.heard = heard
    if heard in GUEST_LANGUAGES:
        if _is_sure(turn, heard):
            _welcome_guest(state, heard)
        return
    is_long_enough = len(text.split()) >= WORDS_THAT_TELL
    if state.guest and (is_long_enough or heard == "ru"):
        state.guest = ""
    if heard not in LANGUAGES or heard == state.language:
        return
    if heard == "ru" and state.flow and not CYRILLIC.search(text):
        return  # Latvian without its marks looks like Russian in Latin letters; a form is no place to guess
    may_be_short = state.flow is None and not state.language_is_chosen
    if (may_be_short or is_long_enough) and not (state.language_is_chosen and state.flow):
        state.language = heard


def _hear(turn: Turn) -> str:
    """The language of the message; for a Ukrainian what may be both is no Russian."""
    text, guest = turn.input.text, turn.state.guest
    greeted_in = GREETINGS_OF_GUESTS.get(text.casefold().strip(" .,!?"))
    if greeted_in:
        return greeted_in
    previous = "uk" if guest == "uk" else "en" if guest == "en" else turn.language
    heard = detect(text, previous=previous)
    return "uk" if guest == "uk" and heard == "ru" and not ONLY_RUSSIAN.search(text) else heard


def _is_sure(turn: Turn, heard: str) -> bool:
    """Whether the words are of that language and do not only look like it."""
    words = re.findall(r"[^\W\d_]+", turn.input.text.casefold())
    if " ".join(words) in GREETINGS_OF_GUESTS:
        return True
    if heard == "en":
        return len(ENGLISH.intersection(words)) > 1
    telling = turn.knowledge.catalogue.lexicon.tell_tale_words["uk"]
    return bool(ONLY_UKRAINIAN.search(turn.input.text)) or not set(telling).isdisjoint(words)


def _welcome_guest(state: ConversationState, heard: str) -> None:
    """A form goes on in the language it began in, and so does a talk whose language was chosen."""
    if state.flow or state.language_is_chosen or state.guest == heard:
        return
    state.guest, state.is_guest_told = heard, False


def explain_to_guest(turn: Turn) -> list[Reply]:
    """Once in a talk, before the first text that does not exist in theirs: what there is, and in which language."""
    state = turn.state
    if not (state.guest and turn.lacks_their_language) or state.is_guest_told or state.language != "lv":
        return []
    state.is_guest_told = True
    told = translate_for_guest(ONLY_SOME_TEXTS, state.guest)
    return [Reply(told)] if told else []
