"""Which side of a topic a message asks about: who, amount, documents, how, where, when, price or what."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from knowledge.catalogue import load_lexicon
from knowledge.phrases import Found, Phrasebook
from knowledge.text import words

# A message may hold words of several; the one that says most about what is wanted comes first.
_ORDER = ("documents", "amount", "price", "when", "what", "who", "where", "how")


def facet_of(text: str) -> str | None:
    """The facet asked about, or None when nothing in particular is."""
    return choose_facet(find_facets(words(text)))


def find_facets(message: Sequence[str]) -> list[Found]:
    """Every facet phrase in the folded words of a message."""
    return _phrasebook().find(message)


def choose_facet(found: Iterable[Found]) -> str | None:
    """The facet that wins: longer phrases beat shorter ones they cover, then the order decides; "?" ones come last."""
    hits = list(found)
    standing = {hit.name for hit in hits if not any(_covers(other, hit) for other in hits)}
    plain = next((facet for facet in _ORDER if facet in standing), None)
    return plain or next((facet for facet in _ORDER if f"{facet}?" in standing), None)


def _covers(other: Found, hit: Found) -> bool:
    within = other.start <= hit.start and hit.start + hit.length <= other.start + other.length
    return within and other.length > hit.length


@lru_cache(maxsize=1)
def _phrasebook() -> Phrasebook:
    lists: Mapping[str, Iterable[str]] = load_lexicon().facet_words
    return Phrasebook(lists)
