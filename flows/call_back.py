"""Asking to be called: on which number, when it is safe, and honestly when the office calls."""

import phonenumbers

from booking.handovers import HandoverKind
from flows.answers import is_no
from flows.handing_over import LONGEST_TEXT, has_words, plan_handover, when_somebody_works
from flows.messages import Reply
from flows.moves import Again, Done, Move, Next
from flows.obedience import leave
from flows.steps import Flow, Step
from flows.turn import Turn
from knowledge.text import fold

NEVER = tuple(
    fold(words)
    for words in (
        "nekad", "nav droši", "nedroši", "nezvaniet", "nedrīkst", "labāk ne", "никогда", "не безопасно", "небезопасно",
        "не звоните", "нельзя", "лучше не",
    )
)  # fmt: skip


async def begin(turn: Turn) -> Move:
    """By SMS the number is known: staff see it when they open the task."""
    return Next("safe" if turn.resident.channel == "sms" else "phone")


async def ask_phone(turn: Turn) -> Reply:
    """Which number."""
    return turn.reply("Which number may we call?")


async def take_phone(turn: Turn) -> Move:
    """A number that can exist; one without a country is read as Latvian."""
    if is_no(turn.input.text):
        return leave(turn)
    number = read_phone(turn.input.text)
    if number is None:
        return Again(turn.reply("I need a phone number with all its digits."))
    turn.state.facts["phone"] = number
    return Next("safe")


async def ask_safe(turn: Turn) -> Reply:
    """When nobody else listens; by SMS about the number they write from."""
    if "phone" in turn.state.facts:
        return turn.reply("When is it safe for us to call you?")
    return turn.reply("When is it safe for us to call you on this number?")


async def take_safe(turn: Turn) -> Move:
    """Whatever they wrote, sealed for the office; a "no" means that calling is not safe."""
    text = turn.input.text.strip()[:LONGEST_TEXT]
    if is_no(text) or is_never(text):
        return Done(
            (turn.reply("All right, we will not call. Write here when you need us.", turn.choice("menu", "Menu")),)
        )
    if not has_words(text) or text.endswith("?"):
        return Again(turn.reply("Write a time of day, for example: after ten in the morning."))
    words = "\n".join(part for part in (turn.state.facts.get("phone", ""), text) if part)
    when = await when_somebody_works(turn)
    reference = plan_handover(turn, HandoverKind.CALL, words)
    passed_on = turn.say("We have noted that you want a call. Number {reference}.", reference=reference)
    danger = turn.say("In danger call 112 at once.")
    return Done((Reply(f"{passed_on} {when}\n{danger}", (turn.choice("menu", "Menu"),)),))


def is_never(text: str) -> bool:
    """Whether the words say that no call is safe."""
    words = fold(text)
    return is_no(text.partition(",")[0]) or any(one in words for one in NEVER)


def read_phone(text: str) -> str | None:
    """The telephone number that somebody wrote, with its country, or None."""
    found = next(iter(phonenumbers.PhoneNumberMatcher(text, "LV", leniency=phonenumbers.Leniency.POSSIBLE)), None)
    if found is None:
        return None
    return phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


FLOW = Flow(
    "call-back",
    (
        Step("phone", ask_phone, take_phone, ("phone",)),
        Step("safe", ask_safe, take_safe),
    ),
    begin,
)
