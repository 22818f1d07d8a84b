"""What residents type is called "cipari" and "цифры": a "code" sounds like a bank's, and so like fraud."""

import re
from collections.abc import Iterator

import pytest
import yaml

from tests.house.test_texts import ROOT, TALK, catalogue

CARDS = ROOT / "knowledge" / "content" / "base" / "cards.yaml"
# The personal code is the one code we may name: we ask people not to write it.
CODE = {
    "lv": re.compile(r"(?<!personas )\bkod(?:s|a|am|u|ā|i|iem|us|os)\b", re.IGNORECASE),
    "ru": re.compile(r"(?<!персональный )(?<!персонального )\bкод(?:а|у|ом|е|ы|ов|ам|ами|ах)?\b", re.IGNORECASE),
}


def told(language: str) -> Iterator[str]:
    """Every text of the talks and every card in one language."""
    for message in catalogue(TALK, language, "talk"):
        yield str(message.string)
    cards = yaml.safe_load(CARDS.read_text("utf-8"))
    for text in (*cards["danger"].values(), *cards["texts"].values()):
        yield text.get(language, "")


@pytest.mark.parametrize("language", ["lv", "ru"])
def test_nobody_is_asked_for_a_code(language: str) -> None:
    texts = list(told(language))
    assert len(texts) > 100
    assert [text for text in texts if CODE[language].search(text)] == []


def test_the_word_is_found_where_it_stands() -> None:
    assert CODE["lv"].search("Ievadiet kodu: 123456")
    assert CODE["ru"].search("Введите код: 123456")
    assert not CODE["lv"].search("Lūdzu, nerakstiet personas kodu.")
    assert not CODE["ru"].search("Пожалуйста, не пишите персональный код.")
    assert not CODE["lv"].search("kodols")
