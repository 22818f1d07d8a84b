"""What exists near me: in which municipality, and then what is known of it.

The directory behind it is of 2010, so every answer says so and hands over the office that knows today's.
"""

from dataclasses import replace

from flows.answers import DO_NOT_KNOW, read_choice
from flows.find_service import answer_question, answer_shortly
from flows.main_menu import menu
from flows.messages import Choice, Reply
from flows.moves import Again, Done, Move, Next
from flows.nearby_words import ADVICE, FLOW_NAME, Guide
from flows.steps import Flow, Step
from flows.turn import Turn
from knowledge.articles import in_language
from knowledge.nearby import Nearby, Spot
from knowledge.text import fold

STEP = "place"
AT = "at:"
OWN_RESIDENCE = "facet:where:residence-rule"
# A longer message that names a place outside the region may only tell where somebody came from.
MOST_WORDS_ABOUT_ELSEWHERE = 6


async def begin(turn: Turn) -> Move:
    """Straight to the place when a button or the message names it; else ask for it."""
    turn.state.topic = FLOW_NAME
    turn.state.misses = turn.state.unmet = 0
    turn.state.guesses = []
    nearby = turn.knowledge.catalogue.nearby
    if nearby is None:
        return Done((menu(turn),))
    pressed = nearby.spots.get(turn.state.facts.get("topic") or "")
    if pressed:
        guide = Guide(turn, nearby)
        return Done((guide.advice(pressed) if turn.state.facts["kind"] == ADVICE else guide.place(pressed),))
    return _find(turn, nearby, is_answer=False) or Next(STEP)


def _find(turn: Turn, nearby: Nearby, *, is_answer: bool) -> Move | None:
    """The answer for the place that the message names, or the question which of several; None when it names none."""
    text, facts = turn.input.text, turn.state.facts
    named = nearby.find_service(text)
    if named:
        facts["service"] = named.id
    spots = _smallest(nearby, nearby.find_spots(text, is_answer=is_answer))
    if len(spots) > 1:
        facts["among"] = [spot.key for spot in spots]
        return Next(STEP)
    if spots:
        return _tell(turn, nearby, spots[0])
    outside = nearby.find_elsewhere(text)
    if outside and (is_answer or len(text.split()) <= MOST_WORDS_ABOUT_ELSEWHERE):
        return Done((Guide(turn, nearby).elsewhere(outside),))
    return None


def _smallest(nearby: Nearby, spots: tuple[Spot, ...]) -> list[Spot]:
    """The places without those that another of them lies in: "Grobiņa, Dienvidkurzemes novads" is one place."""
    around = {nearby.today(spot.municipality).id for spot in spots if spot.key not in nearby.municipalities}
    return [spot for spot in spots if spot.key not in around]


def _tell(turn: Turn, nearby: Nearby, spot: Spot) -> Move:
    guide, service = Guide(turn, nearby), nearby.services.get(turn.state.facts.get("service") or "")
    return Done((guide.service(spot, service) if service else guide.place(spot),))


async def ask_place(turn: Turn) -> Reply:
    """The article's own words, which ask for the place, with today's municipalities; or only those that were named."""
    nearby, facts = turn.knowledge.catalogue.nearby, turn.state.facts
    spots = nearby.spots if nearby else {}
    offered = [spots[key] for key in facts.get("among") or (nearby.municipalities if nearby else ()) if key in spots]
    choices = tuple(Choice(f"{AT}{spot.key}", in_language(spot.name, turn.language)) for spot in offered)
    if facts.get("among") or facts.get("service"):
        return turn.reply("Which place is it about?", *choices)
    facet = None if facts.get("facet") == "what" else facts.get("facet")  # what it is, the short answer says too
    told = await answer_shortly(turn, f"facet:{facet}:{FLOW_NAME}" if facet else f"topic:{FLOW_NAME}")
    question = turn.say("Which place is it about?")
    if told is None or nearby is None:
        return Reply(question, choices)
    text = f"{told.text}\n{question}" if facet else told.text
    return replace(told, text=text, choices=choices, source=Guide(turn, nearby).source())


async def take_place(turn: Turn) -> Move:
    """A municipality by its number, or any place by its name; another question leaves this one."""
    nearby, facts = turn.knowledge.catalogue.nearby, turn.state.facts
    if nearby is None:
        return Done((menu(turn),))
    pressed = nearby.spots.get((read_choice(turn.input, turn.state.offered) or "").removeprefix(AT))
    facts.pop("facet", None)
    if pressed:
        return _tell(turn, nearby, pressed)
    facts.pop("among", None)
    found = _find(turn, nearby, is_answer=True)
    return found or await _without_place(turn)


async def _without_place(turn: Turn) -> Move:
    if fold(turn.input.text) in DO_NOT_KNOW:
        return Again(await answer_shortly(turn, OWN_RESIDENCE), is_understood=True)
    match = turn.knowledge.matcher.match(turn.input.text, topic_of_talk=FLOW_NAME)
    if match.outcome == "answer" and match.topic == FLOW_NAME:
        return Again(await answer_shortly(turn, f"facet:{match.facet}:{FLOW_NAME}"), is_understood=True)
    if match.outcome == "answer":
        return await answer_question(turn, alarmed=False)
    return Again(turn.reply("I do not know this place. Write the town, parish or municipality, or choose a number."))


FLOW = Flow(FLOW_NAME, (Step(STEP, ask_place, take_place),), begin)
