"""An answer is read against what the resident saw, however they write it, and against nothing else."""

from datetime import UTC, datetime

import pytest

from flows.answers import is_no, is_yes, read_choice
from flows.messages import Input

CONFIRM_LV = [
    ("yes", "Jā, atgādiniet. Šīs ziņas lasu tikai es"),
    ("yes-others", "Jā. Tās var lasīt arī citi, rakstiet īsi"),
    ("yes-silent", "Jā, bet nerakstiet man"),
    ("no", "Nē, citu laiku"),
]
CONFIRM_RU = [
    ("yes", "Да, напомните. Эти сообщения читаю только я"),
    ("yes-others", "Да. Их могут читать и другие, пишите кратко"),
    ("no", "Нет, другое время"),
]
TIMES = [
    ("a.1", "Bauska, otrdiena, 24. novembris, 13:00"),
    ("a.2", "Bauska, trešdiena, 25. novembris, 09:00"),
    ("other", "Cita diena vai vieta"),
]
DO_NOT_KNOW = [("yes", "Jā"), ("no", "Nē"), ("unknown", "Nezinu vai negribu teikt")]


def read(text: str, offered: list[tuple[str, str]]) -> str | None:
    return read_choice(Input(text, None, datetime(2026, 11, 24, tzinfo=UTC)), offered)


@pytest.mark.parametrize(
    ("text", "offered", "meant"),
    [
        ("1", TIMES, "a.1"),
        (" 3 ", TIMES, "other"),
        ("2.", TIMES, "a.2"),  # phones add a full stop
        ("2)", TIMES, "a.2"),  # copied as it was listed
        ("pirmais", TIMES, "a.1"),
        ("otro", TIMES, "a.2"),
        ("tresais", TIMES, "other"),  # without the mark
        ("второе", TIMES, "a.2"),
        ("pervyj", TIMES, "a.1"),  # Russian in Latin letters
        ("tretij", TIMES, "other"),
        ("trešdiena", TIMES, "a.2"),  # a word only one label has
        ("tresdiena 9 00", [*TIMES[:1], ("a.2", "trešdiena, 9:00")], "a.2"),
        ("cita diena", TIMES, "other"),
        ("jā", CONFIRM_LV, "yes"),
        ("ja", CONFIRM_LV, "yes"),
        ("Jā!", CONFIRM_LV, "yes"),
        ("labi", CONFIRM_LV, "yes"),
        ("nē", CONFIRM_LV, "no"),
        ("ne", CONFIRM_LV, "no"),
        ("да", CONFIRM_RU, "yes"),
        ("da", CONFIRM_RU, "yes"),
        ("net", CONFIRM_RU, "no"),
        ("нет", CONFIRM_RU, "no"),
        ("да", CONFIRM_LV, "yes"),  # the other language than the question's
        ("jā, bet nerakstiet", CONFIRM_LV, "yes-silent"),
        ("могут читать и другие", CONFIRM_RU, "yes-others"),
        ("nezinu", DO_NOT_KNOW, "unknown"),
        ("ne znaju", DO_NOT_KNOW, "unknown"),
        ("не знаю", DO_NOT_KNOW, "unknown"),
        ("negribu teikt", DO_NOT_KNOW, "unknown"),
    ],
)
def test_what_was_meant_is_found(text: str, offered: list[tuple[str, str]], meant: str) -> None:
    assert read(text, offered) == meant


@pytest.mark.parametrize(
    ("text", "offered", "reason"),
    [
        ("4", TIMES, "no such number on the screen"),
        ("0", TIMES, "zero is the way out, never a choice"),
        ("12345", TIMES, "a number that long is something else"),
        ("bauska", TIMES, "two labels have the word"),
        ("", TIMES, "nothing was said"),
        ("?!", TIMES, "nothing was said"),
        ("jā", TIMES, "no choice means yes here"),
        ("nezinu", CONFIRM_LV, "no choice means do not know here"),
        ("а?", CONFIRM_LV, "a puzzled huh in Cyrillic is no yes"),
        ("я", CONFIRM_RU, "I, in Russian, is no yes"),
        ("a", CONFIRM_LV, "one letter is no yes"),
        ("varbūt", CONFIRM_LV, "perhaps is not yes"),
        ("man", CONFIRM_LV, "a small word of one label is no booking"),
        ("bet", CONFIRM_LV, "a small word of one label is no booking"),
    ],
)
def test_what_is_none_of_the_choices_is_not_guessed(text: str, offered: list[tuple[str, str]], reason: str) -> None:
    assert read(text, offered) is None, reason


def test_a_button_counts_only_while_it_is_on_the_screen() -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    assert read_choice(Input("", "a.2", moment), TIMES) == "a.2"
    assert read_choice(Input("1", "a.9", moment), TIMES) is None


def test_without_choices_nothing_can_be_chosen() -> None:
    assert read("1", []) is None


def test_yes_takes_the_offer_of_a_person_that_stands_first_and_no_other() -> None:
    person, menu = ("talk-to-person", "Runāt ar cilvēku"), ("menu", "Izvēlne")
    assert read("jā", [person, menu]) == "talk-to-person"
    assert read("jā", [menu, person]) is None


@pytest.mark.parametrize(
    "word",
    [
        "jā",
        "ja",
        "JĀ",
        "jaa",
        "Jaa!",
        "jā, lūdzu",
        "да",
        "da",
        "ДА",
        "да, спасибо",
        "конечно",
        "der",
        "labi",
        "ok",
        "Okay",
        "piekrītu",
        "давайте",
        "угу",
        "nu labi",
        "дa",
        "jа",
        "oк",  # a letter of the other script that looks the same
    ],
)
def test_yes_is_yes(word: str) -> None:
    assert is_yes(word)
    assert not is_no(word)


@pytest.mark.parametrize(
    "word", ["nē", "ne", "NĒ", "нет", "net", "не надо", "nevajag", "nē, paldies", "нет, спасибо", "HET", "HEТ", "nеt"]
)
def test_no_is_no(word: str) -> None:
    assert is_no(word)
    assert not is_yes(word)


@pytest.mark.parametrize("word", ["а", "я", "a", "e", "jautājums", "nezinu", "нету времени", "1"])
def test_what_is_neither_is_neither(word: str) -> None:
    assert not is_yes(word)
    assert not is_no(word)
