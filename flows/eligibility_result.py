"""Wording what a pre-check came to: short first, the reasons and papers as details, and always the way on."""

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_decimal

from flows.messages import Choice, Reply
from flows.needs import kind_of_topic
from flows.translations import mark
from flows.turn import Turn
from knowledge.pre_check import Result
from knowledge.spans import Span

HEADINGS = {
    "likely": mark("You may well get: {title}."),
    "depends": mark("Still open, the office will tell: {title}."),
    "unlikely": mark("At this income probably not: {title}. You may still apply."),
}
ORDER = ("likely", "depends", "unlikely")


def conclude(turn: Turn, results: Mapping[str, Result]) -> tuple[Reply, ...]:
    """The verdicts in one short message, each with its reasons and papers behind it."""
    language = turn.language
    shown = sorted(results.values(), key=lambda result: ORDER.index(result.verdict))
    lines = [_line(turn, result) for result in shown]
    notice = turn.knowledge.rules.texts["notice"][language]
    details = "\n\n".join(_details(turn, result) for result in shown)
    return (Reply("\n".join([*lines, notice]), _ways_on(turn, shown), details),)


def _line(turn: Turn, result: Result) -> str:
    line = turn.say(HEADINGS[result.verdict], title=result.title[turn.language])
    if result.verdict == "likely" and result.amount is not None:
        line += " " + turn.say("Roughly {amount} euro.", amount=amount_words(turn, result.amount))
    return line


def amount_words(turn: Turn, amount: Span) -> str:
    """A sum, or from-to where the answers were ranges; EUR with two decimals only when there are cents."""
    low, high = (_number(end, turn.language) for end in (amount.low, amount.high))
    return low if low == high else turn.say("{low} to {high}", low=low, high=high)


def _number(value: Decimal, language: str) -> str:
    pattern = "#,##0" if value == value.to_integral_value() else "#,##0.00"
    return format_decimal(value, format=pattern, locale=language)


def _details(turn: Turn, result: Result) -> str:
    language = turn.language
    reasons = [f"– {reason.text[language]}" for reason in result.because]
    notes = [result.amount_note[language]] if result.amount_note else []
    papers = [f"– {paper[language]}" for paper in result.documents] if result.verdict != "unlikely" else []
    heading = [turn.say("Papers to bring:")] if papers else []
    return "\n".join([f"{result.title[language]}:", *reasons, *notes, *heading, *papers])


def _ways_on(turn: Turn, shown: list[Result]) -> tuple[Choice, ...]:
    first = shown[0].topic if shown else "how-to-apply"
    kind = kind_of_topic(turn, first) or "social-assistance"
    return (
        turn.choice(f"flow:book-appointment:{kind}:{first}", "Book an appointment"),
        turn.choice("topic:how-to-apply", "How to apply"),
        turn.choice("menu", "Menu"),
    )
