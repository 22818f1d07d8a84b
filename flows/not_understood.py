"""What is said when a message is not sure to be understood, or is about what only others answer: never a guess."""

from flows import unanswered
from flows.main_menu import topic_choice
from flows.messages import Reply
from flows.turn import Outcome, Turn
from knowledge.articles import in_language
from knowledge.catalogue import SECRET_PLACES, Topic
from knowledge.search import Match

MOST_GUESSES = 3
CONTACTS = "office-contacts"


def say_not_understood(turn: Turn, match: Match) -> Reply:
    """Guesses to choose from, or the honest word; what was guessed in vain is not guessed again."""
    guesses = answered_here(turn, match.alternatives)[:MOST_GUESSES] if match.outcome == "clarify" else ()
    elsewhere = turn.knowledge.catalogue.topics.get(match.elsewhere or "")
    if set(guesses) <= set(turn.state.guesses) and elsewhere is None:
        guesses = ()
    turn.state.unmet += elsewhere is None
    turn.state.guesses = list(guesses or turn.state.guesses)
    kind = "clarify" if guesses else "unknown"
    turn.outcome = Outcome(kind, match.topic if guesses else None, match.facet, guesses)
    unanswered.keep(turn, kind, guesses)
    if elsewhere is not None:
        return _not_here(turn, elsewhere, guesses)
    return did_you_mean(turn, guesses) if guesses else do_not_know(turn)


def answered_here(turn: Turn, topics: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the topics that this organisation answers today."""
    return tuple(topic for topic in topics if turn.knowledge.catalogue.answerable(topic, turn.today))


def _not_here(turn: Turn, topic: Topic, near: tuple[str, ...]) -> Reply:
    """Nothing is known here of what other organisations have: not that it is there, and not that it is not."""
    title = topic.ru if turn.language == "ru" else topic.lv
    told = [
        turn.say("I have no information on this at hand: {topic}. The office will tell you what there is.", topic=title)
    ]
    where = turn.knowledge.catalogue.contacts.where
    told.append(
        turn.say("In danger call 112.") if topic.id in SECRET_PLACES else in_language(where, turn.told_in(where))
    )
    if near:
        told.append(turn.say("Perhaps one of these helps you:"))
    ways = (turn.choice("talk-to-person", "Talk to a person"), turn.choice("menu", "Menu"))
    return Reply("\n".join(told), (*(topic_choice(turn, one) for one in near), *ways))


def did_you_mean(turn: Turn, topics: tuple[str, ...]) -> Reply:
    """Up to three topics to choose from, after a miss before also a person; it never guesses."""
    choices = [topic_choice(turn, topic) for topic in topics]
    person = [turn.choice("talk-to-person", "Talk to a person")] if turn.state.unmet > 1 else []
    return turn.reply("Did you mean one of these?", *choices, *person, turn.choice("menu", "Something else"))


def do_not_know(turn: Turn) -> Reply:
    """The honest answer, with ways on; the second miss offers a person first, whatever was guessed in between."""
    turn.state.misses = turn.state.unmet
    person = turn.choice("talk-to-person", "Talk to a person")
    others = (turn.choice("menu", "Menu"), turn.choice(f"topic:{CONTACTS}", "Addresses and phones"))
    if turn.state.misses > 1:
        return turn.reply("I am sorry, I do not have the answer to this. Shall a person help you?", person, *others)
    return turn.reply(
        "I do not know the answer to this. Say it in other words, or choose:", others[0], person, others[1]
    )
