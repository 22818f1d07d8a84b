"""Finding listed phrases in folded words, in one pass: the word lists of concepts and facets.

A phrase is one or more words that follow one another; a word ending in "*" stands for every word that begins so, and
".." between two words for up to four others.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from knowledge.text import words

_SHORTEST_STEM = 2
_GAP = ".."
_LONGEST_GAP = 4


class Found(NamedTuple):
    """A phrase found in a message: its name, the place of its first word, and how many words it has."""

    name: str
    start: int
    length: int


class _Step(NamedTuple):
    text: str
    is_stem: bool
    gap: int = 0  # how many other words may stand before this one

    def accepts(self, word: str) -> bool:
        return word.startswith(self.text) if self.is_stem else word == self.text


class Phrasebook:
    """Named lists of phrases, compiled once. Raises ValueError for a phrase that folds to nothing."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._by_first_word: dict[str, list[tuple[str, tuple[_Step, ...]]]] = {}
        self._by_first_stem: dict[str, list[tuple[str, tuple[_Step, ...]]]] = {}
        for name, phrases in lists.items():
            for phrase in phrases:
                self._add(name, _compile(phrase))
        self._stem_lengths = sorted({len(stem) for stem in self._by_first_stem})

    def _add(self, name: str, steps: tuple[_Step, ...]) -> None:
        index = self._by_first_stem if steps[0].is_stem else self._by_first_word
        index.setdefault(steps[0].text, []).append((name, steps))

    def find(self, message: Sequence[str]) -> list[Found]:
        """Every listed phrase in the folded words of a message, in the order in which they stand."""
        return [
            Found(name, start, end - start)
            for start, word in enumerate(message)
            for name, steps in self._beginning_with(word)
            if (end := _end_of(message, start, steps))
        ]

    def _beginning_with(self, word: str) -> list[tuple[str, tuple[_Step, ...]]]:
        candidates = list(self._by_first_word.get(word, ()))
        for length in self._stem_lengths:
            if length > len(word):
                break
            candidates.extend(self._by_first_stem.get(word[:length], ()))
        return candidates


def _compile(phrase: str) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    gap = 0
    for part in phrase.split():
        if part == _GAP:
            gap = _LONGEST_GAP
            continue
        folded = words(part)
        is_stem = part.endswith("*") and len("".join(folded)) >= _SHORTEST_STEM
        for place, word in enumerate(folded):
            steps.append(_Step(word, is_stem and place == len(folded) - 1, gap if place == 0 else 0))
            gap = 0
    if not steps:
        raise ValueError("a listed phrase holds no letter")
    return tuple(steps)


def _end_of(message: Sequence[str], start: int, steps: tuple[_Step, ...]) -> int:
    """The place after the last word of a phrase that begins at `start`; 0 when it does not continue."""
    at = start + 1
    for step in steps[1:]:
        within = range(at, min(at + step.gap + 1, len(message)))
        found = next((place for place in within if step.accepts(message[place])), None)
        if found is None:
            return 0
        at = found + 1
    return at
