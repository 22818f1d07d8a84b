"""The checks of the content: `python -m knowledge.check bauska` names place and reason of everything to mend."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from knowledge.articles import REQUIRED_LANGUAGES, Article, ContentBroken, Language
from knowledge.catalogue import Catalogue, Topic, load_base_file, load_catalogue, load_topics, read_articles
from knowledge.facets import find_facets
from knowledge.findings import Finding, error, sort_findings, tell_findings, warning
from knowledge.never import check_never
from knowledge.question_checks import check_questions
from knowledge.safety import SafetyRules
from knowledge.search import Matcher
from knowledge.source_checks import check_dates, check_sources
from knowledge.spelling import DictionariesMissing, find_misspelt
from knowledge.state_checks import check_state
from knowledge.text import words
from knowledge.text_checks import check_texts, find_phones

_CARD_LINE = 70  # characters: one SMS segment
_CARD_LANGUAGES: tuple[Language, ...] = ("lv", "ru", "uk", "en")


def check_content(profile: str, matcher: Matcher | None = None, *, on: date) -> list[Finding]:
    """Everything wrong with a profile's content as of a day, errors first.

    With a matcher also the questions it does not find. Without the dictionaries of both languages the spelling is not
    checked and a finding says so: where CI=true an error, as nothing may be left out there.
    """
    try:
        articles, problems = read_articles(profile, load_topics())
    except ContentBroken as broken:
        return [error(profile, reason) for reason in broken.problems]
    found = [error(*problem.split(": ", 1)) if ": " in problem else error(profile, problem) for problem in problems]
    try:
        catalogue = load_catalogue(profile)
    except ContentBroken as broken:
        return [*found, *(error(profile, reason) for reason in broken.problems if reason not in problems)]
    for article in articles.values():
        found.extend(check_article(article, catalogue, on=on))
    found.extend(error(said.place, said.reason) for said in check_never(articles.values(), catalogue.never.kinds))
    found.extend(_missing_articles(catalogue))
    found.extend(check_questions(catalogue, matcher))
    found.extend(_check_cards(catalogue))
    found.extend(_check_word_lists())
    found.extend(_check_spelling(catalogue))
    return sort_findings(found)


def check_article(article: Article, catalogue: Catalogue, *, on: date) -> Iterator[Finding]:
    """Everything wrong with one article by itself."""
    topic = catalogue.topics[article.topic]
    yield from check_texts(article, catalogue.parameters, contact_phones(catalogue))
    yield from check_dates(article, catalogue.parameters, on)
    yield from check_sources(article, on)
    yield from check_state(article, topic.state.get(catalogue.profile, ""))
    yield from _check_related(topic, article.related, catalogue.topics)


def contact_phones(catalogue: Catalogue) -> set[str]:
    """The numbers a text may name: those of the way to the office and of the articles that tell how to reach whom."""
    contacts = [article for topic, article in catalogue.articles.items() if catalogue.topics[topic].kind == "contact"]
    told = [text for article in contacts for language in _CARD_LANGUAGES for text in article.texts(language)]
    return find_phones([*told, *catalogue.contacts.where.values()])


def _missing_articles(catalogue: Catalogue) -> Iterator[Finding]:
    for topic in catalogue.own_topics:
        if topic not in catalogue.articles:
            yield error(topic, "the profile lists the topic and has no article for it")


def _check_related(topic: Topic, related: Iterable[str], topics: Mapping[str, Topic]) -> Iterator[Finding]:
    for name in related:
        if name not in topics:
            yield error(f"{topic.id}.related", f"no such topic: {name}")
        elif name == topic.id:
            yield error(f"{topic.id}.related", "names itself")
        elif "all" not in (*topic.orgs, *topics[name].orgs) and set(topic.orgs).isdisjoint(topics[name].orgs):
            yield warning(f"{topic.id}.related", f"no profile answers both this and {name}")


def _check_cards(catalogue: Catalogue) -> Iterator[Finding]:
    for kind, card in catalogue.cards.danger.items():
        for language in _CARD_LANGUAGES:
            lines = card.get(language, "").splitlines()
            if not lines or len(lines) > 3:
                yield error(f"cards.danger.{kind}.{language}", f"{len(lines)} lines, at least 1 and at most 3")
            if any(len(line) > _CARD_LINE for line in lines):
                yield error(f"cards.danger.{kind}.{language}", f"a line longer than {_CARD_LINE} characters")


def _check_word_lists() -> Iterator[Finding]:
    try:
        rules = load_base_file(SafetyRules, "safety.yaml")
    except ContentBroken as broken:
        yield from (error("safety.yaml", reason) for reason in broken.problems)
        return
    for group in sorted(rules.unknown_groups()):
        yield error("safety.yaml", f"a pattern names the group {group}, which nobody wrote")
    for group, entries in rules.groups.items():
        for entry in entries:
            if len(words(entry)) != 1:
                yield error(f"safety.yaml.{group}", f"“{entry}” must be one word")
    find_facets([])


def _check_spelling(catalogue: Catalogue) -> Iterator[Finding]:
    try:
        misspelt = find_misspelt(_spelt_texts(catalogue))
    except DictionariesMissing as missing:
        tell = error if os.environ.get("CI") == "true" else warning
        yield tell("spelling", f"NOT checked: {missing}")
        return
    for word, place in misspelt:
        yield error(place, f"spelling: “{word}” is in no dictionary and not in content/base/spelling")


def _spelt_texts(catalogue: Catalogue) -> dict[str, list[str]]:
    """What residents read in Latvian and Russian, by place: articles and their sources, cards, "only the office"."""
    texts: dict[str, list[str]] = {}
    for language in REQUIRED_LANGUAGES:
        for topic, article in catalogue.articles.items():
            names = [source.name[language] for source in article.sources]
            texts[f"{topic}.{language}"] = [*article.texts(language), *names]
        for name, card in {**catalogue.cards.danger, **catalogue.cards.texts}.items():
            texts[f"cards.{name}.{language}"] = [card[language]]
        for kind in catalogue.never.kinds:
            texts[f"never.{kind.id}.{language}"] = [kind.told[language]]
        texts[f"never.{language}"] = [catalogue.never.application[language], catalogue.never.person[language]]
        texts[f"contacts.{language}"] = [catalogue.contacts.where[language]]
    return texts


def main(profile: str) -> int:
    """Prints the findings; the exit code is 1 when one of them is an error."""
    findings = check_content(profile, on=datetime.now(ZoneInfo("Europe/Riga")).date())
    for line in tell_findings({profile: findings}):
        sys.stdout.write(f"{line}\n")
    errors = sum(finding.severity == "error" for finding in findings)
    sys.stdout.write(f"{errors} errors, {len(findings) - errors} warnings\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
