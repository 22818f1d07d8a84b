"""The trained matcher as plain numpy arrays: word repair, folded character n-grams, concepts, a linear model.

Serving needs numpy and rapidfuzz only. The vectoriser is scikit-learn's TfidfVectorizer(analyzer="char_wb",
ngram_range=(1, 4), sublinear_tf=True), written out; a test holds the two equal.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.phrases import Phrasebook

MODEL_VERSION = 1

_LONGEST_NGRAM = 4
_REPAIRED_FROM_LETTERS = 4
_REPAIR_CUTOFF = 0.75
_WORDS_READ = 250  # of one message; the rest of a longer one does not change what it is about
_KEPT_REPAIRS = 20_000

Floats = NDArray[np.float32]


class ModelUnusable(Exception):
    """A stored model that is damaged, or written by another version of the matcher."""


@dataclass(frozen=True)
class Thresholds:
    """When to answer and when to offer, in probabilities; set in training on examples held out."""

    answer: float
    margin: float
    offer: float


@dataclass(frozen=True)
class Model:
    """Weights and words of one trained matcher. Columns of `weights` are `classes`; its rows n-grams, then concepts."""

    classes: tuple[str, ...]
    ngrams: tuple[str, ...]
    idf: Floats
    weights: Floats
    intercept: Floats
    concept_names: tuple[str, ...]
    concept_phrases: tuple[tuple[str, ...], ...]
    concept_weight: float
    known_words: tuple[str, ...]
    thresholds: Thresholds
    _lookup: dict[str, int] = field(init=False, repr=False, compare=False)
    _concepts: Phrasebook = field(init=False, repr=False, compare=False)
    _repairer: "WordRepairer" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lookup", {ngram: row for row, ngram in enumerate(self.ngrams)})
        lists = dict(zip(self.concept_names, self.concept_phrases, strict=True))
        object.__setattr__(self, "_concepts", Phrasebook(lists))
        object.__setattr__(self, "_repairer", WordRepairer(self.known_words))

    def probabilities(self, message: Sequence[str]) -> Floats:
        """How likely each class is, for the folded words of a message."""
        repaired = self.repair(message)
        rows, values = self.ngram_values(repaired)
        scores = self.intercept + values @ self.weights[rows]
        concepts, strength = self._concept_values(repaired)
        if concepts:
            scores = scores + strength * self.weights[concepts].sum(axis=0)
        exponents = np.exp(scores - scores.max())
        return exponents / exponents.sum()

    def repair(self, message: Sequence[str]) -> list[str]:
        """The message with the nearest known word in place of every misspelt one."""
        return [self._repairer.repair(word) for word in message[:_WORDS_READ]]

    def ngram_values(self, message: Sequence[str]) -> tuple[list[int], Floats]:
        """The rows and TF-IDF values of the n-grams of a message, of length 1 together."""
        lookup = self._lookup
        counts = Counter(lookup[ngram] for word in message for ngram in word_ngrams(word) if ngram in lookup)
        rows = list(counts)
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(rows)))) * self.idf[rows]
        length = float(np.sqrt(values @ values))
        return rows, values / length if length else values

    def _concept_values(self, message: Sequence[str]) -> tuple[list[int], float]:
        names = {found.name for found in self._concepts.find(message)}
        if not names:
            return [], 0.0
        rows = [len(self.ngrams) + place for place, name in enumerate(self.concept_names) if name in names]
        return rows, self.concept_weight / len(rows) ** 0.5


class WordRepairer:
    """Puts the nearest known word in place of an unknown one; words with digits and short words are left alone."""

    def __init__(self, known_words: Iterable[str]) -> None:
        self._known = frozenset(known_words)
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self._known):
            self._by_length.setdefault(len(word), []).append(word)
        self.repair = lru_cache(maxsize=_KEPT_REPAIRS)(self._repair)

    def _repair(self, word: str) -> str:
        if len(word) < _REPAIRED_FROM_LETTERS or word in self._known or word.isdigit():
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
    for length in range(1, _LONGEST_NGRAM + 1):
        last = max(len(padded) - length, 0)
        ngrams.extend(padded[start : start + length] for start in range(last + 1))
        if last == 0:
            break
    return tuple(ngrams)


def save(model: Model, path: Path) -> None:
    """Writes the model as one .npz file without pickled objects."""
    thresholds = model.thresholds
    np.savez(
        path,
        version=np.array(MODEL_VERSION),
        classes=np.array(model.classes),
        ngrams=np.array(model.ngrams),
        idf=model.idf.astype(np.float32),
        weights=model.weights.astype(np.float32),
        intercept=model.intercept.astype(np.float32),
        concept_names=np.array(model.concept_names, dtype=np.str_),
        concept_phrases=np.array(["\n".join(phrases) for phrases in model.concept_phrases], dtype=np.str_),
        known_words=np.array(model.known_words, dtype=np.str_),
        numbers=np.array([model.concept_weight, thresholds.answer, thresholds.margin, thresholds.offer]),
    )


def load(path: Path) -> Model:
    """The model stored in a file. Raises ModelUnusable when it is missing, damaged or of another version."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if int(stored["version"]) != MODEL_VERSION:
                raise ModelUnusable(f"{path.name}: written by another version")
            concept_weight, answer, margin, offer = stored["numbers"].tolist()
            return Model(
                classes=tuple(stored["classes"].tolist()),
                ngrams=tuple(stored["ngrams"].tolist()),
                idf=stored["idf"],
                weights=stored["weights"],
                intercept=stored["intercept"],
                concept_names=tuple(stored["concept_names"].tolist()),
                concept_phrases=tuple(tuple(lines.split("\n")) for lines in stored["concept_phrases"].tolist()),
                concept_weight=concept_weight,
                known_words=tuple(stored["known_words"].tolist()),
                thresholds=Thresholds(answer, margin, offer),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelUnusable(f"{path.name}: {type(error).__name__}") from None
