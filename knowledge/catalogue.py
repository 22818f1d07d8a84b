"""The content of one profile: articles, amounts, cards and word lists, read from the base and the profile layer."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.articles import (
    Article,
    ContentBroken,
    Source,
    Strict,
    Text,
    build_article,
    faults_of,
    in_language,
    merge,
    read_yaml,
)
from knowledge.nearby import Nearby, load_nearby
from knowledge.never import NeverFile, NeverList
from knowledge.parameters import Parameters, load_parameters
from knowledge.questions import OTHER, Question, read_file, read_questions

CONTENT_FOLDER = Path(__file__).parent / "content"
BASE_QUESTIONS = CONTENT_FOLDER / "base" / "questions"

SECRET_PLACES = frozenset({"crisis-centre", "crisis-housing", "safety-emergency"})
"""Topics that never name a street, not even that of the office (design, promise 8)."""

Loaded = TypeVar("Loaded", bound=BaseModel)


class Topic(Strict):
    """One line of the catalogue of topics. `state` says, per profile, what was only planned, wished or recommended."""

    id: str
    kind: Literal["benefit", "status", "service", "programme", "process", "contact", "safety"]
    lv: str
    ru: str
    orgs: tuple[str, ...]
    state: dict[str, str] = Field(default_factory=dict)
    near: tuple[str, ...] = ()

    def belongs_to(self, profile: str) -> bool:
        """Whether that organisation answers the topic."""
        return profile in self.orgs or "all" in self.orgs


class Cards(Strict):
    """Fixed texts that are content, not code. `danger` is keyed by the kind of danger; the rest by name."""

    danger: dict[Literal["suicide", "violence", "child", "medical"], Text]
    texts: dict[str, Text]

    def danger_card(self, kind: str, language: str) -> str:
        """The card for one kind of danger; Latvian for a language that has none."""
        return in_language({str(key): text for key, text in self.danger.items()}[kind], language)

    def text(self, name: str, language: str) -> str:
        """A card by its name (`greeting`, `menu` ...); Latvian for a language that has none. Raises KeyError."""
        return in_language(self.texts[name], language)


class Lexicon(Strict):
    """Words of the field and examples of language; see the head of `lexicon.yaml` for each part."""

    language_examples: dict[Literal["lv", "ru", "uk", "en"], list[str]]
    tell_tale_words: dict[Literal["ru", "uk"], list[str]]
    facet_words: dict[str, list[str]]
    follow_up_words: list[str]
    concepts: dict[str, list[str]]


class Contacts(Strict):
    """How to reach the organisation: told where an article of its own says nothing about the place."""

    where: Text
    sources: tuple[Source, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Catalogue:
    """What one organisation answers today. Build it with `load_catalogue`; only a region has `nearby`."""

    profile: str
    topics: Mapping[str, Topic]
    articles: Mapping[str, Article]
    questions: Mapping[str, tuple[Question, ...]]
    contacts: Contacts
    parameters: Parameters
    cards: Cards
    lexicon: Lexicon
    never: NeverList
    content_hash: str
    nearby: Nearby | None = None

    def answerable(self, topic: str, on: date) -> Article | None:
        """The article of a topic, or None when there is none or its time has passed."""
        article = self.articles.get(topic)
        return article if article is not None and article.is_valid(on) else None

    @cached_property
    def own_topics(self) -> tuple[str, ...]:
        """The topics the profile should answer, in the catalogue's order."""
        return tuple(topic.id for topic in self.topics.values() if topic.belongs_to(self.profile))


def profiles() -> tuple[str, ...]:
    """Every organisation there is content for, in alphabetical order."""
    return tuple(sorted(folder.name for folder in (CONTENT_FOLDER / "profiles").iterdir() if folder.is_dir()))


def profile_folder(profile: str) -> Path:
    """The folder of a profile's own layer. Raises ContentBroken for a profile that does not exist."""
    folder = CONTENT_FOLDER / "profiles" / profile
    if not profile.isidentifier() or not folder.is_dir():
        raise ContentBroken(f"no such profile: {profile}")
    return folder


def content_files(profile: str) -> list[Path]:
    """Every YAML file the profile's content is made of, base layer first, in a fixed order."""
    folders = [CONTENT_FOLDER / "base", profile_folder(profile)]
    return [path for folder in folders for path in sorted(folder.rglob("*.yaml"))]


@lru_cache(maxsize=8)
def load_catalogue(profile: str) -> Catalogue:
    """The shipped content of a profile, checked, read once. Raises ContentBroken with every fault."""
    folder, topics = profile_folder(profile), load_topics()
    articles, problems = read_articles(profile, topics)
    questions, faults = read_questions([BASE_QUESTIONS, folder / "questions"], topics)
    if problems or faults:
        raise ContentBroken(*problems, *faults)
    return Catalogue(
        profile=profile,
        topics=topics,
        articles=articles,
        questions=questions,
        contacts=load_contacts(profile),
        parameters=load_parameters(profile),
        cards=load_base_file(Cards, "cards.yaml"),
        lexicon=load_lexicon(),
        never=load_never(),
        content_hash=_hash_files(content_files(profile)),
        nearby=load_nearby(folder, topics),
    )


def load_topics() -> dict[str, Topic]:
    """All topics of all profiles by id. Raises ContentBroken."""
    return {topic.id: topic for topic in load_base_file(_TopicFile, "topics.yaml").topics}


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The shipped word lists, read once. Raises ContentBroken."""
    return load_base_file(Lexicon, "lexicon.yaml")


@lru_cache(maxsize=1)
def load_never() -> NeverList:
    """The shipped kinds of questions that only the office answers, read once. Raises ContentBroken."""
    return NeverList(load_base_file(NeverFile, "never.yaml"))


@lru_cache(maxsize=1)
def load_something_else() -> tuple[Question, ...]:
    """Messages that no topic answers, read once. Raises ContentBroken."""
    return tuple(read_file(BASE_QUESTIONS / f"{OTHER}.yaml"))


def read_articles(profile: str, topics: Mapping[str, Topic]) -> tuple[dict[str, Article], list[str]]:
    """The profile's articles by topic, and a line for every fault found in their files."""
    articles: dict[str, Article] = {}
    problems: list[str] = []
    for name, content in _layered(profile, problems):
        try:
            article = build_article(content, name)
        except ContentBroken as broken:
            problems.extend(broken.problems)
            continue
        problems.extend(_misplacements(article, name, topics))
        if article.topic in topics and topics[article.topic].belongs_to(profile):
            articles[article.topic] = article
    return articles, problems


def _layered(profile: str, problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    base = _read_folder(CONTENT_FOLDER / "base" / "articles", problems)
    own = _read_folder(profile_folder(profile) / "articles", problems)
    contacts = load_contacts(profile)
    for stem in sorted({*base, *own}):
        layer = "base" if stem not in own else f"profiles/{profile}"
        content = merge(base.get(stem, {}), own.get(stem, {}))
        if stem not in SECRET_PLACES and "where" not in own.get(stem, {}).get("sections", {}):
            content = _with_contacts(content, contacts)
        yield f"{layer}/articles/{stem}.yaml", content


def _with_contacts(content: Mapping[str, Any], contacts: Contacts) -> dict[str, Any]:
    """The article with the way to the office, below what the base says of the place for everybody."""
    sections = content.get("sections", {})
    below = sections.get("where", {})
    where = {
        language: "\n".join(filter(None, (below.get(language), told))) for language, told in contacts.where.items()
    }
    return {**content, "sections": {**sections, "where": where}}


def _read_folder(folder: Path, problems: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            found[path.stem] = read_yaml(path)
        except ContentBroken as broken:
            problems.extend(broken.problems)
    return found


def _misplacements(article: Article, name: str, topics: Mapping[str, Topic]) -> Iterator[str]:
    if article.topic not in topics:
        yield f"{name}: topic: {article.topic} is not in topics.yaml"
    if Path(name).stem != article.topic:
        yield f"{name}: topic: the file must be called {article.topic}.yaml"


def load_base_file(model: type[Loaded], name: str) -> Loaded:
    """A file of the base layer as its model. Raises ContentBroken with file and reason."""
    return _load_file(model, CONTENT_FOLDER / "base" / name)


def load_contacts(profile: str) -> Contacts:
    """How to reach the organisation. Raises ContentBroken."""
    return _load_file(Contacts, profile_folder(profile) / "contacts.yaml")


def _load_file(model: type[Loaded], path: Path) -> Loaded:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ContentBroken(*faults_of(error, f"{path.parent.name}/{path.name}")) from None


def _hash_files(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


class _TopicFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: list[Topic] = Field(min_length=1)
