"""Was it helpful? Asked once in a talk at most, when somebody says thanks; the answer is counted without a person."""

from flows.messages import Reply
from flows.moves import Done
from flows.turn import Outcome, Turn

HELPFUL = "yes-helpful"
HARD_SPECIALISTS = frozenset({"psychologist", "addiction"})
# Nobody is asked how satisfied they are with an answer about what hurts.
HARD_TOPICS = frozenset(
    {
        "safety-emergency", "hotlines", "crisis-centre", "crisis-housing", "violence-adult-rehab",
        "violence-perpetrators", "child-violence-rehab", "trafficking-victims", "protection-order", "report-concern",
        "out-of-home-care", "addiction-help", "teen-addiction", "hiv-support", "funeral-benefit", "shelter",
    }
)  # fmt: skip


def ask_if_helpful(turn: Turn) -> Reply | None:
    """The question in answer to a thanks, or None when it is not the moment."""
    state = turn.state
    if turn.resident.channel == "sms" or state.was_asked_if_helpful or state.had_danger or state.unmet:
        return None
    if state.topic is None or _is_hard(turn, state.topic):
        return None
    state.was_asked_if_helpful = True
    yes, no = turn.choice(HELPFUL, "Yes, it helped"), turn.choice("no", "No, it did not help")
    return turn.reply("You are welcome. Was the answer helpful?", yes, no)


def take_helpful(turn: Turn, chosen: str) -> Done | None:
    """The answer to it; None when that is not what is open."""
    shown = [one[0] for one in turn.state.offered]
    if HELPFUL not in shown or chosen not in shown:
        return None
    menu = turn.choice("menu", "Menu")
    if chosen == HELPFUL:
        turn.outcome = Outcome("helpful", turn.state.topic)
        return Done((turn.reply("Thank you. Write whenever you need help.", menu),))
    turn.outcome = Outcome("not-helpful", turn.state.topic)
    person = turn.choice("talk-to-person", "Talk to a person")
    return Done((turn.reply("I am sorry it did not help. Shall a person help you?", person, menu),))


def _is_hard(turn: Turn, topic: str) -> bool:
    article = turn.knowledge.catalogue.articles.get(topic)
    return article is None or topic in HARD_TOPICS or article.specialist in HARD_SPECIALISTS
