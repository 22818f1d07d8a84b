"""The national rules once more in plain Python, written from the published facts and not from the YAML:
both must agree.

Short by default; with PALIGS_DRILL=full ten thousand households.
"""

import os
import random
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from knowledge.facts import read_facts
from knowledge.pre_check import evaluate
from knowledge.rules import load_rules
from tests.knowledge.households import BENEFITS, blur, draw_day, draw_household

HOUSEHOLDS = 10_000 if os.environ.get("PALIGS_DRILL") == "full" else 400

# from, GMI first/other, needy first/other, low-income maximum first/other
LEVELS = [
    ("2021-01-01", "109", "76", "272", "190", "436", "305"),
    ("2023-07-01", "125", "87.50", "313", "219", "501", "351"),
    ("2024-01-01", "137", "96", "343", "240", "549", "384"),
    ("2025-01-01", "166", "116", "377", "264", "604", "423"),
    ("2026-01-01", "187", "131", "425", "298", "680", "476"),
]
# from, alone pension age/disabled, only such, such with children, families with children, others; a pair
# where only bounds are known
COEFFICIENTS: list[tuple[str, Any]] = [
    ("2021-07-01", (1, 1, 1, 1, 1)),
    ("2022-01-01", (2.5, 2, (1.5, 2.5), 1.5, 1.5)),
    ("2022-09-01", (3, 3, 3, 3, 3)),
    ("2023-05-01", None),
    ("2023-06-01", (2.5, 2, 2, 1.5, 1.5)),
    ("2025-01-01", (2.1, 1.7, 1.7, 1.3, 1.3)),
    ("2026-01-01", (2.5, 2, 2, (1.7, 2), 1.7)),
    ("2026-05-01", (2.1, 1.7, 1.7, 1.7, 1.3)),
]
Outcome = tuple[str, tuple[Decimal, Decimal] | None]


def in_force(table: list[Any], on: date) -> Any:
    return [row for row in table if date.fromisoformat(row[0]) <= on][-1]


def second_opinion(facts: Mapping[str, Any], on: date) -> dict[str, Outcome]:
    others = facts["adults"] + facts["children"] - 1
    gmi, needy, low_income_most = (
        Decimal(first) + Decimal(other) * others
        for first, other in (in_force(LEVELS, on)[1:3], in_force(LEVELS, on)[3:5], in_force(LEVELS, on)[5:7])
    )
    income = Decimal(0) if is_free_of_means_test(facts, on) else Decimal(str(facts["income"]))
    low_income = "likely" if income <= needy else "depends" if income <= low_income_most else "unlikely"
    return {
        "gmi-benefit": ("likely", cents(gmi - income, gmi - income)) if income < gmi else ("unlikely", None),
        "needy-status": ("likely" if income <= needy else "unlikely", None),
        "low-income-status": (low_income, None),
        "housing-benefit": housing(facts, on, gmi, income),
        "emergency-benefit": ("likely" if facts["crisis_event"] else "unlikely", None),
    }


def is_free_of_means_test(facts: Mapping[str, Any], on: date) -> bool:
    if not facts["ukraine_protection"] or on < date(2022, 3, 1):
        return False
    applied = date.fromisoformat(facts["first_applied_on"])
    months = (on.year - applied.year) * 12 + on.month - applied.month - (on.day < applied.day)
    return months < 3


def housing(facts: Mapping[str, Any], on: date, gmi: Decimal, income: Decimal) -> Outcome:
    if on < date(2021, 7, 1):
        return "depends", None
    row = in_force(COEFFICIENTS, on)[1]
    if row is None:
        return "depends", None
    coefficient = row[group(facts)]
    bounds = coefficient if isinstance(coefficient, tuple) else (coefficient, coefficient)
    costs = Decimal(str(facts["housing_costs"]))
    low, high = (Decimal(str(bound)) * gmi + costs - max(income, gmi) for bound in bounds)
    if high <= 0:
        return "unlikely", None
    return ("likely" if low > 0 else "depends"), cents(max(low, Decimal(0)), high)


def group(facts: Mapping[str, Any]) -> int:
    if facts["all_pension_age_or_disabled"]:
        if facts["lives_alone"]:
            return 0
        return 2 if facts["children"] else 1
    return 3 if facts["children"] else 4


def cents(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    cent = Decimal("0.01")
    return low.quantize(cent, ROUND_HALF_UP), high.quantize(cent, ROUND_HALF_UP)


def outcomes(facts: Mapping[str, Any], on: date) -> dict[str, Outcome]:
    results = evaluate(load_rules("bauska"), read_facts(facts), on=on)
    return {
        topic: (result.verdict, (result.amount.low, result.amount.high) if result.amount else None)
        for topic, result in results.items()
    }


@pytest.mark.drill
def test_two_encodings_of_the_national_rules_agree_on_every_household() -> None:
    draw = random.Random(20211)
    seen: set[tuple[str, str]] = set()
    for _ in range(HOUSEHOLDS):
        on = draw_day(draw)
        facts = draw_household(draw, on)
        got, wanted = outcomes(facts, on), second_opinion(facts, on)
        assert got == wanted, (on, facts)
        seen |= {(topic, verdict) for topic, (verdict, _) in got.items()}
    assert {(topic, verdict) for topic in BENEFITS for verdict in ("likely", "unlikely")} <= seen


@pytest.mark.drill
def test_with_all_facts_given_only_an_unsure_parameter_leaves_a_verdict_open() -> None:
    draw = random.Random(20212)
    for _ in range(HOUSEHOLDS):
        on = draw_day(draw)
        facts = draw_household(draw, on)
        for topic, result in evaluate(load_rules("bauska"), read_facts(facts), on=on).items():
            if result.verdict == "depends":
                assert topic in ("low-income-status", "housing-benefit"), (topic, on, facts)
                assert result.needs == ()


@pytest.mark.drill
def test_no_verdict_on_half_of_the_facts_is_contradicted_by_all_of_them() -> None:
    draw = random.Random(20213)
    decided = 0
    for _ in range(HOUSEHOLDS):
        on = draw_day(draw)
        facts = draw_household(draw, on)
        told, whole = outcomes(blur(draw, facts), on), second_opinion(facts, on)
        for topic, (verdict, amount) in told.items():
            assert verdict in ("depends", whole[topic][0]), (topic, on, facts)
            decided += verdict != "depends"
            if amount and whole[topic][1] and not facts["ukraine_protection"]:
                low, high = whole[topic][1] or amount
                assert amount[0] <= low <= high <= amount[1], (topic, on, facts)
    assert decided > HOUSEHOLDS
