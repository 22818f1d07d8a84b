"""Answering a question in plain words from the published articles, and never from anything else."""

from dataclasses import replace

from flows import unanswered
from flows.answers import is_bare_answer
from flows.commands import without_greeting
from flows.follow_up import follow_up
from flows.helpful import take_helpful
from flows.main_menu import GROUPS, group_menu, menu, topic_choice
from flows.messages import Choice, Reply
from flows.moves import Done, Move, Start
from flows.needs import kind_of_topic
from flows.never_told import tell_who_knows
from flows.not_understood import answered_here, say_not_understood
from flows.several_needs import find_needs
from flows.translations import mark
from flows.turn import Outcome, Turn
from flows.wish_to_book import Wish, find_wish
from flows.with_person import take_closing
from knowledge.answers import fill_amounts, render_section, short_answer, source_line
from knowledge.articles import Article, in_language
from knowledge.search import Match

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
MOST_WORDS_OF_PLACE = 3
NEARBY = "services-near-me"  # its answer asks for the municipality, where the profile knows several


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
    told = await tell_who_knows(turn, asked, match, unfit=UNFIT_BESIDE_A_CARD if alarmed else TALKS)
    if told is not None:
        return Done((told,))
    if alarmed:
        return _beside_the_card(turn, match.outcome, match.topic, match.facet)
    wish = find_wish(asked)
    if wish and match.topic not in ("my-appointments", "complaint-suggestion"):
        return _begin_booking(turn, wish, match)
    needs = find_needs(turn.knowledge, asked)
    if len(needs) > 1 and (match.outcome != "answer" or match.topic in [need.topic for need in needs]):
        return Done((_answer_first(turn, needs),))
    if match.outcome == "answer" and match.topic:
        return open_topic(turn, match.topic, match.facet, match.alternatives)
    if turn.state.topic == NEARBY and _names_place(turn):
        return open_topic(turn, NEARBY, None)
    return Done((say_not_understood(turn, match),))


def _begin_booking(turn: Turn, wish: Wish, match: Match) -> Move:
    """A booking with the kind of specialist that was named, else with the one of the topic that was."""
    turn.outcome = Outcome("flow", "book-appointment", match.facet)
    topics = (match.topic, *match.alternatives)
    kind = wish.kind or next((kind for one in topics if (kind := kind_of_topic(turn, one))), None)
    return Start(TALKS["book-appointment"], {"kind": kind} if kind else {})


def _names_place(turn: Turn) -> bool:
    """Whether a few words name a place of the region, as in "and in Saldus?"."""
    nearby, text = turn.knowledge.catalogue.nearby, turn.input.text
    return bool(nearby and len(text.split()) <= MOST_WORDS_OF_PLACE and nearby.find_spots(text, is_answer=False))


def _answer_first(turn: Turn, needs: list[Match]) -> Reply:
    """The first of several needs is answered, the others are offered."""
    first, others = needs[0], needs[1 : MOST_NEAR_OFFERED + 1]
    topics = answered_here(turn, tuple(need.topic for need in others if need.topic))
    turn.outcome = Outcome("answer", first.topic, first.facet, topics)
    told = answer(turn, first.topic or "", first.facet)
    if not topics:
        return told
    choices = tuple(topic_choice(turn, topic) for topic in topics)
    labels = ", ".join(choice.label for choice in choices)
    also = turn.say("You also asked about this: {topics}. Choose it below.", topics=labels)
    rest = tuple(choice for choice in told.choices if choice not in choices)
    return replace(told, text=f"{told.text}\n\n{also}", choices=(*choices, *rest))


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
    closing = take_closing(turn, chosen) or take_helpful(turn, chosen)
    if closing is not None:
        return closing
    kind, _, rest = chosen.partition(":")
    match kind:
        case "topic" if rest in turn.knowledge.catalogue.articles:
            unanswered.note_choice(turn, rest)
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
    shown = tuple(one for one in answered_here(turn, near) if one not in TALKS)
    turn.outcome = Outcome("answer", topic, facet, shown[:MOST_NEAR_OFFERED])
    if topic == NEARBY and turn.knowledge.catalogue.nearby:
        return Start(NEARBY, {"facet": facet})
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
    told = await tell_who_knows(turn, turn.input.text, match, unfit=UNFIT_BESIDE_A_CARD)
    if told is not None:
        return replace(told, choices=())
    turn.outcome = Outcome("answer", match.topic, match.facet)
    return _plain(turn, match.topic, match.facet)


def answer(turn: Turn, topic: str, facet: str | None, near: tuple[str, ...] = ()) -> Reply:
    """The answer on a topic with its source, and what one would want next."""
    turn.state.topic = topic
    turn.state.misses = turn.state.unmet = 0
    turn.state.guesses = []
    article = turn.knowledge.catalogue.answerable(topic, turn.today)
    if article is None:
        return menu(
            turn,
            "This answer is being renewed just now; the office will tell you. What else can I help with?",
        )
    plain = _plain(turn, topic, facet) or Reply("")
    besides = tuple(topic_choice(turn, one) for one in near or _related(turn, article))
    # By SMS every choice takes words from the answer; whoever writes "simpler" gets it there too.
    has_room = turn.resident.channel != "sms"
    easier = (turn.choice("easier", "In simpler words"),) if article.easy and has_room else ()
    choices = (*_next_offers(turn, article, facet), *easier, *besides, turn.choice("menu", "Menu"))
    return replace(plain, choices=choices)


def _related(turn: Turn, article: Article) -> tuple[str, ...]:
    """What one would want next, of the topics answered here; an SMS has no room for it."""
    if turn.resident.channel == "sms":
        return ()
    related = (one for one in answered_here(turn, article.related) if one not in TALKS)
    return tuple(related)[:MOST_NEAR_OFFERED]


def easy_answer(turn: Turn, topic: str) -> Reply | None:
    """The answer in the simplest words there are, with a person who explains; None when nothing may be told."""
    article = turn.knowledge.catalogue.answerable(topic, turn.today)
    if article is None:
        return None
    turn.outcome = Outcome("answer", topic)
    parameters = turn.knowledge.catalogue.parameters
    language = turn.told_in(article.easy or article.short)
    text = fill_amounts(
        in_language(article.easy or article.short, language), language, parameters=parameters, on=turn.today
    )
    if article.easy is None:
        text += "\n" + turn.say("If this is hard to understand, a person will explain it to you.")
    ways = (turn.choice("talk-to-person", "Talk to a person"), turn.choice("menu", "Menu"))
    offers = _next_offers(turn, article, None)
    return Reply(text, (*ways[:1], *offers, *ways[1:]), source=source_line(article, language))


def _plain(turn: Turn, topic: str, facet: str | None) -> Reply | None:
    article = turn.knowledge.catalogue.answerable(topic, turn.today)
    if article is None:
        return None
    parameters = turn.knowledge.catalogue.parameters
    if facet in article.sections:
        language = turn.told_in(article.sections[facet])
        section = render_section(article, facet, language, parameters=parameters, on=turn.today)
        return Reply(section, source=source_line(article, language))
    language = turn.told_in(article.short)
    more = render_section(article, None, language, parameters=parameters, on=turn.today)
    short = short_answer(article, language, parameters=parameters, on=turn.today)
    return Reply(short, details=more, source=source_line(article, language))


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
