"""Example questions: what residents write about each topic, with what they ask about it where they ask anything.

They belong to all profiles alike; a profile may add its own. The matcher is learnt from them and checked on them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import RootModel, ValidationError

from knowledge.articles import ContentBroken, Facet, Language, faults_of, read_yaml

ANY = "any"
OTHER = "other"
"""The class of messages that no topic answers; its examples stand in `other.yaml`."""

Asked: TypeAlias = Facet | Literal["any"]


@dataclass(frozen=True)
class Question:
    """One message as people write it; `facet` is None when nothing in particular is asked."""

    text: str
    language: Language
    facet: Facet | None = None


class _QuestionFile(RootModel[dict[Language, dict[Asked, list[str]]]]):
    """By language, then by what is asked; `any` = nothing in particular."""


def read_questions(folders: Iterable[Path], topics: Iterable[str]) -> tuple[dict[str, tuple[Question, ...]], list[str]]:
    """The questions of all topics by topic, those of a later folder added; and a line for every fault."""
    found: dict[str, tuple[Question, ...]] = {}
    problems: list[str] = []
    known = {*topics, OTHER}
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        try:
            found[path.stem] = (*found.get(path.stem, ()), *read_file(path))
        except ContentBroken as broken:
            problems.extend(broken.problems)
        if path.stem not in known:
            problems.append(f"questions/{path.name}: {path.stem} is not in topics.yaml")
    return found, problems


def read_file(path: Path) -> list[Question]:
    """The questions of one file. Raises ContentBroken."""
    try:
        content: Mapping[Language, Mapping[Asked, list[str]]] = _QuestionFile.model_validate(read_yaml(path)).root
    except ValidationError as error:
        raise ContentBroken(*faults_of(error, f"questions/{path.name}")) from None
    return [
        Question(text, language, None if asked == "any" else asked)
        for language, by_facet in content.items()
        for asked, texts in by_facet.items()
        for text in texts
    ]
