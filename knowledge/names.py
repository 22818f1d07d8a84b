"""Finding names in what people write: in any case, without marks, in Russian, in Latin letters, with a small slip.

Names are listed in the nominative. The endings below cover Latvian and Russian cases after folding, and Russian
adjectives on -ский, so an editor need not list them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from knowledge.text import fold

_ENDING = r"(?:[smhu]|[aeiou][a-z]{0,2}|(?:in)?sk[a-z]{0,4})?"
_LAST_VOWEL = re.compile(r"(?:[aeiou]s?|s)$")
_SHORTEST_STEM = 3
_SHORTEST_MISTYPED = 5  # letters; a shorter word with a slip may be anything
_TWO_SLIPS_FROM = 8  # letters


@dataclass(frozen=True)
class _Form:
    """One spelling of a name: a pattern for each of its words."""

    key: str
    patterns: tuple[re.Pattern[str], ...]
    folded: str

    def stands_at(self, place: int, message: list[str]) -> bool:
        """Whether the words of the name stand there one after the other."""
        part = message[place : place + len(self.patterns)]
        return len(part) == len(self.patterns) and all(
            pattern.fullmatch(word) for pattern, word in zip(self.patterns, part, strict=True)
        )

    @property
    def weight(self) -> tuple[int, int]:
        """Of two names that stand at one place the longer is meant."""
        return len(self.patterns), len(self.folded)


class Names:
    """The names of some things by their key. Of overlapping names the longest counts."""

    def __init__(self, forms: Mapping[str, Iterable[str]]) -> None:
        made = [(key, form) for key, spellings in forms.items() for form in spellings]
        self._forms = [_Form(key, tuple(map(_pattern, form.split())), fold(form)) for key, form in made]

    def find(self, text: str) -> tuple[str, ...]:
        """The keys of the names in the text, in their order and each once."""
        message, found, place = fold(text).split(), [], 0
        while place < len(message):
            here = max((form for form in self._forms if form.stands_at(place, message)), key=_weight, default=None)
            if here is not None:
                found.append(here.key)
            place += len(here.patterns) if here else 1
        return tuple(dict.fromkeys(found))

    def find_mistyped(self, text: str, *, shortest: int = _SHORTEST_MISTYPED) -> tuple[str, ...]:
        """The keys of the names that a word of at least `shortest` letters comes nearest to, with a slip or two."""
        found = [key for word in fold(text).split() if len(word) >= shortest for key in self._nearest(word)]
        return tuple(dict.fromkeys(found))

    def _nearest(self, word: str) -> list[str]:
        most = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        tried = {
            form: min(OSA.distance(word, form.folded), OSA.distance(_stem(word), _stem(form.folded)))
            for form in self._forms
            if len(form.patterns) == 1 and len(form.folded) >= _SHORTEST_MISTYPED
        }
        least = min(tried.values(), default=most + 1)
        return [form.key for form, slips in tried.items() if slips == least] if least <= most else []


def _weight(form: _Form) -> tuple[int, int]:
    return form.weight


def _stem(folded: str) -> str:
    return _LAST_VOWEL.sub("", folded)


def _pattern(word: str) -> re.Pattern[str]:
    folded = fold(word)
    # "pagasts" folds to "pagasc", its other cases do not: so the word is also folded without its last "s".
    stems = {folded, fold(word.removesuffix("s")), _stem(folded)}
    long_enough = {stem for stem in stems if len(stem) >= _SHORTEST_STEM} | {folded}
    return re.compile(f"(?:{'|'.join(sorted(long_enough))}){_ENDING}")
