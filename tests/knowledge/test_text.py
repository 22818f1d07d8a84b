import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import fold, words

ONE_KEY = [
    ("dzīvokļa pabalsts", "dzivokla pabalsts", "marks left off"),
    ("kā samaksāt", "kaa samaksaat", "long vowels doubled"),
    ("что купить", "chto kupit'", "soft sign as an apostrophe"),
    ("что купить", "4to kupitj", "a digit for a letter, soft sign as j"),
    ("больше", "boljshe", "soft sign as j between consonants"),
    ("хочу", "xochu", "x for х"),
    ("уход", "ukhod", "passport spelling"),
    ("жилищное", "zhilischnoe", "щ as sch"),
    ("чьё счастье", "chye schastye", "щ and ё in Latin letters"),
    ("семья", "sem'ya", "apostrophe inside a word"),
    ("семья", "semja", "Latvian spelling of Russian"),
    ("пенсия", "pensija", "the word is the same in both languages"),
    ("новый", "novyj", "endings"),
    ("юрист", "yurist", "ю"),
    ("Ёлка", "елка", "ё and е"),
    ("ＧＭＩ", "gmi", "wide letters"),
    ("СТОП", "CTOП", "Latin look-alike letters in a Russian word"),
    ("убивает", "убивaeт", "Latin look-alike letters in a Russian word"),
    ("palīdziet", "раlīdziеt", "Cyrillic look-alike letters in a Latvian word"),
    ("cilvēks", "сilvēks", "a Cyrillic look-alike letter in a Latvian word"),
    ("vairāk", "Вairāk", "a Cyrillic letter meant as it sounds"),
]


@pytest.mark.parametrize(("one", "other", "reason"), ONE_KEY)
def test_spellings_of_one_word_have_one_key(one: str, other: str, reason: str):
    assert fold(one) == fold(other), reason


def test_digits_keep_their_zeros():
    assert words("100eur, 2. grupa, 116006") == ["100", "eur", "2", "grupa", "116006"]


def test_nothing_readable_folds_to_nothing():
    assert fold("") == fold(" \x00\u200b…!?") == fold("\ud800") == ""


@given(st.text())
def test_any_text_folds_to_small_latin_words_and_digits(text: str):
    assert all(word.isdigit() or (word.isascii() and word.isalpha() and word.islower()) for word in words(text))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzāčēģīķļņšūž абвгдежзийклмнопрстуфхцчшщъыьэюя0123456789"))
def test_folding_does_not_depend_on_capitals(text: str):
    assert fold(text) == fold(text.upper().lower())
