"""Example questions of different topics that are nearly the same: the matcher could only guess between them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from rapidfuzz import fuzz

from knowledge.questions import Question
from knowledge.text import fold

_ALIKE_FROM = 90  # rapidfuzz's ratio of the folded words in alphabetical order; below it differ the words that matter
_RAREST_WORDS = 4

folded = lru_cache(maxsize=32_768)(fold)
"""Folded questions, kept: most belong to several profiles, and folding is most of the time their checks take."""


class NearDuplicate(NamedTuple):
    """Two questions of two topics, as they stand in the files."""

    topic: str
    text: str
    other_topic: str
    other_text: str


class _Row(NamedTuple):
    topic: str
    text: str
    words: tuple[str, ...]
    key: str


def find_near_duplicates(questions: Mapping[str, Iterable[Question]]) -> list[NearDuplicate]:
    """The pairs, in the order of the topics; what folds to the very same words is not among them.

    Only questions that share one of their four rarest words are compared, so that 12,000 take a second.
    """
    rows = [_row(topic, question.text) for topic, asked in questions.items() for question in asked]
    alike = {
        (first, second)
        for block in _blocks(rows)
        for first, second in combinations(block, 2)
        if rows[first].topic != rows[second].topic and _are_alike(rows[first].key, rows[second].key)
    }
    return [
        NearDuplicate(rows[first].topic, rows[first].text, rows[second].topic, rows[second].text)
        for first, second in sorted(alike)
    ]


def _row(topic: str, text: str) -> _Row:
    words = tuple(sorted(folded(text).split()))
    return _Row(topic, text, words, " ".join(words))


def _are_alike(first: str, second: str) -> bool:
    return first != second and fuzz.ratio(first, second, score_cutoff=_ALIKE_FROM) > 0


def _blocks(rows: list[_Row]) -> Iterator[list[int]]:
    """The places of the questions that share a word, by every word that is among the rarest of them all."""
    counts = Counter(word for row in rows for word in set(row.words))
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        for word in sorted(set(row.words), key=lambda word: (counts[word], word))[:_RAREST_WORDS]:
            blocks[word].append(place)
    yield from blocks.values()
