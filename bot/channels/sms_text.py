"""How a reply reads as an SMS: choices as numbers, no links, and how many segments it costs.

`fit` keeps a reply within three segments when it is queued; what is left out waits in the state of the talk
until the person asks for it with 9 or V. `as_sms` writes the message when it is sent.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from flows.commands import Command
from flows.messages import Choice, Reply
from flows.registry import FLOWS
from flows.state import ConversationState, StateTooLarge
from flows.translations import mark, translate

MOST_SEGMENTS = 3
LONGEST_REST = 1200
REST_STEP = 200
NINE = 9
MORE = mark("More")
MORE_LETTER = {"lv": "V", "ru": "В"}

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
# These look like a plain sign, or like nothing, but double the price of the whole message.
TYPOGRAPHIC = str.maketrans(
    {
        "„": '"', "“": '"', "”": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "´": "'", "`": "'", "′": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "•": "-", "·": "-",
        "…": "...", "\t": " ", "\xa0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "№": "Nr.",
        "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None,
    }
)  # fmt: skip
LATVIAN = "āčēģīķļņōŗšūž"
PLAIN = str.maketrans(LATVIAN + LATVIAN.upper(), "acegiklnorsuz" + "ACEGIKLNORSUZ")

_LINK = re.compile(
    r"(?:https?://|www\.)\S*[^\s.,;:!?)\]]"
    r"|(?<![\w@.-])(?:[\w-]+\.)+(?:lv|eu|com|org|net|info|gov|io|me|ru|ee|lt)(?![\w@-])(?:/\S*[^\s.,;:!?)\]])?",
    re.IGNORECASE,
)
_GONE = "\0"
# Where a link stood: empty brackets, a label with nothing after it, a comma that joins nothing, the gap.
_LEFT_BEHIND = (
    (re.compile(r"[ ]*\(\0[,;]?[ ]*\)"), ""),
    (re.compile(r"[^.!?\n]*:[ ]*\0[ ]*(?:\.|$)", re.MULTILINE), ""),
    (re.compile(r"(?:(?<=: )|(?<=\()|^)\0[,;]?[ ]*", re.MULTILINE), ""),
    (re.compile(r"[,;]?[ ]*\0"), ""),
)
# A sentence ends before a capital letter: "24. novembris" and "plkst. 10" are no ends.
_SENTENCE_END = re.compile(r"[.!?]+[\"”»)]*\s+(?=[\"„«(]?[A-ZĀ-ŽА-ЯЁІЇЄҐ])|\n+")


def as_sms(reply: Reply, *, plain_letters: bool = False) -> str:
    """The message as it is sent: the text with its choices as numbered lines; details are left for whoever asks.

    With `plain_letters` Latvian letters lose their marks; Cyrillic stays as it is.
    """
    text = "\n".join([_without_links(reply.text), *_numbered(reply.choices)]).translate(TYPOGRAPHIC)
    text = unicodedata.normalize("NFC", text)
    return text.translate(PLAIN) if plain_letters else text


def count_segments(text: str) -> int:
    """How many SMS segments a text takes: GSM-7 160/153 with its double-width extension, else UCS-2 70/67.

    A sign of two units never stands across two segments, as 3GPP TS 23.040 asks.
    """
    if all(sign in GSM or sign in GSM_EXTENSION for sign in text):
        widths, single, part = [1 + (sign in GSM_EXTENSION) for sign in text], 160, 153
    else:
        widths, single, part = [1 + (ord(sign) > 0xFFFF) for sign in text], 70, 67
    if sum(widths) <= single:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return segments


def fit_all(replies: Sequence[Reply], state: ConversationState, *, plain_letters: bool = False) -> list[Reply]:
    """The replies of one turn, each within three segments; what is left out waits in `state.rest`.

    Only the last one with something left out says how to get it. A choice that is not shown is not offered.
    Call it when the state is otherwise complete: the rest takes no more room than the state has.
    """
    language, nine_is_free = state.language, _is_nine_free(state)
    fitted = [fit(reply, language, nine_is_free=nine_is_free, plain_letters=plain_letters) for reply in replies]
    cut = [number for number, (_, rest) in enumerate(fitted) if rest]
    _keep_rest(state, "\n".join(fitted[number][1] for number in reversed(cut)))
    _offer_what_is_shown(state, replies, [reply for reply, _ in fitted])
    return [
        replace(reply, choices=_without_more(reply.choices)) if number in cut[:-1] else reply
        for number, (reply, _) in enumerate(fitted)
    ]


def fit(reply: Reply, language: str, *, nine_is_free: bool = True, plain_letters: bool = False) -> tuple[Reply, str]:
    """The reply within three segments, and what was left out of it: text, choices, details and source.

    A danger card is never cut. `nine_is_free` says that 9 would not be taken for an answer.
    """
    if reply.is_danger_card:
        return reply, ""
    bare = Reply(reply.text, reply.choices)
    after = "\n".join(part for part in (reply.details, reply.source) if part)

    def fits(one: Reply) -> bool:
        return count_segments(as_sms(one, plain_letters=plain_letters)) <= MOST_SEGMENTS

    if not after and fits(bare):
        return bare, ""
    shown, left_out = _most_of(bare, _more(language, nine_is_free=nine_is_free), fits)
    return shown, _shortened("\n".join(part for part in (left_out, after) if part), LONGEST_REST)


def _most_of(reply: Reply, more: Choice, fits: Callable[[Reply], bool]) -> tuple[Reply, str]:
    """As many choices as leave room for one sentence, and as many sentences as fit then; and the rest as text."""
    lines = _numbered(reply.choices)
    ends = [*_sentence_ends(reply.text), len(reply.text)]
    for count in range(len(lines), -1, -1):
        shown = (*reply.choices[:count], more)
        cut = _cut_at(ends, reply.text, lambda part, shown=shown: fits(Reply(part, shown)))
        if cut:
            return Reply(cut[0], shown), "\n".join(part for part in (cut[1], *lines[count:]) if part)
    head, tail = _cut(reply.text, lambda part: fits(Reply(part, (more,))))
    return Reply(head, (more,)), "\n".join(part for part in (tail, *lines) if part)


def _sentence_ends(text: str) -> list[int]:
    return [end.end() for end in _SENTENCE_END.finditer(text)]


def _cut_at(ends: Sequence[int], text: str, fits: Callable[[str], bool]) -> tuple[str, str] | None:
    """The longest beginning up to one of the ends that fits, and the rest; None when none fits."""
    for end in reversed(ends):
        if fits(text[:end].rstrip()):
            return text[:end].rstrip(), text[end:].lstrip()
    return None


def _cut(text: str, fits: Callable[[str], bool]) -> tuple[str, str]:
    """The longest beginning that fits, ending with a sentence, else with a word, else anywhere; and the rest."""
    words = [gap.end() for gap in re.finditer(r"\s+", text)]
    for ends in (_sentence_ends(text), words, range(1, len(text))):
        cut = _cut_at(ends, text, fits)
        if cut:
            return cut
    return text, ""


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else _cut(text, lambda part: len(part) <= most)[0]


def _keep_rest(state: ConversationState, rest: str) -> None:
    """Keep as much of the rest as the state has room for."""
    for most in range(LONGEST_REST, -1, -REST_STEP):
        state.rest = _shortened(rest, most) if most else ""
        try:
            state.as_json()
        except StateTooLarge:
            continue
        return


def _offer_what_is_shown(state: ConversationState, replies: Sequence[Reply], fitted: Sequence[Reply]) -> None:
    """Offer no choice before its line was sent; those that wait in the rest are kept until they are."""
    for reply, shown in zip(replies, fitted, strict=True):
        pairs = [[choice.id, choice.label] for choice in reply.choices]
        if pairs and pairs == state.offered:
            count = len(_without_more(shown.choices))
            state.offered, state.held_back = pairs[:count], pairs[count:]
    sent = {line for reply in fitted for line in as_sms(Reply(reply.text)).splitlines()}
    while state.held_back and _line_of_next(state) in sent:
        state.offered = [*state.offered, state.held_back[0]]
        state.held_back = state.held_back[1:]
    if state.held_back and _line_of_next(state) not in as_sms(Reply(state.rest)).splitlines():
        state.held_back = []


def _line_of_next(state: ConversationState) -> str:
    line = f"{len(state.offered) + 1}) {state.held_back[0][1]}"
    return as_sms(Reply(line))


def _numbered(choices: Sequence[Choice]) -> list[str]:
    """Each choice as a line with the number that picks it; more has its own sign already."""
    return [
        choice.label if choice.id == Command.MORE else f"{number}) {choice.label}"
        for number, choice in enumerate(choices, start=1)
    ]


def _more(language: str, *, nine_is_free: bool) -> Choice:
    sign = "9" if nine_is_free else MORE_LETTER.get(language, "V")
    return Choice(Command.MORE.value, f"{sign}) {translate(MORE, language)}")


def _without_more(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    return tuple(choice for choice in choices if choice.id != Command.MORE)


def _is_nine_free(state: ConversationState) -> bool:
    """Whether 9 is neither on the list that is open nor a number that is asked for."""
    flow = FLOWS.get(state.flow or "")
    step = flow.step(state.step or "") if flow else None
    return len(state.offered) + len(state.held_back) < NINE and not (step and step.reads_numbers)


def _without_links(text: str) -> str:
    """The text without web addresses: an SMS with a link looks like fraud, and a button phone opens none."""
    text = _LINK.sub(_GONE, text.replace(_GONE, ""))
    for left, instead in _LEFT_BEHIND:
        text = left.sub(instead, text)
    return text
