"""What must hold inside a set of rules before anyone is judged by it: every name exists, every text is
there, no circle.
"""

from collections.abc import Iterator, Mapping

from knowledge.facts import FactKind
from knowledge.parameters import Parameters
from knowledge.rule_book import Benefit, QuestionRule, RuleSet
from knowledge.rule_model import (
    CompareLeaf,
    Condition,
    DerivedTerm,
    FactTerm,
    IsLeaf,
    JudgementLeaf,
    MonthsSinceTerm,
    ParameterTerm,
    Term,
    cases,
    leaves,
    parts,
)

_FORM_TYPES: Mapping[str, frozenset[str]] = {
    "yes_no": frozenset({"yes_no"}),
    "checklist": frozenset({"yes_no"}),
    "count": frozenset({"count"}),
    "household": frozenset({"count"}),
    "money": frozenset({"money"}),
    "choice": frozenset({"choice"}),
    "date": frozenset({"date"}),
}


def faults_in(written: RuleSet, facts: Mapping[str, FactKind], parameters: Parameters) -> list[str]:
    """One line per fault, naming the benefit, question or term it is in."""
    return [*_RuleCheck(written, facts, parameters).faults()]


class _RuleCheck:
    def __init__(self, written: RuleSet, facts: Mapping[str, FactKind], parameters: Parameters) -> None:
        self._written = written
        self._facts = facts
        self._parameters = parameters

    def faults(self) -> Iterator[str]:
        for place, term in self._terms():
            yield from (f"rules: {place}: {fault}" for fault in self._in_term(term))
        for place, condition in self._conditions():
            yield from (f"rules: {place}: {fault}" for fault in self._in_condition(condition))
        for topic, benefit in self._written.benefits.items():
            yield from (f"rules: benefits.{topic}: {fault}" for fault in self._in_benefit(benefit))
        for question in self._written.questions:
            yield from (f"rules: questions.{question.id}: {fault}" for fault in self._in_question(question))
        yield from (f"rules: derived.{name}: leads back to itself" for name in self._circles())

    def _terms(self) -> Iterator[tuple[str, Term]]:
        yield from ((f"derived.{name}", term) for name, term in self._written.derived.items())
        for topic, benefit in self._written.benefits.items():
            if benefit.amount is not None:
                yield f"benefits.{topic}.amount", benefit.amount

    def _conditions(self) -> Iterator[tuple[str, Condition]]:
        for place, term in self._terms():
            yield from ((place, condition) for condition in cases(term))
        for topic, benefit in self._written.benefits.items():
            yield f"benefits.{topic}.conditions", benefit.conditions
            for document in benefit.documents:
                if document.when is not None:
                    yield f"benefits.{topic}.documents.{document.id}", document.when
        for question in self._written.questions:
            if question.when is not None:
                yield f"questions.{question.id}", question.when
        yield from (("implications", implication.when) for implication in self._written.implications)

    def _in_condition(self, condition: Condition) -> Iterator[str]:
        for leaf in leaves(condition):
            if isinstance(leaf, CompareLeaf):
                for side in (leaf.left, leaf.right):
                    yield from self._in_term(side)
                    for inner in cases(side):
                        yield from self._in_condition(inner)
            elif isinstance(leaf, IsLeaf):
                yield from self._in_is(leaf)

    def _in_is(self, leaf: IsLeaf) -> Iterator[str]:
        kind = self._facts.get(leaf.fact)
        wanted = leaf.is_ if isinstance(leaf.is_, list) else [leaf.is_]
        if kind is None or kind.type not in ("yes_no", "choice"):
            yield f"{leaf.fact} is no yes/no fact and no choice"
        elif any(isinstance(one, bool) != (kind.type == "yes_no") for one in wanted):
            yield f"{leaf.fact} is compared with a value of another type"
        elif kind.type == "choice" and not set(map(str, wanted)) <= set(kind.options):
            yield f"{leaf.fact} has no such option"

    def _in_term(self, term: Term) -> Iterator[str]:
        for part in parts(term):
            if isinstance(part, FactTerm) and not self._is_number(part.fact):
                yield f"{part.fact} is no number"
            elif isinstance(part, MonthsSinceTerm) and not self._is_date(part.months_since):
                yield f"{part.months_since} is no date"
            elif isinstance(part, DerivedTerm) and part.derived not in self._written.derived:
                yield f"there is no derived {part.derived}"
            elif isinstance(part, ParameterTerm) and part.parameter not in self._parameters:
                yield f"there is no parameter {part.parameter}"

    def _is_number(self, name: str) -> bool:
        return name in self._facts and self._facts[name].is_number

    def _is_date(self, name: str) -> bool:
        return name in self._facts and self._facts[name].type == "date"

    def _in_benefit(self, benefit: Benefit) -> Iterator[str]:
        seen: set[str] = set()
        for leaf in leaves(benefit.conditions):
            if leaf.criterion is None:
                yield "a condition has no criterion"
                continue
            if leaf.criterion.id in seen:
                yield f"criterion {leaf.criterion.id} is there twice"
            seen.add(leaf.criterion.id)
            if isinstance(leaf, JudgementLeaf) or leaf.presumed:
                wanted = ("office",) if isinstance(leaf, JudgementLeaf) else ("office", "open")
            else:
                wanted = ("met", "open")
            yield from (
                f"criterion {leaf.criterion.id}: no text {state}"
                for state in wanted
                if leaf.criterion.text(state) is None
            )

    def _in_question(self, question: QuestionRule) -> Iterator[str]:
        allowed = _FORM_TYPES[question.form]
        for name in question.facts:
            if name not in self._facts or self._facts[name].type not in allowed:
                yield f"{name} cannot be set by a {question.form} question"

    def _circles(self) -> Iterator[str]:
        for name in self._written.derived:
            if name in self._behind(name, frozenset()):
                yield name

    def _behind(self, name: str, seen: frozenset[str]) -> frozenset[str]:
        if name not in self._written.derived:
            return seen
        for inner in self._names_in(self._written.derived[name]):
            if inner not in seen:
                seen = self._behind(inner, seen | {inner})
        return seen

    def _names_in(self, term: Term) -> Iterator[str]:
        for part in parts(term):
            if isinstance(part, DerivedTerm):
                yield part.derived
        for condition in cases(term):
            for leaf in leaves(condition):
                if isinstance(leaf, CompareLeaf):
                    yield from self._names_in(leaf.left)
                    yield from self._names_in(leaf.right)
