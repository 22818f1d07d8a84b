"""Days and times as the pages show them: Riga wall time, in the reader's language."""

from datetime import date, datetime, timedelta
from typing import Final

from babel.dates import format_date

from booking.rota import RIGA, riga_date

LOCALES: Final = {"lv": "lv", "ru": "ru", "en": "en_GB"}
DAY_PATTERNS: Final = {"lv": "EEEE, d. MMMM", "ru": "EEEE, d MMMM", "en": "EEEE, d MMMM"}
SHORT_PATTERNS: Final = {"lv": "EEEEEE, dd.MM.", "ru": "EEEEEE, dd.MM", "en": "EEE, d MMM"}


def clock(moment: datetime) -> str:
    """The time of day, such as 09:30."""
    return f"{moment.astimezone(RIGA):%H:%M}"


def span(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when on one day."""
    return f"{clock(starts_at)}\N{EN DASH}{clock(ends_at)}"


def day_words(day: date, language: str) -> str:
    """A day with its weekday, such as "otrdiena, 24. novembris"."""
    return format_date(day, DAY_PATTERNS[language], locale=LOCALES[language])


def short_day(day: date, language: str) -> str:
    """A day for the head of a column."""
    return format_date(day, SHORT_PATTERNS[language], locale=LOCALES[language])


def moment_words(moment: datetime, language: str) -> str:
    """A day and a time of day."""
    return f"{day_words(riga_date(moment), language)}, {clock(moment)}"


def monday_of(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def days_hours_minutes(length: timedelta) -> tuple[int, int, int]:
    """A length of time in whole days, hours and minutes; never negative."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    return minutes // 1440, minutes // 60 % 24, minutes % 60
