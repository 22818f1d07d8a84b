"""While a person speaks, the assistant is silent: only a danger card and the answer to STOP and START come."""

from functools import partial

from booking.subjects import set_opt_out
from flows import safety_cards
from flows.commands import Command, read_command
from flows.danger_tasks import tell_staff
from flows.messages import Choice, Reply
from flows.moves import Done
from flows.state import ConversationState
from flows.translations import translate
from flows.turn import Effect, Outcome, Turn
from flows.unanswered import mind_danger

SOLVED = "yes-solved"


async def stay_silent(turn: Turn) -> list[Reply]:
    """What may be said beside a person; what the resident wrote is kept for staff to read."""
    danger = safety_cards.find_danger(turn)
    cards = safety_cards.cards_for(turn, danger)
    mind_danger(turn, danger)
    await tell_staff(turn, danger)
    if turn.outcome.kind != "crisis":
        turn.outcome = Outcome("with-person")
    match read_command(turn.input.text, turn.input.choice_id):
        case Command.STOP:
            _write_opt_out(turn, out=True)
            said = turn.reply("We will not write to you first any more. To hear from us again, write START.")
            return [*cards, said]
        case Command.RESUME:
            _write_opt_out(turn, out=False)
            # The usual answer is the menu, which would begin a second talk beside the first.
            return [*cards, turn.reply("We may write to you again.")]
        case _:
            return cards


def ask_was_it_solved(state: ConversationState) -> Reply:
    """The one closing question after a person spoke; whatever else is written instead is simply answered."""
    state.leave_flow()

    def say(message: str) -> str:
        return translate(message, state.language)

    choices = (Choice(SOLVED, say("Yes, it is solved")), Choice("no", say("No, it is not solved")))
    state.offered = [[choice.id, choice.label] for choice in choices]
    return Reply(say("The talk with a member of our staff has ended. Is your matter solved?"), choices)


def tell_it_waits(state: ConversationState) -> Reply:
    """The honest word when the person who spoke is gone and an answer is owed."""
    state.leave_flow()
    return Reply(
        translate(
            "Our member of staff could not go on with this talk. What you wrote waits for an answer here; "
            "meanwhile you may ask me.",
            state.language,
        )
    )


def take_closing(turn: Turn, chosen: str) -> Done | None:
    """The answer to the closing question, noted without a person; None when that is not what is open."""
    shown = [one[0] for one in turn.state.offered]
    if SOLVED not in shown or chosen not in shown:
        return None
    if chosen == SOLVED:
        turn.outcome = Outcome("solved")
        return Done((turn.reply("Thank you. Write whenever you need help.", turn.choice("menu", "Menu")),))
    turn.outcome = Outcome("unsolved")
    again = turn.choice("talk-to-person", "Talk to a person")
    return Done((turn.reply("I am sorry. Shall a person help you once more?", again, turn.choice("menu", "Menu")),))


def _write_opt_out(turn: Turn, *, out: bool) -> None:
    opted_out_at = turn.now if out else None
    turn.effects.append(Effect(partial(set_opt_out, subject_id=turn.resident.subject_id, opted_out_at=opted_out_at)))
