"""An answer is read against the question that was asked."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from knowledge.pre_check import Question, next_question
from knowledge.pre_check_answers import read_answer
from knowledge.rules import load_rules
from knowledge.spans import Span

TODAY = date(2026, 6, 15)
KNOWN = {"adults": Span.of(1), "children": Span.of(0), "income": Span.of(700)}


def question(question_id: str, **known: Any) -> Question:
    rules = load_rules("bauska")
    others = [rule.id for rule in rules.questions if rule.id != question_id]
    found = next_question(rules, known, on=TODAY, asked=others)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        ("jā", {"crisis_event": True}),
        ("Jā, nodega māja", {"crisis_event": True}),
        ("yes", {"crisis_event": True}),
        ("да", {"crisis_event": True}),
        ("nē", {"crisis_event": False}),
        ("Нет.", {"crisis_event": False}),
        ("no", {"crisis_event": False}),
        ("nezinu", "unknown"),
        ("не хочу говорить", "unknown"),
        ("dont_know", "unknown"),
        ("varbūt", None),
        ("", None),
    ],
)
def test_yes_and_no_are_read(answer: str, facts: Any) -> None:
    assert read_answer(question("crisis"), answer) == facts


BOTH = ("all_pension_age_or_disabled", "ukraine_protection")


@pytest.mark.parametrize(
    ("answer", "picked"),
    [
        ("1", {BOTH[0]}),
        ("2", {BOTH[1]}),
        ("1 2", set(BOTH)),
        ("1, 2", set(BOTH)),
        ("1 un 2", set(BOTH)),
        ("abi", set(BOTH)),
        ("all_of_these", set(BOTH)),
        ("nekas", set()),
        ("nē", set()),
        ("ничего", set()),
        ("none_of_these", set()),
        (BOTH[1], {BOTH[1]}),
    ],
)
def test_a_checklist_takes_several_lines_at_once(answer: str, picked: set[str]) -> None:
    asked = question("situation")
    assert asked.sets == BOTH
    assert read_answer(asked, answer) == {name: name in picked for name in BOTH}


@pytest.mark.parametrize("answer", ["3", "12", "1 5", "varbūt"])
def test_a_line_that_was_not_shown_is_not_guessed(answer: str) -> None:
    assert read_answer(question("situation"), answer) is None


def test_a_checklist_with_one_line_left_is_a_plain_question() -> None:
    asked = question("situation", all_pension_age_or_disabled=False)
    assert (asked.form, asked.sets) == ("yes_no", ("ukraine_protection",))
    assert read_answer(asked, "jā") == {"ukraine_protection": True}


def test_money_and_people_are_read() -> None:
    assert read_answer(question("income"), "ap 300-400") == {"income": Span(Decimal(300), Decimal(400))}
    assert read_answer(question("household"), "2 pieaugušie, 1 bērns") == {"adults": Span.of(2), "children": Span.of(1)}
    assert read_answer(question("income"), "6000 gadā") is None
    assert read_answer(question("income"), "не знаю") == "unknown"


@pytest.mark.parametrize(
    ("answer", "day"),
    [
        ("15.03.2026", date(2026, 3, 15)),
        ("2026-03-15", date(2026, 3, 15)),
        ("5/3/2026", date(2026, 3, 5)),
        ("vēl ne", TODAY),
        ("ещё нет", TODAY),
        ("not_yet", TODAY),
        ("31.02.2026", None),
        ("martā", None),
    ],
)
def test_a_day_is_read(answer: str, day: date | None) -> None:
    asked = question("first-applied", ukraine_protection=True, **KNOWN)
    assert read_answer(asked, answer) == (None if day is None else {"first_applied_on": day})


def test_very_long_text_is_asked_again() -> None:
    for question_id in ("crisis", "household", "income", "situation"):
        assert read_answer(question(question_id), "jā " * 30_000) is None
