"""Finding listed phrases in folded words, in one pass: the word lists of concepts and facets.

A phrase is one or more words that follow one another; a word ending in "*" stands for every word that begins so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from knowledge.text import words

_SHORTEST_STEM = 2


class Found(NamedTuple):
    """A phrase found in a message: its name, the place of its first word, and how many words it has."""

    name: str
    start: int
    length: int


class _Step(NamedTuple):
    text: str
    is_stem: bool

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
            Found(name, start, len(steps))
            for start, word in enumerate(message)
            for name, steps in self._beginning_with(word)
            if _continues(message, start, steps)
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
    for part in phrase.split():
        folded = words(part)
        steps.extend(_Step(word, False) for word in folded)
        if part.endswith("*") and folded:
            steps[-1] = _Step(folded[-1], len(folded[-1]) >= _SHORTEST_STEM)
    if not steps:
        raise ValueError("a listed phrase holds no letter")
    return tuple(steps)


def _continues(message: Sequence[str], start: int, steps: tuple[_Step, ...]) -> bool:
    if start + len(steps) > len(message):
        return False
    return all(step.accepts(message[start + offset]) for offset, step in enumerate(steps[1:], start=1))
