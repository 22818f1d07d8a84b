"""An answer to a question of the pre-check, read against what was asked."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal

from knowledge.facts import Facts
from knowledge.households import read_household
from knowledge.number_words import plain
from knowledge.numbers import LONGEST_READ, is_unknown, read_amount, read_count
from knowledge.pre_check import Question
from knowledge.spans import Span

_YES = re.compile(r"^(ja|jaa|jap|yes|y|da|aha|protams|ir|noteikti|pareizi|да|ага|угу|конечно|есть|верно)\b")
_NO = re.compile(r"^(ne|nee|no|n|nav|net|нет|неа|не|нету|no)\b")
_NOTHING = re.compile(
    r"^(nekas|nek[oa]|neviens|neattiecas|nav|ne|nee|nekas no si|нет|ничего|ни одно|никто|не относится|0)\b"
)
_EVERYTHING = re.compile(r"^(viss?|visi|abi|abas|abus|все|всё|оба|обе)\b")
_NOT_YET = re.compile(r"^(not_yet|vel ne|ne|neesmu|nekad|vel neesmu|еще нет|нет|не обращал\w*|никогда|пока нет)\b")
_DAY = re.compile(r"^(?P<day>[0-9]{1,2})[./ -]+(?P<month>[0-9]{1,2})[./ -]+(?P<year>[0-9]{4})\.?$")
_ISO_DAY = re.compile(r"^(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})$")


def read_answer(question: Question, answer: str) -> Facts | Literal["unknown"] | None:
    """The facts an answer sets; "unknown" for "do not know" and "rather not say"; None when it must be
    asked again.

    `answer` is what was written, or the id of a choice.
    """
    if answer == "dont_know" or is_unknown(answer):
        return "unknown"
    if len(answer) > LONGEST_READ:
        return None
    return _READERS[question.form](question, " ".join(plain(answer).split()), answer)


def _yes_no(question: Question, said: str, _: str) -> Facts | None:
    # "не знаю" has been taken for what it is before; a bare "не" opens a refusal here.
    is_yes, is_no = bool(_YES.match(said)), bool(_NO.match(said))
    return dict.fromkeys(question.sets, is_yes) if is_yes != is_no else None


def _checklist(question: Question, said: str, answer: str) -> Facts | None:
    picked = _picked(question, said, answer)
    return None if picked is None else {name: name in picked for name in question.sets}


def _picked(question: Question, said: str, answer: str) -> set[str] | None:
    if answer in question.sets:
        return {answer}
    if answer == "all_of_these" or _EVERYTHING.match(said):
        return set(question.sets)
    if answer == "none_of_these" or _NOTHING.match(said):
        return set()
    numbers = [int(number) for number in re.findall(r"[0-9]{1,2}", said)]
    if (
        not numbers
        or re.sub(r"[0-9]{1,2}|[ ,.;+]|un|и", "", said)
        or not all(1 <= one <= len(question.sets) for one in numbers)
    ):
        return None
    return {question.sets[one - 1] for one in numbers}


def _money(question: Question, _: str, answer: str) -> Facts | None:
    amount = read_amount(answer)
    return None if amount is None else dict.fromkeys(question.sets, amount)


def _number(question: Question, _: str, answer: str) -> Facts | None:
    count = read_count(answer)
    return None if count is None else dict.fromkeys(question.sets, Span.of(count))


def _household(_: Question, __: str, answer: str) -> Facts | None:
    return read_household(answer)


def _date(question: Question, said: str, _: str) -> Facts | None:
    if _NOT_YET.match(said):
        # Who has not applied yet begins on the day they do: today at the earliest.
        return dict.fromkeys(question.sets, question.asked_on)
    match = _DAY.match(said) or _ISO_DAY.match(said)
    if match is None:
        return None
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    return dict.fromkeys(question.sets, day)


def _choice(question: Question, said: str, answer: str) -> Facts | None:
    for choice in question.choices:
        if answer == choice.id or said in {plain(label) for label in choice.label.values()}:
            return dict.fromkeys(question.sets, choice.id)
    return None


_READERS: Mapping[str, Callable[[Question, str, str], Facts | None]] = {
    "yes_no": _yes_no,
    "checklist": _checklist,
    "money": _money,
    "count": _number,
    "household": _household,
    "date": _date,
    "choice": _choice,
}
