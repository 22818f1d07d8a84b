"""What a rules file holds: benefits with their documents and test households, questions, implications,
named terms.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from knowledge.articles import Strict, Text
from knowledge.rule_model import Condition, Term

Verdict = Literal["likely", "depends", "unlikely"]


class Document(Strict):
    """A paper to bring; with a condition, only when that is not known to be false."""

    id: str
    text: Text
    when: Condition | None = Field(default=None, alias="if")


class TestHousehold(Strict):
    """A household an editor wrote down beside the rule, with what must come out."""

    __test__ = False

    name: str
    checked_on: date
    facts: dict[str, Any]
    verdict: Verdict
    amount: tuple[Decimal, Decimal] | None = None


class Benefit(Strict):
    """One benefit or status; its key in the rules is the topic's id.

    Before `valid_from` other rules were in force and nothing is judged.
    """

    title: Text
    valid_from: date
    conditions: Condition
    amount: Term | None = None
    amount_note: Text | None = None
    documents: tuple[Document, ...] = ()
    tests: tuple[TestHousehold, ...] = Field(min_length=1)


class Item(Strict):
    """One line of a checklist: its words in the list, and as a question of its own when it is the only one
    left.
    """

    fact: str
    text: Text
    ask: Text


class QuestionRule(Strict):
    """One message to the resident and the facts it sets. `cost` weighs its length and how private it is.

    `first`: asked before all others. `when`: only asked when this holds. `after`: only asked when these
    facts have been told.
    """

    id: str
    form: Literal["yes_no", "count", "household", "money", "choice", "date", "checklist"]
    sets: tuple[str, ...] = ()
    items: tuple[Item, ...] = Field(default=(), max_length=7)
    cost: Decimal = Decimal(1)
    first: bool = False
    when: Condition | None = None
    after: tuple[str, ...] = ()
    text: Text
    why: Text

    @model_validator(mode="after")
    def _sets_what_its_form_can(self) -> "QuestionRule":
        if (self.form == "checklist") != bool(self.items) or bool(self.items) == bool(self.sets):
            raise ValueError("a checklist has items, every other question has sets")
        return self

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact the question can set."""
        return self.sets or tuple(item.fact for item in self.items)


class Implication(Strict):
    """What follows from what is known; it fills facts that are not known and never changes one that is."""

    when: Condition = Field(alias="if")
    then: dict[str, bool]


class RuleSet(Strict):
    """What is written in the rules files: named terms, implications, questions, benefits by topic id, and
    fixed texts by name.

    `ordinarily` are the yes/no facts an amount is estimated with where they are not known; verdicts take
    nothing from it.
    """

    derived: dict[str, Term] = Field(default_factory=dict)
    ordinarily: dict[str, bool] = Field(default_factory=dict)
    implications: tuple[Implication, ...] = ()
    questions: tuple[QuestionRule, ...] = ()
    benefits: dict[str, Benefit] = Field(default_factory=dict)
    texts: dict[str, Text] = Field(default_factory=dict)
