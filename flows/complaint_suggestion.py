"""A complaint or a suggestion, anonymous if wished; a signed application is another way, and we say how."""

from booking.handovers import HandoverKind
from flows.answers import read_choice
from flows.messages import Reply
from flows.moves import Again, Done, Move, Next
from flows.steps import Flow, Step
from flows.talk_to_person import LONGEST_TEXT, plan_handover
from flows.turn import Turn


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
    if not any(letter.isalnum() for letter in text):
        return Again(turn.reply("I did not get any words. Write what happened, please."))
    is_anonymous = turn.state.facts["anonymous"]
    key_id, key = turn.resident.key_id, turn.resident.key
    if is_anonymous:
        key_id, key = await turn.make_key(turn.now)
    reference = plan_handover(turn, HandoverKind.COMPLAINT, text, key_id=key_id, key=key, is_anonymous=is_anonymous)
    return Done(
        (
            turn.reply(
                "Thank you. It is passed on, number {reference}. For an official answer hand in a signed application.",
                turn.choice("topic:decision-appeal", "How to hand in an application"),
                turn.choice("menu", "Menu"),
                reference=reference,
            ),
        )
    )


FLOW = Flow(
    "complaint-suggestion",
    (
        Step("anonymous", ask_anonymous, take_anonymous, ("anonymous",)),
        Step("words", ask_words, take_words, passes_words_on=True),
    ),
    begin,
)
