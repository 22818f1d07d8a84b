"""Why a verdict is what it is: the criteria that decided it, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from knowledge.amounts import reckon
from knowledge.rule_model import (
    AllOf,
    AnyOf,
    CompareLeaf,
    Condition,
    DerivedTerm,
    IsLeaf,
    JudgementLeaf,
    NotOf,
    ParameterTerm,
    State,
    Term,
    parts,
)
from knowledge.rules import Household, Rules

Words = Mapping[Any, str]

_STATES: Mapping[bool | None, State] = {True: "met", False: "not_met", None: "open"}
_PRESUMED_STATES: Mapping[bool | None, State] = {True: "met", False: "open", None: "office"}
_OFFICE_LAST: Mapping[State, int] = {"not_met": 0, "open": 1, "met": 2, "office": 3}


@dataclass(frozen=True)
class Because:
    """One criterion of a verdict. `state` office: only the office can tell; the verdict stays as it is."""

    criterion: str
    state: State
    text: Words
    source: str


def find_reasons(rules: Rules, household: Household, condition: Condition, on: date) -> tuple[Because, ...]:
    """The criteria that decide, the decisive ones first; what has no text for its state is not told."""
    decided = household.truth(condition).value
    found = [reason for leaf in _deciding(condition, household) if (reason := _reason(rules, household, leaf, on))]
    told = [reason for reason in found if decided is not False or reason.state == "not_met"]
    return tuple(sorted(told, key=lambda reason: _OFFICE_LAST[reason.state]))


def parameters_in(rules: Rules, term: Term) -> Iterator[str]:
    """The names of all parameters a term is reckoned from, also behind derived names."""
    for part in parts(term):
        if isinstance(part, ParameterTerm):
            yield part.parameter
        elif isinstance(part, DerivedTerm):
            yield from parameters_in(rules, rules.derived[part.derived])


def _deciding(
    condition: Condition, household: Household
) -> Iterator[tuple[IsLeaf | CompareLeaf | JudgementLeaf, bool]]:
    match condition:
        case AllOf():
            for inner in condition.all:
                yield from _deciding(inner, household)
        case AnyOf():
            # Of several ways to meet a condition only those that are met are told, once one is.
            is_met = household.truth(condition).value
            for inner in condition.any:
                if not is_met or household.truth(inner).value:
                    yield from _deciding(inner, household)
        case NotOf():
            yield from ((leaf, not is_plain) for leaf, is_plain in _deciding(condition.not_, household))
        case _:
            yield condition, True


def _reason(
    rules: Rules, household: Household, deciding: tuple[IsLeaf | CompareLeaf | JudgementLeaf, bool], on: date
) -> Because | None:
    leaf, is_plain = deciding
    if leaf.criterion is None:
        return None
    state = _state(household, leaf, is_plain)
    text = leaf.criterion.text(state)
    if text is None:
        return None
    return Because(leaf.criterion.id, state, _with_limit(rules, household, leaf, text, on), leaf.criterion.source)


def _state(household: Household, leaf: IsLeaf | CompareLeaf | JudgementLeaf, is_plain: bool) -> State:
    if isinstance(leaf, JudgementLeaf):
        return "office"
    value = household.plainly(leaf).value
    if leaf.presumed:
        return _PRESUMED_STATES[value]
    return _STATES[value if value is None or is_plain else not value]


def _with_limit(
    rules: Rules, household: Household, leaf: IsLeaf | CompareLeaf | JudgementLeaf, text: Words, on: date
) -> Words:
    if not isinstance(leaf, CompareLeaf) or leaf.criterion is None or leaf.criterion.limit is None:
        return text
    right = reckon(leaf.right, household).span
    names = parameters_in(rules, leaf.right)
    if not right.is_point or not all(rules.parameters.quotable(name, on) for name in names):
        return text
    limits = leaf.criterion.limit
    return {lang: f"{text[lang]} {limits[lang].format(limit=_money(right.low, str(lang)))}" for lang in text}


def _money(amount: Decimal, language: str) -> str:
    written = f"{amount:.2f}".removesuffix(".00")
    return written if language == "en" else written.replace(".", ",")
