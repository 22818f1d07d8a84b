"""Danger first: suicide, violence, a child at risk or a medical emergency, found by fixed patterns of our own.

Works from memory (no database, no model), in time linear in the message, after the rules of `content/base/safety.yaml`:
groups of words, and patterns that want several groups near one another. Missing marks, Russian in Latin letters and one
slip in a long word do not matter. A false alarm costs one line; a missed one may cost a life.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import Field
from rapidfuzz.distance import OSA

from knowledge.articles import Strict
from knowledge.catalogue import load_base_file
from knowledge.language import detect
from knowledge.text import words

Kind = Literal["suicide", "violence", "child", "medical"]
Tier = Literal["A", "B", "C"]

_READ_FIRST, _READ_LAST = 6000, 2000  # characters; nobody calls for help in the middle of a longer text
_TYPO_FROM_LETTERS = 6
_TYPO_IN_STEM_FROM = 8  # one slip in a short stem makes another word of it ("pārdoz-", "pārdod-")
_RUSSIAN_IN_ANY_SCRIPT_FROM = 5  # a shorter Russian word, folded, may be a Latvian one ("bet", "nas")
_SLAVIC = "~"  # marks a folded word as Russian or Ukrainian
_NOT = f"{_SLAVIC}ne"

_TOKENS = re.compile(r"[^\W_]+(?:['’ʼ`´][^\W_]+)*")
_IS_CYRILLIC = re.compile(r"[а-яёіїєґ]")
_IS_LATIN = re.compile(r"[a-zāčēģīķļņšūž]")


class Pattern(Strict):
    """One sign of danger: every group of `all` within `within` words of the first, none of `unless` in the message."""

    kind: Kind
    tier: Tier
    all: tuple[str, ...] = Field(min_length=1)
    within: int = 5
    ordered: bool = False
    unless: tuple[str, ...] = ()
    past: bool = False
    longest: int | None = None  # words; for cries that mean danger only when they stand alone


class SafetyRules(Strict):
    """The content of safety.yaml; `bygone` names the group of words that put a thing into the past."""

    groups: dict[str, list[str]]
    bygone: str
    patterns: list[Pattern]

    def unknown_groups(self) -> set[str]:
        """Groups that a pattern asks for and nobody wrote: such a pattern could never fire."""
        asked = {self.bygone, *(group for pattern in self.patterns for group in (*pattern.all, *pattern.unless))}
        return asked - self.groups.keys()


@dataclass(frozen=True)
class Danger:
    """What danger a message speaks of, and how plainly: A card first, B warm line first, C a line after the answer."""

    kind: Kind
    tier: Tier

    @property
    def is_alarm(self) -> bool:
        """Whether something comes before the ordinary answer; C alone never does."""
        return self.tier != "C"


def look_for_danger(text: str, previous: str = "") -> Danger | None:
    """The gravest sign of danger in a message, read together with the same person's message before it, or None.

    Of the message before, only what the new one completes counts: a danger already told there is not told again.
    """
    rules, message = _rules(), _read(text)
    found = rules.find(message)
    if previous:
        before = _read(previous)
        told = rules.find(before)
        found.extend(danger for danger in rules.find([*before, *message]) if danger not in told)
    return min(found, key=lambda danger: danger.tier, default=None)


def _read(text: str) -> list[tuple[str, ...]]:
    """The words as folded keys; Russian and Ukrainian words are marked, and "не" is one word with what follows."""
    if len(text) > _READ_FIRST + _READ_LAST:
        text = f"{text[:_READ_FIRST]} {text[-_READ_LAST:]}"
    tokens = _TOKENS.findall(unicodedata.normalize("NFKC", text).lower())
    latin = [token for token in tokens if _IS_LATIN.search(token)]
    is_slavic_in_latin = bool(latin) and detect(" ".join(latin)) in ("ru", "uk")
    keys: list[tuple[str, ...]] = []
    for token in tokens:
        is_slavic = bool(_IS_CYRILLIC.search(token))
        for folded in words(token):
            if is_slavic:
                keys.append((_SLAVIC + folded,))
            else:
                keys.append((folded, _SLAVIC + folded) if is_slavic_in_latin else (folded,))
    return list(_with_negations(keys))


def _with_negations(keys: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    is_negated = False
    for key in keys:
        if _NOT in key and not is_negated:
            is_negated = True
            continue
        yield (_NOT + key[-1].removeprefix(_SLAVIC),) if is_negated else key
        is_negated = False


class _Words:
    """Finds the groups of a word: whole words, stems (`*`), and one slip in words or stems of six letters and more."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._whole: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._slips: dict[str, set[tuple[str, bool]]] = {}
        for name, entries in groups.items():
            for entry in entries:
                self._add(name, entry)
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self.groups_of = lru_cache(maxsize=20_000)(self._groups_of)

    def _add(self, name: str, entry: str) -> None:
        folded, is_stem = "".join(words(entry)), entry.endswith("*")
        keys = [folded]
        if _IS_CYRILLIC.search(entry):
            keys = [_SLAVIC + folded]
            keys.extend([folded] if len(folded) >= _RUSSIAN_IN_ANY_SCRIPT_FROM else [])
        for key in keys:
            (self._stems if is_stem else self._whole).setdefault(key, set()).add(name)
            if len(folded) >= (_TYPO_IN_STEM_FROM if is_stem else _TYPO_FROM_LETTERS):
                for shorter in _with_one_less(key):
                    self._slips.setdefault(shorter, set()).add((key, is_stem))

    def _groups_of(self, keys: tuple[str, ...]) -> frozenset[str]:
        found: set[str] = set()
        for key in keys:
            found |= self._whole.get(key, set())
            for length in self._stem_lengths:
                if length <= len(key):
                    found |= self._stems.get(key[:length], set())
        for key in () if found else keys:
            if len(key) >= _TYPO_FROM_LETTERS - 1:
                found.update(self._with_a_slip(key))
        return frozenset(found)

    def _with_a_slip(self, key: str) -> Iterator[str]:
        lengths = {len(key), *(length for length in self._stem_lengths if length >= _TYPO_IN_STEM_FROM)}
        for start in {key[: length + more] for length in lengths for more in (-1, 0, 1)}:
            for shorter in _with_one_less(start):
                for entry, is_stem in self._slips.get(shorter, ()):
                    if (is_stem or start == key) and start[:2] == entry[:2] and OSA.distance(start, entry) <= 1:
                        yield from (self._stems if is_stem else self._whole)[entry]


def _with_one_less(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


class _Rules:
    """The compiled rules. A pattern is weighed only when all its groups occur, so most messages cost little."""

    def __init__(self, rules: SafetyRules) -> None:
        self._words = _Words(rules.groups)
        self._bygone = rules.bygone
        self._patterns = rules.patterns

    def find(self, message: Sequence[tuple[str, ...]]) -> list[Danger]:
        """All signs of danger in the keys of a message."""
        places: dict[str, list[int]] = {}
        for place, keys in enumerate(message):
            for group in self._words.groups_of(keys):
                places.setdefault(group, []).append(place)
        is_past = self._bygone in places
        return [
            Danger(pattern.kind, "C" if is_past and pattern.past else pattern.tier)
            for pattern in self._patterns
            if all(group in places for group in pattern.all)
            and places.keys().isdisjoint(pattern.unless)
            and (pattern.longest is None or len(message) <= pattern.longest)
            and _stand_together([places[group] for group in pattern.all], pattern)
        ]


def _stand_together(places: list[list[int]], pattern: Pattern) -> bool:
    """Whether a place of every group lies within reach of one of the first group's, no word counting twice."""
    return any(_has_neighbours(place, places[1:], pattern) for place in places[0])


def _has_neighbours(place: int, others: list[list[int]], pattern: Pattern) -> bool:
    taken = {place}
    earliest = place
    for other in others:
        start = earliest if pattern.ordered else place - pattern.within
        near = _first_free(other, start, place + pattern.within, taken)
        if near is None:
            return False
        taken.add(near)
        earliest = near
    return True


def _first_free(places: list[int], start: int, end: int, taken: set[int]) -> int | None:
    index = bisect_left(places, start)
    while index < len(places) and places[index] <= end:
        if places[index] not in taken:
            return places[index]
        index += 1
    return None


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    return _Rules(load_base_file(SafetyRules, "safety.yaml"))
