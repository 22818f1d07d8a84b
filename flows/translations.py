"""The texts of the conversations in each language, from the compiled gettext catalogues."""

import gettext
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("lv", "ru")
GUEST_LANGUAGES = ("uk", "en")
"""Understood, but only the most needed texts exist in them: those of the Ukrainian catalogue."""


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


def translate_for_guest(message: str, guest: str) -> str | None:
    """One text in Ukrainian or English (in which it is written here); None when it is not among the most needed."""
    ukrainian = _guest_texts().gettext(message)
    if ukrainian == message or guest not in GUEST_LANGUAGES:
        return None
    return ukrainian if guest == "uk" else message


@cache
def _guest_texts() -> gettext.NullTranslations:
    return gettext.translation("talk", LOCALES, ["uk"])
