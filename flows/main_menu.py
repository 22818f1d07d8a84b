"""The menu: what one may ask for, in a few choices, and the topics of one group."""

from flows.messages import Choice, Reply
from flows.translations import mark
from flows.turn import Turn

MOST_TOPICS = 8
MAIN = mark("What can I help with? Choose a number or write in your own words.")

# The groups people see, each with the kinds of specialist whose topics it gathers.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "money": (mark("Money and benefits"), ("social-assistance",)),
    "care": (mark("Care and disability"), ("seniors", "disability", "occupational-therapist")),
    "family": (mark("Children and family"), ("families",)),
    "hard-times": (mark("Crisis, addiction, violence"), ("adults", "psychologist", "addiction", "lawyer")),
}


def menu(turn: Turn, message: str = MAIN) -> Reply:
    """The main menu under a sentence."""
    turn.state.misses = 0
    groups = tuple(turn.choice(f"group:{name}", label) for name, (label, _) in GROUPS.items())
    more = (
        turn.choice("check-eligibility", "Check what I may get"),
        turn.choice("flow:book-appointment", "Book an appointment"),
        turn.choice("my-appointments", "My appointments"),
        turn.choice("topic:office-contacts", "Addresses and phones"),
        turn.choice("talk-to-person", "Talk to a person"),
    )
    return turn.reply(message, *groups, *more)


def group_menu(turn: Turn, group: str) -> Reply:
    """The topics of one group, by their titles."""
    label, kinds = GROUPS[group]
    catalogue = turn.knowledge.catalogue
    topics = [
        topic
        for topic in catalogue.articles
        if (article := catalogue.answerable(topic, turn.today)) and article.specialist in kinds
    ]
    shown = sorted(topics, key=list(catalogue.topics).index)[:MOST_TOPICS]
    question = turn.say("Which one would you like to know about?")
    return Reply(
        f"{turn.say(label)}. {question}",
        (*(topic_choice(turn, topic) for topic in shown), turn.choice("menu", "Menu")),
    )


def topic_choice(turn: Turn, topic: str) -> Choice:
    """A choice that opens a topic, labelled with its title."""
    title = {str(language): told for language, told in turn.knowledge.catalogue.articles[topic].title.items()}
    return Choice(f"topic:{topic}", title.get(turn.state.guest) or title[turn.language])
