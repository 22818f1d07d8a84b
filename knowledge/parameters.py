"""Dated parameters: what an amount or threshold was on a day, how sure that is, and what is known when it
is not.

One rule for all of them: a value that was seen or derived counts as a number up to its `review_by`. A value
that is missing,
from memory or past its review enters as the range `at_least`..`at_most` of its entry; where an entry names
no bounds, or a day
has no entry, nothing at all is known, so that whatever hinges on the value stays open and everything else
stands.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ValidationError, model_validator

from knowledge.articles import ContentBroken, Strict, faults_of, read_yaml
from knowledge.spans import ANYTHING, Span

CONTENT_FOLDER = Path(__file__).parent / "content"


class Parameter(Strict):
    """One value as it was published for some time. Money in EUR a month unless `unit` says otherwise."""

    name: str
    value: Decimal | None
    at_least: Decimal | str | None = None
    at_most: Decimal | str | None = None
    unit: str
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: Literal["seen", "derived", "from memory"]
    review_by: date
    note: str | None = None

    @model_validator(mode="after")
    def _says_where_it_comes_from(self) -> "Parameter":
        if not self.source:
            raise ValueError("source: missing")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to: before valid_from")
        return self

    def is_valid(self, on: date) -> bool:
        """Whether the entry speaks about that day."""
        return (self.valid_from or date.min) <= on <= (self.valid_to or date.max)

    def is_number(self, on: date) -> bool:
        """Whether the value may be reckoned with as a number, looked at on that day."""
        return self.value is not None and self.confidence != "from memory" and on <= self.review_by

    def is_quotable(self, on: date) -> bool:
        """Whether the value may be told to a resident, looked at on that day."""
        return self.is_number(on) and self.confidence == "seen"


class _ParameterFile(Strict):
    parameters: list[Parameter]


class Parameters:
    """All parameters of a profile, by name and day. Raises ContentBroken when entries overlap or a bound
    has no entry.
    """

    def __init__(self, entries: Iterable[Parameter]) -> None:
        self._entries: dict[str, list[Parameter]] = {}
        for entry in entries:
            self._entries.setdefault(entry.name, []).append(entry)
        problems = [problem for name, found in self._entries.items() for problem in _overlaps(name, found)]
        problems += self._loose_bounds()
        if problems:
            raise ContentBroken(*problems)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> tuple[str, ...]:
        """Every name there is."""
        return tuple(self._entries)

    def entry(self, name: str, on: date) -> Parameter | None:
        """What is written down for that day, however sure."""
        return next((entry for entry in self._entries.get(name, ()) if entry.is_valid(on)), None)

    def value(self, name: str, on: date) -> Decimal | None:
        """The value as written down for that day, however sure; None when there is none. See `quotable`
        before telling it.
        """
        entry = self.entry(name, on)
        return entry.value if entry else None

    def quotable(self, name: str, on: date) -> bool:
        """Whether the value of that day may be told: seen in a source and not past its review on that same
        day.
        """
        entry = self.entry(name, on)
        return entry is not None and entry.is_quotable(on)

    def span(self, name: str, on: date) -> Span:
        """What the rules may reckon with on that day: a number, the bounds of what is not sure, or
        anything.
        """
        entry = self.entry(name, on)
        if entry is None:
            return ANYTHING
        if entry.is_number(on) and entry.value is not None:
            return Span.of(entry.value)
        low = self._bound(entry.at_least, on).low
        return Span(low, max(low, self._bound(entry.at_most, on).high))

    def _bound(self, bound: Decimal | str | None, on: date) -> Span:
        if bound is None:
            return ANYTHING
        return self.span(bound, on) if isinstance(bound, str) else Span.of(bound)

    def _loose_bounds(self) -> list[str]:
        # A bound is a number or a name that has no named bounds itself at that time: one step, so never
        # a circle.
        return [
            f"parameters: {entry.name}: the bound {bound} does not exist or is bounded by a name itself"
            for found in self._entries.values()
            for entry in found
            for bound in _named_bounds(entry)
            if not self._is_ground(bound, entry)
        ]

    def _is_ground(self, name: str, over: Parameter) -> bool:
        entries = [entry for entry in self._entries.get(name, ()) if _do_overlap(entry, over)]
        return name in self._entries and not any(_named_bounds(entry) for entry in entries)


def load_parameters(profile: str) -> Parameters:
    """The parameters of a profile: all entries of a name in the profile's file replace those of the base
    layer.

    Raises ContentBroken with the file and the reason of every fault, and for a profile that does not exist.
    """
    folder = CONTENT_FOLDER / "profiles" / profile
    if not profile.isidentifier() or not folder.is_dir():
        raise ContentBroken(f"no such profile: {profile}")
    return _load_layers(profile)


@lru_cache(maxsize=8)
def _load_layers(profile: str) -> Parameters:
    base = _read_file(CONTENT_FOLDER / "base" / "parameters.yaml")
    own = _read_file(CONTENT_FOLDER / "profiles" / profile / "parameters.yaml")
    replaced = {entry.name for entry in own}
    return Parameters([*(entry for entry in base if entry.name not in replaced), *own])


def _read_file(path: Path) -> list[Parameter]:
    if not path.exists():
        return []
    try:
        return _ParameterFile.model_validate(read_yaml(path)).parameters
    except ValidationError as error:
        raise ContentBroken(*faults_of(error, f"{path.parent.name}/{path.name}")) from None


def _overlaps(name: str, found: list[Parameter]) -> list[str]:
    return [
        f"parameters: {name}: the entries from {first.valid_from} and from {second.valid_from} overlap"
        for index, first in enumerate(found)
        for second in found[index + 1 :]
        if _do_overlap(first, second)
    ]


def _do_overlap(first: Parameter, second: Parameter) -> bool:
    starts = max(first.valid_from or date.min, second.valid_from or date.min)
    return starts <= min(first.valid_to or date.max, second.valid_to or date.max)


def _named_bounds(entry: Parameter) -> list[str]:
    return [bound for bound in (entry.at_least, entry.at_most) if isinstance(bound, str)]


def newest_start(parameters: Parameters, names: Iterable[str], on: date) -> date | None:
    """The day from which the youngest of these values holds: the date an estimate made from them is told
    with.
    """
    entries = [entry for entry in (parameters.entry(name, on) for name in names) if entry]
    return max((entry.valid_from for entry in entries if entry.valid_from), default=None)
