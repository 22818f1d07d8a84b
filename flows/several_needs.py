"""Several needs in one message: which of its clauses ask for what, each on its own and without doubt."""

import re
from collections.abc import Iterator

from flows.turn import Knowledge
from knowledge.facets import facet_of
from knowledge.search import Match
from knowledge.text import fold, words

MOST_SENTENCES = 6
FEWEST_WORDS = 2
# How to apply, where to go, when: a clause about these belongs to the need beside it.
OWN_KINDS = frozenset({"benefit", "status", "service", "programme"})
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_JOINED = re.compile(r"[\s,]+(?:un|kā arī|ka ari|и|а также|та|і|and)\s+", re.IGNORECASE)
# A sentence that only tells of oneself ("man ir maza pensija") asks for nothing.
WISHES = tuple(
    fold(stem)
    for stem in (
        "grib", "vēlo", "vajag", "vajadz", "lūdz", "interesē", "pastāst", "хоч", "хотел", "надо", "нужн", "можно",
        "прош", "подскаж", "расскаж", "интересует", "потріб", "можна", "want", "need", "please",
    )
)  # fmt: skip


def find_needs(knowledge: Knowledge, text: str) -> list[Match]:
    """The needs of a message in their order, each another topic; fewer than two mean that it is about one thing."""
    found: dict[str, Match] = {}
    for clause in _clauses(knowledge, text):
        match = _sure(knowledge, clause, next(reversed(found), None))
        if match is not None and match.topic is not None:
            found.setdefault(match.topic, match)
    return list(found.values())


def _clauses(knowledge: Knowledge, text: str) -> Iterator[str]:
    sentences = [one for one in _SENTENCE_END.split(text) if one.strip()]
    asking = [one for one in sentences if len(sentences) == 1 or _asks(one)]
    if len(asking) < 2 and not any(_JOINED.search(one) for one in asking):
        return
    for sentence in asking[:MOST_SENTENCES]:
        yield from _split(knowledge, sentence)


def _split(knowledge: Knowledge, sentence: str) -> Iterator[str]:
    """The sentence cut at the first "and" on both sides of which a need of its own stands."""
    for joint in _JOINED.finditer(sentence):
        left, right = sentence[: joint.start()], sentence[joint.end() :]
        first = _sure(knowledge, left)
        second = _sure(knowledge, right, first.topic) if first else None
        if first and second and first.topic != second.topic:
            yield left
            yield from _split(knowledge, right)
            return
    yield sentence


def _sure(knowledge: Knowledge, clause: str, topic_before: str | None = None) -> Match | None:
    """What a clause asks for beyond doubt; "un cik maksā" asks for nothing new."""
    if len(words(clause)) < FEWEST_WORDS:
        return None
    match = knowledge.matcher.match(clause, topic_of_talk=topic_before)
    topic = knowledge.catalogue.topics.get(match.topic or "")
    return match if match.outcome == "answer" and topic is not None and topic.kind in OWN_KINDS else None


def _asks(sentence: str) -> bool:
    if sentence.rstrip().endswith("?") or facet_of(sentence) is not None:
        return True
    return any(word.startswith(WISHES) for word in words(sentence))
