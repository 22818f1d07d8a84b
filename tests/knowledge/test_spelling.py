"""Spelling by the dictionaries of both languages and our own lists."""

import os
from pathlib import Path

import pytest

from knowledge import spelling
from knowledge.spelling import DictionariesMissing, find_misspelt, own_words, words_of


@pytest.fixture
def dictionaries() -> None:
    """The dictionaries; where CI=true they may not be missing."""
    try:
        find_misspelt({})
    except DictionariesMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.mark.usefixtures("dictionaries")
def test_slips_are_found_in_both_languages_with_the_place_where_they_stand_first() -> None:
    texts = {
        "shelter.lv": ["Palīdzība ir dienestā.", "Palidzība ir dienestā."],
        "shelter.ru": ["Пособие назначает служба, помощ тоже."],
        "workshops.lv": ["Palidzība."],
    }
    assert find_misspelt(texts) == [("Palidzība", "shelter.lv"), ("помощ", "shelter.ru")]


@pytest.mark.usefixtures("dictionaries")
def test_words_of_our_own_lists_are_right_at_the_beginning_of_a_sentence_too() -> None:
    assert find_misspelt({"x": ["Mentors palīdz. GMI, VSAA.", "Соцслужба в Бауске.", "Э-почта службы."]}) == []


@pytest.mark.usefixtures("dictionaries")
def test_a_name_keeps_its_capital() -> None:
    assert find_misspelt({"x": ["в Бауске и в бауске"]}) == [("бауске", "x")]


@pytest.mark.usefixtures("dictionaries")
def test_a_slip_in_either_part_of_a_double_word_is_found() -> None:
    assert find_misspelt({"x": ["по-латышски", "по-русски", "школа-интернат", "школо-интернат"]}) == [
        ("школо-интернат", "x")
    ]


def test_amounts_addresses_sites_and_numbers_are_no_words() -> None:
    text = "Maksā {gmi_first_person} eiro; socd@socd.lv, socialais.kuldiga.lv/abc, Aizputes iela 22C, 5-й, II grupa."
    assert words_of(text) == ["Maksā", "eiro", "Aizputes", "iela", "grupa"]


def test_a_word_with_a_hyphen_is_one_word() -> None:
    assert words_of("э-почта, eID-карта (по-русски)") == ["э-почта", "eID-карта", "по-русски"]


def test_missing_dictionaries_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """hunspell itself says nothing when the second of two dictionaries is missing, and finds every word right."""
    program = tmp_path / "hunspell"
    program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert find_misspelt({"x": ["anything"]}) == []
    program.write_text("#!/bin/sh\ngrep -v māja\n", encoding="utf-8")
    with pytest.raises(DictionariesMissing, match="hunspell-ru"):
        find_misspelt({"x": ["māja"]})
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(DictionariesMissing, match="hunspell-lv"):
        find_misspelt({"x": ["māja"]})


def test_our_own_lists_hold_one_word_a_line_and_none_twice() -> None:
    for path in spelling.OWN_WORDS.glob("*.txt"):
        lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
        assert len(lines) == len(set(lines)), path.name
        assert [line for line in lines if words_of(line) != [line]] == [], path.name
    assert {"Бауске", "mentors"} <= own_words()
