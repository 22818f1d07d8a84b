"""Facts as the `precheck` door takes them, and the arithmetic of ranges."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.facts import BadFact, fact_kinds, read_facts
from knowledge.spans import Span, highest, lowest


def test_every_fact_name_of_the_design_is_known() -> None:
    promised = (
        "adults children income savings housing_costs all_pension_age_or_disabled lives_alone declared_here "
        "crisis_event provider_able care_needed disability_group working_age_member ukraine_protection first_applied_on"
    )
    assert set(promised.split()) <= set(fact_kinds())


def test_facts_are_read_with_their_types() -> None:
    facts = read_facts(
        {
            "adults": 1,
            "income": [300, 400.5],
            "crisis_event": False,
            "care_needed": "daily",
            "first_applied_on": "2026-02-15",
            "savings": None,
        }
    )
    assert facts == {
        "adults": Span.of(1),
        "income": Span(Decimal(300), Decimal("400.5")),
        "crisis_event": False,
        "care_needed": "daily",
        "first_applied_on": date(2026, 2, 15),
    }


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"incom": 3}, "unknown_fact"),
        ({"adults": 0}, "out_of_range"),
        ({"adults": 1.5}, "wrong_type"),
        ({"adults": True}, "wrong_type"),
        ({"adults": "2"}, "wrong_type"),
        ({"adults": [2, 1]}, "empty_range"),
        ({"adults": [1, 2, 3]}, "wrong_type"),
        ({"children": -1}, "out_of_range"),
        ({"income": float("nan")}, "not_a_number"),
        ({"income": float("inf")}, "not_a_number"),
        ({"income": -0.01}, "out_of_range"),
        ({"income": 10**5000}, "out_of_range"),
        ({"income": {}}, "wrong_type"),
        ({"crisis_event": 1}, "wrong_type"),
        ({"crisis_event": "yes"}, "wrong_type"),
        ({"crisis_event": [True, False]}, "wrong_type"),
        ({"care_needed": "often"}, "wrong_type"),
        ({"first_applied_on": "15.02.2026"}, "wrong_type"),
        ({"first_applied_on": 20260215}, "wrong_type"),
        ([], "wrong_type"),
    ],
)
def test_a_bad_fact_is_refused_with_its_reason(raw: Any, code: str) -> None:
    with pytest.raises(BadFact) as refused:
        read_facts(raw)
    assert refused.value.code == code


def test_a_refusal_does_not_repeat_what_was_given() -> None:
    with pytest.raises(BadFact) as refused:
        read_facts({"010190-12345": 1})
    assert "12345" not in refused.value.text


NUMBERS = st.decimals(-1000, 1000, places=2)
SPANS = st.tuples(NUMBERS, NUMBERS).map(lambda ends: Span(min(ends), max(ends)))


@settings(deadline=None)
@given(SPANS, SPANS, st.floats(0, 1), st.floats(0, 1))
def test_reckoning_with_ranges_never_loses_a_result(
    first: Span, second: Span, share_one: float, share_two: float
) -> None:
    one, two = inside(first, share_one), inside(second, share_two)
    assert one + two in first + second
    assert one - two in first - second
    assert one * two in first * second
    assert min(one, two) in lowest([first, second])
    assert max(one, two) in highest([first, second])


def inside(span: Span, share: float) -> Decimal:
    point = span.low + (span.high - span.low) * Decimal(str(share))
    return min(max(point, span.low), span.high)
