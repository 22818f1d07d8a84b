"""What is found in the texts of one article: length, languages, amounts, phones, years, dates, sources, state."""

from datetime import date
from typing import Any

import pytest

from knowledge.text_checks import find_phones, split_sentences
from tests.knowledge.test_articles import told
from tests.knowledge.test_check import findings

OLD = [{"name": told("Attīstības plāns", "План развития"), "place": "3. lpp.", "dated_on": date(2015, 1, 1)}]
NEW = [{"name": told("Mājaslapa", "Сайт"), "place": "bauskasnovads.lv", "dated_on": date(2026, 1, 1)}]

FAULTS = [
    ({"short": told(lv="a" * 135)}, "error: gmi-benefit.lv: short: 135 characters", "more than two SMS segments"),
    ({"short": told(lv="😀" * 68)}, "error: gmi-benefit.lv: short: 136 characters", "a sign that counts twice"),
    ({"short": {**told(), "en": "a" * 135}}, "error: gmi-benefit.en: short: 135", "too long in another language"),
    ({"sections": {"who": told(lv="vārds " * 21)}}, "error: gmi-benefit.lv: a sentence of 21 words", "a long sentence"),
    ({"valid_to": date(2025, 1, 1)}, "valid_to: before valid_from", "dates the wrong way round"),
    ({"review_by": date(2025, 1, 1)}, "review_by: before valid_from", "dates the wrong way round"),
    ({"valid_to": date(2026, 11, 23)}, "since 2026-11-23 nothing is answered", "an article that has run out"),
    ({"review_by": date(2026, 11, 23)}, "was to be read again by 2026-11-23", "a review that is due"),
    ({"sections": {"amount": told("{no_such}", "{no_such}")}}, "no such amount: {no_such}", "unknown amount"),
    ({"sections": {"amount": told("{gmi_first_person}")}}, "name different amounts", "an amount forgotten"),
    (
        {"sections": {"amount": {**told("{gmi_first_person}", "{gmi_first_person}"), "en": "some"}}},
        "name different amounts",
        "an amount forgotten in a third language",
    ),
    ({"sections": {"amount": told(ru="Это 50 евро.")}}, "parameters.yaml: “50 евро”", "an amount of today as digits"),
    ({"sections": {"amount": told(lv="Maksāja latos: 5 latu.")}}, "parameters.yaml: “latos”", "lats"),
    ({"sections": {"where": told("Zvaniet 63111111.")}}, "the phone 63111111 stands in no", "an unknown phone"),
    ({"sections": {"where": told(ru="Звоните 63 111 111.")}}, "the phone 63111111", "an unknown phone with spaces"),
    ({"sections": {"where": told("Zvaniet 115.")}}, "the phone 115", "an emergency number that does not exist"),
    ({"sections": {"what": told("Tur ir 20 vietas.")}, "sources": OLD}, "“20 vietas” of an old document", "no year"),
    (
        {"sections": {"what": told(ru="Это 40 % жителей.")}, "sources": OLD},
        "gmi-benefit.what.ru: “40 %” of an old document",
        "a share without a year",
    ),
    ({"sources": [{**NEW[0], "place": " "}]}, "place is empty", "nobody finds the fact in the source"),
    ({"sources": [*NEW, *NEW]}, "“Mājaslapa” is named twice", "a source named twice"),
    ({"sources": [{**NEW[0], "dated_on": date(2027, 1, 1)}]}, "dated after the day of the next", "a slip in the year"),
    ({"sources": [{**NEW[0], "dated_on": date(2026, 12, 1)}]}, "dated 2026-12-01, a day to come", "a slip in the day"),
    ({"easy": told("Viens. Divi. Trīs. Četri. Pieci. Seši.")}, "easy.lv: 6 sentences, at most 5", "much to read"),
    ({"easy": told(ru="слово " * 11)}, "easy.ru: a sentence of 11 words", "hard to read"),
    ({"topic": "ukraine-support"}, "ukraine-support.short: missing in uk", "people without Latvian need it"),
    ({"topic": "office-contacts"}, "office-contacts.title: missing in en", "people without Latvian need it"),
]


@pytest.mark.parametrize(("changes", "said", "reason"), FAULTS)
def test_a_fault_is_found_and_named(changes: dict[str, Any], said: str, reason: str) -> None:
    assert any(said in finding for finding in findings(**changes)), reason


RIGHT = [
    ({"short": told(lv="a" * 134)}, "two segments exactly"),
    ({"sections": {"who": told(lv="vārds " * 20)}}, "twenty words"),
    ({"sections": {"amount": told("{gmi_first_person}", "{gmi_first_person} евро")}}, "an amount to be filled in"),
    ({"sections": {"amount": told("2015. gadā tie bija 50 eiro.")}}, "history with its year"),
    ({"sections": {"where": told("Zvaniet 63922238 vai 112, krīzē 116 123.")}}, "phones of the contacts"),
    ({"sections": {"where": told("Rinda 2010.–2015. gadā, likums 63111112-3.")}}, "years and numbers of laws"),
    (
        {
            "sections": {"where": told("Nodaļa: 63111111.")},
            "sources": [{**NEW[0], "place": "slimnica.lv, tālrunis 63111111"}],
        },
        "a phone for which a source is named",
    ),
    ({"sections": {"what": told("2015. gadā tur bija 20 vietas.")}, "sources": OLD}, "an old figure with its year"),
    ({"sections": {"what": told("Tur ir 20 vietas.")}, "sources": NEW}, "a figure of this year"),
    ({"easy": told("Viens. Divi. Trīs. Četri. Pieci.", "слово " * 10)}, "short enough for everybody"),
]


@pytest.mark.parametrize(("changes", "reason"), RIGHT)
def test_what_is_right_is_let_be(changes: dict[str, Any], reason: str) -> None:
    assert findings(**{"sources": NEW, **changes}) == [], reason


def test_an_amount_past_its_review_is_told() -> None:
    told_amount = {"amount": told("{newborn_benefit} eiro", "{newborn_benefit} евро")}
    assert findings(topic="newborn-benefit", sections=told_amount) == [
        "warning: parameters.newborn_benefit: review_by: since 2026-03-31 residents do not hear the amount"
    ]


PROMISES = [
    ("lv", "Mēs piedāvājam atelpas brīdi.", "piedāvājam"),
    ("lv", "Ja esat noguris, mums ir atelpas brīdis.", "mums ir"),
    ("lv", "Atelpas brīdis ir pieejams visiem.", "pieejams"),
    ("lv", "Šo palīdzību nodrošina dienests.", "nodrošina"),
    ("lv", "Grupa darbojas otrdienās.", "darbojas"),
    ("ru", "Мы предоставляем передышку.", "предоставляем"),
    ("ru", "У нас есть кратковременный уход.", "У нас"),
    ("ru", "Передышку можно получить в пансионате.", "можно получить"),
    ("ru", "Услуга доступна всем.", "доступна"),
    ("ru", "Занятия проходят по вторникам.", "проходят"),
]


@pytest.mark.parametrize(("language", "sentence", "promise"), PROMISES)
def test_what_was_only_planned_is_not_worded_as_there(language: str, sentence: str, promise: str) -> None:
    texts = {**told("2018. gadā to plānoja.", "В 2018 году это планировали.")}
    section = {**texts, language: f"{texts[language]} {sentence}"}
    found = findings(topic="respite-care", sections={"what": section})
    assert [finding for finding in found if f"worded as available: “{promise}”" in finding], found


OPEN = [
    ("lv", "Vai to šodien var saņemt, pateiks dienests."),
    ("lv", "2018. gada plānā bija, ka dienests to nodrošina."),
    ("lv", "Dienests to nenodrošina."),
    ("ru", "Можно ли её получить сегодня, скажет служба."),
    ("ru", "Что можно получить сегодня, скажет служба."),
    ("ru", "В документе 2018 года сказано, что служба её предоставляет."),
]


@pytest.mark.parametrize(("language", "sentence"), OPEN)
def test_a_sentence_that_leaves_it_open_is_let_be(language: str, sentence: str) -> None:
    texts = {**told("2018. gadā to plānoja.", "В 2018 году это планировали.")}
    section = {**texts, language: f"{texts[language]} {sentence}"}
    assert findings(topic="respite-care", sections={"what": section}) == []


def test_what_is_there_may_be_offered() -> None:
    assert findings(topic="home-care", sections={"what": told("Mēs piedāvājam aprūpi mājās.")}) == []


@pytest.mark.parametrize("language", ["lv", "ru"])
def test_a_plan_is_told_with_its_year_in_both_languages(language: str) -> None:
    section = {**told("2018. gadā to plānoja.", "В 2018 году это планировали."), language: "-"}
    assert findings(topic="respite-care", sections={"what": section}) == [
        f"error: respite-care.{language}: planned-2018, but no text names the year 2018"
    ]


def test_the_stop_of_an_ordinal_number_ends_no_sentence() -> None:
    assert split_sentences("To plānoja 2015. gadā. Vai tas ir, nezinu: jautājiet!\nZvaniet.") == [
        "To plānoja 2015. gadā.",
        "Vai tas ir, nezinu:",
        "jautājiet!",
        "Zvaniet.",
    ]


def test_phones_are_read_however_they_are_written() -> None:
    texts = ["Zvaniet +371 63922238 vai 6392 2239, krīzē 116 123, arī 112.", "2015.–2020. gads, 12,5 % un 1120 eiro"]
    assert find_phones(texts) == {"63922238", "63922239", "116123", "112"}
