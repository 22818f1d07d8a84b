"""The trained matcher as plain numpy arrays: word repair, folded character n-grams, listed phrases, linear models.

Serving needs numpy and rapidfuzz only. The vectoriser is scikit-learn's TfidfVectorizer(analyzer="char_wb",
ngram_range=(1, 4), sublinear_tf=True), written out; a test holds the two equal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.phrases import Phrasebook

LONGEST_NGRAM = 4

_REPAIRED_FROM_LETTERS = 4
_REPAIR_CUTOFF = 0.75
_WORDS_READ = 250  # of one message; the rest of a longer one does not change what it is about
_KEPT_REPAIRS = 20_000

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Thresholds:
    """When to answer and when to offer, in probabilities; set in training on examples held out."""

    answer: float
    margin: float
    offer: float


class Reading(NamedTuple):
    """A message as the linear models see it: its repaired words, and its n-grams with their TF-IDF values."""

    message: list[str]
    ngrams: list[int]
    values: Floats


@dataclass(frozen=True)
class Head:
    """One linear model: which class of its own a message belongs to.

    Columns of `weights` are `classes`; its rows the n-grams, then the listed phrases by name. `sharpness` turns scores
    into probabilities.
    """

    classes: tuple[str, ...]
    weights: Floats
    intercept: Floats
    phrases: Mapping[str, tuple[str, ...]]
    phrase_weight: float
    sharpness: float
    _book: Phrasebook = field(init=False, repr=False, compare=False)
    _row_of: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        first = len(self.weights) - len(self.phrases)
        object.__setattr__(self, "_book", Phrasebook(self.phrases))
        object.__setattr__(self, "_row_of", {name: first + place for place, name in enumerate(self.phrases)})

    def scores(self, reading: Reading) -> Floats:
        """How much the message speaks for each class."""
        scores = self.intercept + reading.values @ self.weights[reading.ngrams]
        found = sorted({hit.name for hit in self._book.find(reading.message)})
        if found:
            rows = [self._row_of[name] for name in found]
            scores = scores + self.phrase_weight / len(rows) ** 0.5 * self.weights[rows].sum(axis=0)
        return scores

    def probabilities(self, reading: Reading) -> Floats:
        """How likely each class is."""
        scores = self.sharpness * self.scores(reading)
        exponents = np.exp(scores - scores.max())
        return exponents / exponents.sum()

    def likeliest(self, reading: Reading) -> str:
        """The class with the highest score."""
        return self.classes[int(self.scores(reading).argmax())]


@dataclass(frozen=True)
class Model:
    """What is learnt from the examples: topics, and what is asked about them, over the same n-grams."""

    ngrams: tuple[str, ...]
    idf: Floats
    known_words: tuple[str, ...]
    topics: Head
    facets: Head
    thresholds: Thresholds
    _lookup: dict[str, int] = field(init=False, repr=False, compare=False)
    _repairer: "WordRepairer" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lookup", {ngram: row for row, ngram in enumerate(self.ngrams)})
        object.__setattr__(self, "_repairer", WordRepairer(self.known_words))

    def read(self, message: Sequence[str]) -> Reading:
        """The folded words of a message, repaired and counted."""
        repaired = [self._repairer.repair(word) for word in message[:_WORDS_READ]]
        return Reading(repaired, *self.ngram_values(repaired))

    def knows_any(self, reading: Reading) -> bool:
        """Whether any word of the message, repaired, was ever learnt; single letters are no words."""
        return any(len(word) > 1 and word.isalpha() and word in self._repairer.known for word in reading.message)

    def ngram_values(self, message: Sequence[str]) -> tuple[list[int], Floats]:
        """The rows and TF-IDF values of the n-grams of a message, of length 1 together."""
        lookup = self._lookup
        counts = Counter(lookup[ngram] for word in message for ngram in word_ngrams(word) if ngram in lookup)
        rows = list(counts)
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(rows)))) * self.idf[rows]
        length = float(np.sqrt(values @ values))
        return rows, values / length if length else values


class WordRepairer:
    """Puts the nearest known word in place of an unknown one; words with digits and short words are left alone."""

    def __init__(self, known_words: Iterable[str]) -> None:
        self.known = frozenset(known_words)
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self.known):
            self._by_length.setdefault(len(word), []).append(word)
        self.repair = lru_cache(maxsize=_KEPT_REPAIRS)(self._repair)

    def _repair(self, word: str) -> str:
        if len(word) < _REPAIRED_FROM_LETTERS or word in self.known or word.isdigit():
            return word
        best, best_score = word, 0.0
        for length in self._lengths_near(len(word)):
            found = process.extractOne(
                word,
                self._by_length.get(length, ()),
                scorer=OSA.normalized_similarity,
                score_cutoff=max(_REPAIR_CUTOFF, best_score),
            )
            if found is not None and found[1] > best_score:
                best, best_score = found[0], found[1]
        return best

    def _lengths_near(self, length: int) -> list[int]:
        """The lengths a word within the cutoff can have, the nearest first."""
        shortest = int(np.ceil(length * _REPAIR_CUTOFF))
        longest = int(length / _REPAIR_CUTOFF)
        return sorted(range(shortest, longest + 1), key=lambda other: abs(other - length))


@lru_cache(maxsize=_KEPT_REPAIRS)
def word_ngrams(word: str) -> tuple[str, ...]:
    """The n-grams of 1 to 4 letters of one word with a space on either side, each as often as it stands there."""
    padded = f" {word} "
    ngrams: list[str] = []
    for length in range(1, LONGEST_NGRAM + 1):
        last = max(len(padded) - length, 0)
        ngrams.extend(padded[start : start + length] for start in range(last + 1))
        if last == 0:
            break
    return tuple(ngrams)
