"""Asking for a person: in answering hours they come into this talk, else we ask how to reach the resident."""

import re

from booking.answering_hours import read_answering
from booking.handovers import HandoverKind, HandoverReason
from flows.answers import is_no
from flows.danger_tasks import was_told_of_danger
from flows.find_service import answer_shortly
from flows.handing_over import (
    LONGEST_TEXT,
    has_words,
    plan_handover,
    when_answered_here,
    when_next,
    when_somebody_works,
)
from flows.messages import Reply
from flows.moves import Again, Done, Move, Next
from flows.obedience import leave
from flows.steps import Flow, Step
from flows.translations import mark
from flows.turn import Turn

MISSES_THAT_OFFER = 2
ASKED_FOR_PHONE = "asked_for_phone"
# A number, or words of another way to be reached; "call me" alone is none. Who says they have no telephone has none.
CONTACT = re.compile(
    r"[\d@]|\b(?:e-?past|mail|whatsapp|vatsap|telegram|adres|[sš]eit|te\b|[cč]at[aā]|m[aā]j[aā]s|kaimi[nņ]"
    r"|(?:nav|bez) (?:man )?(?:t[aā]lru|telef)|почт|ватсап|вотсап|телеграм|адрес|здесь|сюда|тут\b|чат|дома\b|сосед"
    r"|(?:нет|без) (?:у меня )?телеф)",
    re.IGNORECASE,
)
NO_WORDS = mark("Please write a few words.")
NO_WAY = mark("I need a phone number or another way to reach you.")


async def begin(turn: Turn) -> Move:
    """Who was not understood twice has said already what it is about: in answering hours that is handed over."""
    was_missed = turn.state.misses >= MISSES_THAT_OFFER
    turn.state.misses = 0
    if not was_missed:
        return Next("contact")
    turn.state.facts["reason"] = HandoverReason.MISSED.value
    turn.state.facts["words"] = turn.state.last_text
    is_enough = has_words(turn.state.last_text) and await _comes_here(turn)
    return await _pass_on(turn, "") if is_enough else Next("contact")


async def ask_contact(turn: Turn) -> Reply:
    """One question: what it is about while somebody answers here, else how to reach them, at last only a phone."""
    if turn.state.facts.get(ASKED_FOR_PHONE):
        return turn.reply(
            "Thank you. You gave no phone number. You can simply write it now; if you do not want to, write NO "
            "and I pass it on without one."
        )
    if await _comes_here(turn):
        return turn.reply(
            "A person of the office will answer you here, in this talk. What is it about? A few words are enough."
        )
    how = turn.say("Please write how to reach you and when that is safe.")
    answering = await read_answering(turn.session, turn.now)
    if answering.opens_at is None:
        will = turn.say("A person of the office will answer you.")
        return Reply(f"{will} {how}")
    now_closed = turn.say("Nobody of the office answers just now.")
    return Reply(f"{now_closed} {when_next(turn, answering)}\n{how}")


async def take_contact(turn: Turn) -> Move:
    """Whatever they wrote, sealed for the office."""
    text = turn.input.text.strip()[:LONGEST_TEXT]
    if turn.state.facts.get(ASKED_FOR_PHONE):
        return await _pass_on(turn, "" if is_no(text) else text)
    if is_no(text):
        return leave(turn)
    comes_here = await _comes_here(turn)
    if not has_words(text) or (text.endswith("?") and (not comes_here or await answer_shortly(turn))):
        wanted = NO_WORDS if comes_here else NO_WAY
        return Again(turn.reply(wanted))
    if await _lacks_contact(turn, text):
        words = "\n".join(part for part in (turn.state.facts.get("words", ""), text) if part)
        turn.state.facts |= {"words": words, ASKED_FOR_PHONE: True}
        return Again(is_understood=True)
    return await _pass_on(turn, text)


async def _lacks_contact(turn: Turn, text: str) -> bool:
    """Whether nobody could be called back: no number, and no word of another way. In danger nobody is held up."""
    if turn.resident.channel == "sms" or turn.outcome.kind == "crisis" or CONTACT.search(text):
        return False
    return not await _comes_here(turn) and not await was_told_of_danger(turn)


async def _comes_here(turn: Turn) -> bool:
    """Whether a person answers in this talk: somebody must be there, and the talk safe to write into."""
    answering = await read_answering(turn.session, turn.now)
    return answering.is_open and not await was_told_of_danger(turn)


async def _pass_on(turn: Turn, text: str) -> Move:
    facts = turn.state.facts
    words = "\n".join(part for part in (facts.get("words", ""), text) if part)
    reason = HandoverReason(facts.get("reason", HandoverReason.ASKED))
    when = await (when_answered_here(turn) if await _comes_here(turn) else when_somebody_works(turn))
    reference = plan_handover(turn, HandoverKind.PERSON, words, reason=reason)
    passed_on = turn.say("Passed on. Number {reference}.", reference=reference)
    danger = turn.say("In danger call 112 at once.")
    ways = (turn.choice("topic:office-contacts", "Addresses and phones"), turn.choice("menu", "Menu"))
    return Done((Reply(f"{passed_on} {when}\n{danger}", ways),))


FLOW = Flow("talk-to-person", (Step("contact", ask_contact, take_contact, passes_words_on=True),), begin)
