"""Who lives in a household, from how people tell it: "2 pieaugušie un 3 bērni", "mēs esam četri", "я и двое
детей".
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from knowledge.number_words import plain
from knowledge.numbers import LONGEST_READ, Token, tokens
from knowledge.spans import Span

_MOST_PEOPLE = 30
_NO_CHILDREN = re.compile(r"\b(bern\w* nav|nav bern\w*|bez bern\w*|детеи нет|нет детеи|без детеи)\b")
_AGES = re.compile(r"[0-9]{1,2}( ?(,|un|и|-) ?[0-9]{1,2})* ?-?(gad\w*|g\b|men\w*|лет\w*|год\w*|мес\w*)")
_ALONE = re.compile(r"^(vien(s|a|am|ai|u|igi)|vienatn\w*|vientul\w*|один|одна|одинок\w*|сам|сама)$")
_SELF = re.compile(r"^(es|я|pension\w*|invalid\w*|пенсионер\w*|инвалид\w*)$")
_SPOUSE = re.compile(
    r"^(vir(s|u|am|a)|siev(a|u|ai|as)|partner\w*|draug\w*|draudzen\w*|dzivesbiedr\w*|laulat\w*"
    r"|муж(а|ем|у)?|жен(а|ы|у|е|ои|ою)|супруг\w*|партнер\w*)$"
)
_ADULT = re.compile(
    r"^(pieaug\w*|liel(i|ie|as|ais)|viriet\w*|siviet\w*|sieviet\w*|mat(e|es|i)|mam\w*|tev(s|u|am)|tet(is|i|im)|vecmam\w*|vectev\w*"
    r"|vecmat\w*|omit\w*|взросл\w*|мужчин\w*|женщин\w*|мам(а|ы|у|ои)|мать|матерью|отец|отцом|пап(а|ы|у|ои)|бабушк\w*|дедушк\w*)$"
)
_PARENTS = re.compile(r"^(vecaki\w*|родител\w*)$")
_CHILD = re.compile(
    r"^(bern\w*|mazul\w*|maz(i|ie|iem)|nepilngad\w*|zidain\w*|дети|детеи|детям|детьми|деток|ребен\w*|малыш\w*|несовершеннолетн\w*)$"
)
_MANY_CHILDREN = re.compile(r"^(berni|bernus|berniem|дети|детеи|детьми|деток|детям)$")
_GROWN_CHILD = re.compile(
    r"^(del(s|u|am)|deli\w*|meit(a|u|ai|as|am)|mazmeit\w*|mazdel\w*|bral\w*|masa|masu|masam|сын\w*|доч\w*|внук\w*|внучк\w*|брат\w*|сестр\w*)$"
)
_PEOPLE = ("cilvek", "person", "персон", "человек", "людеи")
_TOGETHER = {
    "divata": 2,
    "trijata": 3,
    "cetrata": 4,
    "piecata": 5,
    "вдвоем": 2,
    "втроем": 3,
    "вчетвером": 4,
    "впятером": 5,
}


@dataclass(frozen=True)
class _Count:
    adults: int = 0
    spouses: int = 0
    children: int = 0
    either: int = 0
    has_self: bool = False
    is_together: bool = False
    is_vague: bool = False
    total: int | None = None
    bare: tuple[int, ...] = ()


def read_household(text: str) -> dict[str, Span] | None:
    """The facts `adults` and `children`, and `household_size` where only the number of people is sure.

    None when it cannot be read for certain.
    """
    if len(text) > LONGEST_READ:
        return None
    said = _AGES.sub(" ", _NO_CHILDREN.sub(" 0 bernu ", " ".join(plain(text).split())))
    pieces = [token for token in tokens(said) if token.kind in ("number", "word")]
    count = _count(pieces)
    return None if count is None or count.is_vague else _facts(_with_speaker(count, said))


def _count(pieces: list[Token]) -> _Count | None:
    count, waiting = _Count(), None
    for index, token in enumerate(pieces):
        if _is_alone(pieces, index):
            count = _myself(count)
        elif token.kind == "number":
            if token.value != int(token.value) or token.value > _MOST_PEOPLE:
                return None
            count = replace(count, bare=(*count.bare, waiting)) if waiting is not None else count
            waiting = int(token.value)
        else:
            count, waiting = _take_word(count, token.text, waiting)
    return count if waiting is None else replace(count, bare=(*count.bare, waiting))


def _is_alone(pieces: list[Token], index: int) -> bool:
    # "viena" is a number before "meita" and a person of her own at the end of "dzīvoju viena".
    follows = pieces[index + 1].text if index + 1 < len(pieces) else ""
    return bool(_ALONE.match(pieces[index].text)) and not _names_people(follows)


def _names_people(word: str) -> bool:
    kinds = (_ADULT, _SPOUSE, _CHILD, _GROWN_CHILD, _PARENTS)
    return word.startswith(_PEOPLE) or any(kind.match(word) for kind in kinds)


def _myself(count: _Count) -> _Count:
    return count if count.has_self else replace(count, adults=count.adults + 1, has_self=True)


def _take_word(count: _Count, word: str, waiting: int | None) -> tuple[_Count, int | None]:
    if word in _TOGETHER:
        return replace(count, total=_TOGETHER[word], is_together=True), waiting
    if word.startswith(_PEOPLE) and waiting is not None:
        return replace(count, total=waiting), None
    if _SELF.match(word):
        return _myself(count), waiting
    if not _names_people(word):
        return count, waiting
    return _with_people(count, word, waiting), None


def _with_people(count: _Count, word: str, waiting: int | None) -> _Count:
    number = 1 if waiting is None else waiting
    if _SPOUSE.match(word):
        return replace(count, adults=count.adults + number, spouses=count.spouses + number)
    if _PARENTS.match(word):
        return replace(count, adults=count.adults + (waiting or 2))
    if _ADULT.match(word):
        return replace(count, adults=count.adults + number)
    if _GROWN_CHILD.match(word):
        return replace(count, either=count.either + number)
    is_vague = waiting is None and bool(_MANY_CHILDREN.match(word))
    return replace(count, children=count.children + number, is_vague=count.is_vague or is_vague)


def _with_speaker(count: _Count, said: str) -> _Count:
    # Who speaks of a husband or of "us with mother" is there too, though not named.
    is_implied = count.spouses == 1 or count.is_together or said.startswith(("mes ar ", "мы с ", "мы со "))
    return _myself(count) if is_implied else count


def _facts(count: _Count) -> dict[str, Span] | None:
    named = count.adults + count.children + count.either
    if count.total is None and len(count.bare) == 1 and (not named or (count.children and not count.adults)):
        # "4, no tiem 2 bērni": the bare number is everybody; "4" alone too.
        count = replace(count, total=count.bare[0], bare=())
    if count.total is not None and not count.bare:
        return _of_total(count, count.total)
    if len(count.bare) == 2 and not named:
        return _exactly(*count.bare)
    if count.bare or not count.adults:
        return None
    return _open(count.adults, count.children, named) if count.either else _exactly(count.adults, count.children)


def _of_total(count: _Count, total: int) -> dict[str, Span] | None:
    if total == 1:
        return _exactly(1, 0)
    if count.children and not count.either:
        return _exactly(total - count.children, count.children)
    if count.adults > 1 and not count.either and not count.is_together:
        return _exactly(count.adults, total - count.adults)
    return _open(max(1, count.adults), count.children, total)


def _exactly(adults: int, children: int) -> dict[str, Span] | None:
    if not 1 <= adults <= _MOST_PEOPLE or not 0 <= children <= _MOST_PEOPLE:
        return None
    return {"adults": Span.of(adults), "children": Span.of(children)}


def _open(adults: int, children: int, size: int) -> dict[str, Span] | None:
    if not adults + children <= size <= _MOST_PEOPLE:
        return None
    if adults + children == size:
        return _exactly(adults, children)
    return {
        "adults": Span(Decimal(adults), Decimal(size - children)),
        "children": Span(Decimal(children), Decimal(size - adults)),
        "household_size": Span.of(size),
    }
