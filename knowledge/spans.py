"""Ranges of numbers and how to reckon with them: the ground of "about 300" and "not known" in the pre-check.

A result holds for every combination of points of its operands (interval arithmetic), so it may be wider
than the truth but never narrower.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

_ZERO = Decimal(0)
_INFINITE = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Span:
    """All numbers from `low` to `high`, both included; equal ends are one known number, infinite ends no
    limit.
    """

    low: Decimal
    high: Decimal

    @classmethod
    def of(cls, value: Decimal | int | str) -> Self:
        """The span that holds one number only."""
        return cls(Decimal(value), Decimal(value))

    @property
    def is_point(self) -> bool:
        """Whether it is one known number."""
        return self.low == self.high

    @property
    def is_finite(self) -> bool:
        """Whether both ends are numbers."""
        return self.low.is_finite() and self.high.is_finite()

    @property
    def is_boundless(self) -> bool:
        """Whether nothing at all is known: no limit on either side."""
        return self.low == -_INFINITE and self.high == _INFINITE

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Span") -> "Span":
        return Span(self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Span") -> "Span":
        corners = [_product(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Span(min(corners), max(corners))

    def __contains__(self, value: Decimal) -> bool:
        return self.low <= value <= self.high

    def narrowed(self, other: "Span") -> "Span":
        """What both allow; the span itself when they contradict each other."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Span(low, high) if low <= high else self


ANYTHING = Span(-_INFINITE, _INFINITE)


def lowest(spans: Iterable[Span]) -> Span:
    """The span of the smallest of several numbers."""
    found = list(spans)
    return Span(min(span.low for span in found), min(span.high for span in found))


def highest(spans: Iterable[Span]) -> Span:
    """The span of the largest of several numbers."""
    found = list(spans)
    return Span(max(span.low for span in found), max(span.high for span in found))


def hull(spans: Iterable[Span]) -> Span:
    """The smallest span that holds all of them."""
    found = list(spans)
    return Span(min(span.low for span in found), max(span.high for span in found))


def _product(a: Decimal, b: Decimal) -> Decimal:
    # Nothing times "no limit" is nothing; Decimal would refuse it.
    return _ZERO if not a or not b else a * b
