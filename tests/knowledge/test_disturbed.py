import pytest

from knowledge.disturbed import CUSTOMS, in_latin_letters, with_slips, without_marks


def test_latvian_loses_its_marks_and_nothing_else():
    assert without_marks("Kā šodien žēlo ķēvi, 12 €?") == "Ka sodien zelo kevi, 12 €?"


@pytest.mark.parametrize(
    ("custom", "written"), [("passport", "khochu kupit yabloki eshche"), ("phone", "xo4u kupitj jabloki esche")]
)
def test_russian_is_put_into_latin_letters_after_a_custom(custom: str, written: str):
    assert in_latin_letters("Хочу купить яблоки ещё", custom) == written


def test_every_custom_spells_every_russian_letter():
    assert all(set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя") == set(letters) for letters in CUSTOMS.values())


def test_every_long_word_gets_one_slip_and_short_ones_none():
    before, after = "man kādam pabalsts jāmaksā 12345", with_slips("man kādam pabalsts jāmaksā 12345")
    changed = [one != other for one, other in zip(before.split(), after.split(), strict=True)]
    assert changed == [False, True, True, True, False]


@pytest.mark.parametrize("word", ["pabalsts", "квартира", "bērni", "aaaaa", "dzīvoklis", "пособие", "apkure", "comma"])
def test_a_slip_is_the_same_in_every_run_and_changes_little(word: str):
    assert with_slips(word) == with_slips(word)
    assert abs(len(with_slips(word)) - len(word)) <= 1
