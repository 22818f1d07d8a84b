"""Every text exists in Latvian and Russian with the same placeholders, and the compiled catalogues are fresh."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = ("lv", "ru")
KEYWORDS = {"say": None, "reply": None, "choice": (2,), "menu": (2,), "mark": None, "translate": None}
PLACEHOLDER = re.compile(r"\{(\w+)\}")
TALK = ROOT / "flows" / "locales"
CATALOGUES = [
    (TALK, "talk"),
    (ROOT / "booking" / "portal" / "locales", "portal"),
    (ROOT / "knowledge" / "admin" / "locales", "admin"),
]


def said_in_talks() -> set[str]:
    """Every text the conversations say, as it stands in the code."""
    return {
        message
        for package in ("flows", "bot")
        for _, _, message, _, _ in extract_from_dir(ROOT / package, keywords=KEYWORDS)
        if isinstance(message, str)
    }


def catalogue(folder: Path, language: str, domain: str) -> Catalog:
    path = folder / language / "LC_MESSAGES" / f"{domain}.po"
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_talks_is_translated(language: str) -> None:
    known = {str(message.id) for message in catalogue(TALK, language, "talk") if message.id and message.string}
    assert said_in_talks() - known == set()
    assert known - said_in_talks() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_administrators_is_translated(language: str) -> None:
    folder = ROOT / "knowledge" / "admin"
    found = extract_from_dir(folder, method_map=[("**.html", "jinja2")], keywords={"_": None})
    known = {str(message.id) for message in catalogue(folder / "locales", language, "admin") if message.id}
    assert {str(message) for _, _, message, _, _ in found} == known


@pytest.mark.parametrize(("folder", "domain"), CATALOGUES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same_in_every_language(folder: Path, domain: str, language: str) -> None:
    for message in catalogue(folder, language, domain):
        if isinstance(message.id, str) and isinstance(message.string, str):
            wanted = sorted(PLACEHOLDER.findall(message.id))
            assert sorted(PLACEHOLDER.findall(message.string)) == wanted, message.id


@pytest.mark.parametrize(("folder", "domain"), CATALOGUES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_fresh(folder: Path, domain: str, language: str) -> None:
    path = folder / language / "LC_MESSAGES" / f"{domain}.mo"
    with path.open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    written = {message.id: message.string for message in catalogue(folder, language, domain) if message.id}
    assert compiled == written, "run `make texts`"
