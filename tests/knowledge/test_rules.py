"""Rules as data: the shipped ones pass their own tests, broken ones are refused, three-valued logic holds."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from knowledge.articles import ContentBroken, read_yaml
from knowledge.facts import fact_kinds, read_facts
from knowledge.parameters import load_parameters
from knowledge.pre_check import evaluate
from knowledge.rule_book import TestHousehold
from knowledge.rules import CONTENT_FOLDER, Household, Rules, build_rules, load_rules
from knowledge.spans import Span
from tests.knowledge.households import BENEFITS

TODAY = date(2026, 6, 15)
CASES = [
    pytest.param(topic, test, id=f"{topic}: {test.name}")
    for topic, benefit in load_rules("bauska").benefits.items()
    for test in benefit.tests
]


@pytest.mark.parametrize(("topic", "test"), CASES)
def test_every_household_written_beside_a_rule_comes_out_as_written(topic: str, test: TestHousehold) -> None:
    found = evaluate(load_rules("bauska"), read_facts(test.facts), on=test.checked_on)[topic]
    assert found.verdict == test.verdict
    if test.amount is not None:
        assert found.amount == Span(*test.amount)


def test_the_five_benefits_of_the_first_issue_have_rules() -> None:
    assert tuple(load_rules("bauska").benefits) == BENEFITS


def shipped() -> dict[str, Any]:
    return deepcopy(read_yaml(CONTENT_FOLDER / "base" / "rules.yaml"))


def build(content: Mapping[str, Any]) -> Rules:
    return build_rules(content, fact_kinds(), load_parameters("bauska"))


def income_leaf(content: dict[str, Any]) -> dict[str, Any]:
    return content["benefits"]["needy-status"]["conditions"]["all"][0]["any"][1]


def test_a_mistyped_fact_parameter_or_derived_name_is_refused() -> None:
    for broken in ({"fact": "incom"}, {"parameter": "gmi_first"}, {"derived": "membres"}, {"fact": "crisis_event"}):
        content = shipped()
        income_leaf(content)["left"] = broken
        with pytest.raises(ContentBroken, match=r"benefits\.needy-status"):
            build(content)


def test_a_criterion_without_a_text_in_both_languages_is_refused() -> None:
    content = shipped()
    del income_leaf(content)["criterion"]["met"]["ru"]
    with pytest.raises(ContentBroken, match="ru"):
        build(content)
    del income_leaf(content)["criterion"]["met"]
    with pytest.raises(ContentBroken, match="no text met"):
        build(content)


def test_a_criterion_without_a_source_is_refused() -> None:
    content = shipped()
    del income_leaf(content)["criterion"]["source"]
    with pytest.raises(ContentBroken, match="source"):
        build(content)


def test_a_name_that_leads_back_to_itself_is_refused() -> None:
    content = shipped()
    content["derived"]["others"] = {"minus": [{"derived": "members"}, {"derived": "gmi"}]}
    with pytest.raises(ContentBroken, match="leads back to itself"):
        build(content)


def test_an_operator_that_does_not_exist_is_refused_and_nothing_is_executed() -> None:
    for broken in ({"exec": "print(1)"}, "income * 2", {"power": [{"value": 2}, {"value": 9}]}):
        content = shipped()
        content["derived"]["others"] = broken
        with pytest.raises(ContentBroken):
            build(content)


def test_a_profile_that_does_not_exist_has_no_rules() -> None:
    with pytest.raises(ContentBroken, match="no such profile"):
        load_rules("atlantis")


OPEN, YES, NO = (
    {"fact": "crisis_event", "is": True},
    {"fact": "lives_alone", "is": True},
    {"fact": "lives_alone", "is": False},
)


@pytest.mark.parametrize(
    ("condition", "value", "needs"),
    [
        (OPEN, None, {"crisis_event"}),
        ({"all": [OPEN, NO]}, False, set()),
        ({"all": [OPEN, YES]}, None, {"crisis_event"}),
        ({"any": [OPEN, YES]}, True, set()),
        ({"any": [OPEN, NO]}, None, {"crisis_event"}),
        ({"not": OPEN}, None, {"crisis_event"}),
        ({"not": YES}, False, set()),
        ({"left": {"fact": "income"}, "op": ">=", "right": {"value": 0}}, True, set()),
        ({"left": {"fact": "income"}, "op": ">", "right": {"value": 0}}, None, {"income"}),
        ({"left": {"value": 2}, "op": "<", "right": {"value": 2}}, False, set()),
        ({"left": {"value": 2}, "op": "<=", "right": {"value": 2}}, True, set()),
        ({"left": {"times": [{"fact": "income"}, {"value": 0}]}, "op": "<=", "right": {"value": 0}}, True, set()),
    ],
)
def test_unknown_is_neither_yes_nor_no_and_names_what_could_settle_it(
    condition: dict[str, Any], value: bool | None, needs: set[str]
) -> None:
    content = shipped()
    content["implications"] = [{"if": condition, "then": {}}]
    rules = build(content)
    truth = Household(rules, {"lives_alone": True}, TODAY).truth(rules.implications[0].when)
    assert (truth.value, set(truth.needs)) == (value, needs)


def test_what_no_fact_can_settle_asks_for_no_fact() -> None:
    result = evaluate(load_rules("bauska"), read_facts({"ukraine_protection": False}), on=date(2027, 3, 1))
    assert (result["gmi-benefit"].verdict, result["gmi-benefit"].needs) == ("depends", ())


def test_a_choice_whose_cases_come_to_the_same_does_not_ask_which_it_is() -> None:
    known = {"adults": 1, "children": 0, "income": 250, "ukraine_protection": False}
    in_2021 = evaluate(load_rules("bauska"), read_facts(known), on=date(2021, 8, 1))["housing-benefit"]
    assert in_2021.needs == ("housing_costs",), "all coefficients were 1"
    in_2026 = evaluate(load_rules("bauska"), read_facts(known | {"income": 700}), on=TODAY)["housing-benefit"]
    assert in_2026.needs == ("housing_costs", "all_pension_age_or_disabled")


def test_where_only_the_unknown_threshold_decides_no_fact_is_asked_for() -> None:
    told = {"adults": [4, 5], "children": 3, "income": 2213, "ukraine_protection": False}
    result = evaluate(load_rules("bauska"), read_facts(told), on=date(2021, 6, 30))["low-income-status"]
    assert (result.verdict, result.needs) == ("depends", ())
