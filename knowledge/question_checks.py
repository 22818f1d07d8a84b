"""Checks of the example questions: enough of each, none under two topics, none that the matcher does not find."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from knowledge.articles import REQUIRED_LANGUAGES
from knowledge.catalogue import Catalogue
from knowledge.findings import Finding, error, warning
from knowledge.near_duplicates import find_near_duplicates, folded
from knowledge.questions import Question
from knowledge.search import Matcher

_FEWEST_QUESTIONS = 12
_UNFOUND_SHARE = 0.03


def check_questions(catalogue: Catalogue, matcher: Matcher | None) -> Iterator[Finding]:
    """Everything wrong with the example questions of a profile; what is not found only with a matcher."""
    yield from _check_counts(catalogue)
    yield from find_repeated_questions(catalogue.questions)
    yield from _check_near_duplicates(catalogue)
    if matcher is not None:
        yield from check_found(catalogue, matcher)


def _check_counts(catalogue: Catalogue) -> Iterator[Finding]:
    for topic in catalogue.articles:
        counts = Counter(question.language for question in catalogue.questions.get(topic, ()))
        for language in REQUIRED_LANGUAGES:
            if counts[language] < _FEWEST_QUESTIONS:
                yield error(f"{topic}.{language}", f"questions: {counts[language]}, at least {_FEWEST_QUESTIONS}")


def find_repeated_questions(questions: Mapping[str, Iterable[Question]]) -> Iterator[Finding]:
    """Example questions that stand under two topics: the matcher could only guess."""
    asked: dict[str, str] = {}
    for topic, question in ((topic, question) for topic, asked_of_it in questions.items() for question in asked_of_it):
        before = asked.setdefault(folded(question.text), topic)
        if before != topic:
            yield error(topic, f"questions: “{question.text}” stands in {before} too")


def _check_near_duplicates(catalogue: Catalogue) -> Iterator[Finding]:
    own = {topic: catalogue.questions.get(topic, ()) for topic in catalogue.articles}
    for pair in find_near_duplicates(own):
        yield warning(pair.topic, f"questions: “{pair.text}” is nearly “{pair.other_text}” of {pair.other_topic}")


def check_found(catalogue: Catalogue, matcher: Matcher) -> Iterator[Finding]:
    """The questions that the matcher neither answers nor offers; an error where they are many of a topic."""
    for topic in catalogue.articles:
        asked = catalogue.questions.get(topic, ())
        found = [(question.text, matcher.match(question.text)) for question in asked]
        lost = [(text, match) for text, match in found if topic not in (match.topic, *match.alternatives)]
        for text, match in lost:
            yield warning(topic, f"questions: “{text}” finds {match.topic or 'nothing'}")
        if len(lost) > _UNFOUND_SHARE * len(asked):
            yield error(topic, f"questions: the matcher does not find {len(lost)} of {len(asked)}")
