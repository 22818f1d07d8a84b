"""What we know of a resident, and forgetting it: told and done in the channel itself."""

from booking.appointments import live_of_subject
from booking.subjects import SecrecyLevel
from flows import one_time
from flows.answers import read_choice
from flows.messages import Reply
from flows.moves import Again, Done, Move, Next
from flows.my_appointments import as_it_is, neutral
from flows.steps import Flow, Step
from flows.turn import Turn


async def begin_showing(turn: Turn) -> Move:
    """Told at once to the one who alone reads these messages; to anyone else the neutral sentence."""
    if turn.resident.level != SecrecyLevel.ONLY_ME:
        return Done((neutral(turn),))
    live = await live_of_subject(turn.session, turn.resident.subject_id, now=turn.now)
    told = turn.say(
        "We keep your address in this channel, your messages for 30 days, and appointments with the name you gave "
        "for 90 days after them. All of it is encrypted; every opening by staff is noted."
    )
    counted = turn.say("Appointments booked here: {count}.", count=len(live))
    ways = (turn.choice("delete-me", "Delete my data"), turn.choice("menu", "Menu"))
    return Done((Reply(f"{told}\n{counted}", ways),))


async def begin_deleting(turn: Turn) -> Move:
    """Asked once more, because appointments go with the data."""
    if turn.resident.level in (SecrecyLevel.OTHERS, SecrecyLevel.NO_MESSAGES):
        return Done((neutral(turn),))
    if not one_time.is_needed(turn):
        return Next("sure")
    return Next("figures") if one_time.draw(turn) else one_time.over(turn)


async def ask_sure(turn: Turn) -> Reply:
    """What goes, and the clear yes it takes."""
    live = await live_of_subject(turn.session, turn.resident.subject_id, now=turn.now)
    yes, no = turn.choice("yes", "Yes, delete everything"), turn.choice("no", "No, keep it")
    if live:
        return turn.reply(
            "Your appointment will be cancelled and all that we keep of this talk deleted for good. Delete?",
            yes,
            no,
        )
    return turn.reply("All that we keep of this talk will be deleted for good. Delete?", yes, no)


async def take_sure(turn: Turn) -> Move:
    """Only a clear yes deletes; the last message is sent when it is done."""
    answer = read_choice(turn.input, turn.state.offered)
    if answer == "no":
        return as_it_is(turn)
    if answer != "yes":
        return Again(turn.reply("Please choose one of these numbers."))
    return await _delete(turn)


async def ask_figures(turn: Turn) -> Reply:
    """By SMS the sender may be forged, and appointments go with the data: only the figures delete."""
    return turn.reply(
        "All that we keep, appointments too, will be deleted for good. "
        "To delete it, send these figures back: {figures}.",
        turn.choice("no", "No, keep it"),
        figures=turn.state.facts["figures"],
    )


async def take_figures(turn: Turn) -> Move:
    """Right figures delete at once."""
    if read_choice(turn.input, turn.state.offered) == "no":
        return as_it_is(turn)
    return await one_time.take(turn, _delete)


async def _delete(turn: Turn) -> Move:
    turn.erases_resident = True
    if turn.resident.channel == "telegram":
        return Done((turn.reply("Done. Older messages of this chat you can delete yourself."),))
    return Done((turn.reply("Deleted. Messages on your own device stay there until you delete them."),))


SHOWING = Flow("my-data", (), begin_showing)
DELETING = Flow(
    "delete-me", (Step("sure", ask_sure, take_sure), Step("figures", ask_figures, take_figures)), begin_deleting
)
