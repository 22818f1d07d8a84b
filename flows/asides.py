"""What is said beside the open question: the rest of a long answer, who we are, a kind word."""

from dataclasses import replace

from booking.places import office_to_call
from flows.commands import Command
from flows.find_service import easy_answer, open_topic
from flows.helpful import ask_if_helpful
from flows.main_menu import menu
from flows.messages import Reply
from flows.moves import Again, Done, Move, Stay
from flows.translations import mark
from flows.turn import Turn
from knowledge.text import fold

NOT_READ = {
    Command.UNREADABLE: mark("I can only read words. Tell me in words what it is about, or bring it along to us."),
    Command.EDITED: mark("I do not read a message again after it is changed. Please write it anew."),
}
COMMANDS = frozenset(
    {Command.MORE, Command.HELP, Command.WHO, Command.THANKS, Command.GREETING, Command.EASIER, *NOT_READ}
)
# Words of somebody who does not know us that may also ask about what was just answered.
ABOUT_THE_ANSWER = fold("kas tas ir")


async def say(turn: Turn, command: Command) -> Move:
    """The move for a command that leaves the open question as it is."""
    match command:
        case Command.MORE:
            return _show_more(turn)
        case Command.HELP:
            return Done((await _help(turn),))
        case Command.WHO:
            return _tell_who_writes(turn)
        case Command.EASIER:
            return _say_it_easier(turn)
        case Command.UNREADABLE | Command.EDITED:
            return _beside(turn, turn.reply(NOT_READ[command]))
        case _:
            return _be_polite(turn, command)


def _be_polite(turn: Turn, command: Command) -> Move:
    """A kind word; in the middle of a form the open question simply comes again."""
    if turn.state.flow:
        return Again(is_understood=True)
    if command == Command.THANKS:
        welcome = turn.reply("You are welcome. Write whenever you need help.", turn.choice("menu", "Menu"))
        return Done((ask_if_helpful(turn) or welcome,))
    return Done((menu(turn),))


def _say_it_easier(turn: Turn) -> Move:
    """The last answer in simpler words; a form asks its question again; without an answer, ways on."""
    state, person = turn.state, turn.choice("talk-to-person", "Talk to a person")
    if state.flow:
        return Again(turn.reply("You may also write PERSON, and a person will explain it to you."), is_understood=True)
    easy = easy_answer(turn, state.topic) if state.topic and not state.unmet else None
    ways = (person, turn.choice("topic:office-contacts", "Addresses and phones"), turn.choice("menu", "Menu"))
    return Done((easy or turn.reply("I am sorry that it was hard to understand. Shall a person help you?", *ways),))


def _show_more(turn: Turn) -> Move:
    """What the last message had no room for; the open question stays open and is not put again."""
    rest, turn.state.rest = turn.state.rest, ""
    if rest:
        return Stay((Reply(rest),))
    if turn.state.flow:
        return Again(is_understood=True)
    return Stay((turn.reply("That was all. Write whenever you would like to know something else."),))


def tell_unseen(turn: Turn) -> Reply:
    """What is said of a picture beside the answer to the words that came with it."""
    return turn.reply("I do not see pictures and files; I read only the words.")


def _beside(turn: Turn, reply: Reply) -> Move:
    """Something said beside the open question, which then comes again."""
    return Again(reply, is_understood=True) if turn.state.flow else Stay((reply,))


async def _help(turn: Turn) -> Reply:
    """Whose number this is, where a person answers the telephone, how to stop us; and the menu."""
    office = await office_to_call(turn.session)
    about = [turn.say("This is the helper of the municipality's social service.")]
    if office:
        about.append(turn.say("{office}: phone {phone}.", office=office.name[turn.language], phone=office.phone))
    about.append(turn.say("So that we do not write to you, answer STOP."))
    below = menu(turn)
    question = [] if turn.resident.channel == "sms" else [below.text]
    return replace(below, text="\n".join([" ".join(about), *question]))


def _tell_who_writes(turn: Turn) -> Move:
    """The answer to whoever got a message of ours by mistake, or found it: by SMS it says no more than whose it is."""
    if turn.state.topic and fold(turn.input.text) == ABOUT_THE_ANSWER:
        return open_topic(turn, turn.state.topic, "what")
    if turn.resident.channel == "sms":
        said = turn.reply(
            "This is the municipality's number for automatic messages. "
            "If the message was not for you, we are sorry. Answer STOP and we will not write again."
        )
    else:
        said = Reply(turn.knowledge.catalogue.cards.text("who_we_are", turn.state.guest or turn.language).strip())
    return Stay((said,))
