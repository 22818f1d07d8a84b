"""What the matcher is learnt from, and where the learnt one is kept.

It learns the articles' example questions, the "something else" phrases and, more lightly, the articles' own words. The
result is stored under a hash of exactly what was learnt, so it is trained again only when that changes; a child process
does the training (knowledge/fitting.py).
"""

import hashlib
import json
import logging
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from knowledge import model as models
from knowledge.articles import REQUIRED_LANGUAGES, Article
from knowledge.catalogue import Catalogue
from knowledge.model import OTHER, ModelUnusable
from knowledge.search import Matcher
from knowledge.text import fold

_log = logging.getLogger(__name__)

_LEARNING_CODE = ("fitting.py", "model.py", "phrases.py", "text.py")
QUESTION = 1.0  # the weight of an example question; the rest weighs less
_TITLE, _SHORT, _SENTENCE = 0.6, 0.3, 0.15
_SHORTEST_SENTENCE = 15  # characters


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
        """Equal for equal examples learnt by equal code: the name under which the model is kept."""
        digest = hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode())
        for name in _LEARNING_CODE:
            digest.update(Path(__file__).with_name(name).read_bytes())
        return digest.hexdigest()[:32]


def collect_examples(catalogue: Catalogue) -> Examples:
    """All that the profile's matcher learns from."""
    rows = [row for row in _example_rows(catalogue) if row[0]]
    texts, labels, weights = zip(*rows, strict=True)
    return Examples(texts, labels, weights, catalogue.lexicon.concepts)


def _example_rows(catalogue: Catalogue) -> Iterator[tuple[str, str, float]]:
    for article in catalogue.articles.values():
        for question in (question for questions in article.questions.values() for question in questions):
            yield fold(question), article.topic, QUESTION
        topic = catalogue.topics[article.topic]
        for title in (topic.lv, topic.ru, *article.title.values()):
            yield fold(title), article.topic, _TITLE
        yield from _own_words(article)
    for phrases in catalogue.lexicon.something_else.values():
        for phrase in phrases:
            yield fold(phrase), OTHER, QUESTION


def _own_words(article: Article) -> Iterator[tuple[str, str, float]]:
    for language in REQUIRED_LANGUAGES:
        yield fold(article.short[language]), article.topic, _SHORT
        for section in article.sections.values():
            for sentence in re.split(r"(?<=[.!?])\s+|\n", section[language]):
                if len(sentence) >= _SHORTEST_SENTENCE:
                    yield fold(sentence), article.topic, _SENTENCE


def load_or_train(catalogue: Catalogue, folder: Path) -> Matcher:
    """The matcher of a catalogue: from the folder when it was trained before, else trained now and kept there.

    Training takes some seconds. Raises TrainingFailed.
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
        made = Path(workplace) / path.name
        # A fresh interpreter: a forked one would share the server's sockets, and this one must not load scikit-learn.
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as child:
            try:
                child.submit(_train_here, examples, made).result()
            except BrokenProcessPool:
                raise TrainingFailed("the training process died") from None
        made.replace(path)


def _train_here(examples: Examples, path: Path) -> None:
    import_module("knowledge.fitting").train_into(examples, path)
