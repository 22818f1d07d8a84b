"""The texts of the administrators' pages in each language; English is the source."""

import gettext
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("lv", "ru")


@cache
def texts(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; for any other the English source."""
    if language not in LANGUAGES:
        return gettext.NullTranslations()
    return gettext.translation("admin", LOCALES, [language])


def translate(message: str, language: str) -> str:
    """One text in a language."""
    return texts(language).gettext(message)
