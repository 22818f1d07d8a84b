"""Danger first: suicide, violence, a child at risk or a medical emergency, found by fixed patterns of our own.

Works from memory (no database, no model), in time linear in the message, after the rules of `content/base/safety.yaml`:
groups of words, and patterns that want several groups near one another. Missing marks, Russian in Latin letters and one
slip in a long word do not matter. A false alarm costs one line; a missed one may cost a life.
Said to be long over, or asked by one who hit and wants to stop, it is spoken of and not happening: tier C.
"""

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
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
Eased = Literal["past", "all"]

_READ_FIRST, _READ_LAST = 6000, 2000  # characters; nobody calls for help in the middle of a longer text
_TYPO_FROM_LETTERS = 6
_TYPO_IN_STEM_FROM = 8  # one slip in a short stem makes another word of it ("pārdoz-", "pārdod-")
_HARMLESS = "harmless"  # the group of words that only look like one of the others
_RUSSIAN_IN_ANY_SCRIPT_FROM = 5  # a shorter Russian word, folded, may be a Latvian one ("bet", "nas")
_STEM_WITHOUT_GLIDE_FROM = 5  # "сознани-" must find "сознание", whose "и" is folded away before the vowel
_SLAVIC = "~"  # marks a folded word as Russian or Ukrainian
_NOT = f"{_SLAVIC}ne"
_RUSSIAN_WORDS = 2  # so many of them, and a message in Latin letters is read as Russian too

_TOKENS = re.compile(r"[^\W_]+(?:['’ʼ`´][^\W_]+)*")
_IS_CYRILLIC = re.compile(r"[а-яёіїєґ]")
_IS_LATIN = re.compile(r"[a-zāčēģīķļņšūž]")


class Pattern(Strict):
    """One sign of danger: every group of `all` within `within` words of the first, and none of `unless` near it.

    One that `eases` is no sign but the reverse: the other signs of its kind ("past": those that can be past) weigh C.
    """

    kind: Kind
    tier: Tier
    all: tuple[str, ...] = Field(min_length=1)
    within: int = 5
    ordered: bool = False
    unless: tuple[str, ...] = ()
    unless_within: int = 14  # what a long message says elsewhere does not make its danger harmless
    past: bool = False
    eases: Eased | None = None
    longest: int | None = None  # words; for cries that mean danger only when they stand alone


class SafetyRules(Strict):
    """The content of safety.yaml; `bygone` names the group of words that put a thing into the past.

    `fresh` names those that bring it back ("an hour ago", "again"), `russian` those that no Latvian message has.
    """

    groups: dict[str, list[str]]
    bygone: str
    fresh: str
    russian: str
    patterns: list[Pattern]

    def unknown_groups(self) -> set[str]:
        """Groups that a pattern asks for and nobody wrote: such a pattern could never fire."""
        asked = {group for pattern in self.patterns for group in (*pattern.all, *pattern.unless)}
        return {self.bygone, self.fresh, self.russian, *asked} - self.groups.keys()


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
    is_slavic_in_latin = bool(latin) and (_sounds_russian(latin) or detect(" ".join(latin)) in ("ru", "uk"))
    keys: list[tuple[str, ...]] = []
    for token in tokens:
        is_slavic = bool(_IS_CYRILLIC.search(token))
        for folded in words(token):
            if is_slavic:
                keys.append((_SLAVIC + folded,))
            else:
                keys.append((folded, _SLAVIC + folded) if is_slavic_in_latin else (folded,))
    return list(_with_negations(keys))


def _sounds_russian(latin: Iterable[str]) -> bool:
    """Whether a short message in Latin letters holds Russian words, whatever the counts of its letters say."""
    return sum(word in _rules().russian for token in latin for word in words(token)) >= _RUSSIAN_WORDS


def _with_negations(keys: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    is_negated = False
    for key in keys:
        if _NOT in key and not is_negated:
            is_negated = True
            continue
        yield (_NOT + key[-1].removeprefix(_SLAVIC),) if is_negated else key
        is_negated = False


class _Words:
    """Finds the groups of a word: whole words, stems (`*`), and one slip in words or stems of six letters and more.

    A word marked `!` forgives a slip however short it is; the patterns that use it must want a cry for help beside it.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._whole: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._slips: dict[str, set[tuple[str, bool]]] = {}
        self._short_slips: dict[str, set[tuple[str, str]]] = {}
        for name, entries in groups.items():
            for entry in entries:
                self._add(name, entry)
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self.groups_of = lru_cache(maxsize=20_000)(self._groups_of)

    def _add(self, name: str, entry: str) -> None:
        is_stem = entry.endswith("*")
        for key in _keys_of(entry):
            (self._stems if is_stem else self._whole).setdefault(key, set()).add(name)
            letters = len(key.removeprefix(_SLAVIC))
            if entry.endswith("!"):
                for shorter in _with_one_less(key):
                    self._short_slips.setdefault(shorter, set()).add((key, name))
            elif letters >= (_TYPO_IN_STEM_FROM if is_stem else _TYPO_FROM_LETTERS):
                for shorter in _with_one_less(key):
                    self._slips.setdefault(shorter, set()).add((key, is_stem))

    def _groups_of(self, keys: tuple[str, ...]) -> frozenset[str]:
        if len(keys) > 1 and _HARMLESS in self._exactly(keys[-1]):
            keys = keys[-1:]
        found = set[str]().union(*map(self._exactly, keys))
        for key in () if found else keys:
            if len(key) >= _TYPO_FROM_LETTERS - 1:
                found.update(self._with_a_slip(key))
        for key in () if _HARMLESS in found else keys:
            found.update(self._with_a_short_slip(key))
        return frozenset(found)

    def _exactly(self, key: str) -> set[str]:
        found = set(self._whole.get(key, ()))
        for length in self._stem_lengths:
            if length <= len(key):
                found |= self._stems.get(key[:length], set())
        return found

    def _with_a_slip(self, key: str) -> Iterator[str]:
        lengths = {len(key), *(length for length in self._stem_lengths if length >= _TYPO_IN_STEM_FROM)}
        for start in {key[: length + more] for length in lengths for more in (-1, 0, 1)}:
            for shorter in _with_one_less(start):
                for entry, is_stem in self._slips.get(shorter, ()):
                    if (is_stem or start == key) and _begin_alike(start, entry) and OSA.distance(start, entry) <= 1:
                        yield from (self._stems if is_stem else self._whole)[entry]

    def _with_a_short_slip(self, key: str) -> Iterator[str]:
        for shorter in _with_one_less(key):
            for entry, name in self._short_slips.get(shorter, ()):
                if key.startswith(entry[: 1 + entry.startswith(_SLAVIC)]) and OSA.distance(key, entry) <= 1:
                    yield name


def _keys_of(entry: str) -> set[str]:
    """The folded keys of an entry; "ё" is written "jo" too, and a long Russian word may stand among Latvian ones."""
    spellings = {entry, entry.replace("ё", "йо")}
    folded = {"".join(words(spelling)) for spelling in spellings}
    if entry.endswith("*"):
        folded = {key[:-1] if key.endswith("i") and len(key) > _STEM_WITHOUT_GLIDE_FROM else key for key in folded}
    if not _IS_CYRILLIC.search(entry):
        return folded
    unmarked = {key for key in folded if len(key) >= _RUSSIAN_IN_ANY_SCRIPT_FROM}
    return {_SLAVIC + key for key in folded} | unmarked


def _begin_alike(one: str, other: str) -> bool:
    """Whether two words share their first two letters, or had the second and third swapped."""
    return one[:2] == other[:2] or (one[:1] == other[:1] and one[1:3] == other[2:0:-1])


def _with_one_less(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


class _Rules:
    """The compiled rules. A pattern is weighed only when all its groups occur, so most messages cost little."""

    def __init__(self, rules: SafetyRules) -> None:
        self._words = _Words(rules.groups)
        self._bygone, self._fresh = rules.bygone, rules.fresh
        self.russian = frozenset("".join(words(word)) for word in rules.groups[rules.russian])
        self._patterns: dict[str, list[tuple[int, Pattern]]] = {}
        for rank, pattern in enumerate(rules.patterns):
            self._patterns.setdefault(pattern.all[0], []).append((rank, pattern))

    def find(self, message: Sequence[tuple[str, ...]]) -> list[Danger]:
        """All signs of danger in the keys of a message."""
        places: dict[str, list[int]] = {}
        for place, keys in enumerate(message):
            for group in self._words.groups_of(keys):
                places.setdefault(group, []).append(place)
        ranked = sorted(itertools.chain.from_iterable(self._patterns.get(group, ()) for group in places), key=_rank)
        signs = [pattern for _, pattern in ranked if _is_met(pattern, places, len(message))]
        is_past = self._bygone in places and self._fresh not in places
        eased: set[tuple[Kind, Eased]] = {(pattern.kind, pattern.eases) for pattern in signs if pattern.eases}
        return [
            Danger(pattern.kind, "C" if _weighs_less(pattern, eased, is_past=is_past) else pattern.tier)
            for pattern in signs
            if not pattern.eases
        ]


def _rank(ranked: tuple[int, Pattern]) -> int:
    return ranked[0]


def _weighs_less(pattern: Pattern, eased: Set[tuple[Kind, Eased]], *, is_past: bool) -> bool:
    if (pattern.kind, "all") in eased:
        return True
    return pattern.past and (is_past or (pattern.kind, "past") in eased)


def _is_met(pattern: Pattern, places: Mapping[str, list[int]], length: int) -> bool:
    if pattern.longest is not None and length > pattern.longest:
        return False
    if not all(group in places for group in pattern.all):
        return False
    first, *others = (places[group] for group in pattern.all)
    spoilers = [place for group in pattern.unless for place in places.get(group, ())]
    return any(
        _has_neighbours(place, others, pattern)
        for place in first
        if all(abs(place - spoiler) > pattern.unless_within for spoiler in spoilers)
    )


def _has_neighbours(place: int, others: Sequence[list[int]], pattern: Pattern) -> bool:
    """Whether a place of every other group lies within reach of this one of the first, no word counting twice."""
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
