"""The pre-check as a talk: only what matters is asked, "do not know" is always an answer, and it never discourages."""

import json
from datetime import UTC, datetime

import pytest

from booking.subjects import SecrecyLevel
from bot.house import House
from flows.messages import Choice
from flows.state import ConversationState
from tests.flows.turns import Rehearsal, plan_turn, resident_at
from tests.phone import Phone

SMS = resident_at(SecrecyLevel.UNKNOWN, "sms")
SUMMER = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
BENEFITS = ("gmi-benefit", "needy-status", "low-income-status", "housing-benefit", "emergency-benefit")
NOTICE = {
    "lv": ("aptuvens aprēķins", "Lemj sociālais dienests", "pieteikties Jūs varat jebkurā gadījumā", "nav iesniegums"),
    "ru": ("примерный расчёт", "Решает социальная служба", "подать заявление Вы можете в любом случае", "не заявление"),
}
DO_NOT_KNOW = {"lv": "nezinu", "ru": "не знаю"}
VERDICTS = {
    "lv": ("varētu pienākties", "Vēl nav skaidrs", "laikam ne"),
    "ru": ("может быть положено", "Пока неясно", "скорее нет"),
}


@pytest.fixture
def summer(rehearsal: Rehearsal) -> Rehearsal:
    """A resident in June 2026, when the coefficients of May hold."""
    rehearsal.now = SUMMER
    return rehearsal


async def check(phone: Phone, topic: str, *answers: str, language: str = "lv") -> str:
    """The last message of a talk that checks one benefit and answers so."""
    await phone.says({"lv": "runājiet latviski", "ru": "говорите по-русски"}[language])
    await phone.says("menu")
    said = await phone.presses_like("check-eligibility") if topic == "all" else await _open(phone, topic)
    for answer in answers:
        said = await phone.says(answer)
    return said


async def _open(phone: Phone, topic: str) -> str:
    title = phone.house.knowledge.catalogue.articles[topic].title
    await phone.says(f"{title['ru' if (await phone.state()).language == 'ru' else 'lv']}")
    if not any(choice.id == f"check:{topic}" for choice in phone.choices):
        await phone.presses_like(f"topic:{topic}")
    return await phone.presses(f"check:{topic}")


async def is_over(phone: Phone) -> bool:
    return (await phone.state()).flow is None


async def answer_always(phone: Phone, answer: str) -> str:
    """Give one answer to every question until the result."""
    said = ""
    for _ in range(12):
        if await is_over(phone):
            return said
        said = await phone.says(answer)
    raise AssertionError("the questions never end")


@pytest.mark.parametrize("topic", BENEFITS)
async def test_do_not_know_everywhere_gives_no_verdict_it_cannot_give(rehearsal: Rehearsal, topic: str) -> None:
    for language in ("lv", "ru"):
        resident = Rehearsal(rehearsal.house, rehearsal.channel, rehearsal.now, address=language)
        await check(resident, topic, language=language)
        result = await answer_always(resident, DO_NOT_KNOW[language])
        _, still_open, _ = VERDICTS[language]
        assert still_open in result
        assert not any(word in result for word in (VERDICTS[language][0], VERDICTS[language][2]))
        assert "euro" not in result
        assert all(sentence in result for sentence in NOTICE[language])
        assert resident.choices[0].id.startswith("flow:book-appointment:")


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_all_benefits_at_once_take_at_most_ten_messages(rehearsal: Rehearsal, language: str) -> None:
    await check(rehearsal, "all", language=language)
    before = rehearsal.sent
    result = await answer_always(rehearsal, DO_NOT_KNOW[language])
    assert rehearsal.sent - before <= 10
    assert result.count(VERDICTS[language][1]) == len(BENEFITS)


@pytest.mark.parametrize(
    ("language", "answers", "told"),
    [
        # 2.1 x 187 + 300 - 500 for a pensioner, 1.3 x 187 + 300 - 500 for anyone: likely either way.
        ("lv", ("1", "500", "300"), "Aptuveni no 43,10 līdz 192,70 eiro mēnesī."),
        ("lv", ("dzīvoju viena", "piecsimt", "300 eiro"), "Aptuveni no 43,10 līdz 192,70 eiro mēnesī."),
        ("ru", ("я одна", "500 евро", "триста"), "Примерно от 43,10 до 192,70 евро в месяц."),
        # At 600 only a pensioner may get it, so that is asked.
        ("lv", ("1", "600", "300", "1"), "Aptuveni 92,70 eiro mēnesī."),
        ("ru", ("1", "600", "300", "1"), "Примерно 92,70 евро в месяц."),
    ],
)
async def test_a_pensioner_alone_hears_the_amount_of_that_day(
    summer: Rehearsal, language: str, answers: tuple[str, ...], told: str
) -> None:
    result = await check(summer, "housing-benefit", *answers, language=language)
    assert VERDICTS[language][0] in result
    assert told in result
    assert all(sentence in result for sentence in NOTICE[language])
    assert await is_over(summer)


@pytest.mark.parametrize(
    ("topic", "answers", "verdict", "amount"),
    [
        ("gmi-benefit", ("1", "0"), 0, "187"),  # the level itself
        ("gmi-benefit", ("2 pieaugušie, 2 bērni", "300"), 0, "280"),  # 187 + 3 x 131 - 300
        ("gmi-benefit", ("1", "1500", "nē"), 2, None),
        ("needy-status", ("1", "425"), 0, None),  # at the threshold
        ("needy-status", ("1", "425,01", "nē"), 2, None),  # a cent above it
        ("emergency-benefit", ("jā",), 0, None),
        ("low-income-status", ("1", "400"), 0, None),
    ],
)
async def test_each_benefit_comes_to_the_verdict_of_its_rules(
    summer: Rehearsal, topic: str, answers: tuple[str, ...], verdict: int, amount: str | None
) -> None:
    result = await check(summer, topic, *answers)
    assert await is_over(summer)
    assert VERDICTS["lv"][verdict] in result
    assert (amount or "") in result
    assert ("eiro mēnesī" in result) == (amount is not None)


async def test_even_an_unlikely_result_says_that_one_may_apply_and_offers_an_appointment(summer: Rehearsal) -> None:
    result = await check(summer, "gmi-benefit", "1", "1500", "nē")
    assert "Pieteikties tomēr varat" in result
    assert "pieteikties Jūs varat jebkurā gadījumā" in result
    assert "nepienākas" not in result
    await summer.presses_like("flow:book-appointment")
    assert (await summer.state()).step == "time"


async def test_the_result_names_reasons_and_papers(summer: Rehearsal) -> None:
    result = await check(summer, "gmi-benefit", "1", "100")
    assert "Robeža Jūsu mājsaimniecībai: 187 EUR" in result
    assert "Dokumenti, ko paņemt līdzi:" in result
    assert "Pase vai eID karte" in result


@pytest.mark.parametrize(
    ("word", "why"),
    [("kāpēc", "Robežas ir atkarīgas"), ("Kāpēc?", "Robežas ir atkarīgas"), ("почему", "Пороги зависят")],
)
async def test_why_is_explained_and_the_question_asked_again(rehearsal: Rehearsal, word: str, why: str) -> None:
    question = await check(rehearsal, "gmi-benefit", language="ru" if word == "почему" else "lv")
    answer = await rehearsal.says(word)
    assert why in answer
    assert question.splitlines()[-1] in answer
    assert (await rehearsal.state()).misses == 0


async def test_back_takes_the_last_answer_back_and_another_may_be_given(summer: Rehearsal) -> None:
    await check(summer, "gmi-benefit", "3 pieaugušie")
    assert "Cik pieaugušo" in await summer.says("atpakaļ")
    assert (await summer.state()).facts["known"] == {}
    await summer.says("1")
    assert "187" in await summer.says("0")


async def test_back_twice_takes_two_answers_back(summer: Rehearsal) -> None:
    await check(summer, "housing-benefit", "1", "600")
    assert "Cik eiro mēnesī" in await summer.says("atpakaļ")
    assert "Cik pieaugušo" in await summer.says("atpakaļ")
    facts = (await summer.state()).facts
    assert (facts["known"], facts["asked"], facts["history"]) == ({}, [], [])


async def test_back_before_the_first_answer_shows_the_menu(rehearsal: Rehearsal) -> None:
    await check(rehearsal, "gmi-benefit")
    assert "Ar ko varu palīdzēt?" in await rehearsal.says("atpakaļ")
    assert await is_over(rehearsal)


@pytest.mark.parametrize("answer", ["varbūt", "???", "daudz", "-5", "1e9", "300.50.1", "Infinity", "NaN", "😀"])
async def test_an_unreadable_amount_is_asked_again_kindly(summer: Rehearsal, answer: str) -> None:
    await check(summer, "gmi-benefit", "1")
    said = await summer.says(answer)
    assert "nezinu" in said
    assert "Cik eiro mēnesī" in said
    assert (await summer.state()).facts["open"] == "income"


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("300,50", "300.50"),
        ("300.5", "300.5"),
        ("trīs simti", "300"),
        ("ap 300", "300"),
        ("300 eur", "300"),
        ("триста", "300"),
    ],
)
async def test_an_amount_is_read_as_people_write_it(summer: Rehearsal, written: str, amount: str) -> None:
    await check(summer, "housing-benefit", "1", written)
    low, high = (await summer.state()).facts["known"]["income"]
    assert float(low) <= float(amount) <= float(high)


async def test_switching_the_language_keeps_the_answers(summer: Rehearsal) -> None:
    await check(summer, "gmi-benefit", "1")
    said = await summer.says("krieviski")
    assert "Сколько евро в месяц" in said
    assert "187" in await summer.says("0")


async def test_the_answers_are_gone_with_the_result(summer: Rehearsal) -> None:
    await check(summer, "housing-benefit", "2 pieaugušie, 3 bērni", "777", "333")
    await answer_always(summer, "nezinu")
    state = await summer.state()
    assert state.facts == {}
    kept = json.dumps([state.facts, state.receipt, state.topic, state.trail])
    assert "777" not in kept
    assert "333" not in kept


async def test_what_the_result_was_is_not_said_to_the_next_at_the_screen(summer: Rehearsal) -> None:
    await check(summer, "gmi-benefit", "1", "0")
    summer.now = summer.now.replace(hour=9)
    said = await summer.says("un cik?")
    assert "187" not in said
    assert "GMI" not in said


async def test_by_sms_a_number_is_the_answer_and_never_a_choice(still_house: House) -> None:
    start = Choice("check:gmi-benefit", "")
    asked = await plan_turn(still_house, ConversationState(greeted=True), start, now=SUMMER, resident=SMS)
    assert "nezinu" in asked.replies[-1].text
    assert not asked.replies[-1].choices
    answered = await plan_turn(still_house, asked.turn.state, "1", now=SUMMER, resident=SMS)
    assert answered.turn.state.facts["known"]["adults"] == [1, 1]


async def test_words_that_ask_for_the_check_start_it_for_the_topic_of_the_talk(rehearsal: Rehearsal) -> None:
    await rehearsal.says("kas ir mājokļa pabalsts")
    await rehearsal.says("paldies")
    await rehearsal.says("pārbaudīt")
    assert (await rehearsal.state()).facts["scope"] == ["housing-benefit"]
    await rehearsal.says("menu")
    fresh = Rehearsal(rehearsal.house, rehearsal.channel, rehearsal.now, address="fresh")
    await fresh.says("kas man pienākas")
    assert set((await fresh.state()).facts["scope"]) == set(BENEFITS)
