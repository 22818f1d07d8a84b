"""Conversations are tested in whole services, and a text without its translation is a fault."""

import gettext

import pytest

from flows.translations import texts
from tests.flows.turns import rehearsal, still_house, still_settings
from tests.houses import anna, channel, house, knowledge, mould, small_house

__all__ = [
    "anna", "channel", "house", "knowledge", "mould", "rehearsal", "small_house", "still_house", "still_settings",
]  # fmt: skip


class MissingTranslation(gettext.NullTranslations):
    """Asked only for texts that a catalogue does not hold."""

    def gettext(self, message: str) -> str:
        raise AssertionError(f"no translation: {message}")


@pytest.fixture(autouse=True, scope="session")
def _no_text_stays_untranslated() -> None:
    for language in ("lv", "ru"):
        texts(language).add_fallback(MissingTranslation())
