"""Fitting the matcher with scikit-learn: imported in a child process only, so that a serving process never loads it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, lil_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from knowledge import model as models
from knowledge.examples import QUESTION, Examples
from knowledge.model import Floats, Model, Thresholds
from knowledge.phrases import Phrasebook
from knowledge.questions import OTHER

# Chosen by measuring: concepts at 0.35 put 2 to 6 points more messages right than n-grams alone, at 0.7 they begin to
# drown them.
_CONCEPT_WEIGHT = 0.35
_ONE_HELD_OUT_OF = 3

# Held-out examples are harder than messages: writers make each unlike the others. One wrong answer in seven of theirs
# was measured to be about one in seventeen of messages by others.
_WRONG_AMONG_ANSWERS = 1 / 7
_OTHER_ANSWERED = 0.10
_OTHER_OFFERED = 0.40
_LOWEST_OFFER, _HIGHEST_OFFER = 0.05, 0.10

_NEVER = Thresholds(1, 1, 1)


def train(examples: Examples) -> Model:
    """Learns a model and its thresholds; takes some seconds for a hundred topics."""
    return fit(examples, _choose_thresholds(*_hold_out(examples)))


def train_into(examples: Examples, path: Path) -> None:
    """Learns and stores a model; what the child process runs."""
    models.save(train(examples), path)


def fit(examples: Examples, thresholds: Thresholds = _NEVER) -> Model:
    """Learns the weights; without thresholds the model answers nothing."""
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, lowercase=False)
    ngrams = vectoriser.fit_transform(examples.texts)
    features: Any = csr_matrix(hstack([ngrams, _concept_matrix(examples)]), dtype=np.float32)
    classifier = LogisticRegression(C=20, max_iter=300, tol=1e-3)
    classifier.fit(features, examples.labels, sample_weight=examples.weights)
    return Model(
        classes=tuple(classifier.classes_.tolist()),
        ngrams=tuple(vectoriser.get_feature_names_out().tolist()),
        idf=np.asarray(vectoriser.idf_, dtype=np.float32),
        weights=np.ascontiguousarray(classifier.coef_.T, dtype=np.float32),
        intercept=np.asarray(classifier.intercept_, dtype=np.float32),
        concept_names=tuple(examples.concepts),
        concept_phrases=tuple(tuple(phrases) for phrases in examples.concepts.values()),
        concept_weight=_CONCEPT_WEIGHT,
        known_words=tuple(sorted({word for text in examples.texts for word in text.split()})),
        thresholds=thresholds,
    )


def _concept_matrix(examples: Examples) -> Any:
    phrasebook, columns = Phrasebook(examples.concepts), {name: place for place, name in enumerate(examples.concepts)}
    matrix = lil_matrix((len(examples.texts), len(columns)), dtype=np.float32)
    for row, text in enumerate(examples.texts):
        found = {columns[hit.name] for hit in phrasebook.find(text.split())}
        for column in found:
            matrix[row, column] = _CONCEPT_WEIGHT / len(found) ** 0.5
    return matrix.tocsr()


def _hold_out(examples: Examples) -> tuple[Floats, list[str], tuple[str, ...]]:
    """Probabilities of every third question from a model that saw none of them, their labels, the classes."""
    full = [row for row, weight in enumerate(examples.weights) if weight == QUESTION]
    held = full[::_ONE_HELD_OUT_OF]
    model = fit(_without(examples, set(held)))
    spreads = [model.probabilities(examples.texts[row].split()) for row in held]
    return np.vstack(spreads), [examples.labels[row] for row in held], model.classes


def _without(examples: Examples, held: set[int]) -> Examples:
    kept = [row for row in range(len(examples.texts)) if row not in held]
    return Examples(
        tuple(examples.texts[row] for row in kept),
        tuple(examples.labels[row] for row in kept),
        tuple(examples.weights[row] for row in kept),
        examples.concepts,
    )


def _choose_thresholds(probabilities: Floats, labels: Sequence[str], classes: Sequence[str]) -> Thresholds:
    """The pair (probability, margin) that answers most held-out examples rightly, wrong ones within their share."""
    is_other = np.array([label == OTHER for label in labels])
    order = np.argsort(-probabilities, axis=1)
    rows = np.arange(len(labels))
    first, second = probabilities[rows, order[:, 0]], probabilities[rows, order[:, 1]]
    named = np.array([classes[place] for place in order[:, 0]])
    is_right, says_topic = named == np.array(labels), named != OTHER

    best, best_right = Thresholds(0.6, 0.3, _HIGHEST_OFFER), -1
    for answer in np.arange(0.2, 0.65, 0.05):
        for margin in np.arange(0.0, 0.35, 0.05):
            answered = says_topic & (first >= answer) & (first - second >= margin)
            right = int((answered & is_right & ~is_other).sum())
            wrong = int((answered & ~is_right & ~is_other).sum())
            told = float((answered & is_other).sum() / max(is_other.sum(), 1))
            if wrong <= _WRONG_AMONG_ANSWERS * (right + wrong) and told <= _OTHER_ANSWERED and right > best_right:
                best, best_right = Thresholds(float(answer), float(margin), 0.0), right
    return Thresholds(best.answer, best.margin, _choose_offer(probabilities[is_other], classes))


def _choose_offer(of_others: Floats, classes: Sequence[str]) -> float:
    """How likely the best topic must be to be offered, so that few out-of-scope messages are offered one."""
    topics = [place for place, name in enumerate(classes) if name != OTHER]
    best = of_others[:, topics].max(axis=1)
    return float(np.clip(np.quantile(best, 1 - _OTHER_OFFERED), _LOWEST_OFFER, _HIGHEST_OFFER))
