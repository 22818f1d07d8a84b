"""What is known of a household: typed facts, where each may be known, known as a range, or not known at all.

An absent fact is "do not know", never zero and never no.
"""

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError, model_validator

from knowledge.articles import ContentBroken, Strict, Text, faults_of, read_yaml
from knowledge.spans import Span

FACTS_FILE = Path(__file__).parent / "content" / "base" / "facts.yaml"

FactValue = bool | Span | str | date
Facts = Mapping[str, FactValue]


class BadFact(ValueError):
    """A fact that cannot be taken: `code` for programs, `text` for people. Neither repeats what was given."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class FactKind(Strict):
    """How a fact is typed. `min` and `max` bound numbers (both included), `options` are the words of a
    choice.

    `label` is what the fact is called in "this depends on ...".
    """

    type: Literal["yes_no", "count", "money", "choice", "date"]
    min: Decimal = Decimal(0)
    max: Decimal = Decimal(1_000_000)
    options: tuple[str, ...] = ()
    sensitive: bool = False
    label: Text

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> "FactKind":
        if (self.type == "choice") != bool(self.options):
            raise ValueError("options: a choice needs them, nothing else has them")
        if self.max < self.min:
            raise ValueError("max: below min")
        return self

    @property
    def is_number(self) -> bool:
        """Whether values are numbers, so that a range makes sense."""
        return self.type in ("count", "money")

    @property
    def bounds(self) -> Span:
        """Every number the fact could be."""
        return Span(self.min, self.max)


class _FactFile(Strict):
    facts: dict[str, FactKind]


@lru_cache(maxsize=1)
def fact_kinds() -> Mapping[str, FactKind]:
    """Every fact there is, the same for all profiles. Raises ContentBroken."""
    try:
        return _FactFile.model_validate(read_yaml(FACTS_FILE)).facts
    except ValidationError as error:
        raise ContentBroken(*faults_of(error, "base/facts.yaml")) from None


def read_facts(raw: Mapping[str, Any]) -> Facts:
    """Facts from JSON: booleans are JSON booleans, a range is `[low, high]`, a day "2026-02-15", null the
    same as absent.

    Raises BadFact naming the fact and what is wrong with it.
    """
    if not isinstance(raw, Mapping):
        raise BadFact("wrong_type", "facts must be an object")
    kinds = fact_kinds()
    unknown = [name for name in raw if name not in kinds]
    if unknown:
        raise BadFact("unknown_fact", f"unknown fact; known are: {', '.join(kinds)}")
    return {name: _read_fact(name, kinds[name], value) for name, value in raw.items() if value is not None}


def _read_fact(name: str, kind: FactKind, value: Any) -> FactValue:
    if kind.type == "yes_no":
        return _read_yes_no(name, value)
    if kind.type == "choice":
        return _read_choice(name, kind, value)
    if kind.type == "date":
        return _read_day(name, value)
    return _read_span(name, kind, value)


def _read_yes_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadFact("wrong_type", f"{name} must be true or false")
    return value


def _read_choice(name: str, kind: FactKind, value: Any) -> str:
    if not isinstance(value, str) or value not in kind.options:
        raise BadFact("wrong_type", f"{name} must be one of: {', '.join(kind.options)}")
    return value


def _read_day(name: str, value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadFact("wrong_type", f"{name} must be a day like 2026-02-15") from None


def _read_span(name: str, kind: FactKind, value: Any) -> Span:
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) != 2:
        raise BadFact("wrong_type", f"{name}: a range is [low, high]")
    low, high = (_read_number(name, kind, end) for end in ends)
    if low > high:
        raise BadFact("empty_range", f"{name}: the low end of the range is above the high end")
    return Span(low, high)


def _read_number(name: str, kind: FactKind, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadFact("wrong_type", f"{name} must be a number or a range [low, high]")
    if not isinstance(value, int) and not math.isfinite(value):
        raise BadFact("not_a_number", f"{name} must be a number")
    if not kind.min <= value <= kind.max:
        raise BadFact("out_of_range", f"{name} must be between {kind.min} and {kind.max}")
    number = Decimal(str(value))
    if kind.type == "count" and number != number.to_integral_value():
        raise BadFact("wrong_type", f"{name} must be a whole number")
    return number


def facts_as_json(facts: Facts) -> dict[str, Any]:
    """Facts as `read_facts` takes them back; an end without limit becomes the fact's own bound."""
    return {name: _as_json(value, fact_kinds()[name].bounds) for name, value in facts.items()}


def _as_json(value: FactValue, bounds: Span) -> Any:
    if isinstance(value, Span):
        return [float(max(value.low, bounds.low)), float(min(value.high, bounds.high))]
    return value.isoformat() if isinstance(value, date) else value
