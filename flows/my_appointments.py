"""Own appointments: see, move, cancel; only where the resident said that nobody else reads these messages.

By SMS a change needs a one-time number besides (flows/one_time.py). One appointment that was found by its
number and figures (flows/look_up.py) is all that can be seen and changed then.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from booking.appointments import SlotTaken, cancel, live_of_subject, move
from booking.availability import Slot, free_slots, slot_from_id
from booking.look_ups import live_by_id
from booking.models import Appointment
from booking.subjects import SecrecyLevel
from flows import one_time, times
from flows.answers import read_choice
from flows.messages import Choice, Reply
from flows.moves import Again, Done, Move, Next
from flows.steps import Flow, Step
from flows.translations import mark
from flows.turn import Effect, Turn

# The same sentence for everyone who may not be told, whether there is anything to tell or not.
NEUTRAL = mark("For your safety I cannot tell this here. The office will help you by phone or in person.")


async def begin(turn: Turn) -> Move:
    """The list, or the sentence that tells nothing."""
    if "looked_up" in turn.state.facts:
        return Next("list")
    if turn.resident.level != SecrecyLevel.ONLY_ME:
        return Done((neutral(turn),))
    if not await _appointments(turn):
        ways = (
            turn.choice("flow:book-appointment", "Book an appointment"),
            *_look_up(turn),
            turn.choice("menu", "Menu"),
        )
        return Done((turn.reply("You have no appointments booked here.", *ways),))
    return Next("list")


def neutral(turn: Turn) -> Reply:
    """The one answer to whoever may not be the resident; in the web chat number and figures prove that they are."""
    ways = (*_look_up(turn), turn.choice("topic:office-contacts", "Addresses and phones"), turn.choice("menu", "Menu"))
    return turn.reply(NEUTRAL, *ways)


def ways_to_it(turn: Turn, level: SecrecyLevel) -> tuple[Choice, ...]:
    """From a receipt to the list: only where it would be shown, else in the web chat by number and figures."""
    if level == SecrecyLevel.ONLY_ME:
        return (turn.choice("my-appointments", "My appointments"),)
    return _look_up(turn)


def _look_up(turn: Turn) -> tuple[Choice, ...]:
    is_possible = turn.resident.channel == "web"
    return (turn.choice("flow:look-up", "I have the number and the figures"),) if is_possible else ()


async def ask_list(turn: Turn) -> Reply:
    """The appointments, each with what may be done with it."""
    choices: list[Choice] = []
    for one in await _appointments(turn):
        when = times.when_words(one.starts_at, turn.language)
        values = {"when": when, "reference": one.reference}
        choices.append(turn.choice(f"move-{one.id}", "Move: {when} ({reference})", **values))
        choices.append(turn.choice(f"cancel-{one.id}", "Cancel: {when} ({reference})", **values))
    return turn.reply("Your appointments. What shall I do?", *choices, turn.choice("no", "Leave as it is"))


async def take_list(turn: Turn) -> Move:
    """Move one, cancel one, or leave everything as it is."""
    answer = read_choice(turn.input, turn.state.offered)
    if answer == "no":
        return as_it_is(turn)
    what, _, appointment_id = (answer or "").partition("-")
    if what not in ("move", "cancel"):
        return Again(turn.reply("Please choose one of these numbers."))
    turn.state.facts["appointment"] = appointment_id
    if what == "move":
        return Next("new-time")
    return _ask_for_figures(turn) if one_time.is_needed(turn) else Next("sure")


async def ask_sure(turn: Turn) -> Reply:
    """One question before something is given up."""
    one = await _chosen(turn)
    when = times.when_words(one.starts_at, turn.language) if one else ""
    return turn.reply("Cancel {when}?", turn.choice("yes", "Yes, cancel"), turn.choice("no", "No, keep it"), when=when)


async def take_sure(turn: Turn) -> Move:
    """Only a clear yes cancels."""
    answer = read_choice(turn.input, turn.state.offered)
    if answer == "no":
        return as_it_is(turn)
    if answer != "yes":
        return Again(turn.reply("Please choose one of these numbers."))
    return await _cancel(turn)


def as_it_is(turn: Turn) -> Move:
    """Nothing is given up."""
    return Done((turn.reply("Good, everything stays as it is.", turn.choice("menu", "Menu")),))


async def _cancel(turn: Turn) -> Move:
    one = await _chosen(turn)
    if one is None:
        return await gone(turn, LookupError())
    appointment_id, now = one.id, turn.now

    async def write(session: AsyncSession) -> None:
        await cancel(session, appointment_id, by="resident", now=now)

    turn.effects.append(Effect(write, gone))
    turn.deeds.append(("appointment cancelled", appointment_id))
    text = turn.say("Cancelled: {when}.", when=times.when_words(one.starts_at, turn.language))
    turn.state.receipt = text
    again = turn.choice("flow:book-appointment", "Book an appointment")
    return Done((Reply(text, (again, turn.choice("menu", "Menu"))),))


async def ask_new_time(turn: Turn) -> Reply:
    """The soonest other times of the same kind, and the way to keep the old one."""
    one = await _chosen(turn)
    slots = await free_slots(turn.session, one.kind, now=turn.now, limit=times.TIMES_OFFERED) if one else []
    choices = await times.slot_choices(turn, slots)
    return turn.reply("Which time suits you?", *choices, turn.choice("no", "Leave as it is"))


async def take_new_time(turn: Turn) -> Move:
    """Move to the chosen time; the old one is kept until the new one is ours."""
    if read_choice(turn.input, turn.state.offered) == "no":
        return as_it_is(turn)
    slot = times.chosen_slot(turn)
    if slot is None:
        return Again(turn.reply("I did not understand which time. Choose a number, please."))
    if one_time.is_needed(turn):
        turn.state.facts["slot"] = slot.id
        return _ask_for_figures(turn)
    return await _move(turn, slot)


async def _move(turn: Turn, slot: Slot) -> Move:
    one = await _chosen(turn)
    if one is None:
        return await gone(turn, LookupError())
    turn.effects.append(Effect(_move_to(turn, one, slot), refuse))
    turn.deeds.append(("appointment moved", one.id))
    when = times.when_words(slot.starts_at, turn.language)
    text = turn.say("Moved. New time: {when}. Number {reference}.", when=when, reference=one.reference)
    turn.state.receipt = text
    return Done((Reply(text, (*ways_to_it(turn, turn.resident.level), turn.choice("menu", "Menu"))),))


def _move_to(turn: Turn, one: Appointment, slot: Slot) -> Callable[[AsyncSession], Awaitable[None]]:
    appointment_id, now = one.id, turn.now

    async def write(session: AsyncSession) -> None:
        await move(session, appointment_id, slot, now=now)

    return write


async def refuse(turn: Turn, refusal: Exception) -> Move:
    """The new time was taken meanwhile: the old one stands, and here are others."""
    if not isinstance(refusal, SlotTaken):
        return await gone(turn, refusal)
    turn.state.step = "new-time"
    return Again(turn.reply("I am sorry, that time has just been taken."), is_understood=True)


def _ask_for_figures(turn: Turn) -> Move:
    return Next("figures") if one_time.draw(turn) else one_time.over(turn)


async def ask_figures(turn: Turn) -> Reply:
    """What will be done, and the figures that do it; they go to the number on file and nowhere else."""
    facts, keep = turn.state.facts, turn.choice("no", "No, keep it")
    if "slot" in facts:
        when = times.when_words(slot_from_id(facts["slot"]).starts_at, turn.language)
        return turn.reply(
            "To move it to {when}, send these figures back: {figures}.", keep, when=when, figures=facts["figures"]
        )
    one = await _chosen(turn)
    when = times.when_words(one.starts_at, turn.language) if one else ""
    return turn.reply(
        "To cancel {when}, send these figures back: {figures}.", keep, when=when, figures=facts["figures"]
    )


async def take_figures(turn: Turn) -> Move:
    """Only the right figures change anything."""
    if read_choice(turn.input, turn.state.offered) == "no":
        return as_it_is(turn)
    slot = turn.state.facts.get("slot")
    return await one_time.take(turn, partial(_move, slot=slot_from_id(slot)) if slot else _cancel)


async def gone(turn: Turn, _refusal: Exception) -> Move:
    """The appointment is no longer live: the office changed it, or it was cancelled elsewhere."""
    return Done(
        (
            turn.reply(
                "This appointment has been changed already.",
                *ways_to_it(turn, turn.resident.level),
                turn.choice("menu", "Menu"),
            ),
        )
    )


async def _appointments(turn: Turn) -> list[Appointment]:
    if looked_up := turn.state.facts.get("looked_up"):
        found = await live_by_id(turn.session, looked_up, now=turn.now)
        return [found] if found else []
    return await live_of_subject(turn.session, turn.resident.subject_id, now=turn.now)


async def _chosen(turn: Turn) -> Appointment | None:
    wanted = turn.state.facts.get("appointment")
    return next((one for one in await _appointments(turn) if one.id == wanted), None)


FLOW = Flow(
    "my-appointments",
    (
        Step("list", ask_list, take_list, ("appointment",)),
        Step("sure", ask_sure, take_sure),
        Step("new-time", ask_new_time, take_new_time, ("slot",)),
        Step("figures", ask_figures, take_figures),
    ),
    begin,
)
