"""Reckoning terms over what is known: every answer is a span, with the facts that could still narrow it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from operator import add, mul
from typing import Any, Protocol

from knowledge.rule_model import (
    ChooseTerm,
    Condition,
    DerivedTerm,
    FactTerm,
    MaxTerm,
    MinTerm,
    MinusTerm,
    MonthsSinceTerm,
    ParameterTerm,
    PlusTerm,
    Term,
    TimesTerm,
    ValueTerm,
    WithinTerm,
)
from knowledge.spans import Span, highest, hull, lowest

NOTHING: frozenset[str] = frozenset()
_CENT = Decimal("0.01")
_NO_MONEY = Span.of(0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a term comes to, and the facts that could still narrow it."""

    span: Span
    needs: frozenset[str] = NOTHING


@dataclass(frozen=True, slots=True)
class Truth:
    """True, false or open (None), and the facts that could still settle it."""

    value: bool | None
    needs: frozenset[str] = NOTHING


class Known(Protocol):
    """Where terms find what is known on the day asked about."""

    def fact(self, name: str) -> Estimate:
        """A number the resident told."""
        ...

    def derived(self, name: str) -> Estimate:
        """A named term of the rules."""
        ...

    def parameter(self, name: str) -> Span:
        """A dated value."""
        ...

    def months_since(self, name: str) -> Estimate:
        """Whole months since the day a fact names."""
        ...

    def truth(self, condition: Condition) -> Truth:
        """Whether a condition holds."""
        ...


def reckon(term: Term, known: Known) -> Estimate:
    """What a term comes to. A known number needs nothing any more."""
    estimate = _OPERATORS[type(term)](term, known)
    return Estimate(estimate.span) if estimate.span.is_point else estimate


def payable(span: Span) -> Span | None:
    """A benefit's amount from its formula: never below nothing, in whole cents; None when it has no upper
    end or comes to nothing.
    """
    if not span.high.is_finite() or span.high <= 0:
        return None
    paid = highest([span, _NO_MONEY])
    return Span(_in_cents(paid.low), _in_cents(paid.high))


def _in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def _several(terms: list[Term], known: Known) -> tuple[list[Span], list[Estimate]]:
    estimates = [reckon(term, known) for term in terms]
    return [estimate.span for estimate in estimates], estimates


def _plus(term: PlusTerm, known: Known) -> Estimate:
    spans, estimates = _several(term.plus, known)
    return Estimate(reduce(add, spans), _needs_of(estimates))


def _times(term: TimesTerm, known: Known) -> Estimate:
    spans, estimates = _several(term.times, known)
    return Estimate(reduce(mul, spans), _needs_of(estimates))


def _minus(term: MinusTerm, known: Known) -> Estimate:
    (whole, less), estimates = _several(term.minus, known)
    return Estimate(whole - less, _needs_of(estimates))


def _min(term: MinTerm, known: Known) -> Estimate:
    spans, estimates = _several(term.min, known)
    smallest = lowest(spans)
    # A part that is larger in any case has no say in the smallest.
    return Estimate(smallest, _needs_of(part for part in estimates if part.span.low < smallest.high))


def _max(term: MaxTerm, known: Known) -> Estimate:
    spans, estimates = _several(term.max, known)
    largest = highest(spans)
    return Estimate(largest, _needs_of(part for part in estimates if part.span.high > largest.low))


def _within(term: WithinTerm, known: Known) -> Estimate:
    (first, second), estimates = _several(term.within, known)
    # The second is only another way to know the first: what is asked for is the first.
    return Estimate(first.narrowed(second), estimates[0].needs)


def _choose(term: ChooseTerm, known: Known) -> Estimate:
    conditions: frozenset[str] = NOTHING
    reachable: list[Estimate] = []
    for case in term.choose:
        truth = known.truth(case.when) if case.when is not None else Truth(True)
        if truth.value is False:
            continue
        reachable.append(reckon(case.then, known))
        if truth.value:
            break
        conditions |= truth.needs
    spans = {estimate.span for estimate in reachable}
    # Which case it is matters only where the cases differ.
    return Estimate(hull(spans), _needs_of(reachable) | (conditions if len(spans) > 1 else NOTHING))


def _needs_of(estimates: Any) -> frozenset[str]:
    return NOTHING.union(*(estimate.needs for estimate in estimates))


_OPERATORS: Mapping[type, Callable[[Any, Known], Estimate]] = {
    ValueTerm: lambda term, _: Estimate(Span.of(term.value)),
    FactTerm: lambda term, known: known.fact(term.fact),
    DerivedTerm: lambda term, known: known.derived(term.derived),
    ParameterTerm: lambda term, known: Estimate(known.parameter(term.parameter)),
    MonthsSinceTerm: lambda term, known: known.months_since(term.months_since),
    PlusTerm: _plus,
    TimesTerm: _times,
    MinusTerm: _minus,
    MinTerm: _min,
    MaxTerm: _max,
    WithinTerm: _within,
    ChooseTerm: _choose,
}
