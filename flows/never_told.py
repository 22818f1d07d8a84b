"""What only the office can tell: the way to the office instead of an answer, in the same words for everybody.

Which questions these are is content (knowledge/never.py). Whether it is true, and whoever is asked about, the words are
the same; only what the articles say themselves, which the lint keeps free of it, is told beside.
"""

import re
from collections.abc import Container, Iterator

from booking.places import office_to_call
from flows.main_menu import topic_choice
from flows.messages import Choice, Reply
from flows.several_needs import find_needs
from flows.turn import Outcome, Turn
from knowledge.answers import PLACEHOLDER, render_section, source_line
from knowledge.articles import Article, in_language
from knowledge.catalogue import SECRET_PLACES
from knowledge.never import Never
from knowledge.search import Match

OFFICE = "office-contacts"
HOW_TO_APPLY = "how-to-apply"
MOST_NEAR_OFFERED = 2
CAPITAL = "[A-ZĀČĒĢĪĶĻŅŠŪŽ]"
STREET = re.compile(rf"(?:{CAPITAL}[\w.]* )+(?:iel[aā]|laukum[sā]|prospekt[sā]|bulvār[is]+) \d+[\w/-]*(?:, )?")
REACHES_THEM = re.compile(r"\d{8}|@")
SENTENCES = re.compile(r"(?<=[.!?])\s+")


async def tell_who_knows(turn: Turn, text: str, match: Match, *, unfit: Container[str]) -> Reply | None:
    """The way to the office, when the message asks what only the office can tell; None for any other message.

    The topic that the message is about is counted as answered. `unfit` are topics that are no answer here: their
    messages are none of these questions.
    """
    if match.outcome == "answer" and match.topic is not None and match.topic in unfit:
        return None
    kind = _kind_of(turn, text, match)
    if kind is None:
        return None
    topic = _topic_of(turn, kind, match)
    turn.outcome = Outcome("answer", topic, match.facet, _others(turn, text, match, topic, unfit))
    if turn.state.flow is None:
        turn.state.topic, turn.state.guesses = topic, []
        turn.state.misses = turn.state.unmet = 0
    told, source = _tell(turn, kind, topic, match.facet)
    way = await _way_to_office(turn, hides_streets=not SECRET_PLACES.isdisjoint((topic, kind.topic)))
    return Reply(f"{told}\n{way}", tuple(_choices(turn, kind, topic)), details=_details(turn, kind), source=source)


def _kind_of(turn: Turn, text: str, match: Match) -> Never | None:
    """The kind that the words ask for, or that this side of the topic is of; the topic has to fit either way."""
    never, topics = turn.knowledge.catalogue.never, _likely_topics(match)
    for kind in never.find(text):
        is_meant = topics[0] not in kind.except_topics and any(kind.fits(topic) for topic in topics)
        if is_meant and not _may_be_quoted(turn, *kind.unless_quotable):
            return kind
    topic = topics[0]
    if match.outcome != "answer" or topic is None or _tells_all_amounts(turn, topic, match.facet):
        return None
    return next((kind for kind in never.kinds if kind.is_side(topic, match.facet)), None)


def _likely_topics(match: Match) -> tuple[str | None, ...]:
    """The topic, those that were guessed at, or only None when nobody knows."""
    if match.outcome == "clarify" and match.alternatives:
        return match.alternatives
    return (match.topic if match.outcome == "answer" else None,)


def _may_be_quoted(turn: Turn, *names: str) -> bool:
    """Whether one of these amounts is known and checked: then the ordinary answer tells it."""
    return any(turn.knowledge.catalogue.parameters.quotable(name, turn.today) for name in names)


def _tells_all_amounts(turn: Turn, topic: str, facet: str | None) -> bool:
    """Whether the article tells amounts there and all of them may be quoted: then nothing is left for the office."""
    article = turn.knowledge.catalogue.answerable(topic, turn.today)
    names = PLACEHOLDER.findall(_section(article, facet).get("lv", "")) if article else []
    return bool(names) and all(_may_be_quoted(turn, name) for name in names)


def _section(article: Article, facet: str | None) -> dict[str, str]:
    """What the article says of that side in its languages; nothing when it has no such section."""
    sections = {str(name): section for name, section in article.sections.items()}
    return {str(language): text for language, text in sections.get(facet or "", {}).items()}


def _topic_of(turn: Turn, kind: Never, match: Match) -> str:
    """What the message is about as far as anybody knows, else the kind's own topic; a mere guess has to be near it."""
    is_known = match.outcome == "answer" or kind.topics
    likely = [topic for topic in _likely_topics(match) if topic and kind.fits(topic)] if is_known else []
    own = kind.topic if kind.topic in turn.knowledge.catalogue.articles else OFFICE
    return likely[0] if likely else own


def _others(turn: Turn, text: str, match: Match, topic: str, unfit: Container[str]) -> tuple[str, ...]:
    """Topics to offer besides: the other needs of the message, or what else it might be about."""
    needs = tuple(need.topic for need in find_needs(turn.knowledge, text) if need.topic)
    near = needs or (match.alternatives if match.outcome == "clarify" else ())
    answered = (one for one in near if turn.knowledge.catalogue.answerable(one, turn.today) and one not in unfit)
    return tuple(one for one in answered if one != topic)[:MOST_NEAR_OFFERED]


def _tell(turn: Turn, kind: Never, topic: str, facet: str | None) -> tuple[str, str]:
    """What the article itself says of that side, with its source; else the words of the kind."""
    article = turn.knowledge.catalogue.answerable(topic, turn.today)
    if article is None or not kind.is_side(topic, facet) or not _section(article, facet):
        return in_language(kind.told, turn.told_in(kind.told)), ""
    language = turn.told_in(_section(article, facet))
    parameters = turn.knowledge.catalogue.parameters
    section = render_section(article, facet, language, parameters=parameters, on=turn.today)
    return section, source_line(article, language)


def _details(turn: Turn, kind: Never) -> str:
    """Where money is concerned that one may apply today; and that a person may be asked."""
    never = turn.knowledge.catalogue.never
    texts = [never.application, never.person] if kind.is_money else [never.person]
    return "\n".join(in_language(text, turn.told_in(text)) for text in texts)


async def _way_to_office(turn: Turn, *, hides_streets: bool) -> str:
    """The office with its telephone from the address book, else the contacts of the profile."""
    office = await office_to_call(turn.session)
    if office is not None:
        return turn.say("{office}: phone {phone}.", office=office.name[turn.language], phone=office.phone)
    where = turn.knowledge.catalogue.contacts.where
    contacts = in_language(where, turn.told_in(where))
    return _without_streets(contacts) if hides_streets else contacts


def _without_streets(text: str) -> str:
    """The contacts without streets; a sentence that has nothing else to reach them by is left out."""
    lines = (" ".join(_sentences_without_street(line)) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _sentences_without_street(line: str) -> Iterator[str]:
    for sentence in SENTENCES.split(line):
        rest = STREET.sub("", sentence)
        if rest == sentence or REACHES_THEM.search(rest):
            yield rest


def _choices(turn: Turn, kind: Never, topic: str) -> list[Choice]:
    """A person first; then what the knowledge base does tell."""
    articles = turn.knowledge.catalogue.articles
    topics = [topic, *([HOW_TO_APPLY] if kind.is_money else []), *turn.outcome.alternatives]
    return [
        turn.choice("talk-to-person", "Talk to a person"),
        turn.choice("flow:book-appointment", "Book an appointment"),
        *(topic_choice(turn, one) for one in dict.fromkeys(topics) if one in articles),
        turn.choice("menu", "Menu"),
    ]
