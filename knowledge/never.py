"""What only the office can tell: questions that no article answers, found by their words, and the lint against answers.

The kinds, their words and texts are content (`content/base/never.yaml`). A listed kind is told in the same neutral
words to everybody, whoever is asked about and whether it is true or not.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Self

from pydantic import Field, field_validator, model_validator
from rapidfuzz.distance import OSA

from knowledge.articles import Article, Facet, Strict, Text
from knowledge.phrases import Found, Phrasebook
from knowledge.text import words

_LETTERS_READ = 1000  # of one message as it is written
_WORDS_READ = 120  # of one message; a longer story is no question of one of these kinds
_NEAR = 9  # words between the first words of the phrases that together ask for a kind
_SLIP_IN_STEM_FROM = 7  # letters; a shorter one with one slip is too often another word
_SLIP_IN_WORD_FROM = 9


class Forbidden(Strict):
    """Words that no article may state; `reason` is told to the editor.

    `topics` and `facets` say where it holds (everywhere when empty), `except_topics` where it does not. A line in which
    `unless` is found is let be: a line of history with its year, or the number of a help line with its hours.
    """

    pattern: re.Pattern[str]
    reason: str
    topics: frozenset[str] = frozenset()
    except_topics: frozenset[str] = frozenset()
    facets: frozenset[str] = frozenset()
    unless: re.Pattern[str] | None = None

    def holds_for(self, topic: str, facet: str) -> bool:
        """Whether it is forbidden in that section of that topic; `facet` may also be "title", "short" or "easy"."""
        is_topic = (not self.topics or topic in self.topics) and topic not in self.except_topics
        return is_topic and (not self.facets or facet in self.facets)

    def found_in(self, text: str) -> str | None:
        """The words that must not be said, or None."""
        for line in text.splitlines():
            said = self.pattern.search(line)
            if said and not (self.unless and self.unless.search(line)):
                return said.group()
        return None


class Never(Strict):
    """One kind of question that only the office answers; the head of never.yaml says what each part means."""

    id: str
    topic: str
    asked: tuple[tuple[str, ...], ...] = ()
    written: tuple[re.Pattern[str], ...] = ()
    unless: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()
    except_topics: frozenset[str] = frozenset()
    facets: frozenset[Facet] = frozenset()
    only_known: bool = False
    unless_quotable: tuple[str, ...] = ()
    is_money: bool = False
    told: Text
    forbidden: tuple[Forbidden, ...] = ()

    @field_validator("asked", mode="before")
    @classmethod
    def _split(cls, asked: object) -> object:
        """A pattern is written as group names in one line: "whether client"."""
        if not isinstance(asked, list):
            return asked
        return [pattern.split() if isinstance(pattern, str) else pattern for pattern in asked]

    def fits(self, topic: str | None) -> bool:
        """Whether the kind can be meant when a message is about that topic; None = nobody knows what it is about."""
        if topic is None:
            return not self.only_known
        return (not self.topics or topic in self.topics) and topic not in self.except_topics

    def is_side(self, topic: str, facet: str | None) -> bool:
        """Whether a question of that side of that topic is of this kind, in whatever words it is asked."""
        return facet in self.facets and self.fits(topic)


class NeverFile(Strict):
    """The content of never.yaml."""

    words: dict[str, list[str]]
    application: Text
    person: Text
    kinds: tuple[Never, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_its_words(self) -> Self:
        """A pattern that names words nobody listed could never be found; words nobody names are left over."""
        named = {name for kind in self.kinds for pattern in (*kind.asked, kind.unless) for name in pattern}
        wrong = sorted(named ^ self.words.keys())
        if wrong:
            raise ValueError(f"words that are named but not listed, or listed but not named: {', '.join(wrong)}")
        return self


class NeverSaid(NamedTuple):
    """One place of an article that states what only the office can tell."""

    place: str
    reason: str


class NeverList:
    """The kinds with their words compiled. Stateless: one serves every talk."""

    def __init__(self, content: NeverFile) -> None:
        self.kinds = content.kinds
        self.application = content.application
        self.person = content.person
        self._phrases = Phrasebook(content.words)
        self._slips = _Slips(phrase for phrases in content.words.values() for phrase in phrases)

    def find(self, text: str) -> tuple[Never, ...]:
        """The kinds a message asks for by its words, in the order of the file."""
        message = words(text)[:_WORDS_READ]
        places: dict[str, list[Found]] = {}
        for found in self._phrases.find([self._slips.mend(word) for word in message]):
            places.setdefault(found.name, []).append(found)
        return tuple(
            kind
            for kind in self.kinds
            if places.keys().isdisjoint(kind.unless)
            and (
                any(_stand_near([places.get(name, []) for name in pattern]) for pattern in kind.asked)
                or any(pattern.search(text[:_LETTERS_READ]) for pattern in kind.written)
            )
        )


def _stand_near(groups: Sequence[Sequence[Found]]) -> bool:
    """Whether a phrase of every group stands near one of the first group's, no place counting twice."""
    return all(groups) and any(_has_others(first, groups[1:]) for first in groups[0])


def _has_others(first: Found, others: Sequence[Sequence[Found]]) -> bool:
    taken = {first.start}
    for group in others:
        found = next((one for one in group if one.start not in taken and abs(one.start - first.start) <= _NEAR), None)
        if found is None:
            return False
        taken.add(found.start)
    return True


class _Slips:
    """Puts a listed long word in place of one that differs from it by a single slip."""

    def __init__(self, phrases: Iterable[str]) -> None:
        known = {(word, part.endswith("*")) for phrase in phrases for part in phrase.split() for word in words(part)}
        self._known = sorted(
            (word, is_stem)
            for word, is_stem in known
            if len(word) >= (_SLIP_IN_STEM_FROM if is_stem else _SLIP_IN_WORD_FROM)
        )
        self.mend = lru_cache(maxsize=20_000)(self._mend)

    def _mend(self, word: str) -> str:
        if len(word) < _SLIP_IN_STEM_FROM - 1:
            return word
        near = [entry for entry in self._beginning_like(word) if _is_one_slip(word, *entry)]
        is_known = any(word.startswith(entry) if is_stem else word == entry for entry, is_stem in near)
        return word if is_known or not near else near[0][0]

    def _beginning_like(self, word: str) -> list[tuple[str, bool]]:
        """The listed words with the same first two letters; a slip there makes too many other words."""
        start = bisect_left(self._known, (word[:2], False))
        end = bisect_left(self._known, (word[:2] + "\x7f", False))
        return self._known[start:end]


def _is_one_slip(word: str, entry: str, is_stem: bool) -> bool:
    """Whether the word begins like the entry but for one letter. Another last letter is another ending, no slip."""
    lengths = (len(entry) - 1, len(entry), len(entry) + 1) if is_stem else (len(word),)
    beginnings = [word[:length] for length in lengths if len(word) >= length]
    return any(one[-1] == entry[-1] and OSA.distance(one, entry, score_cutoff=1) <= 1 for one in beginnings)


def check_never(articles: Iterable[Article], kinds: Iterable[Never]) -> Iterator[NeverSaid]:
    """Every place where an article states what only the office can tell."""
    rules = [(kind, rule) for kind in kinds for rule in kind.forbidden]
    for article in articles:
        for facet, language, text in _texts(article):
            for kind, rule in rules:
                if rule.holds_for(article.topic, facet) and (said := rule.found_in(text)):
                    place = f"{article.topic}.{facet}.{language}"
                    yield NeverSaid(place, f"{kind.id}: {rule.reason}: “{said}”")


def _texts(article: Article) -> Iterator[tuple[str, str, str]]:
    told = {"title": article.title, "short": article.short, "easy": article.easy or {}, **article.sections}
    for part, text in told.items():
        for language, words_of_it in text.items():
            yield part, language, words_of_it
