"""The words of an answer: a section of an article with its amounts filled in, its short answer, its source.

An amount that may not be told on the day takes its whole line with it; one honest sentence stands in its place.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from knowledge.articles import Article, Language, Source, in_language
from knowledge.parameters import Parameters

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")

# The facet told when nothing in particular was asked, or when the article has no section for what was asked.
_INSTEAD = ("what", "who", "how")

_ASK_THE_OFFICE = {
    "lv": "Summu, kas ir spēkā šodien, pateiks sociālajā dienestā.",
    "ru": "Действующую сегодня сумму скажут в социальной службе.",
    "uk": "Суму, чинну сьогодні, скажуть у соціальній службі.",
    "en": "The office will tell you the amount that is valid today.",
}
_SOURCE = {"lv": "Avots", "ru": "Источник", "uk": "Джерело", "en": "Source"}


def render_section(article: Article, facet: str | None, lang: str, *, parameters: Parameters, on: date) -> str:
    """One section in one language, amounts of that day filled in; the short answer when no section fits.

    A facet the article does not tell gives what it is, who may get it or how, whichever exists first. Raises ValueError
    when the article may not be answered from on that day.
    """
    if not article.is_valid(on):
        raise ValueError(f"the article {article.topic} is not valid on {on}")
    sections: dict[str, dict[Language, str]] = {**article.sections}
    chosen = next((sections[name] for name in (facet, *_INSTEAD) if name in sections), article.short)
    return fill_amounts(in_language(chosen, lang), lang, parameters=parameters, on=on)


def short_answer(article: Article, lang: str, *, parameters: Parameters, on: date) -> str:
    """The answer in easy language, at most two SMS segments. Raises ValueError when it may not be given that day."""
    if not article.is_valid(on):
        raise ValueError(f"the article {article.topic} is not valid on {on}")
    return fill_amounts(in_language(article.short, lang), lang, parameters=parameters, on=on)


def fill_amounts(text: str, lang: str, *, parameters: Parameters, on: date) -> str:
    """The text with amounts of that day; lines whose amount may not be told give way to one honest sentence."""
    lines: list[str] = []
    honest = _ASK_THE_OFFICE.get(lang, _ASK_THE_OFFICE["lv"])
    for line in text.splitlines():
        if all(parameters.quotable(name, on) for name in PLACEHOLDER.findall(line)):
            lines.append(PLACEHOLDER.sub(_amount_teller(parameters, lang, on), line))
        elif honest not in lines:
            lines.append(honest)
    return "\n".join(lines)


def source_line(article: Article, lang: str) -> str:
    """What the answer rests on: the newest source by name and the day it is dated by."""
    newest = max(article.sources, key=lambda source: source.dated_on)
    return f"{_SOURCE.get(lang, _SOURCE['lv'])}: {in_language(newest.name, lang)}, {_told_day(newest)}"


def told_amount(value: Decimal, lang: str) -> str:
    """An amount as people write it: whole euros without cents, a comma before cents (a point in English)."""
    if value == value.to_integral_value():
        return str(int(value))
    told = f"{value:.2f}"
    return told if lang == "en" else told.replace(".", ",")


def _amount_teller(parameters: Parameters, lang: str, on: date) -> Callable[[re.Match[str]], str]:
    def tell(found: re.Match[str]) -> str:
        value = parameters.value(found.group(1), on)
        return told_amount(value, lang) if value is not None else ""

    return tell


def _told_day(source: Source) -> str:
    """A document dated 1 January is known by its year only, and told so."""
    day = source.dated_on
    return str(day.year) if (day.month, day.day) == (1, 1) else day.strftime("%d.%m.%Y")
