"""What we say first, without having been asked: only day and time, in the municipality's name."""

from datetime import datetime

from flows import times
from flows.messages import Reply
from flows.translations import mark, translate

REMINDER = mark("The municipality reminds you: {when}. To change it, write MY APPOINTMENTS.")
CANCELLED = mark("The municipality must cancel what was agreed for {when}. Please write to us for another time.")
MOVED = mark("The municipality has moved what was agreed: {when}. If it does not suit you, write to us.")
UNDELIVERED = mark("A message to this resident could not be delivered. Please call if it is safe to.")


def notice(message: str, starts_at: datetime, language: str) -> Reply:
    """A neutral notice about one day and time."""
    spoken = language if language in ("lv", "ru") else "lv"
    return Reply(translate(message, spoken).format(when=times.when_words(starts_at, spoken)))
