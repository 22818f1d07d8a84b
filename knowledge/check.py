"""The lint of the content: `python -m knowledge.check bauska` names place and reason of everything to mend."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from knowledge.answers import PLACEHOLDER
from knowledge.articles import REQUIRED_LANGUAGES, Article, ContentBroken, Language
from knowledge.catalogue import Catalogue, load_base_file, load_catalogue, load_topics, read_articles
from knowledge.facets import find_facets
from knowledge.parameters import Parameters
from knowledge.questions import Question
from knowledge.safety import SafetyRules
from knowledge.search import Matcher
from knowledge.text import fold, words

Severity = Literal["error", "warning"]

SHORTEST_ANSWER_LIMIT = 134  # characters: two SMS segments with Latvian or Cyrillic letters
_FEWEST_QUESTIONS = 12
_LONGEST_SENTENCE = 20  # words
_CARD_LINE = 70  # characters: one SMS segment
_NOT_SIMPLY_THERE = ("planned", "wished", "recommended", "ended")
_SAYS_IT_IS_THERE = re.compile(
    r"(?<!vai )\b(piedāvājam|nodrošinām|sniedzam|var saņemt pie mums|pie mums ir|"
    r"предоставляем|предлагаем|у нас есть|можно получить у нас|доступн[аоы] у нас)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """One thing to mend: where, how badly, and why."""

    place: str
    severity: Severity
    reason: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.reason}"


def check_content(profile: str, matcher: Matcher | None = None) -> list[Finding]:
    """Everything wrong with a profile's content, errors first; with a matcher also the questions it does not find."""
    topics = load_topics()
    try:
        articles, problems = read_articles(profile, topics)
    except ContentBroken as broken:
        return [_error(profile, reason) for reason in broken.problems]
    found = [_error(*problem.split(": ", 1)) if ": " in problem else _error(profile, problem) for problem in problems]
    try:
        catalogue = load_catalogue(profile)
    except ContentBroken as broken:
        return [*found, *(_error(profile, reason) for reason in broken.problems if reason not in problems)]
    for article in articles.values():
        found.extend(check_article(article, catalogue))
    found.extend(_check_counts(catalogue))
    found.extend(find_repeated_questions(catalogue.questions))
    found.extend(_check_cards(catalogue))
    found.extend(_check_word_lists())
    if matcher is not None:
        found.extend(_unfound_questions(catalogue, matcher))
    return sorted(found, key=lambda finding: finding.severity)


def check_article(article: Article, catalogue: Catalogue) -> Iterator[Finding]:
    """Everything wrong with one article by itself."""
    yield from _check_lengths(article)
    yield from _check_dates(article)
    yield from _check_amounts(article, catalogue.parameters)
    yield from _check_related(article, catalogue)
    yield from _check_state(article, catalogue)


def _check_lengths(article: Article) -> Iterator[Finding]:
    for language in REQUIRED_LANGUAGES:
        place = f"{article.topic}.{language}"
        if len(article.short[language]) > SHORTEST_ANSWER_LIMIT:
            yield _error(place, f"short: {len(article.short[language])} characters, at most {SHORTEST_ANSWER_LIMIT}")
        for text in article.texts(language):
            for sentence in re.split(r"(?<=[.!?:;])\s+|\n", text):
                if len(sentence.split()) > _LONGEST_SENTENCE:
                    yield Finding(place, "warning", f"a sentence of {len(sentence.split())} words: {sentence[:40]}…")


def _check_dates(article: Article) -> Iterator[Finding]:
    if article.valid_to is not None and article.valid_to < article.valid_from:
        yield _error(article.topic, "valid_to: before valid_from")
    if article.review_by < article.valid_from:
        yield _error(article.topic, "review_by: before valid_from")


def _check_amounts(article: Article, parameters: Parameters) -> Iterator[Finding]:
    for facet, section in {"short": article.short, **article.sections}.items():
        named = {language: PLACEHOLDER.findall(section[language]) for language in REQUIRED_LANGUAGES}
        if sorted(named["lv"]) != sorted(named["ru"]):
            yield _error(f"{article.topic}.{facet}", "the languages name different amounts")
        for name in sorted(set(named["lv"] + named["ru"])):
            if name not in parameters:
                yield _error(f"{article.topic}.{facet}", f"no such amount: {{{name}}}")


def _check_related(article: Article, catalogue: Catalogue) -> Iterator[Finding]:
    for topic in article.related:
        if topic not in catalogue.topics:
            yield _error(f"{article.topic}.related", f"no such topic: {topic}")
        elif topic not in catalogue.articles:
            yield Finding(f"{article.topic}.related", "warning", f"{topic} has no article in this profile")


def _check_state(article: Article, catalogue: Catalogue) -> Iterator[Finding]:
    state = catalogue.topics[article.topic].state.get(catalogue.profile, "")
    if not state.startswith(_NOT_SIMPLY_THERE):
        return
    for language in REQUIRED_LANGUAGES:
        for text in article.texts(language):
            if said := _SAYS_IT_IS_THERE.search(text):
                yield _error(f"{article.topic}.{language}", f"{state}, yet worded as available: “{said.group()}”")
    year = state.rpartition("-")[2]
    if year.isdigit() and not any(year in text for text in article.texts("lv")):
        yield Finding(article.topic, "warning", f"{state}, but no text names the year {year}")


def _check_counts(catalogue: Catalogue) -> Iterator[Finding]:
    for topic in catalogue.articles:
        counts = Counter(question.language for question in catalogue.questions.get(topic, ()))
        for language in REQUIRED_LANGUAGES:
            if counts[language] < _FEWEST_QUESTIONS:
                yield _error(f"{topic}.{language}", f"questions: {counts[language]}, at least {_FEWEST_QUESTIONS}")


def find_repeated_questions(questions: Mapping[str, Iterable[Question]]) -> Iterator[Finding]:
    """Example questions that stand under two topics: the matcher could only guess."""
    asked: dict[str, str] = {}
    for topic, question in ((topic, question) for topic, asked_of_it in questions.items() for question in asked_of_it):
        before = asked.setdefault(fold(question.text), topic)
        if before != topic:
            yield _error(topic, f"questions: “{question.text}” stands in {before} too")


def _unfound_questions(catalogue: Catalogue, matcher: Matcher) -> Iterator[Finding]:
    for topic in catalogue.articles:
        for question in catalogue.questions.get(topic, ()):
            match = matcher.match(question.text)
            if topic not in (match.topic, *match.alternatives):
                yield Finding(topic, "warning", f"questions: “{question.text}” finds {match.topic or 'nothing'}")


def _check_cards(catalogue: Catalogue) -> Iterator[Finding]:
    languages: tuple[Language, ...] = ("lv", "ru", "uk", "en")
    for kind, card in catalogue.cards.danger.items():
        for language in languages:
            lines = card.get(language, "").splitlines()
            if not lines or len(lines) > 3:
                yield _error(f"cards.danger.{kind}.{language}", f"{len(lines)} lines, at least 1 and at most 3")
            if any(len(line) > _CARD_LINE for line in lines):
                yield _error(f"cards.danger.{kind}.{language}", f"a line longer than {_CARD_LINE} characters")


def _check_word_lists() -> Iterator[Finding]:
    rules = load_base_file(SafetyRules, "safety.yaml")
    for group in sorted(rules.unknown_groups()):
        yield _error("safety.yaml", f"a pattern names the group {group}, which nobody wrote")
    for group, entries in rules.groups.items():
        for entry in entries:
            if len(words(entry)) != 1:
                yield _error(f"safety.yaml.{group}", f"“{entry}” must be one word")
    find_facets([])


def _error(place: str, reason: str) -> Finding:
    return Finding(place, "error", reason)


def main(profile: str) -> int:
    """Prints the findings; the exit code is 1 when one of them is an error."""
    findings = check_content(profile)
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    errors = sum(finding.severity == "error" for finding in findings)
    sys.stdout.write(f"{errors} errors, {len(findings) - errors} warnings\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
