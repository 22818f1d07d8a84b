"""What the chat page says of itself, in the language of the page."""

from collections.abc import Mapping

from flows.translations import LANGUAGES, mark, translate

WORDS: Mapping[str, str] = {
    "service": mark("The municipality's social service"),
    "language": mark("Language"),
    "leave": mark("Leave quickly"),
    "hello": mark("Write what you would like to know, for example: “How much is the GMI benefit?”"),
    "danger": mark("In danger call 112. We are not an emergency service."),
    "leaving": mark("“Leave quickly” closes this talk at once."),
    "escape": mark("Pressing Esc twice does the same."),
    "history": mark("Only the page's address stays in the browser's history."),
    "start": mark("How can we help?"),
    "talk": mark("The talk"),
    "you": mark("You"),
    "helper": mark("Palīgs"),
    "person": mark("A member of staff"),
    "more": mark("Read more"),
    "choices": mark("Answers to choose from"),
    "field": mark("Your message"),
    "placeholder": mark("Write here"),
    "send": mark("Send"),
    "typing": mark("Palīgs is writing"),
    "lost": mark("No connection. Trying again…"),
    "look": mark("Show new messages"),
    "slow": mark("The answer is not ready yet. Press “Show new messages” in a moment."),
    "again": mark("Your message did not arrive. Please send it once more."),
    "help": mark("What help is there?"),
    "menu": mark("Menu"),
    "book": mark("Book an appointment"),
    "mine": mark("My appointments"),
    "contacts": mark("Addresses and phones"),
}

# The first buttons: what stands on them, and the words they send, by which the talk hears the language, too.
START = (("help", "menu"), ("book", "book"), ("mine", "mine"), ("contacts", "contacts"))


def words_of(language: str) -> dict[str, str]:
    """Every text of the page in one language."""
    return {name: translate(message, language) for name, message in WORDS.items()}


def all_words() -> dict[str, dict[str, str]]:
    """The texts in every language, for a page that changes its language without being loaded anew."""
    return {language: words_of(language) for language in LANGUAGES}
