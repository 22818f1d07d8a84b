"""Offering times: the soonest ones at once, or office, then day, then part of the day; used to book and to move."""

from collections.abc import Sequence
from datetime import date, datetime

from babel.dates import format_date, format_time

from booking.availability import Slot, free_slots, slot_from_id
from booking.places import office_names
from flows.answers import is_no, read_choice
from flows.messages import Choice, Reply
from flows.turn import RIGA, Turn

SOONEST_OFFERED = 3
DAYS_OFFERED = 6
TIMES_OFFERED = 6
OTHER = "other"


def day_words(day: date, language: str) -> str:
    """A day as people say it, with its weekday: `ceturtdiena, 26. novembris`."""
    pattern = {"lv": "EEEE, d. MMMM", "ru": "EEEE, d MMMM"}[language]
    return format_date(day, pattern, locale=language)


def time_words(moment: datetime) -> str:
    """The time of day in Riga, 24 hours."""
    return format_time(moment.astimezone(RIGA), "HH:mm", locale="lv")


def when_words(moment: datetime, language: str) -> str:
    """Day and time in Riga, for a person."""
    return f"{day_words(moment.astimezone(RIGA).date(), language)}, {time_words(moment)}"


async def ask_soonest(turn: Turn, kind: str) -> Reply:
    """The soonest times with place and day, and the door to all others."""
    slots = await free_slots(turn.session, kind, now=turn.now, limit=SOONEST_OFFERED)
    if not slots:
        return turn.reply(
            "There are no free times just now. Shall the office call you?",
            turn.choice("call-back", "Yes, please call me"),
            turn.choice("menu", "Menu"),
        )
    return turn.reply(
        "Which time suits you?", *await slot_choices(turn, slots), turn.choice(OTHER, "Another day or place")
    )


async def slot_choices(turn: Turn, slots: Sequence[Slot]) -> list[Choice]:
    """Each time as a choice: place, day and hour."""
    offices = await office_names(turn.session)
    return [
        Choice(
            slot.id,
            f"{offices[slot.office_id].town[turn.language]}, {when_words(slot.starts_at, turn.language)}",
        )
        for slot in slots
    ]


def chosen_slot(turn: Turn) -> Slot | None:
    """The time that was chosen from those shown, or None."""
    chosen = read_choice(turn.input, turn.state.offered)
    return slot_from_id(chosen) if chosen and "." in chosen else None


def wants_other(turn: Turn) -> bool:
    """Whether none of the times shown suits."""
    return read_choice(turn.input, turn.state.offered) == OTHER or is_no(turn.input.text)
