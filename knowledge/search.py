"""From a message to a topic: answer, offer a few, or say one does not know; no guess below the thresholds."""

from dataclasses import dataclass
from typing import Literal

from knowledge.catalogue import Lexicon
from knowledge.facets import choose_facet, find_facets
from knowledge.model import Model
from knowledge.phrases import Found
from knowledge.questions import OTHER
from knowledge.text import words

_OFFERED = 3
_LEAST_OFFERED = 0.03  # a topic less likely than this is never shown, even beside likelier ones
_FOLLOW_UP_WORDS = 8


@dataclass(frozen=True)
class Match:
    """What a message is about.

    `topic` is the best guess for answer and clarify, None for unknown. `alternatives` are the topics to show, best
    first: for clarify the choices, the best guess among them; for answer the others it might also be about.
    """

    outcome: Literal["answer", "clarify", "unknown"]
    topic: str | None
    facet: str | None
    alternatives: tuple[str, ...]
    score: float


class Matcher:
    """Matches messages against the topics of one profile. Stateless: one may serve every talk."""

    def __init__(self, model: Model, lexicon: Lexicon) -> None:
        self._model = model
        self._fillers = frozenset(word for phrase in lexicon.follow_up_words for word in words(phrase))
        self._is_topic = [name != OTHER for name in model.classes]

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it can name."""
        return tuple(name for name in self._model.classes if name != OTHER)

    def match(self, text: str, *, topic_of_talk: str | None = None) -> Match:
        """What the message is about; a short follow-up ("un cik maksā?") is about the topic of the talk."""
        message = words(text)
        facets = find_facets(message)
        facet = choose_facet(facets) or choose_facet(find_facets(self._model.repair(message)))
        if not message:
            return Match("unknown", None, None, (), 0.0)
        if topic_of_talk is not None and self._is_follow_up(message, facets):
            return Match("answer", topic_of_talk, facet, (), 1.0)
        found = self._weigh(message, facet)
        if found.outcome == "unknown" and topic_of_talk and facet and len(message) <= _FOLLOW_UP_WORDS // 2:
            return Match("answer", topic_of_talk, facet, (), found.score)
        return found

    def _is_follow_up(self, message: list[str], facets: list[Found]) -> bool:
        if len(message) > _FOLLOW_UP_WORDS or not facets:
            return False
        covered = {hit.start + place for hit in facets for place in range(hit.length)}
        return all(place in covered or word in self._fillers for place, word in enumerate(message))

    def _weigh(self, message: list[str], facet: str | None) -> Match:
        probabilities = self._model.probabilities(message)
        order = probabilities.argsort()[::-1]
        ranked = [(self._model.classes[place], float(probabilities[place])) for place in order[: _OFFERED + 2]]
        likely = [(name, score) for name, score in ranked if name != OTHER and score >= _LEAST_OFFERED]
        thresholds, (first, score) = self._model.thresholds, ranked[0]
        margin = score - ranked[1][1] if len(ranked) > 1 else score
        if first != OTHER and score >= thresholds.answer and margin >= thresholds.margin:
            return Match("answer", first, facet, tuple(name for name, _ in likely[1 : _OFFERED + 1]), score)
        if likely and likely[0][1] >= thresholds.offer:
            names = tuple(name for name, _ in likely[:_OFFERED])
            return Match("clarify", names[0], facet, names, likely[0][1])
        return Match("unknown", None, facet, (), score)
