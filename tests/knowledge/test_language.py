import pytest

from knowledge.language import detect

MESSAGES = [
    ("Kur man jāgriežas pēc malkas pabalsta?", "lv", "with marks"),
    ("kur man jagriezas pec malkas pabalsta", "lv", "without marks"),
    ("Куда обратиться за пособием на дрова?", "ru", "Cyrillic"),
    ("kuda obratitsja za posobiem na drova", "ru", "Latin letters, Latvian spelling"),
    ("kuda obratit'sya za posobiyem na drova", "ru", "Latin letters, passport spelling"),
    ("možno li zapisatjsja zavtra", "ru", "Latin letters with hooks"),
    ("4to mne nado prinesti", "ru", "SMS spelling"),
    ("Де можна отримати продукти для дітей?", "uk", "letters only Ukrainian has"),
    ("де видають одяг", "uk", "no tell-tale letter, tell-tale words"),
    ("дайте воды", "ru", "a letter only Russian has"),
    ("Where can I get help with my rent?", "en", "English"),
    ("GMI pabalsts мне положен или нет", "ru", "mixed: most letters decide"),
]


@pytest.mark.parametrize(("text", "language", "reason"), MESSAGES)
def test_the_language_of_a_message_is_told(text: str, language: str, reason: str):
    assert detect(text) == language, reason


def test_two_words_or_fewer_keep_the_language_of_the_talk():
    assert detect("ok paldies", previous="ru") == "ru"
    assert detect("pabalsts", previous="en") == "en"
    assert detect("пенсия", previous="uk") == "uk"


def test_letters_that_rule_the_previous_language_out_win():
    assert detect("спасибо", previous="lv") == "ru"
    assert detect("lūdzu", previous="ru") == "lv"


def test_a_message_without_letters_keeps_the_language():
    assert detect("2", previous="ru") == "ru"
    assert detect("???") == "lv"
    assert detect("", previous="en") == "en"


def test_a_very_long_message_is_read_from_its_beginning():
    assert detect("Vai man pienākas pabalsts? " * 30 + "мы " * 40_000) == "lv"
