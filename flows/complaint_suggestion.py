"""A complaint or a suggestion, anonymous if wished; a signed application is another way, and we say how."""

from booking.handovers import HandoverKind
from flows.answers import read_choice
from flows.handing_over import LONGEST_TEXT, has_words, plan_handover
from flows.messages import Choice, Reply
from flows.moves import Again, Done, Move, Next
from flows.steps import Flow, Step
from flows.turn import Turn

HOW_TO_APPLY = "how-to-apply"


async def begin(_turn: Turn) -> Move:
    """First whether it is to be anonymous."""
    return Next("anonymous")


async def ask_anonymous(turn: Turn) -> Reply:
    """With or without a way back to the person."""
    return turn.reply(
        "A complaint or a suggestion reaches the head of the office. Shall it be anonymous?",
        turn.choice("yes", "Anonymous: nobody will know who wrote"),
        turn.choice("no", "With my contact: I want an answer"),
    )


async def take_anonymous(turn: Turn) -> Move:
    """One of the two."""
    answer = read_choice(turn.input, turn.state.offered)
    if answer is None:
        return Again(turn.reply("Please choose one of these numbers."))
    turn.state.facts["anonymous"] = answer == "yes"
    return Next("words")


async def ask_words(turn: Turn) -> Reply:
    """What happened or what to do better."""
    if turn.state.facts["anonymous"]:
        return turn.reply("Write in one message what happened or what could be better. Leave out names and phones.")
    return turn.reply("Write in one message what happened or what could be better, and how to answer you.")


async def take_words(turn: Turn) -> Move:
    """Anonymous words are sealed under a key of their own and keep no address."""
    text = turn.input.text.strip()[:LONGEST_TEXT]
    if not has_words(text):
        return Again(turn.reply("I did not get any words. Write what happened, please."))
    own_key = await turn.make_key(turn.now) if turn.state.facts["anonymous"] else None
    reference = plan_handover(turn, HandoverKind.COMPLAINT, text, own_key=own_key)
    return Done(
        (
            turn.reply(
                "Thank you. It is passed on, number {reference}. To learn later what became of it, send this number. "
                "For an official answer hand in a signed application.",
                *_how_to_apply(turn),
                turn.choice("menu", "Menu"),
                reference=reference,
            ),
        )
    )


def _how_to_apply(turn: Turn) -> tuple[Choice, ...]:
    """Only where the municipality has published how."""
    if HOW_TO_APPLY not in turn.knowledge.catalogue.articles:
        return ()
    return (turn.choice(f"topic:{HOW_TO_APPLY}", "How to hand in an application"),)


FLOW = Flow(
    "complaint-suggestion",
    (
        Step("anonymous", ask_anonymous, take_anonymous, ("anonymous",)),
        Step("words", ask_words, take_words, passes_words_on=True),
    ),
    begin,
)
