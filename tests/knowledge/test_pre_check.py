"""The talk of the pre-check: sound, short, explained, and no question without a use."""

import json
import random
from collections.abc import Collection, Mapping
from datetime import date
from statistics import mean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.facts import Facts, FactValue, read_facts
from knowledge.pre_check import (
    Question,
    evaluate,
    find_question,
    next_question,
    planned_questions,
    result_as_json,
)
from knowledge.rules import load_rules
from knowledge.spans import Span
from tests.knowledge.households import BENEFITS, blur, draw_day, draw_household

TODAY = date(2026, 6, 15)
RULES = load_rules("bauska")
SEEDS = st.integers(0, 2**32)


def verdicts(facts: Facts, on: date, scope: Collection[str] | None = None) -> dict[str, str]:
    return {topic: result.verdict for topic, result in evaluate(RULES, facts, on=on, scope=scope).items()}


@settings(deadline=None)
@given(SEEDS)
def test_no_verdict_is_contradicted_by_what_was_not_told(seed: int) -> None:
    draw = random.Random(seed)
    on = draw_day(draw)
    whole = draw_household(draw, on)
    told, all_told = verdicts(read_facts(blur(draw, whole, 0.5)), on), verdicts(read_facts(whole), on)
    assert all(verdict in ("depends", all_told[topic]) for topic, verdict in told.items()), (on, whole)


# Whether a question has a use is searched for among drawn households: the same draws on every run.
@settings(deadline=None, derandomize=True)
@given(SEEDS)
def test_every_question_can_change_an_open_verdict(seed: int) -> None:
    draw = random.Random(seed)
    on = draw_day(draw)
    told = read_facts(blur(draw, draw_household(draw, on), 0.6))
    question = next_question(RULES, told, on=on)
    if question is None:
        assert all(not result.needs for result in evaluate(RULES, told, on=on).values()) or _is_all_asked(told, on)
        return
    assert any(_changes_a_verdict(draw, question, told, on) for _ in range(1000)), (on, told, question.sets)


def _is_all_asked(told: Facts, on: date) -> bool:
    # What is left open is not asked about: a fact that no question sets, or the day of a protection that
    # is not known.
    needs = {need for result in evaluate(RULES, told, on=on).values() for need in result.needs}
    return needs <= {"lives_alone"}


def _changes_a_verdict(draw: random.Random, question: Question, told: Facts, on: date) -> bool:
    # Two households that differ only in what the question sets, both possible after all that was told.
    one, other = (_possible_household(draw, told, on) for _ in range(2))
    for whole in (one, other):
        if "lives_alone" not in told:
            whole.pop("lives_alone", None)
        if "ukraine_protection" in question.sets:
            whole["first_applied_on"] = told.get("first_applied_on", on)
    changed = {**one, **{name: other[name] for name in question.sets if name in other}}
    return verdicts(one, on) != verdicts(changed, on)


def _possible_household(draw: random.Random, told: Facts, on: date) -> dict[str, FactValue]:
    whole = dict(read_facts(draw_household(draw, on)))
    if draw.random() < 0.5:
        whole |= {"adults": Span.of(draw.randint(1, 30)), "children": Span.of(draw.randint(0, 30))}
    if draw.random() < 0.5:
        whole["housing_costs"] = Span.of(draw.randint(0, 3000))
    for name, value in told.items():
        whole[name] = _point_in(draw, value, name) if isinstance(value, Span) else value
    return whole


def _point_in(draw: random.Random, span: Span, name: str) -> Span:
    if name in ("adults", "children"):
        return Span.of(draw.randint(int(span.low), int(span.high)))
    return Span.of(draw.choice([span.low, span.high, span.low + (span.high - span.low) * draw.randrange(100) / 100]))


def test_the_crisis_is_asked_about_before_anything_else() -> None:
    first = next_question(RULES, {}, on=TODAY)
    assert first is not None
    assert first.sets == ("crisis_event",)
    assert planned_questions(RULES, {}, on=TODAY, scope=["emergency-benefit"]) == [["crisis_event"]]


def test_money_is_never_asked_about_for_the_crisis_benefit() -> None:
    assert next_question(RULES, read_facts({"crisis_event": True}), on=TODAY, scope=["emergency-benefit"]) is None


def test_what_was_asked_is_not_asked_again_and_not_knowing_is_an_answer() -> None:
    asked: list[str] = []
    while question := next_question(RULES, {}, on=TODAY, asked=asked):
        assert question.id not in asked
        asked.append(question.id)
    assert asked == ["crisis", "household", "income", "situation", "housing-costs"]


def test_a_question_that_stands_open_is_found_again_as_it_was_put() -> None:
    facts = read_facts({"adults": 1, "children": 0, "income": 700})
    put = next_question(RULES, facts, on=TODAY, scope=["housing-benefit"])
    assert put is not None
    assert find_question(RULES, put.id, facts, on=TODAY, scope=["housing-benefit"]) == put


def test_only_the_number_of_people_leads_to_the_question_how_many_are_children() -> None:
    told = read_facts({"adults": [1, 4], "children": [0, 3], "household_size": 4, "income": 900})
    question = next_question(RULES, told, on=TODAY, scope=["housing-benefit"], asked=["household", "housing-costs"])
    assert question is not None
    assert (question.id, question.sets) == ("children", ("children",))
    assert verdicts(told, TODAY)["needy-status"] == "likely", "four people are four people"


def test_the_day_of_the_first_application_is_only_asked_of_the_protected() -> None:
    known: dict[str, Any] = {"adults": 1, "children": 0, "income": 900}
    plain = planned_questions(RULES, read_facts(known | {"ukraine_protection": False}), on=TODAY, scope=["gmi-benefit"])
    assert plain == [["adults", "children"], ["income"], ["ukraine_protection"]]
    protected = known | {"ukraine_protection": True, "first_applied_on": "2026-05-20"}
    assert planned_questions(RULES, read_facts(protected), on=TODAY, scope=["gmi-benefit"]) == [
        *plain,
        ["first_applied_on"],
    ]


def test_scope_holds_to_what_was_asked_for() -> None:
    assert list(evaluate(RULES, {}, on=TODAY, scope=["needy-status", "home-care"])) == ["needy-status"]
    assert evaluate(RULES, {}, on=TODAY, scope=[]) == {}


def test_nobody_is_refused_for_residence_or_savings_and_the_office_is_named() -> None:
    poor = {"adults": 1, "children": 0, "income": 100}
    for answer in ({"declared_here": False}, {"savings": 5000}, {"savings": [1, 50]}):
        for topic in ("gmi-benefit", "needy-status", "low-income-status"):
            result = evaluate(RULES, read_facts(poor | answer), on=TODAY)[topic]
            assert result.verdict == "depends"
            assert result.because[0].state == "open"
            assert result.needs == ()
    untold = evaluate(RULES, read_facts(poor), on=TODAY)["gmi-benefit"]
    assert untold.verdict == "likely"
    assert {reason.criterion for reason in untold.because if reason.state == "office"} >= {"savings", "property"}


def test_the_housing_benefit_needs_no_status() -> None:
    facts = {"adults": 1, "children": 0, "income": 700, "housing_costs": 600, "all_pension_age_or_disabled": False}
    got = verdicts(read_facts(facts | {"ukraine_protection": False}), TODAY)
    assert (got["needy-status"], got["low-income-status"], got["housing-benefit"]) == ("unlikely", "unlikely", "likely")


def test_the_reasons_tell_the_limit_where_it_may_be_told() -> None:
    facts = read_facts({"adults": 2, "children": 1, "income": 900})
    needy = evaluate(RULES, facts, on=TODAY)["needy-status"].because[0]
    assert (needy.criterion, needy.state) == ("income", "met")
    assert "1021 EUR" in needy.text["lv"]
    assert "1021 EUR" in needy.text["ru"]
    low_income = evaluate(RULES, facts, on=TODAY)["low-income-status"].because[0]
    assert "EUR" not in low_income.text["lv"], "the local threshold is not known"


def test_an_unlikely_result_tells_only_what_decided_it() -> None:
    facts = read_facts({"adults": 1, "children": 0, "income": 2000, "ukraine_protection": False})
    because = evaluate(RULES, facts, on=TODAY)["gmi-benefit"].because
    assert [(reason.criterion, reason.state) for reason in because] == [("income", "not_met")]


def test_every_result_and_question_speaks_both_languages() -> None:
    draw = random.Random(7)
    for _ in range(60):
        on = draw_day(draw)
        told = read_facts(blur(draw, draw_household(draw, on)))
        for result in evaluate(RULES, told, on=on).values():
            assert result.because
            for text in [result.title, *result.documents, *(reason.text for reason in result.because)]:
                assert text["lv"]
                assert text["ru"]
                assert "{" not in text["lv"] + text["ru"]
        question = next_question(RULES, told, on=on)
        if question:
            assert question.why["lv"]
            assert question.why["ru"]
            assert question.choices[-1].id == "dont_know"


def test_all_adults_sign_so_a_household_of_two_is_told_so() -> None:
    alone = evaluate(RULES, read_facts({"adults": 1}), on=TODAY)["gmi-benefit"].documents
    couple = evaluate(RULES, read_facts({"adults": 2}), on=TODAY)["gmi-benefit"].documents
    assert not any("visi pieaugušie" in text["lv"] for text in alone)
    assert any("visi pieaugušie" in text["lv"] for text in couple)


def test_a_result_leaves_the_house_as_plain_json() -> None:
    facts = read_facts({"adults": 2, "children": 2, "income": 300})
    result = evaluate(RULES, facts, on=date(2021, 6, 1))["gmi-benefit"]
    sent = json.loads(json.dumps(result_as_json(result)))
    assert (sent["verdict"], sent["amount"], sent["needs"]) == ("likely", [37.0, 37.0], [])
    assert set(sent["because"][0]) == {"criterion", "state", "text"}


def everyday_household(draw: random.Random) -> Mapping[str, Any]:
    facts = draw_household(draw, TODAY)
    facts["ukraine_protection"] = draw.random() < 0.03
    return facts


@pytest.mark.parametrize(
    ("scope", "most"), [*(([topic], 3.5) for topic in BENEFITS), (list(BENEFITS), 5.5), (None, 10.0)]
)
def test_the_talk_is_short(scope: list[str] | None, most: float) -> None:
    draw = random.Random(3)
    households = [read_facts(blur(draw, everyday_household(draw), 0.05)) for _ in range(150)]
    lengths = [len(planned_questions(RULES, facts, on=TODAY, scope=scope)) for facts in households]
    assert mean(lengths) <= most
