"""The knowledge base as administrators read it: every article, what is due for review, both languages side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from knowledge.answers import fill_amounts, source_line
from knowledge.articles import Article
from knowledge.catalogue import Catalogue


@dataclass(frozen=True)
class ArticleRow:
    """One line of the list."""

    topic: str
    title: str
    kind: str
    review_by: date
    is_due: bool
    is_over: bool


@dataclass(frozen=True)
class Passage:
    """One part of an article in both languages, as residents get it today."""

    name: str
    texts: Mapping[str, str]


def list_articles(catalogue: Catalogue, *, on: date, language: str) -> list[ArticleRow]:
    """Every article of the profile: what needs somebody first, then by title."""
    rows = [_row(catalogue, article, on, language) for article in catalogue.articles.values()]
    return sorted(rows, key=lambda row: (not row.is_over, not row.is_due, row.title))


def _row(catalogue: Catalogue, article: Article, on: date, language: str) -> ArticleRow:
    title = article.title["ru"] if language == "ru" else article.title["lv"]
    kind = catalogue.topics[article.topic].kind
    is_over = article.valid_to is not None and article.valid_to < on
    return ArticleRow(article.topic, title, kind, article.review_by, article.review_by < on, is_over)


def read_article(catalogue: Catalogue, topic: str, *, on: date) -> list[Passage]:
    """The parts of an article with today's amounts filled in; raises KeyError for a topic without one."""
    article = catalogue.articles[topic]
    told = {"short": article.short, **article.sections}
    passages = [Passage("title", {"lv": article.title["lv"], "ru": article.title["ru"]})]
    for name, text in told.items():
        filled = {
            language: fill_amounts(text[language], language, parameters=catalogue.parameters, on=on)
            for language in ("lv", "ru")
        }
        passages.append(Passage(name, filled))
    sources = {language: source_line(article, language) for language in ("lv", "ru")}
    return [*passages, Passage("source", sources)]
