"""The form in which rules are written down: trees of operators as data. There is no expression language and
nothing to execute.

A term is a number to be reckoned; a condition is true, false or open. Each is a mapping with one key that
names the operator:

    terms       fact, derived, parameter, value, plus, minus, times, min, max, within, months_since, choose
    conditions  all, any, not, fact + is, left + op + right, judgement

A leaf of a benefit's conditions carries a criterion: its law, and its texts when met, not met, open or left
to the office.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from knowledge.articles import Strict, Text

State = Literal["met", "not_met", "open", "office"]


class FactTerm(Strict):
    """The number a resident told."""

    fact: str


class DerivedTerm(Strict):
    """A term that has a name of its own in the rules."""

    derived: str


class ParameterTerm(Strict):
    """A dated amount, threshold or coefficient."""

    parameter: str


class ValueTerm(Strict):
    """A number that belongs to the rule itself and has no date, such as the 1 in "members - 1"."""

    value: Decimal


class PlusTerm(Strict):
    """The sum of several terms."""

    plus: list["Term"] = Field(min_length=2)


class MinusTerm(Strict):
    """The first term less the second."""

    minus: list["Term"] = Field(min_length=2, max_length=2)


class TimesTerm(Strict):
    """The product of several terms."""

    times: list["Term"] = Field(min_length=2)


class MinTerm(Strict):
    """The smallest of several terms."""

    min: list["Term"] = Field(min_length=2)


class MaxTerm(Strict):
    """The largest of several terms."""

    max: list["Term"] = Field(min_length=2)


class WithinTerm(Strict):
    """Two ways to know one number: the first, narrowed by the second. Where they contradict each other the
    first stands.
    """

    within: list["Term"] = Field(min_length=2, max_length=2)


class MonthsSinceTerm(Strict):
    """Whole months from the day a fact names to the day asked about; 0 when that day is still to come."""

    months_since: str


class Case(Strict):
    """One line of a choice; a line without `if` is the one for all others."""

    when: "Condition | None" = Field(default=None, alias="if")
    then: "Term"


class ChooseTerm(Strict):
    """The term of the first case whose condition holds; the last case has no condition."""

    choose: list[Case] = Field(min_length=2)

    @model_validator(mode="after")
    def _ends_with_all_others(self) -> "ChooseTerm":
        if [case.when is None for case in self.choose] != [False] * (len(self.choose) - 1) + [True]:
            raise ValueError("choose: every case but the last needs an `if`, the last has none")
        return self


class Criterion(Strict):
    """What a leaf of a benefit's conditions is called, where it comes from and how it is told.

    A state without a text is not told. `limit` is added where the right side is one number made of quotable
    values; it holds `{limit}`.
    """

    id: str
    source: str = Field(min_length=1)
    met: Text | None = None
    not_met: Text | None = None
    open: Text | None = None
    office: Text | None = None
    limit: Text | None = None

    def text(self, state: State) -> Mapping[Any, str] | None:
        """The text of one state in all its languages."""
        return {"met": self.met, "not_met": self.not_met, "open": self.open, "office": self.office}[state]


class Leaf(Strict):
    """A condition without conditions inside.

    `presumed`: taken as met until the resident says otherwise, and never asked; where it is not met the
    verdict stays open,
    because only the office can tell (residence, savings). It never makes anything unlikely.
    """

    criterion: Criterion | None = None
    presumed: bool = False


class IsLeaf(Leaf):
    """A yes/no fact or a choice has one of the values given."""

    fact: str
    is_: bool | str | list[str] = Field(alias="is")


class CompareLeaf(Leaf):
    """One term compared with another."""

    left: "Term"
    op: Literal["<", "<=", ">", ">="]
    right: "Term"


class JudgementLeaf(Leaf):
    """Something only the office can decide: told, never asked, and without effect on the verdict."""

    judgement: Literal[True]


class AllOf(Strict):
    """True when all are."""

    all: list["Condition"] = Field(min_length=1)


class AnyOf(Strict):
    """True when one is."""

    any: list["Condition"] = Field(min_length=1)


class NotOf(Strict):
    """True when the other is false."""

    not_: "Condition" = Field(alias="not")


_TERM_KEYS = (
    *("fact", "derived", "parameter", "value", "plus", "minus", "times", "min", "max", "within"),
    *("months_since", "choose"),
)
_CONDITION_KEYS = ("all", "any", "not", "is", "op", "judgement")


def _operator(keys: tuple[str, ...], value: Any) -> str | None:
    names = value if isinstance(value, Mapping) else {key for key in keys if hasattr(value, key)}
    return next((key for key in keys if key in names), None)


def _term_tag(value: Any) -> str | None:
    return _operator(_TERM_KEYS, value)


def _condition_tag(value: Any) -> str | None:
    return _operator(_CONDITION_KEYS, value)


Term = Annotated[
    Annotated[FactTerm, Tag("fact")]
    | Annotated[DerivedTerm, Tag("derived")]
    | Annotated[ParameterTerm, Tag("parameter")]
    | Annotated[ValueTerm, Tag("value")]
    | Annotated[PlusTerm, Tag("plus")]
    | Annotated[MinusTerm, Tag("minus")]
    | Annotated[TimesTerm, Tag("times")]
    | Annotated[MinTerm, Tag("min")]
    | Annotated[MaxTerm, Tag("max")]
    | Annotated[WithinTerm, Tag("within")]
    | Annotated[MonthsSinceTerm, Tag("months_since")]
    | Annotated[ChooseTerm, Tag("choose")],
    Discriminator(_term_tag),
]
Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NotOf, Tag("not")]
    | Annotated[IsLeaf, Tag("is")]
    | Annotated[CompareLeaf, Tag("op")]
    | Annotated[JudgementLeaf, Tag("judgement")],
    Discriminator(_condition_tag),
]


def leaves(condition: Condition) -> Iterator[IsLeaf | CompareLeaf | JudgementLeaf]:
    """Every leaf of a condition, in the order in which it is written."""
    if isinstance(condition, AllOf):
        for inner in condition.all:
            yield from leaves(inner)
    elif isinstance(condition, AnyOf):
        for inner in condition.any:
            yield from leaves(inner)
    elif isinstance(condition, NotOf):
        yield from leaves(condition.not_)
    else:
        yield condition


def parts(term: Term) -> Iterator[Term]:
    """The term and every term inside it, but nothing behind the name of a derived one."""
    yield term
    for inner in _inner(term):
        yield from parts(inner)


def cases(term: Term) -> Iterator[Condition]:
    """Every condition of the choices inside a term."""
    for part in parts(term):
        if isinstance(part, ChooseTerm):
            yield from (case.when for case in part.choose if case.when is not None)


def _inner(term: Term) -> list[Term]:
    if isinstance(term, ChooseTerm):
        return [case.then for case in term.choose]
    if isinstance(term, WithinTerm):
        return term.within
    if isinstance(term, PlusTerm | TimesTerm):
        return term.plus if isinstance(term, PlusTerm) else term.times
    if isinstance(term, MinTerm | MaxTerm):
        return term.min if isinstance(term, MinTerm) else term.max
    return term.minus if isinstance(term, MinusTerm) else []
