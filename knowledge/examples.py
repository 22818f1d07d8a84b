"""What the matcher is learnt from: example questions, "something else" phrases and, lightly, articles' own words."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge.articles import REQUIRED_LANGUAGES, Article
from knowledge.catalogue import Catalogue
from knowledge.questions import OTHER
from knowledge.text import fold

_LEARNING_CODE = ("fitting.py", "model.py", "phrases.py", "text.py")
QUESTION = 1.0  # the weight of an example question; the rest weighs less
_TITLE, _SHORT, _SENTENCE = 0.6, 0.3, 0.15
_SHORTEST_SENTENCE = 15  # characters


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
        for question in catalogue.questions.get(article.topic, ()):
            yield fold(question.text), article.topic, QUESTION
        topic = catalogue.topics[article.topic]
        for title in (topic.lv, topic.ru, *article.title.values()):
            yield fold(title), article.topic, _TITLE
        yield from _own_words(article)
    for question in catalogue.questions[OTHER]:
        yield fold(question.text), OTHER, QUESTION


def _own_words(article: Article) -> Iterator[tuple[str, str, float]]:
    for language in REQUIRED_LANGUAGES:
        yield fold(article.short[language]), article.topic, _SHORT
        for section in article.sections.values():
            for sentence in re.split(r"(?<=[.!?])\s+|\n", section[language]):
                if len(sentence) >= _SHORTEST_SENTENCE:
                    yield fold(sentence), article.topic, _SENTENCE
