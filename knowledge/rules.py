"""The rules of a profile, and whether a condition holds on a day for what is known of a household.

Three-valued: true when it is true for every value the facts may have, false when it is false for all of
them, else open. A
comparison whose side is not known at all because of a parameter can be settled by no fact, so it needs none.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from dateutil.relativedelta import relativedelta
from pydantic import ValidationError

from knowledge.amounts import NOTHING, Estimate, Truth, reckon
from knowledge.articles import ContentBroken, faults_of, merge, read_yaml
from knowledge.facts import FactKind, Facts, FactValue, fact_kinds
from knowledge.parameters import Parameters, load_parameters
from knowledge.rule_book import RuleSet
from knowledge.rule_checks import faults_in
from knowledge.rule_model import (
    AllOf,
    AnyOf,
    CompareLeaf,
    Condition,
    DerivedTerm,
    IsLeaf,
    JudgementLeaf,
    MaxTerm,
    MinTerm,
    NotOf,
    Term,
)
from knowledge.spans import Span

CONTENT_FOLDER = Path(__file__).parent / "content"
_LONGEST_AGO = Span(Decimal(0), Decimal(1200))
_ENDS: tuple[Literal["low"], Literal["high"]] = ("low", "high")
_MIRRORED: Mapping[str, Literal["<", "<="]] = {">": "<", ">=": "<="}


class Rules:
    """The rules of one profile with the facts and parameters they speak of. Build it with `load_rules`."""

    def __init__(self, written: RuleSet, facts: Mapping[str, FactKind], parameters: Parameters) -> None:
        self.derived = written.derived
        self.ordinarily = written.ordinarily
        self.implications = written.implications
        self.questions = written.questions
        self.benefits = written.benefits
        self.texts = written.texts
        self.facts = facts
        self.parameters = parameters


@lru_cache(maxsize=8)
def load_rules(profile: str) -> Rules:
    """The rules of a profile: its own over the base layer's, key by key; read once.

    Raises ContentBroken with a line for every fault, and for a profile that does not exist.
    """
    parameters = load_parameters(profile)
    own = CONTENT_FOLDER / "profiles" / profile / "rules.yaml"
    content = merge(read_yaml(CONTENT_FOLDER / "base" / "rules.yaml"), read_yaml(own) if own.exists() else {})
    return build_rules(content, fact_kinds(), parameters)


def build_rules(content: Mapping[str, Any], facts: Mapping[str, FactKind], parameters: Parameters) -> Rules:
    """Checked rules from their written form. Raises ContentBroken with a line for every fault."""
    try:
        written = RuleSet.model_validate(content)
    except ValidationError as error:
        raise ContentBroken(*faults_of(error, "rules.yaml")) from None
    problems = faults_in(written, facts, parameters)
    if problems:
        raise ContentBroken(*problems)
    return Rules(written, facts, parameters)


class Household:
    """What is known of one household, read on one day against one profile's rules.

    `end`: read as if every parameter that is known only as a range stood at that end of it.
    """

    def __init__(self, rules: Rules, facts: Facts, on: date, end: Literal["low", "high"] | None = None) -> None:
        self._rules = rules
        self._on = on
        self._end: Literal["low", "high"] | None = end
        self._derived: dict[str, Estimate] = {}
        self._leaves: dict[int, Truth] = {}
        self._facts: dict[str, FactValue] = dict(facts)
        self._facts.update(self._implied())
        self._derived.clear()
        self._leaves.clear()

    def value(self, name: str) -> FactValue | None:
        """A fact as told or implied; None when it is not known."""
        return self._facts.get(name)

    def fact(self, name: str) -> Estimate:
        """A number the resident told, or everything it may be."""
        told = self._facts.get(name)
        if isinstance(told, Span):
            return Estimate(told, NOTHING if told.is_point else frozenset({name}))
        return Estimate(self._rules.facts[name].bounds, frozenset({name}))

    def derived(self, name: str) -> Estimate:
        """A named term of the rules."""
        if name not in self._derived:
            self._derived[name] = reckon(self._rules.derived[name], self)
        return self._derived[name]

    def parameter(self, name: str) -> Span:
        """A dated value of the day."""
        span = self._rules.parameters.span(name, self._on)
        if self._end is None or not span.is_finite:
            return span
        return Span.of(span.low if self._end == "low" else span.high)

    def months_since(self, name: str) -> Estimate:
        """Whole months since the day a fact names; none while it is still to come."""
        day = self._facts.get(name)
        if not isinstance(day, date):
            return Estimate(_LONGEST_AGO, frozenset({name}))
        past = relativedelta(self._on, day)
        return Estimate(Span.of(max(0, past.years * 12 + past.months)))

    def truth(self, condition: Condition) -> Truth:
        """Whether a condition holds, and the facts that could still settle it."""
        match condition:
            case AllOf():
                return _all([self.truth(inner) for inner in condition.all])
            case AnyOf():
                return _any([self.truth(inner) for inner in condition.any])
            case NotOf():
                return _negated(self.truth(condition.not_))
            case _:
                return self.leaf(condition)

    def leaf(self, leaf: IsLeaf | CompareLeaf | JudgementLeaf) -> Truth:
        """Whether a leaf holds. What is presumed holds until it is known not to, and then stays open for
        the office.
        """
        if isinstance(leaf, JudgementLeaf):
            return Truth(True)
        truth = self.plainly(leaf)
        if not leaf.presumed:
            return truth
        return Truth(None) if truth.value is False else Truth(True)

    def plainly(self, leaf: IsLeaf | CompareLeaf) -> Truth:
        """Whether a leaf holds, without presuming anything."""
        if id(leaf) not in self._leaves:
            self._leaves[id(leaf)] = self._is(leaf) if isinstance(leaf, IsLeaf) else self._compared(leaf)
        return self._leaves[id(leaf)]

    def _compared(self, leaf: CompareLeaf) -> Truth:
        truth = self._compare(leaf.left, leaf.op, reckon(leaf.right, self))
        return Truth(None) if truth.needs and self._hinges_on_parameters(leaf) else truth

    def _hinges_on_parameters(self, leaf: CompareLeaf) -> bool:
        # True at one end of an unsure parameter and false at the other, whatever the facts: no fact can
        # settle it.
        if self._end is not None:
            return False
        return {household.plainly(leaf).value for household in self._at_the_ends} == {True, False}

    @cached_property
    def _at_the_ends(self) -> list["Household"]:
        return [Household(self._rules, self._facts, self._on, end) for end in _ENDS]

    def _compare(self, left: Term, op: str, right: Estimate) -> Truth:
        # "The smallest is above" means "each is above": so a part that is settled needs no facts any more.
        if isinstance(left, DerivedTerm):
            return self._compare(self._rules.derived[left.derived], op, right)
        if not isinstance(left, MinTerm | MaxTerm):
            return _compare(reckon(left, self), op, right)
        parts = left.min if isinstance(left, MinTerm) else left.max
        truths = [self._compare(part, op, right) for part in parts]
        is_each = isinstance(left, MinTerm) == (op in _MIRRORED)
        return _all(truths) if is_each else _any(truths)

    def _is(self, leaf: IsLeaf) -> Truth:
        told = self._facts.get(leaf.fact)
        if told is None:
            return Truth(None, frozenset({leaf.fact}))
        wanted = leaf.is_ if isinstance(leaf.is_, list) else [leaf.is_]
        return Truth(told in wanted)

    def _implied(self) -> dict[str, FactValue]:
        return {
            name: value
            for implication in self._rules.implications
            if self.truth(implication.when).value
            for name, value in implication.then.items()
            if name not in self._facts
        }


def _all(truths: list[Truth]) -> Truth:
    values = [truth.value for truth in truths]
    if False in values:
        return Truth(False)
    if None not in values:
        return Truth(True)
    return Truth(None, NOTHING.union(*(truth.needs for truth in truths if truth.value is None)))


def _any(truths: list[Truth]) -> Truth:
    return _negated(_all([_negated(truth) for truth in truths]))


def _negated(truth: Truth) -> Truth:
    return truth if truth.value is None else Truth(not truth.value)


def _compare(left: Estimate, op: str, right: Estimate) -> Truth:
    if op in _MIRRORED:
        return _compare(right, _MIRRORED[op], left)
    if left.span.is_boundless or right.span.is_boundless:
        return Truth(None)
    always, never = _below(left.span.high, op, right.span.low), not _below(left.span.low, op, right.span.high)
    return Truth(None, left.needs | right.needs) if always == never else Truth(always)


def _below(small: Decimal, op: str, large: Decimal) -> bool:
    return small < large or (op == "<=" and small == large)
