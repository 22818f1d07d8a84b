"""Personal codes (personas kods) in what people write, masked before anything is stored.

Old codes carry the birth date (`010190-12345`), new ones begin with 32-39 (reference security, row 25).
People write them with every kind of dash, spaced, in full-width digits, with words between or split over two
messages. Phones with the country code, IBAN, sums and dates are left as they are. When in doubt a number is
masked: a lost number is asked for again, a stored code cannot be taken back.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

MASK: Final = "▒"

_CODE_DIGITS: Final = 11
_FIRST, _SECOND = 6, 5
_NEAR: Final = 40
_RUN: Final = re.compile(r"[0-9]+(?:[ ./_-]{1,4}[0-9]+)*")
_TOKEN: Final = re.compile(r"[0-9]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ABOUT: Final = re.compile(
    r"(?P<code>\b(?:kod|pers|pk\b|p\. ?k|code|код|перс))"
    r"|(?P<other>\b(?:tel|tāl|tal|numur|zvan|sms|iban|kont|summ|rēķ|тел|номер|звон|сч[её]т|сумм))"
)
_PHONE: Final = re.compile(r"371[2689]|370[3-6]|372[58]")
_DATE_WITH_CENTURY: Final = re.compile(r"[0-9]{1,2}[^0-9]+[0-9]{1,2}[^0-9]+(?:19|20)[0-9]{2}\b|(?:19|20)[0-9]{2}[./-]")
_CONNECTING: Final = re.compile(
    r"un|tad|tam|pec|ar|svitra|svitrina|defise|domuzime|minuss|talak|velak|beig[au]s?|otra|dala|pedejie"
    r"|cipari|numuri"
    r"|и|потом|затем|далее|дальше|дефис|тире|черточка|черта|минус|вторая|часть|последние|цифры|еще"
    r"|and|then|dash|hyphen|minus|last|digits"
)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Token(NamedTuple):
    digits: str
    start: int
    end: int


def mask_personal_codes(text: str, previous: str = "") -> str:
    """`text` with the digits of every personal code replaced by `▒`; its length never changes.

    `previous` is the sender's last message, when known: the second half of a code that began there is
    masked too. Takes time linear in the length of the text.
    """
    lead = previous[-2 * _NEAR :] + "\n" if previous else ""
    plain = "".join(map(_plain, lead + text))
    covered = [part for part in _find_codes(plain) if part.end > len(lead)]
    letters = list(lead + text)
    for part in covered:
        letters[part.start : part.end] = MASK * (part.end - part.start)
    return "".join(letters[len(lead) :])


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """One character for one: any digit as ASCII, any dash as '-', any blank or invisible sign as ' '."""
    if character.isascii():
        return " " if character == "\t" else character.lower()
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Pd" or character in "−⁃˗ー":
        return "-"
    if category in {"Zs", "Cf", "Mn", "Me"}:
        return " "
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character


def _find_codes(plain: str) -> Iterator[_Token]:
    before: Sequence[_Token] = ()
    for run in _RUN.finditer(plain):
        tokens = [_Token(part[0], part.start(), part.end()) for part in _TOKEN.finditer(plain, *run.span())]
        yield from _within(plain, tokens)
        yield from _across(plain, before, tokens)
        before = tokens


def _within(plain: str, tokens: Sequence[_Token]) -> Iterator[_Token]:
    first = 0
    while first < len(tokens):
        window = _gather(tokens, first, _CODE_DIGITS)
        if window and _is_code(plain, window, alone=len(window) == len(tokens)):
            yield from window
            first += len(window)
        else:
            first += 1


def _gather(tokens: Sequence[_Token], first: int, wanted: int) -> Sequence[_Token]:
    """The tokens from `first` on that hold exactly `wanted` digits together, or none."""
    count = 0
    for index in range(first, min(first + wanted, len(tokens))):
        count += len(tokens[index].digits)
        if count >= wanted:
            return tokens[first : index + 1] if count == wanted else ()
    return ()


def _is_code(plain: str, window: Sequence[_Token], *, alone: bool) -> bool:
    digits = "".join(token.digits for token in window)
    start, end = window[0].start, window[-1].end
    if plain[start - 1 : start] == "+" or not _may_begin_a_code(digits):
        return False
    if [len(token.digits) for token in window] == [_FIRST, _SECOND] or _speaks_of_a_code(plain, start):
        return True
    if _PHONE.match(digits) or _DATE_WITH_CENTURY.match(plain, start, end):
        return False
    if not alone and len(window) > 1:
        return "-" in _middle(plain, window)
    return digits[0] == "3" or digits[_FIRST] in "012"


def _middle(plain: str, window: Sequence[_Token]) -> str:
    """What stands between the sixth and the seventh digit, where a code has its dash."""
    count = 0
    for token, following in pairwise(window):
        count += len(token.digits)
        if count == _FIRST:
            return plain[token.end : following.start]
    return ""


def _across(plain: str, before: Sequence[_Token], after: Sequence[_Token]) -> Iterator[_Token]:
    """A code whose halves stand apart, with words or a new line between them."""
    if not before or after[0].start - before[-1].end > _NEAR:
        return
    halves = _half(before[::-1], _FIRST)[::-1], _half(after, _SECOND)
    if not all(halves) or not _may_begin_a_code("".join(token.digits for token in halves[0])):
        return
    words = map(_fold, _WORD.findall(plain, before[-1].end, after[0].start))
    if all(_CONNECTING.fullmatch(word) for word in words) or _speaks_of_a_code(plain, halves[0][0].start):
        yield from (*halves[0], *halves[1])


def _half(tokens: Sequence[_Token], wanted: int) -> Sequence[_Token]:
    """The half of a code at this end of a run: one token, or the whole run when it is spaced."""
    if len(tokens[0].digits) == wanted:
        return tokens[:1]
    gathered = _gather(tokens, 0, wanted)
    return gathered if len(gathered) == len(tokens) else ()


def _may_begin_a_code(digits: str) -> bool:
    if digits[0] == "3" and digits[1] >= "2":
        return True
    day, month = int(digits[:2]), int(digits[2:4])
    return 1 <= month <= len(_DAYS) and 1 <= day <= _DAYS[month - 1]


def _speaks_of_a_code(plain: str, start: int) -> bool:
    """Whether the words just before are about a personal code rather than a phone, an account or a sum."""
    subjects = [about.lastgroup for about in _ABOUT.finditer(plain, max(0, start - _NEAR), start)]
    return subjects[-1:] == ["code"]


def _fold(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
