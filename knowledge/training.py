"""Training the matcher with scikit-learn, in a child process: the serving process never loads it.

What is learnt: the articles' example questions, the "something else" phrases, and, more lightly, the articles' own words. Thresholds
are set on held-out examples. The result is stored under a hash of exactly what was learnt, so it is trained again only when that changes.
"""

import hashlib
import json
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge import model as models
from knowledge.articles import REQUIRED_LANGUAGES, Article
from knowledge.catalogue import Catalogue
from knowledge.model import OTHER, Floats, Model, ModelUnusable, Thresholds
from knowledge.phrases import Phrasebook
from knowledge.search import Matcher
from knowledge.text import fold

_log = logging.getLogger(__name__)

# Chosen by measuring: concepts at 0.35 put 2 to 6 points more messages right than n-grams alone, at 0.7 they begin to drown them.
_CONCEPT_WEIGHT = 0.35
_QUESTION, _TITLE, _SHORT, _SENTENCE = 1.0, 0.6, 0.3, 0.15
_SHORTEST_SENTENCE = 15
_FOLDS = 3
_TRAINING_SECONDS = 600

# Held-out examples are harder than messages: writers make each unlike the others. One wrong answer in seven of theirs was measured to be
# about one in seventeen of messages by others.
_WRONG_AMONG_ANSWERS = 1 / 7
_OTHER_ANSWERED = 0.10
_OTHER_OFFERED = 0.40
_LOWEST_OFFER, _HIGHEST_OFFER = 0.05, 0.10


class TrainingFailed(Exception):
    """The child process that trains did not deliver a model."""


@dataclass(frozen=True)
class Examples:
    """What a model is learnt from: folded texts, the class and the weight of each, and the concepts."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    weights: tuple[float, ...]
    concepts: Mapping[str, Sequence[str]]

    def phrases_hash(self) -> str:
        """Equal for equal examples and equal code version: the name under which the model is kept."""
        content = json.dumps([models.MODEL_VERSION, asdict(self)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]


def collect_examples(catalogue: Catalogue) -> Examples:
    """All that the profile's matcher learns from."""
    rows = [row for row in _example_rows(catalogue) if row[0]]
    texts, labels, weights = zip(*rows, strict=True)
    return Examples(texts, labels, weights, catalogue.lexicon.concepts)


def _example_rows(catalogue: Catalogue) -> Iterator[tuple[str, str, float]]:
    for article in catalogue.articles.values():
        for question in (question for questions in article.questions.values() for question in questions):
            yield fold(question), article.topic, _QUESTION
        topic = catalogue.topics[article.topic]
        for title in (topic.lv, topic.ru, *article.title.values()):
            yield fold(title), article.topic, _TITLE
        yield from _own_words(article)
    for phrases in catalogue.lexicon.something_else.values():
        for phrase in phrases:
            yield fold(phrase), OTHER, _QUESTION


def _own_words(article: Article) -> Iterator[tuple[str, str, float]]:
    for language in REQUIRED_LANGUAGES:
        yield fold(article.short[language]), article.topic, _SHORT
        for section in article.sections.values():
            for sentence in re.split(r"(?<=[.!?])\s+|\n", section[language]):
                if len(sentence) >= _SHORTEST_SENTENCE:
                    yield fold(sentence), article.topic, _SENTENCE


def load_or_train(catalogue: Catalogue, folder: Path) -> Matcher:
    """The matcher of a catalogue: from the folder when it was trained before, else trained now (some seconds) and kept there.

    Raises TrainingFailed.
    """
    examples = collect_examples(catalogue)
    path = folder / f"matcher-{examples.phrases_hash()}.npz"
    try:
        model = models.load(path)
    except ModelUnusable:
        folder.mkdir(parents=True, exist_ok=True)
        _train_in_child(examples, path)
        model = models.load(path)
    return Matcher(model, catalogue.lexicon)


def _train_in_child(examples: Examples, path: Path) -> None:
    _log.info("training the matcher")
    with tempfile.TemporaryDirectory(dir=path.parent) as workplace:
        made = Path(workplace) / "model.npz"
        child = subprocess.run(
            [sys.executable, "-m", "knowledge.training", str(made)],
            input=json.dumps(asdict(examples)).encode(),
            capture_output=True,
            timeout=_TRAINING_SECONDS,
            check=False,
        )
        if child.returncode != 0 or not made.is_file():
            raise TrainingFailed(f"the training process ended with code {child.returncode}")
        made.replace(path)


def train(examples: Examples) -> Model:
    """Learns a model and its thresholds. Needs scikit-learn; takes some seconds for a hundred topics."""
    thresholds = _choose_thresholds(*_hold_out(examples))
    return _fit(examples, thresholds)


def _fit(examples: Examples, thresholds: Thresholds) -> Model:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, lowercase=False)
    ngrams = vectoriser.fit_transform(examples.texts)
    features = hstack([ngrams, _concept_matrix(examples)]).tocsr().astype(np.float32)
    classifier = LogisticRegression(C=20, max_iter=300, tol=1e-3)
    classifier.fit(features, examples.labels, sample_weight=examples.weights)
    return Model(
        classes=tuple(classifier.classes_.tolist()),
        ngrams=tuple(vectoriser.get_feature_names_out().tolist()),
        idf=vectoriser.idf_.astype(np.float32),
        weights=np.ascontiguousarray(classifier.coef_.T, dtype=np.float32),
        intercept=classifier.intercept_.astype(np.float32),
        concept_names=tuple(examples.concepts),
        concept_phrases=tuple(tuple(phrases) for phrases in examples.concepts.values()),
        concept_weight=_CONCEPT_WEIGHT,
        known_words=tuple(sorted({word for text in examples.texts for word in text.split()})),
        thresholds=thresholds,
    )


def _concept_matrix(examples: Examples) -> Any:
    from scipy.sparse import lil_matrix

    phrasebook, columns = Phrasebook(examples.concepts), {name: place for place, name in enumerate(examples.concepts)}
    matrix = lil_matrix((len(examples.texts), len(columns)), dtype=np.float32)
    for row, text in enumerate(examples.texts):
        found = {columns[hit.name] for hit in phrasebook.find(text.split())}
        for column in found:
            matrix[row, column] = _CONCEPT_WEIGHT / len(found) ** 0.5
    return matrix.tocsr()


def _hold_out(examples: Examples) -> tuple[Floats, list[str], tuple[str, ...]]:
    """Probabilities of every full-weight example from a model that never saw it, the label of each, and the classes."""
    classes = tuple(sorted(set(examples.labels)))
    probabilities: list[Floats] = []
    labels: list[str] = []
    for fold_number in range(_FOLDS):
        held = [
            row for row, weight in enumerate(examples.weights) if weight == _QUESTION and row % _FOLDS == fold_number
        ]
        model = _fit(_without(examples, set(held)), Thresholds(1, 1, 1))
        places = [classes.index(name) for name in model.classes]
        for row in held:
            spread = np.zeros(len(classes), dtype=np.float32)
            spread[places] = model.probabilities(examples.texts[row].split())
            probabilities.append(spread)
            labels.append(examples.labels[row])
    return np.vstack(probabilities), labels, classes


def _without(examples: Examples, held: set[int]) -> Examples:
    kept = [row for row in range(len(examples.texts)) if row not in held]
    return Examples(
        tuple(examples.texts[row] for row in kept),
        tuple(examples.labels[row] for row in kept),
        tuple(examples.weights[row] for row in kept),
        examples.concepts,
    )


def _choose_thresholds(probabilities: Floats, labels: Sequence[str], classes: Sequence[str]) -> Thresholds:
    """The pair (probability, margin) that answers most held-out examples rightly within the allowed share of wrong answers."""
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


def main(made: Path) -> None:
    """The child process: examples as JSON on stdin, the model into the file named."""
    content = json.load(sys.stdin)
    examples = Examples(
        tuple(content["texts"]), tuple(content["labels"]), tuple(content["weights"]), content["concepts"]
    )
    models.save(train(examples), made)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
