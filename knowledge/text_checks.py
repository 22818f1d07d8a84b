"""Checks of what an article says: length, plain words, amounts, phones and the year beside old figures."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from knowledge.answers import PLACEHOLDER
from knowledge.articles import REQUIRED_LANGUAGES, Article, Language, Text
from knowledge.findings import Finding, error
from knowledge.parameters import Parameters

SHORTEST_ANSWER_LIMIT = 134  # UTF-16 units: two SMS segments with Latvian or Cyrillic letters
_LONGEST_SENTENCE = 20  # words
_LONGEST_EASY_SENTENCE = 10  # words
_MOST_EASY_SENTENCES = 5
_FOUR_LANGUAGES: tuple[Language, ...] = ("lv", "ru", "uk", "en")
_TOLD_IN_FOUR = ("office-contacts", "ukraine-support")

_AFTER_A_SENTENCE = re.compile(r"(?<=[!?:;…])\s+|(?<=\.)\s+(?![a-zа-яёāčēģīķļņšūž])|\n+")
_EUROS = re.compile(
    r"\d[\d .,–-]*\s*(?:eiro|euro|евро|EUR|€)|\b(?:lat(?:s|a|i|u|us|os|iem)|лат(?:а|ы|ов|ах)?)\b", re.IGNORECASE
)
_PHONE = re.compile(
    r"(?<![\d.,/–-])(?:\+371\s?)?"
    r"([26789]\d{7}|[26789]\d(?: \d{3}){2}|[26789]\d{3} \d{4}|116 ?\d{3}|11\d)(?![\d,]\d|\d|[-–]\d)"
)
_OLD_UNTIL = date(2016, 12, 31)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_COUNTED = re.compile(
    r"\b\d+(?: \d{3})*\s*(?:%|(?:viet|cilvēk|klient|person|darbiniek|ģimen|bērni|bērnu|senior|iedzīvotāj|istab|dzīvok"
    r"|procent|мест|человек|люд|клиент|лиц|работник|сотрудник|семь|семе|детей|жител|комнат|квартир|процент)\w*)",
    re.IGNORECASE,
)


def split_sentences(text: str) -> list[str]:
    """The sentences of a text; a colon ends one too, the full stop of an ordinal number ("2015. gadā") does not."""
    return [sentence.strip() for sentence in _AFTER_A_SENTENCE.split(text) if sentence.strip()]


def find_phones(texts: Iterable[str]) -> set[str]:
    """The phone numbers in texts as bare digits, without the country's code."""
    return {found.replace(" ", "") for text in texts for found in _PHONE.findall(PLACEHOLDER.sub("", text))}


def check_texts(article: Article, parameters: Parameters, known_phones: set[str]) -> Iterator[Finding]:
    """Everything wrong with what an article says. `known_phones` are the numbers the contact articles tell."""
    yield from _check_languages(article)
    yield from _check_lengths(article)
    yield from _check_easy(article)
    yield from _check_amounts(article, parameters)
    yield from _check_phones(article, known_phones)
    yield from _check_old_figures(article)


def _told(article: Article) -> dict[str, Text]:
    easy = {"easy": article.easy} if article.easy else {}
    return {"title": article.title, "short": article.short, **easy, **article.sections}


def _check_languages(article: Article) -> Iterator[Finding]:
    if article.topic not in _TOLD_IN_FOUR:
        return
    for part, text in _told(article).items():
        for language in _FOUR_LANGUAGES:
            if part != "easy" and not text.get(language):
                yield error(f"{article.topic}.{part}", f"missing in {language}: people without Latvian need it")


def _check_lengths(article: Article) -> Iterator[Finding]:
    for language, short in article.short.items():
        units = len(short.encode("utf-16-le")) // 2
        if units > SHORTEST_ANSWER_LIMIT:
            yield error(f"{article.topic}.{language}", f"short: {units} characters, at most {SHORTEST_ANSWER_LIMIT}")
    for language in REQUIRED_LANGUAGES:
        for sentence in (sentence for text in article.texts(language) for sentence in split_sentences(text)):
            if len(sentence.split()) > _LONGEST_SENTENCE:
                reason = f"a sentence of {len(sentence.split())} words: {sentence[:40]}…"
                yield error(f"{article.topic}.{language}", reason)


def _check_easy(article: Article) -> Iterator[Finding]:
    for language, text in (article.easy or {}).items():
        place, sentences = f"{article.topic}.easy.{language}", split_sentences(text)
        if len(sentences) > _MOST_EASY_SENTENCES:
            yield error(place, f"{len(sentences)} sentences, at most {_MOST_EASY_SENTENCES}")
        for sentence in sentences:
            if len(sentence.split()) > _LONGEST_EASY_SENTENCE:
                yield error(place, f"a sentence of {len(sentence.split())} words: {sentence[:40]}…")


def _check_amounts(article: Article, parameters: Parameters) -> Iterator[Finding]:
    for part, text in _told(article).items():
        place = f"{article.topic}.{part}"
        named = {language: sorted(PLACEHOLDER.findall(told)) for language, told in text.items()}
        if any(names != named["lv"] for names in named.values()):
            yield error(place, "the languages name different amounts")
        for name in sorted({name for names in named.values() for name in names}):
            if name not in parameters:
                yield error(place, f"no such amount: {{{name}}}")
        for line in (line for told in text.values() for line in told.splitlines()):
            if (amount := _EUROS.search(line)) and not _YEAR.search(line):
                yield error(place, f"an amount without a year belongs into parameters.yaml: “{amount.group()}”")


def _check_phones(article: Article, known_phones: set[str]) -> Iterator[Finding]:
    told = find_phones(text for part in _told(article).values() for text in part.values())
    cited = find_phones(text for source in article.sources for text in (source.place, *source.name.values()))
    for phone in sorted(told - known_phones - cited):
        yield error(article.topic, f"the phone {phone} stands in no contacts, no hotlines and no source of the article")


def _check_old_figures(article: Article) -> Iterator[Finding]:
    if not any(source.dated_on <= _OLD_UNTIL for source in article.sources):
        return
    for part, text in _told(article).items():
        for language in REQUIRED_LANGUAGES:
            told = text.get(language, "")
            if (counted := _COUNTED.search(told)) and not _YEAR.search(told):
                yield error(
                    f"{article.topic}.{part}.{language}", f"“{counted.group()}” of an old document, but no year"
                )
