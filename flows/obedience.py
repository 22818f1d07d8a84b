"""Doing what a command asks, whatever question is open."""

from sqlalchemy.ext.asyncio import AsyncSession

from booking import subjects
from flows import asides
from flows.commands import Command
from flows.find_service import answer
from flows.main_menu import menu
from flows.messages import Choice, Reply
from flows.moves import Again, Done, Move, Next, Start
from flows.steps import Flow
from flows.translations import GUEST_LANGUAGES
from flows.turn import Effect, Outcome, Turn

TOPICS = {
    Command.PERSON: "office-contacts",
    Command.CALL: "office-contacts",
    Command.HELP: "office-contacts",
    Command.MY_DATA: "confidentiality",
    Command.DELETE_ME: "confidentiality",
    Command.MY_APPOINTMENTS: "my-appointments",
}
FLOWS_BY_COMMAND = (Command.PERSON, Command.CALL, Command.MY_DATA, Command.DELETE_ME, Command.MY_APPOINTMENTS)


async def obey(turn: Turn, command: Command, flow: Flow | None) -> Move:
    """The move that carries out a command; `flow` is the conversation in hand."""
    turn.outcome = Outcome("flow", TOPICS.get(command))
    if command == Command.CHECK:
        is_benefit = turn.state.topic in turn.knowledge.rules.benefits
        return Start(command.value, {"scope": [turn.state.topic]} if is_benefit else {})
    if command in FLOWS_BY_COMMAND:
        return Start(command.value)
    if command in asides.COMMANDS:
        return await asides.say(turn, command)
    match command:
        case Command.STOP:
            return _opt(turn, out=True)
        case Command.RESUME:
            return _opt(turn, out=False)
        case Command.BACK:
            return _go_back(turn, flow)
        case Command.LATVIAN | Command.RUSSIAN | Command.ENGLISH | Command.UKRAINIAN:
            return _speak(turn, command.value)
        case Command.LANGUAGE:
            choices = (turn.choice("lv", "Latvian"), turn.choice("ru", "Russian"))
            guests = (Choice("en", "English"), Choice("uk", "Українська"))
            return Done((turn.reply("Which language shall we use?", *choices, *guests),))
        case Command.LEAVE:
            return leave(turn)
        case _:
            return Done((menu(turn),))


def leave(turn: Turn) -> Move:
    """Out of whatever is being filled in; nothing of it is kept."""
    return Done((menu(turn, "All right, we leave it there. Nothing was sent. What else can I help with?"),))


def _opt(turn: Turn, *, out: bool) -> Move:
    subject_id, opted_out_at = turn.resident.subject_id, turn.now if out else None

    async def write(session: AsyncSession) -> None:
        await subjects.set_opt_out(session, subject_id, opted_out_at)

    turn.effects.append(Effect(write))
    if out:
        said = turn.say("We will not write to you first any more. To hear from us again, write START.")
        if turn.state.flow == "book-appointment":
            said += " " + turn.say("Nothing was booked.")
        return Done((Reply(said),))
    if turn.input.text.startswith("/"):
        return Done((menu(turn),))  # how every talk on Telegram begins
    return Done((menu(turn, "We may write to you again. What can I help with?"),))


def _go_back(turn: Turn, flow: Flow | None) -> Move:
    """One question back; its answer is dropped. At the beginning, the menu."""
    if flow and flow.undo and flow.undo(turn):
        return Again(is_understood=True)
    while flow and turn.state.trail:
        step = flow.step(turn.state.trail.pop())
        if step:
            for fact in step.fills:
                turn.state.facts.pop(fact, None)
            turn.state.step = None
            return Next(step.name)
    return Done((menu(turn),))


def _speak(turn: Turn, language: str) -> Move:
    """Go on in that language; a guest who was answered in another one gets the answer again."""
    state = turn.state
    answered = state.topic if state.guest and not state.flow else None
    if language in GUEST_LANGUAGES:
        state.guest, state.language_is_chosen, state.is_guest_told = language, False, False
    else:
        state.guest, state.language, state.language_is_chosen = "", language, True
    said = turn.reply("We will speak English from here on.")
    if state.flow and state.step:
        return Again(said, is_understood=True)
    if answered and answered in turn.knowledge.catalogue.articles:
        return Done((said, answer(turn, answered, None)))
    return Done((menu(turn, "We will speak English from here on."),))
