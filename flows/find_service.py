"""Answering a question in plain words from the published articles, and never from anything else."""

from dataclasses import replace

from flows.answers import is_bare_answer
from flows.commands import without_greeting
from flows.follow_up import follow_up
from flows.main_menu import GROUPS, group_menu, menu, topic_choice
from flows.messages import Choice, Reply
from flows.moves import Done, Move, Start
from flows.needs import kind_of_topic
from flows.translations import mark
from flows.turn import Outcome, Turn
from flows.with_person import take_closing
from knowledge.answers import render_section, short_answer, source_line
from knowledge.articles import Article

TALKS = {
    "book-appointment": "book-appointment",
    "my-appointments": "my-appointments",
    "complaint-suggestion": "complaint-suggestion",
}
# Never told to someone in danger: the card's own topic once more, what a death costs, a form to fill in.
UNFIT_BESIDE_A_CARD = frozenset({"safety-emergency", "funeral-benefit", *TALKS})
FACET_LABELS = {
    "what": mark("What it is"),
    "who": mark("Who may get it"),
    "amount": mark("How much"),
    "documents": mark("Which papers"),
    "how": mark("How to apply"),
    "where": mark("Where to go"),
    "when": mark("When"),
    "price": mark("What it costs"),
}
MOST_FACETS_OFFERED = 3
MOST_NEAR_OFFERED = 2


async def answer_question(turn: Turn, *, alarmed: bool) -> Move:
    """The move for a message that is no answer to an open question."""
    if not turn.input.text.strip():
        return Done((menu(turn, "I did not get any words. Choose a number or write in your own words."),))
    if not alarmed and (told := await follow_up(turn)) is not None:
        return told
    if is_bare_answer(turn.input.text) and not alarmed:
        return Done((menu(turn),))
    asked = without_greeting(turn.input.text)
    match = turn.knowledge.matcher.match(asked, topic_of_talk=turn.state.topic)
    if alarmed:
        return _beside_the_card(turn, match.outcome, match.topic, match.facet)
    if match.outcome == "answer" and match.topic:
        return open_topic(turn, match.topic, match.facet, match.alternatives)
    turn.outcome = Outcome(match.outcome, match.topic, match.facet, match.alternatives)
    if match.outcome == "clarify":
        return Done((did_you_mean(turn, match.alternatives),))
    return Done((do_not_know(turn),))


def _beside_the_card(turn: Turn, outcome: str, topic: str | None, facet: str | None) -> Move:
    """After a danger card the question in the message is answered too, but nothing is asked back."""
    if outcome == "answer" and topic and topic not in UNFIT_BESIDE_A_CARD:
        turn.outcome = Outcome("crisis", topic, facet)
        return Done((answer(turn, topic, facet),))
    return Done((offer_person(turn),))


def offer_person(turn: Turn) -> Reply:
    """The question that follows a danger card."""
    return turn.reply("Would you like to talk to a person?", turn.choice("talk-to-person", "Talk to a person"))


def is_harmless(chosen: str) -> bool:
    """Whether a choice of an earlier message may still be followed: it only shows something."""
    return chosen.startswith(("topic:", "facet:", "group:"))


async def follow_choice(turn: Turn, chosen: str) -> Move:
    """The move for a pressed choice outside a form: a topic, a section, a conversation, a group of the menu."""
    closing = take_closing(turn, chosen)
    if closing is not None:
        return closing
    kind, _, rest = chosen.partition(":")
    match kind:
        case "topic" if rest in turn.knowledge.catalogue.articles:
            return open_topic(turn, rest, None)
        case "facet":
            facet, _, topic = rest.partition(":")
            if topic in turn.knowledge.catalogue.articles:
                turn.outcome = Outcome("answer", topic, facet)
                return Done((answer(turn, topic, facet),))
        case "check" if rest:
            return Start("check-eligibility", {"scope": rest.split(",")})
        case "flow":
            name, _, detail = rest.partition(":")
            specialist, _, topic = detail.partition(":")
            facts = {"kind": specialist, "topic": topic} if specialist else {}
            return Start(name, facts)
        case "group" if rest in GROUPS:
            return Done((group_menu(turn, rest),))
    return Done((menu(turn),))


def open_topic(turn: Turn, topic: str, facet: str | None, near: tuple[str, ...] = ()) -> Move:
    """A topic's answer, or the conversation that the topic stands for; `near` are topics it might be besides."""
    if topic in TALKS:
        turn.outcome = Outcome("flow", topic, facet)
        named = next((kind for one in near if (kind := kind_of_topic(turn, one))), None)
        return Start(TALKS[topic], {"kind": named} if named else {})
    shown = tuple(one for one in near if one not in TALKS and one in turn.knowledge.catalogue.articles)
    turn.outcome = Outcome("answer", topic, facet, shown[:MOST_NEAR_OFFERED])
    return Done((answer(turn, topic, facet, turn.outcome.alternatives),))


async def answer_shortly(turn: Turn, chosen: str | None = None) -> Reply | None:
    """The answer to a question asked in the middle of a form, without choices of its own; None if it is none."""
    if chosen is not None:
        _, _, topic = chosen.rpartition(":")
        facet = chosen.split(":")[1] if chosen.startswith("facet:") else None
        return _plain(turn, topic, facet) if topic in turn.knowledge.catalogue.articles else None
    if len(turn.input.text.split()) < 2:
        return None
    match = turn.knowledge.matcher.match(turn.input.text, topic_of_talk=turn.state.topic)
    if match.outcome != "answer" or match.topic is None or match.topic in UNFIT_BESIDE_A_CARD:
        return None
    turn.outcome = Outcome("answer", match.topic, match.facet)
    return _plain(turn, match.topic, match.facet)


def answer(turn: Turn, topic: str, facet: str | None, near: tuple[str, ...] = ()) -> Reply:
    """The answer on a topic with its source, and what one would want next."""
    turn.state.topic = topic
    turn.state.misses = 0
    article = turn.knowledge.catalogue.answerable(topic, turn.today)
    if article is None:
        return menu(
            turn,
            "This answer is being renewed just now; the office will tell you. What else can I help with?",
        )
    plain = _plain(turn, topic, facet) or Reply("")
    besides = tuple(topic_choice(turn, one) for one in near)
    choices = (*_next_offers(turn, article, facet), *besides, turn.choice("menu", "Menu"))
    return replace(plain, choices=choices)


def did_you_mean(turn: Turn, topics: tuple[str, ...]) -> Reply:
    """Up to three topics to choose from; it never guesses."""
    choices = [topic_choice(turn, topic) for topic in topics]
    return turn.reply("Did you mean one of these?", *choices, turn.choice("menu", "Something else"))


def do_not_know(turn: Turn) -> Reply:
    """The honest answer, with ways on; the second miss offers a person first."""
    turn.state.misses += 1
    person = turn.choice("talk-to-person", "Talk to a person")
    others = (turn.choice("menu", "Menu"), turn.choice("topic:office-contacts", "Addresses and phones"))
    if turn.state.misses > 1:
        return turn.reply("I am sorry, I do not have the answer to this. Shall a person help you?", person, *others)
    return turn.reply(
        "I do not know the answer to this. Say it in other words, or choose:", others[0], person, others[1]
    )


def _plain(turn: Turn, topic: str, facet: str | None) -> Reply | None:
    article = turn.knowledge.catalogue.answerable(topic, turn.today)
    if article is None:
        return None
    language = turn.language
    parameters = turn.knowledge.catalogue.parameters
    source = source_line(article, language)
    if facet in article.sections:
        return Reply(render_section(article, facet, language, parameters=parameters, on=turn.today), source=source)
    more = render_section(article, None, language, parameters=parameters, on=turn.today)
    return Reply(short_answer(article, language, parameters=parameters, on=turn.today), details=more, source=source)


def _next_offers(turn: Turn, article: Article, facet: str | None) -> tuple[Choice, ...]:
    wished = ("who", "amount", "documents", "how", "where", "when", "price", "what")
    facets = [name for name in wished if name in article.sections and name != facet][:MOST_FACETS_OFFERED]
    choices = [turn.choice(f"facet:{name}:{article.topic}", FACET_LABELS[name]) for name in facets]
    if article.topic in turn.knowledge.rules.benefits:
        choices.append(turn.choice(f"check:{article.topic}", "Check if I may get it"))
    if article.specialist:
        choices.append(
            turn.choice(f"flow:book-appointment:{article.specialist}:{article.topic}", "Book an appointment")
        )
    return tuple(choices)
