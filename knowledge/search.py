"""From a message to a topic: answer, offer a few, or say one does not know; no guess below the thresholds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from knowledge.catalogue import Catalogue, Topic
from knowledge.examples import NO_FACET
from knowledge.facets import choose_facet, find_facets
from knowledge.model import Floats, Model, Reading
from knowledge.phrases import Found
from knowledge.questions import OTHER
from knowledge.text import words

_OFFERED = 3
_LEAST_OFFERED = 0.01  # a topic less likely than this is never shown, even beside likelier ones
_FOLLOW_UP_WORDS = 8


@dataclass(frozen=True)
class Match:
    """What a message is about.

    `topic` is the best guess for answer and clarify, None for unknown. `alternatives` are the topics to show, best
    first: for clarify the choices, the best guess among them; for answer the others it might also be about.
    `elsewhere` is the topic it is really about when only other profiles have it; then nothing is answered outright.
    """

    outcome: Literal["answer", "clarify", "unknown"]
    topic: str | None
    facet: str | None
    alternatives: tuple[str, ...]
    score: float
    elsewhere: str | None = None


class Matcher:
    """Matches messages against the topics of one profile. Stateless: one may serve every talk."""

    def __init__(self, model: Model, catalogue: Catalogue) -> None:
        self._model = model
        self._fillers = frozenset(word for phrase in catalogue.lexicon.follow_up_words for word in words(phrase))
        self._is_own = np.array([name in catalogue.articles for name in model.topics.classes])
        self._is_here = self._is_own | np.array([name == OTHER for name in model.topics.classes])
        self._nearest = _nearest_own(catalogue.topics.values(), self.topics)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it can name."""
        return tuple(name for name, is_own in zip(self._model.topics.classes, self._is_own, strict=True) if is_own)

    def match(self, text: str, *, topic_of_talk: str | None = None) -> Match:
        """What the message is about; a short follow-up ("un cik maksā?") is about the topic of the talk."""
        message = words(text)
        facets = find_facets(message)
        if not message:
            return Match("unknown", None, None, (), 0.0)
        reading = self._model.read(message)
        facet = choose_facet(facets) or choose_facet(find_facets(reading.message)) or self._learnt_facet(reading)
        if topic_of_talk is not None and self._is_follow_up(message, facets):
            return Match("answer", topic_of_talk, facet, (), 1.0)
        if not self._model.knows_any(reading):
            return Match("unknown", None, None, (), 0.0)
        found = self._weigh(self._model.topics.probabilities(reading), facet)
        if found.outcome == "unknown" and topic_of_talk and facet and len(message) <= _FOLLOW_UP_WORDS // 2:
            return Match("answer", topic_of_talk, facet, (), found.score)
        return found

    def _is_follow_up(self, message: list[str], facets: list[Found]) -> bool:
        if len(message) > _FOLLOW_UP_WORDS or not facets:
            return False
        covered = {hit.start + place for hit in facets for place in range(hit.length)}
        return all(place in covered or word in self._fillers for place, word in enumerate(message))

    def _learnt_facet(self, reading: Reading) -> str | None:
        facet = self._model.facets.likeliest(reading)
        return None if facet == NO_FACET else facet

    def _weigh(self, of_all: Floats, facet: str | None) -> Match:
        """The best among the profile's own topics, unless the message is rather about a topic of other profiles."""
        thresholds, classes = self._model.thresholds, self._model.topics.classes
        here = np.where(self._is_here, of_all, 0)
        here = here / here.sum()
        ranked = [(classes[place], float(here[place])) for place in here.argsort()[::-1][: _OFFERED + 2]]
        likely = [(name, score) for name, score in ranked if name != OTHER and score >= _LEAST_OFFERED]
        likeliest = int(of_all.argmax())
        if not self._is_here[likeliest]:
            return self._of_others(classes[likeliest], [name for name, _ in likely], of_all, facet)
        first, score = ranked[0]
        margin = score - ranked[1][1] if len(ranked) > 1 else score
        if first != OTHER and score >= thresholds.answer and margin >= thresholds.margin:
            return Match("answer", first, facet, tuple(name for name, _ in likely[1 : _OFFERED + 1]), score)
        if likely and likely[0][1] >= thresholds.offer:
            names = tuple(name for name, _ in likely[:_OFFERED])
            return Match("clarify", names[0], facet, names, likely[0][1])
        return Match("unknown", None, facet, (), score)

    def _of_others(self, elsewhere: str, likely: list[str], of_all: Floats, facet: str | None) -> Match:
        """Own topics near to it, and own ones likely enough in spite of it, are offered; nothing is answered."""
        classes = self._model.topics.classes
        likely = [name for name in likely if of_all[classes.index(name)] >= self._model.thresholds.offer]
        names = tuple(dict.fromkeys([*self._nearest.get(elsewhere, ()), *likely]))[:_OFFERED]
        score = float(of_all[classes.index(elsewhere)])
        if not names:
            return Match("unknown", None, facet, (), score, elsewhere)
        return Match("clarify", names[0], facet, names, score, elsewhere)


def _nearest_own(topics: Iterable[Topic], own: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """For topics the profile does not have: its own ones that the catalogue calls near to them, either way round."""
    listed = {topic.id: topic.near for topic in topics}
    return {
        name: tuple(one for one in own if one in near or name in listed[one])
        for name, near in listed.items()
        if name not in own
    }
