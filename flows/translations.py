"""The texts of the conversations in each language, from the compiled gettext catalogues."""

import gettext
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("lv", "ru")


@cache
def texts(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; other languages are answered in Latvian."""
    wanted = language if language in LANGUAGES else LANGUAGES[0]
    return gettext.translation("talk", LOCALES, [wanted])


def mark(message: str) -> str:
    """Name a text for the catalogues where it stands as a constant; it is translated when it is said."""
    return message


def translate(message: str, language: str) -> str:
    """One text in a language."""
    return texts(language).gettext(message)


def translate_count(singular: str, plural: str, count: int, language: str) -> str:
    """One text with a number in a language; Latvian has three forms, as CLDR says."""
    return texts(language).ngettext(singular, plural, count)
