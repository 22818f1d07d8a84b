"""The portal's texts in each language, from the compiled gettext catalogues; English is the source.

After changing a text: `make texts`. A test says what is missing.
"""

import gettext
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
SOURCE_LANGUAGE = "en"


def mark(message: str) -> str:
    """A text that is translated where it is shown; makes it known to the catalogues."""
    return message


@cache
def texts(language: str) -> gettext.NullTranslations:
    """The catalogue of a language of the portal; FileNotFoundError for any other."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.translation("portal", LOCALES, [language])


def translate(message: str, language: str) -> str:
    """One text in a language of the portal."""
    return texts(language).gettext(message)
