"""Planning what a person of the office is to do, and the honest word on when they do it."""

from functools import partial

from booking.answering_hours import Answering, read_answering, read_queue
from booking.appointments import new_reference
from booking.confidentiality import new_id
from booking.handovers import Handover, HandoverKind, HandoverReason, hand_over
from flows.times import time_words, when_words
from flows.turn import Effect, Turn

LONGEST_TEXT = 1000
MINUTES_STEP = 5


def plan_handover(
    turn: Turn,
    kind: HandoverKind,
    text: str,
    *,
    reason: HandoverReason = HandoverReason.ASKED,
    own_key: tuple[str, bytes] | None = None,
) -> str:
    """Plan the row for the office; its reference. With a key of its own it is anonymous: nothing leads back."""
    is_anonymous = own_key is not None
    key_id, key = own_key or (turn.resident.key_id, turn.resident.key)
    row = Handover(
        id=new_id(),
        reference=new_reference(),
        kind=kind,
        reason=reason,
        subject_id=None if is_anonymous else turn.resident.subject_id,
        key_id=key_id,
        language=turn.language,
        channel="" if is_anonymous else turn.resident.channel,
        # To the day only: an exact moment would lead back to the talk the words came from.
        asked_at=turn.now.replace(hour=0, minute=0, second=0, microsecond=0) if is_anonymous else turn.now,
    )
    row.seal_words(text, key)
    turn.effects.append(Effect(partial(hand_over, handover=row)))
    turn.forgets_words = turn.forgets_words or is_anonymous
    return row.reference


def has_words(text: str) -> bool:
    """Whether there is anything in it that a person could read."""
    return any(letter.isalnum() for letter in text)


async def when_answered_here(turn: Turn) -> str:
    """Place in the queue, the usual wait where it was measured, and until when somebody answers in this talk."""
    answering, queue = await read_answering(turn.session, turn.now), await read_queue(turn.session, turn.now)
    told = [
        turn.say("Nobody is before you.")
        if queue.place == 1
        else turn.say("Your place in the queue: {place}.", place=queue.place)
    ]
    if queue.minutes is not None:
        minutes = max(-(-queue.minutes // MINUTES_STEP), 1) * MINUTES_STEP
        told.append(turn.say("It usually takes about {minutes} min.", minutes=minutes))
    if answering.closes_at is not None:
        told.append(turn.say("We answer here until {time}.", time=time_words(answering.closes_at)))
    if turn.resident.channel == "web":
        told.append(turn.say("Please leave this page open."))
    return " ".join(told)


async def when_somebody_works(turn: Turn) -> str:
    """Until when today, breaks apart, or from when the office acts; without known hours only that it has some."""
    answering = await read_answering(turn.session, turn.now)
    if answering.ends_at is not None:
        return turn.say("We work today until {time}.", time=time_words(answering.ends_at))
    return when_next(turn, answering)


def when_next(turn: Turn, answering: Answering) -> str:
    """When somebody answers next, while nobody does."""
    if answering.opens_at is None:
        return turn.say("The office answers in its working hours.")
    return turn.say("The next time somebody answers: {when}.", when=when_words(answering.opens_at, turn.language))
