"""The pre-check: what a household may get, why, and what to ask next. Never a decision, and never a verdict
that the facts do not force.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.amounts import payable, reckon
from knowledge.facts import Facts, FactValue
from knowledge.parameters import newest_start
from knowledge.reasons import Because, Words, find_reasons, parameters_in
from knowledge.rule_book import Benefit, QuestionRule, Verdict
from knowledge.rule_model import Condition
from knowledge.rules import Household, Rules
from knowledge.spans import Span

_VERDICTS: Mapping[bool | None, Verdict] = {True: "likely", False: "unlikely", None: "depends"}


@dataclass(frozen=True)
class Result:
    """What came out for one benefit, with every piece of its wording in all languages.

    `amount` (EUR a month, from-to) is there only where every number in it was told; `amount_from` is the
    day since which the youngest
    value in it holds. `needs` are the facts that can still change an open verdict.
    """

    topic: str
    title: Words
    verdict: Verdict
    amount: Span | None
    amount_note: Words | None
    amount_from: date | None
    because: tuple[Because, ...]
    needs: tuple[str, ...]
    documents: tuple[Words, ...]


@dataclass(frozen=True)
class Choice:
    """An answer one may pick instead of writing it."""

    id: str
    label: Words


@dataclass(frozen=True)
class Question:
    """One message: the facts it sets now, its words, why it is asked, and the day it is asked on."""

    id: str
    form: str
    sets: tuple[str, ...]
    text: Words
    why: Words
    choices: tuple[Choice, ...]
    asked_on: date


def evaluate(rules: Rules, facts: Facts, *, on: date, scope: Collection[str] | None = None) -> dict[str, Result]:
    """A result for every benefit in scope that has rules (None: all), in the rules' order."""
    household = Household(rules, facts, on)
    ordinary = Household(rules, {**rules.ordinarily, **facts}, on)
    return {topic: _judge(rules, household, ordinary, topic, on) for topic in _in_scope(rules, scope)}


def next_question(
    rules: Rules, facts: Facts, *, on: date, scope: Collection[str] | None = None, asked: Collection[str] = ()
) -> Question | None:
    """The question that can change most open verdicts for its cost; None when none can change any.

    `asked` are ids of questions put before: none is put twice, whatever was answered.
    """
    household = Household(rules, facts, on)
    open_needs = [needs for topic in _in_scope(rules, scope) if (needs := _needs(household, rules.benefits[topic], on))]
    waiting = [
        (rule, sets)
        for rule in rules.questions
        if rule.id not in asked and (sets := _useful(rule, household, open_needs))
    ]
    if not waiting:
        return None
    rule, sets = max(waiting, key=lambda pair: (pair[0].first, _gain(pair[1], open_needs) / pair[0].cost))
    return _put(rules, rule, sets, on)


def find_question(
    rules: Rules, question_id: str, facts: Facts, *, on: date, scope: Collection[str] | None = None
) -> Question | None:
    """A question that stands open, as it was put when these facts were known; None when it has no use any
    more.
    """
    others = [rule.id for rule in rules.questions if rule.id != question_id]
    return next_question(rules, facts, on=on, scope=scope, asked=others)


def planned_questions(rules: Rules, facts: Facts, *, on: date, scope: Collection[str] | None = None) -> list[list[str]]:
    """The facts each message of the talk sets, in order, where the household answers with these facts and
    else "do not know".
    """
    known: dict[str, FactValue] = {}
    asked: list[str] = []
    groups: list[list[str]] = []
    while question := next_question(rules, known, on=on, scope=scope, asked=asked):
        asked.append(question.id)
        groups.append(list(question.sets))
        known.update({name: facts[name] for name in question.sets if name in facts})
    return groups


def result_as_json(result: Result, language: str = "lv") -> dict[str, Any]:
    """A result as the `precheck` door gives it; texts in one language, money as numbers."""
    amount = result.amount
    return {
        "verdict": result.verdict,
        "amount": None if amount is None else [float(amount.low), float(amount.high)],
        "because": [
            {"criterion": reason.criterion, "state": reason.state, "text": reason.text[language]}
            for reason in result.because
        ],
        "needs": list(result.needs),
    }


def _in_scope(rules: Rules, scope: Collection[str] | None) -> list[str]:
    return [topic for topic in rules.benefits if scope is None or topic in scope]


def _judge(rules: Rules, household: Household, ordinary: Household, topic: str, on: date) -> Result:
    benefit = rules.benefits[topic]
    if on < benefit.valid_from:
        earlier = Because("period", "open", rules.texts["earlier_rules"], "")
        return Result(topic, benefit.title, "depends", None, None, None, (earlier,), (), _papers(benefit, household))
    truth = household.truth(benefit.conditions)
    amount = None if truth.value is False else _amount(rules, ordinary, benefit)
    return Result(
        topic=topic,
        title=benefit.title,
        verdict=_VERDICTS[truth.value],
        amount=amount,
        amount_note=benefit.amount_note if amount else None,
        amount_from=_amount_from(rules, benefit, on) if amount else None,
        because=find_reasons(rules, household, benefit.conditions, on),
        needs=tuple(name for name in rules.facts if name in truth.needs),
        documents=_papers(benefit, household),
    )


def _amount(rules: Rules, household: Household, benefit: Benefit) -> Span | None:
    if benefit.amount is None:
        return None
    estimate = reckon(benefit.amount, household)
    untold = [name for name in estimate.needs if rules.facts[name].is_number and household.value(name) is None]
    return None if untold else payable(estimate.span)


def _amount_from(rules: Rules, benefit: Benefit, on: date) -> date | None:
    return newest_start(rules.parameters, parameters_in(rules, benefit.amount), on) if benefit.amount else None


def _papers(benefit: Benefit, household: Household) -> tuple[Words, ...]:
    return tuple(document.text for document in benefit.documents if _may_be_needed(document.when, household))


def _may_be_needed(when: Condition | None, household: Household) -> bool:
    return when is None or household.truth(when).value is not False


def _needs(household: Household, benefit: Benefit, on: date) -> frozenset[str]:
    return household.truth(benefit.conditions).needs if on >= benefit.valid_from else frozenset()


def _useful(rule: QuestionRule, household: Household, open_needs: list[frozenset[str]]) -> tuple[str, ...]:
    is_ready = all(household.value(name) is not None for name in rule.after)
    if not is_ready or (rule.when is not None and not household.truth(rule.when).value):
        return ()
    useful = tuple(name for name in rule.facts if any(name in needs for needs in open_needs))
    # A checklist shows only the lines that matter; every other message is put whole.
    return useful if rule.items or not useful else rule.facts


def _gain(sets: tuple[str, ...], open_needs: list[frozenset[str]]) -> int:
    return sum(not needs.isdisjoint(sets) for needs in open_needs)


def _put(rules: Rules, rule: QuestionRule, sets: tuple[str, ...], on: date) -> Question:
    items = [item for item in rule.items if item.fact in sets]
    if len(items) == 1:
        return Question(rule.id, "yes_no", sets, items[0].ask, rule.why, _choices(rules, "yes", "no"), on)
    lines = tuple(Choice(item.fact, item.text) for item in items)
    choices = {
        "yes_no": _choices(rules, "yes", "no"),
        "checklist": lines + _choices(rules, "all_of_these", "none_of_these"),
        "date": _choices(rules, "not_yet"),
        "choice": (),
    }.get(rule.form, ())
    return Question(rule.id, rule.form, sets, rule.text, rule.why, choices or _choices(rules), on)


def _choices(rules: Rules, *ids: str) -> tuple[Choice, ...]:
    return tuple(Choice(one, rules.texts[one]) for one in (*ids, "dont_know"))
