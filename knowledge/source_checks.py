"""Checks of where an article's facts come from and until when they may be told."""

from collections.abc import Iterator
from datetime import date

from knowledge.answers import PLACEHOLDER
from knowledge.articles import Article
from knowledge.findings import Finding, error, warning
from knowledge.parameters import Parameters


def check_dates(article: Article, parameters: Parameters, on: date) -> Iterator[Finding]:
    """Dates the wrong way round; what has run out, so that residents no longer hear it; what is due to be read."""
    if article.valid_to is not None and article.valid_to < article.valid_from:
        yield error(article.topic, "valid_to: before valid_from")
    if article.review_by < article.valid_from:
        yield error(article.topic, "review_by: before valid_from")
    if article.valid_to is not None and article.valid_to < on:
        yield warning(article.topic, f"valid_to: since {article.valid_to} nothing is answered from it")
    if article.review_by < on:
        yield warning(article.topic, f"review_by: was to be read again by {article.review_by}")
    texts = [text for section in article.sections.values() for text in section.values()]
    for name in sorted({name for text in texts for name in PLACEHOLDER.findall(text)}):
        entry = parameters.entry(name, on)
        if entry is not None and entry.review_by < on:
            yield warning(f"parameters.{name}", f"review_by: since {entry.review_by} residents do not hear the amount")


def check_sources(article: Article, on: date) -> Iterator[Finding]:
    """Sources without a place in them, named twice, or of a day that has not come yet."""
    seen: set[tuple[str, str]] = set()
    for source in article.sources:
        place, name = f"{article.topic}.sources", source.name["lv"]
        if not source.place:
            yield error(place, f"“{name}”: place is empty, so an editor cannot find the fact in it")
        if (name, source.place) in seen:
            yield error(place, f"“{name}” is named twice")
        if source.dated_on > article.review_by:
            yield error(place, f"“{name}”: dated after the day of the next review")
        elif source.dated_on > on:
            yield warning(place, f"“{name}”: dated {source.dated_on}, a day to come")
        seen.add((name, source.place))
