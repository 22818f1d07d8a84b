"""Finding an appointment from another browser by its number and figures, to see, move or cancel it.

Whoever asks learns the same from a wrong number, wrong figures and a locked appointment: nothing.
"""

from functools import partial

from booking import look_ups
from booking.appointments import REFERENCE_LENGTH, as_reference
from flows.follow_up import follow_up
from flows.messages import Reply
from flows.moves import Again, Done, Move, Next, Start
from flows.my_appointments import neutral
from flows.one_time import closed_up, figures_in
from flows.steps import Flow, Step
from flows.turn import Effect, Turn


async def begin(turn: Turn) -> Move:
    """Only where residents have no address by which we would know them: in the web chat.

    What was typed before the form was open (flows/follow_up.py) is not asked for again.
    """
    if turn.look_up_index is None or turn.resident.channel != "web":
        return Done((neutral(turn),))
    if "number" not in turn.state.facts:
        return Next("number")
    figures = turn.state.facts.pop("figures", None)
    return await _open(turn, figures) if figures else Next("figures")


async def ask_number(turn: Turn) -> Reply:
    """The number of the appointment."""
    return turn.reply("Write the number of the appointment, as it was given to you: six letters and figures.")


async def take_number(turn: Turn) -> Move:
    """A number of the right shape, whether it exists or not; with the figures behind it if they are there."""
    close = closed_up(turn.input.text)
    number, figures = as_reference(close[:REFERENCE_LENGTH]), figures_in(close[REFERENCE_LENGTH:])
    if number is None or (len(close) > REFERENCE_LENGTH and figures is None):
        return Again(turn.reply("That is no number of an appointment."))
    turn.state.facts["number"] = number
    return await _open(turn, figures) if figures else Next("figures")


async def ask_figures(turn: Turn) -> Reply:
    """The figures that were shown with it; a number typed out of the blue may have been meant as a complaint's."""
    if turn.state.facts.get("is_bare"):
        return turn.reply(
            "There is no complaint or suggestion under this number. If it is the number of an appointment, write also "
            "the six figures that were given with it."
        )
    return turn.reply("Now write the six figures that were given with it.")


async def take_figures(turn: Turn) -> Move:
    """Right figures open that one appointment and no other; a number typed instead takes the place of the first."""
    figures = figures_in(turn.input.text)
    if figures is not None:
        return await _open(turn, figures)
    told = await follow_up(turn)
    if isinstance(told, Start):
        return Start(told.flow, told.facts | {"is_bare": turn.state.facts.get("is_bare", False)})
    return told or Again(turn.reply("I need six figures."))


async def _open(turn: Turn, figures: str) -> Move:
    number, now = turn.state.facts["number"], turn.now
    if turn.look_up_index is None:
        return await _not_found(turn, LookupError())
    found = await look_ups.find(turn.session, number, now=now)
    index = turn.look_up_index(found.id if found else look_ups.NO_APPOINTMENT, figures)
    if found is None or not look_ups.is_right(found, index):
        turn.effects.append(Effect(partial(look_ups.count_wrong, reference=number)))
        return await _not_found(turn, LookupError())
    turn.effects.append(Effect(partial(look_ups.open_once, appointment_id=found.id, index=index, now=now), _not_found))
    turn.deeds.append(("appointment looked up", found.id))
    return Start("my-appointments", {"looked_up": found.id})


async def _not_found(turn: Turn, _refusal: Exception) -> Move:
    """The one answer to everything that is not right."""
    ways = (
        turn.choice("flow:look-up", "Try again"),
        turn.choice("topic:office-contacts", "Addresses and phones"),
        turn.choice("menu", "Menu"),
    )
    return Done(
        (turn.reply("With this number and these figures I can show nothing. The office will help you.", *ways),)
    )


FLOW = Flow(
    "look-up",
    (Step("number", ask_number, take_number, ("number",)), Step("figures", ask_figures, take_figures)),
    begin,
)
