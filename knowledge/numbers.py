"""Numbers as people write them in Latvian and Russian: "1 200,50", "trīssimt", "двести", "ap 300-400", "ne
vairāk par 350".

What cannot be read for certain is not read at all: the question is then put again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from knowledge.number_words import NUMBER_WORDS, ONE_AND_A_HALF, plain
from knowledge.spans import Span

LONGEST_READ = 300
LARGEST = Decimal(1_000_000)
# More than this a month is a slip of the finger or a telephone number.
_PLAUSIBLE = Decimal(50_000)
_ROUGHLY = Decimal("0.1")
_CENTS = Decimal(100)

_TOKENS = re.compile(
    r"(?P<number>[0-9]{1,3}(?:[ \u00a0\u202f'’.,][0-9]{3})+(?:[.,][0-9]{1,2})?(?![0-9])"
    r"|[0-9]+(?:[.,][0-9]{1,2})?(?![0-9]))"
    r"|(?P<word>[^\W\d_]+)|(?P<dash>[-–—−])|(?P<other>[^\s])"
)


# Another period, another currency or a sum before taxes: reckoning it over would be guessing.
_OTHER_MEASURE = re.compile(
    r"^(gad[asiu]*|nedel\w*|dien\w*|stund\w*|lat[iusa]+|latiem|bruto|papira|rubl\w*|dolar\w*"
    r"|год\w*|лет|недел\w*|день|дня|днеи|дню|сутки|час\w*|лат|лата|латов|латы"
    r"|брутто|бумаге|бумагам|рубл\w*|доллар\w*)$"
)
_ABOUT = re.compile(r"^(ap|apmeram|aptuveni|kad(i|us|s)|gandriz|около|примерно|где|приблизительно|порядка|почти)$")
# These stand right before the number; "no 300" is "from 300", but "no pensijas 300" is just 300.
_MOST = re.compile(
    r"\b(ne vairak\w*( par| ka)?|(?<!ne )mazak\w*( par| ka| neka)|lidz( pat)?|zem|maksimums?"
    r"|ne lielak\w*( par)?|не больше|не более|(?<!не )меньше|(?<!не )менее|до|максимум|не выше)$"
)
_LEAST = re.compile(
    r"\b(ne mazak\w*( par| ka)?|(?<!ne )vairak\w*( par| ka| neka)|vismaz|virs|no|не меньше|не менее"
    r"|(?<!не )больше|(?<!не )более|свыше|минимум|от|не ниже)$"
)
_MOST_BEHIND = re.compile(r"^((eiro|eur|евро|,) )*(ne vairak|не больше|не более|максимум)")
_NONE = re.compile(
    r"^(nav|nekas?|neko|nekadi?|nekadu|nulle|нету|ничего|никаких|никакого|нисколько|ne vien\w+|ни одного"
    r"|(man|mums|bernu) nav|(у меня |у нас )?(детеи )?нет(?= )|детеи нет|bez|без)"
    r"( (nav|ienak\w*|naudas|man|mums|bern\w*|nesanem\w*|nemaksa\w*|neka"
    r"|нет|доход\w*|денег|детеи|у меня|у нас|не \w+))*$"
)
_UNKNOWN = re.compile(
    r"^(es |mes |я |мы )?(nezin\w*|nav ne jausmas|nemaku|nevaru|negrib\w*|nevel\w*|gruti|neatcer\w*|izlaist"
    r"|skip|dont know|dont_know|не знаю|не знаем|без понятия|понятия не имею|не помню|не хочу|не скажу"
    r"|не могу|затрудн\w*|трудно|сложно|пропустить|хз)\b"
)


def is_unknown(text: str) -> bool:
    """Whether a person says "I do not know" or "I would rather not say"; "?" alone says it too."""
    said = " ".join(plain(text[:LONGEST_READ]).replace("'", "").split())
    return said in {"?", "??", "-", "x"} or bool(_UNKNOWN.match(said))


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of what a person wrote: a number (digits or words), a word, or a sign."""

    kind: str
    text: str
    value: Decimal = Decimal(0)


def tokens(text: str) -> list[Token]:
    """What a person wrote, with the words of one number put together: "divi simti piecdesmit" is one
    number, 250.
    """
    found: list[Token] = []
    pieces = _pieces(plain(text[:LONGEST_READ]))
    for is_number, run in groupby(pieces, key=lambda piece: piece.kind == "number"):
        group = list(run)
        found.extend(_numbers_in(group) if is_number else group)
    return found


def read_amount(text: str) -> Span | None:
    """An amount of EUR a month, or a range of it; "ap 300" is 10 % either way. None when it cannot be read
    for certain.

    A sum a year, a week or a day, before taxes, in lats, or two sums side by side are not read: the
    question is put again.
    """
    if len(text) > LONGEST_READ or is_unknown(text):
        return None
    said = " ".join(plain(text).strip(" .!€").split())
    if _NONE.match(said):
        return Span.of(0)
    pieces = _with_cents(tokens(text))
    numbers = [token.value for token in pieces if token.kind == "number"]
    if not numbers or max(numbers) > _PLAUSIBLE or _is_otherwise_measured(pieces) or _is_negative(pieces):
        return None
    if len(numbers) == 2:
        return Span(*sorted(numbers)) if _is_range(pieces) else None
    return _with_bounds(numbers[0], said, pieces) if len(numbers) == 1 else None


def read_count(text: str, largest: int = 30) -> int | None:
    """A whole number of people or things; None when it cannot be read for certain."""
    if len(text) > LONGEST_READ or is_unknown(text):
        return None
    if _NONE.match(" ".join(plain(text).strip(" .!").split())):
        return 0
    numbers = [token.value for token in tokens(text) if token.kind == "number"]
    if len(numbers) != 1 or _is_negative(tokens(text)) or numbers[0] != int(numbers[0]) or numbers[0] > largest:
        return None
    return int(numbers[0])


def _pieces(text: str) -> Iterator[Token]:
    for match in _TOKENS.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        if kind == "number":
            yield Token("number", "digits", _digits(piece))
        elif kind == "word" and piece in NUMBER_WORDS:
            yield Token("number", piece, Decimal(NUMBER_WORDS[piece]))
        elif kind == "word" and piece in ONE_AND_A_HALF:
            yield Token("number", piece, Decimal("1.5"))
        else:
            yield Token(kind, piece)


def _digits(written: str) -> Decimal:
    # Money has two decimals at most, so a point or comma before three digits parts thousands.
    parts = re.split(r"[ \u00a0\u202f'’.,]", written)
    if len(parts) > 1 and len(parts[-1]) < 3:
        return Decimal("".join(parts[:-1]) + "." + parts[-1])
    return Decimal("".join(parts))


def _numbers_in(run: list[Token]) -> Iterator[Token]:
    if len(run) == 1:
        yield from run
        return
    thousands = Decimal(0)
    rest: Decimal | None = None
    for token in run:
        if token.value == 1000 and token.text != "digits" and not thousands:
            thousands, rest = 1000 * (rest or Decimal(1)), None
        elif rest is None or (joined := _join(rest, token)) is None:
            if rest is not None:
                yield Token("number", "joined", thousands + rest)
                thousands = Decimal(0)
            rest = token.value
        else:
            rest = joined
    yield Token("number", "joined", thousands + (rest or Decimal(0)))


def _join(before: Decimal, token: Token) -> Decimal | None:
    if token.text == "digits" or not token.value or not before:
        return None
    if token.value == 100:
        return before * 100 if before < 10 else None
    # In words only a smaller place may follow: 300 takes 1-99, 250 takes 1-9, 251 nothing.
    room = 100 if not before % 100 else 10 if not before % 10 and before % 100 > 10 else 0
    return before + token.value if token.value < room else None


def _with_cents(pieces: list[Token]) -> list[Token]:
    for index, token in enumerate(pieces):
        is_cents = token.kind == "word" and token.text.startswith(("cent", "цент"))
        if not is_cents or index < 3 or pieces[index - 1].kind != "number" or pieces[index - 1].value >= _CENTS:
            continue
        whole, unit = pieces[index - 3], pieces[index - 2]
        if whole.kind == "number" and unit.kind in ("word", "other"):
            total = Token("number", "digits", whole.value + pieces[index - 1].value / _CENTS)
            return [*pieces[: index - 3], total, *pieces[index + 1 :]]
    return pieces


def _is_otherwise_measured(pieces: list[Token]) -> bool:
    return any(token.kind == "word" and _OTHER_MEASURE.match(token.text) for token in pieces)


def _is_negative(pieces: list[Token]) -> bool:
    first = next(index for index, token in enumerate(pieces) if token.kind == "number")
    return first == 1 and pieces[0].kind == "dash"


def _is_range(pieces: list[Token]) -> bool:
    first, second = (index for index, token in enumerate(pieces) if token.kind == "number")
    between = [token for token in pieces[first + 1 : second] if token.text not in {"eiro", "eur", "евро", "€"}]
    words = {token.text for token in between}
    return bool(between) and words <= {"-", "–", "—", "−", "/", "lidz", "vai", "до", "или"}


def _with_bounds(number: Decimal, said: str, pieces: list[Token]) -> Span:
    place = [token.kind for token in pieces].index("number")
    before, behind = (" ".join(token.text for token in part) for part in (pieces[:place], pieces[place + 1 :]))
    if _LEAST.search(before):
        return Span(number, LARGEST)
    if _MOST.search(before) or _MOST_BEHIND.match(behind):
        return Span(Decimal(0), number)
    if "~" in said or any(_ABOUT.match(token.text) for token in pieces):
        return Span(number * (1 - _ROUGHLY), number * (1 + _ROUGHLY))
    return Span.of(number)
