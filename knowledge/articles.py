"""What an article of the knowledge base is: one topic, told in Latvian and Russian, with its source and dates.

The pydantic models refuse unknown keys, so that a mistyped key is named instead of being silently lost.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

Language = Literal["lv", "ru", "uk", "en"]
Facet = Literal["what", "who", "amount", "documents", "how", "where", "when", "price"]
SpecialistKind = Literal[
    "social-assistance",
    "families",
    "adults",
    "seniors",
    "disability",
    "psychologist",
    "lawyer",
    "occupational-therapist",
    "addiction",
]

REQUIRED_LANGUAGES: tuple[Language, Language] = ("lv", "ru")


class ContentBroken(Exception):
    """A content file that cannot be used; the text names the file and the reason, for the people who edit it."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _speaks_both_languages(text: dict[Language, str]) -> dict[Language, str]:
    missing = [language for language in REQUIRED_LANGUAGES if not text.get(language)]
    if missing:
        raise ValueError(f"missing or empty: {', '.join(missing)}")
    return text


def in_language(text: Mapping[Language, str], lang: str) -> str:
    """The text in that language; in Latvian where it has not been written in it."""
    return {str(language): told for language, told in text.items()}.get(lang) or text["lv"]


Text = Annotated[dict[Language, str], AfterValidator(_speaks_both_languages)]


class Strict(BaseModel):
    """The ground of every content model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Source(Strict):
    """Where a fact comes from: cited to residents by name and day, `place` says where in it an editor finds it."""

    name: Text
    place: str
    dated_on: date


class Article(Strict):
    """One topic as the organisation answers it.

    `valid_to` is the last day it may be answered from; `review_by` the day by which someone reads it again. `easy` is
    the same in the simplest words, told to whoever asks for it.
    """

    topic: str
    specialist: SpecialistKind | None
    related: tuple[str, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
    valid_from: date
    valid_to: date | None = None
    review_by: date
    owner: str
    title: Text
    short: Text
    easy: Text | None = None
    sections: dict[Facet, Text] = {}

    def is_valid(self, on: date) -> bool:
        """Whether the article may be answered from on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def texts(self, language: Language) -> list[str]:
        """Everything a resident may read in one language: title, short answer, easy version, sections."""
        easy = [self.easy] if self.easy else []
        told = (self.title, self.short, *easy, *self.sections.values())
        return [text.get(language, "") for text in told]


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML silently keeps the last of two equal keys; here a repeated key is an error."""


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    repeated = [str(key) for key in keys if keys.count(key) > 1]
    if repeated:
        raise yaml.constructor.ConstructorError(None, None, f"repeated key: {repeated[0]}", node.start_mark)
    loader.flatten_mapping(node)
    return {loader.construct_object(key, True): loader.construct_object(value, True) for key, value in node.value}


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """One content file as a mapping. Raises ContentBroken naming the file and the line."""
    try:
        content = _UniqueKeyLoader(path.read_text(encoding="utf-8")).get_single_data()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentBroken(f"{path.name}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ContentBroken(f"{path.name}: must hold keys and values")
    return content


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The profile's words over the base layer's, key by key; a null takes a key of the base away."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(below, value)
        elif value is None and isinstance(below, Mapping):
            del merged[key]
        else:
            merged[key] = value
    return merged


def build_article(content: Mapping[str, Any], name: str) -> Article:
    """The checked article. Raises ContentBroken with one line per fault, each naming the file and the key."""
    try:
        return Article.model_validate(content)
    except ValidationError as error:
        raise ContentBroken(*faults_of(error, name)) from None


def faults_of(error: ValidationError, name: str) -> list[str]:
    """One line per fault of a content file: where in it, and what is wrong."""
    return [
        f"{name}: {'.'.join(str(step) for step in fault['loc']) or 'file'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
