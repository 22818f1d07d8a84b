"""The `precheck` door: verdicts for a household given as facts, and the questions a talk would have put."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.json_lines import LineRefused
from knowledge.facts import BadFact, read_facts
from knowledge.pre_check import evaluate, planned_questions, result_as_json
from knowledge.rules import Rules


@dataclass(frozen=True)
class Prechecking:
    """Answers lines of `precheck` by one profile's rules as they are on one day."""

    rules: Rules
    on: date

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The object for one line; raises LineRefused for facts or a scope that make no sense."""
        try:
            facts = read_facts(asked.get("facts", {}))
        except BadFact as bad:
            raise LineRefused(bad.code, bad.text) from None
        scope = self._scope(asked.get("scope"))
        results = evaluate(self.rules, facts, on=self.on, scope=scope)
        return {
            "id": asked.get("id"),
            "results": {topic: result_as_json(result) for topic, result in results.items()},
            "asked": planned_questions(self.rules, facts, on=self.on, scope=scope),
        }

    def _scope(self, scope: Any) -> list[str] | None:
        if scope is None:
            return None
        if not isinstance(scope, list) or not all(isinstance(topic, str) for topic in scope):
            raise LineRefused("bad_line", "scope must be a list of topics")
        unknown = [topic for topic in scope if topic not in self.rules.benefits]
        if unknown:
            raise LineRefused("unknown_topic", f"known topics: {', '.join(self.rules.benefits)}")
        return scope
