"""What the matcher is learnt from: example questions, "something else" phrases, titles, and the word lists.

All topics of all profiles together: one model serves every profile, and knows a question of another one for what it is.
The articles' own words are left out: measured, they made it worse.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from knowledge.catalogue import Catalogue
from knowledge.facets import choose_facet, find_facets
from knowledge.questions import OTHER
from knowledge.text import fold

NO_FACET = "none"
_LEARNING_CODE = ("examples.py", "fitting.py", "model.py", "stored_model.py", "phrases.py", "text.py")
_QUESTION, _TITLE, _OTHER = 1.0, 0.6, 0.5
_FACET, _NO_FACET = 1.0, 0.2


class Example(NamedTuple):
    """One folded text with its class and weight; a weight of 0 for the facet says nothing about the facet."""

    text: str
    topic: str
    weight: float
    facet: str = NO_FACET
    facet_weight: float = 0.0


@dataclass(frozen=True)
class Examples:
    """What a model is learnt from: the examples, the concepts, and the phrases that ask for a facet."""

    rows: tuple[Example, ...]
    concepts: Mapping[str, Sequence[str]]
    facet_words: Mapping[str, Sequence[str]]


def learning_hash(catalogue: Catalogue) -> str:
    """Equal for equal phrases learnt by equal code: the name under which the model is kept.

    Taken of the phrases as they are written: folding them all would make every start wait.
    """
    titles = [(topic.id, topic.lv, topic.ru) for topic in catalogue.topics.values()]
    questions = [
        (topic, question.text, question.facet) for topic, asked in catalogue.questions.items() for question in asked
    ]
    learnt = [titles, questions, catalogue.lexicon.concepts, catalogue.lexicon.facet_words]
    digest = hashlib.sha256(json.dumps(learnt, ensure_ascii=False, sort_keys=True).encode())
    for name in _LEARNING_CODE:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:32]


def collect_examples(catalogue: Catalogue) -> Examples:
    """All that the matcher learns from; the same for every profile that adds no questions of its own."""
    rows = tuple(row for row in (*_titles(catalogue), *_questions(catalogue)) if row.text)
    return Examples(rows, catalogue.lexicon.concepts, catalogue.lexicon.facet_words)


def _titles(catalogue: Catalogue) -> Iterator[Example]:
    for topic in catalogue.topics.values():
        for title in (topic.lv, topic.ru):
            yield Example(fold(title), topic.id, _TITLE)


def _questions(catalogue: Catalogue) -> Iterator[Example]:
    for topic, questions in catalogue.questions.items():
        for question in questions:
            text = fold(question.text)
            if topic == OTHER:
                yield Example(text, topic, _OTHER)
            elif question.facet:
                yield Example(text, topic, _QUESTION, question.facet, _FACET)
            else:
                # Not every writer said what is asked: only a question in which no listed phrase stands asks nothing.
                asks = choose_facet(find_facets(text.split())) is not None
                yield Example(text, topic, _QUESTION, NO_FACET, 0.0 if asks else _NO_FACET)
