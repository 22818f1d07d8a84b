"""Asking for a person: what it is about and how to reach the resident, then an honest word on when."""

from functools import partial

from booking.appointments import new_reference
from booking.confidentiality import new_id, seal
from booking.handovers import Handover, HandoverKind, HandoverReason, hand_over
from flows.answers import is_no
from flows.messages import Reply
from flows.moves import Again, Done, Move, Next
from flows.obedience import leave
from flows.steps import Flow, Step
from flows.turn import Effect, Turn

LONGEST_TEXT = 1000


async def begin(turn: Turn) -> Move:
    """Ask for a way to reach the person; the talk so far is not handed on."""
    turn.state.misses = 0
    return Next("contact")


async def ask_contact(turn: Turn) -> Reply:
    """One question: how to reach them, and what about if they like."""
    return turn.reply(
        "A person of the office will answer you. Write how to reach you and when it is safe to call; "
        "in a few words, what it is about."
    )


async def take_contact(turn: Turn) -> Move:
    """Whatever they wrote, sealed for the office."""
    text = turn.input.text.strip()[:LONGEST_TEXT]
    if is_no(text):
        return leave(turn)
    if text.endswith("?") or not any(letter.isalnum() for letter in text):
        return Again(turn.reply("I need a phone number or another way to reach you."))
    reference = plan_handover(turn, HandoverKind.PERSON, text, key_id=turn.resident.key_id, key=turn.resident.key)
    hours = turn.say("The office answers in its working hours. In danger call 112 at once.")
    ways = (turn.choice("topic:office-contacts", "Addresses and phones"), turn.choice("menu", "Menu"))
    text = turn.say("Passed on. Number {reference}.", reference=reference)
    return Done((Reply(f"{text}\n{hours}", ways),))


def plan_handover(
    turn: Turn, kind: HandoverKind, text: str, *, key_id: str, key: bytes, is_anonymous: bool = False
) -> str:
    """Plan the row for the office; its reference."""
    handover_id, reference = new_id(), new_reference()
    row = Handover(
        id=handover_id,
        reference=reference,
        kind=kind,
        reason=HandoverReason.ASKED,
        subject_id=None if is_anonymous else turn.resident.subject_id,
        key_id=key_id,
        text_sealed=seal(key, table="handover", column="text_sealed", row_id=handover_id, text=text),
        language=turn.language,
        channel="" if is_anonymous else turn.resident.channel,
        # To the day only: an exact moment would lead back to the talk the words came from.
        asked_at=turn.now.replace(hour=0, minute=0, second=0, microsecond=0) if is_anonymous else turn.now,
    )
    turn.effects.append(Effect(partial(hand_over, handover=row)))
    turn.forgets_words = turn.forgets_words or is_anonymous
    return reference


FLOW = Flow("talk-to-person", (Step("contact", ask_contact, take_contact, passes_words_on=True),), begin)
