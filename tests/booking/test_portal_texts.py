"""The portal's catalogues: every text in Latvian and Russian, with the same places to fill."""

import gettext
import re
from functools import cache
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from booking.portal.translations import LOCALES, translate

LANGUAGES = ("lv", "ru")
KINDS = [("**.py", "python"), ("**.html", "jinja2")]
ALIKE = {"SMS", "Telegram"}
"""Names that are written the same in every language."""


@cache
def in_code() -> frozenset[str]:
    found = extract_from_dir(LOCALES.parent, method_map=KINDS, keywords={"_": None, "mark": None})
    return frozenset(str(message) for _, _, message, _, _ in found)


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "portal.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    messages = {str(message.id): str(message.string) for message in catalogue(language) if message.id}
    assert set(messages) == in_code()
    assert [text for text, translated in messages.items() if not translated.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_same_places_to_fill(language: str) -> None:
    for message in catalogue(language):
        assert places(str(message.id)) == places(str(message.string)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_text_file(language: str) -> None:
    with (LOCALES / language / "LC_MESSAGES" / "portal.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogue(language):
        if message.id:
            assert compiled.gettext(str(message.id)) == message.string
    assert not any(message.fuzzy for message in catalogue(language) if message.id)


def test_each_language_uses_its_own_letters() -> None:
    for text in in_code() - ALIKE:
        assert re.search("[а-яё]", translate(text, "ru").lower()), text
        assert not re.search("[а-яё]", translate(text, "lv").lower()), text
        assert translate(text, "lv") != text, text


def test_english_needs_no_catalogue() -> None:
    assert translate("Calendar", "en") == "Calendar"
