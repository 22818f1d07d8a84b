"""Dated parameters: what counts, what may be told, and what is not sure."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from knowledge.articles import ContentBroken
from knowledge.parameters import Parameter, Parameters, load_parameters
from knowledge.spans import ANYTHING, Span

TODAY = date(2026, 11, 24)


def entry(**changes: Any) -> Parameter:
    return Parameter.model_validate(
        {
            "name": "level",
            "value": 100,
            "unit": "EUR/month",
            "valid_from": "2026-01-01",
            "valid_to": None,
            "source": "an invented law",
            "confidence": "seen",
            "review_by": "2026-12-31",
        }
        | changes
    )


def test_the_published_value_of_a_day_is_found() -> None:
    parameters = load_parameters("bauska")
    assert parameters.value("gmi_first_person", date(2023, 6, 30)) == 109
    assert parameters.value("gmi_other_person", date(2023, 7, 1)) == Decimal("87.50")
    assert parameters.value("needy_threshold_other_person", TODAY) == 298, "published, not 0.7 x 425"
    assert parameters.value("gmi_first_person", date(2027, 1, 1)) is None
    assert parameters.value("no_such_name", TODAY) is None


@pytest.mark.parametrize(
    ("changes", "on", "counts", "may_be_told"),
    [
        ({}, TODAY, True, True),
        ({"confidence": "derived"}, TODAY, True, False),
        ({"confidence": "from memory"}, TODAY, False, False),
        ({"value": None}, TODAY, False, False),
        ({}, date(2026, 12, 31), True, True),
        ({}, date(2027, 1, 1), False, False),
        ({"confidence": "derived"}, date(2027, 1, 1), False, False),
    ],
)
def test_only_a_sure_and_reviewed_value_counts_and_only_a_seen_one_is_told(
    changes: dict[str, Any], on: date, counts: bool, may_be_told: bool
) -> None:
    parameters = Parameters([entry(**changes)])
    assert parameters.span("level", on) == (Span.of(100) if counts else ANYTHING)
    assert parameters.quotable("level", on) is may_be_told


def test_a_value_that_is_not_sure_enters_with_the_bounds_it_names() -> None:
    low = entry(name="low", value=50)
    assert Parameters([entry(value=None, at_least="low", at_most=90), low]).span("level", TODAY) == Span(
        Decimal(50), Decimal(90)
    )
    assert Parameters([entry(value=None, at_least=10)]).span("level", TODAY) == Span(Decimal(10), Decimal("Infinity"))


def test_the_low_income_threshold_of_bauska_lies_between_the_needy_one_and_the_maximum() -> None:
    parameters = load_parameters("bauska")
    assert parameters.span("low_income_threshold_first_person", TODAY) == Span(Decimal(425), Decimal(680))
    assert parameters.span("low_income_threshold_other_person", TODAY) == Span(Decimal(298), Decimal(476))
    assert parameters.span("low_income_threshold_first_person", date(2027, 1, 2)) == ANYTHING
    assert not parameters.quotable("low_income_threshold_first_person", TODAY)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([entry(), entry(valid_from="2026-06-01")], "overlap"),
        ([entry(value=None, at_least="nowhere")], "does not exist"),
        ([entry(value=None, at_least="level")], "bounded by a name itself"),
    ],
)
def test_entries_that_contradict_each_other_are_refused(entries: list[Parameter], reason: str) -> None:
    with pytest.raises(ContentBroken, match=reason):
        Parameters(entries)


def test_an_entry_without_a_source_is_refused() -> None:
    with pytest.raises(ValueError, match="source"):
        entry(source="")


def test_a_profile_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ContentBroken, match="no such profile"):
        load_parameters("atlantis")
    with pytest.raises(ContentBroken, match="no such profile"):
        load_parameters("../base")


def test_the_draft_of_march_2026_stops_the_newborn_benefit_from_being_told() -> None:
    parameters = load_parameters("bauska")
    assert parameters.quotable("newborn_benefit", date(2026, 3, 31))
    assert not parameters.quotable("newborn_benefit", TODAY)
