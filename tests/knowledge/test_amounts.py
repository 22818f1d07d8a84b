"""Amounts over ranges: never below nothing, never narrower than the truth, and only told when every number
was told.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from knowledge.amounts import payable
from knowledge.facts import read_facts
from knowledge.pre_check import Result, evaluate
from knowledge.rules import load_rules
from knowledge.spans import ANYTHING, Span

PENSIONER = {
    "adults": 1,
    "children": 0,
    "income": 500,
    "housing_costs": 300,
    "all_pension_age_or_disabled": True,
    "lives_alone": True,
}


def result(topic: str, facts: dict[str, Any], on: str) -> Result:
    return evaluate(load_rules("bauska"), read_facts(facts), on=date.fromisoformat(on))[topic]


def test_the_published_examples_come_out_to_the_cent() -> None:
    assert result("housing-benefit", PENSIONER, "2026-02-15").amount == Span.of("267.50")
    assert result("housing-benefit", PENSIONER, "2026-06-15").amount == Span.of("192.70")
    family = {"adults": 2, "children": 2, "income": 300}
    assert result("gmi-benefit", family, "2021-06-01").amount == Span.of("37.00")


def test_living_alone_follows_from_being_the_only_one_and_what_was_told_stands() -> None:
    untold = {name: value for name, value in PENSIONER.items() if name != "lives_alone"}
    assert result("housing-benefit", untold, "2026-06-15").amount == Span.of("192.70")
    shared_flat = PENSIONER | {"lives_alone": False}
    assert result("housing-benefit", shared_flat, "2026-06-15").amount == Span.of("117.90")


def test_a_range_of_income_gives_a_range_of_money() -> None:
    rough = {"adults": 1, "children": 0, "income": [100, 150]}
    assert result("gmi-benefit", rough, "2026-06-15").amount == Span(Decimal("37.00"), Decimal("87.00"))


def test_an_untold_number_gives_no_amount_even_where_the_verdict_is_sure() -> None:
    some = result("gmi-benefit", {"income": 0}, "2026-06-15")
    assert (some.verdict, some.amount) == ("likely", None)


def test_a_family_is_told_a_range_while_its_coefficient_is_not_seen() -> None:
    family = {"adults": 2, "children": 1, "income": 900, "housing_costs": 250, "all_pension_age_or_disabled": False}
    winter = result("housing-benefit", family, "2026-02-15")
    assert winter.amount == Span(Decimal("113.30"), Decimal("248.00"))


def test_an_amount_names_the_day_its_youngest_value_holds_from() -> None:
    assert result("housing-benefit", PENSIONER, "2026-06-15").amount_from == date(2026, 5, 1)
    assert result("gmi-benefit", {"adults": 1, "children": 0, "income": 1}, "2026-06-15").amount_from == date(
        2026, 1, 1
    )


@pytest.mark.parametrize(
    ("formula", "paid"),
    [
        (Span(Decimal(-5), Decimal("9.995")), Span(Decimal("0.00"), Decimal("10.00"))),
        (Span(Decimal(-5), Decimal(0)), None),
        (ANYTHING, None),
    ],
)
def test_nothing_below_nothing_and_nothing_without_an_end_is_told(formula: Span, paid: Span | None) -> None:
    assert payable(formula) == paid
