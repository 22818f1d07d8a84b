"""People are answered in the language they write, in whatever letters; a name or a number does not change it."""

from datetime import datetime

import pytest

from bot.house import House
from flows.state import ConversationState
from tests.flows.turns import Rehearsal, plan_turn, texts_of
from tests.flows.ways import reach
from tests.phone import Phone


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("labdien", "lv"),
        ("kā saņemt mājokļa pabalstu", "lv"),
        ("ka sanemt majokla pabalstu", "lv"),
        ("здравствуйте", "ru"),
        ("как получить жилищное пособие", "ru"),
        ("kak poluchit zhilishchnoe posobie", "ru"),
        ("zdravstvujte, hochu zapisatsja na prijom", "ru"),
        ("1", "lv"),  # nothing is known yet: Latvian
        ("?", "lv"),
        ("hello, I need help with rent", "lv"),
    ],
)
async def test_the_first_answer_is_in_the_language_of_the_first_message(
    still_house: House, now: datetime, text: str, language: str
) -> None:
    plan = await plan_turn(still_house, ConversationState(), text, now=now)
    assert plan.turn.state.language == language
    assert ("Чем могу помочь" in texts_of(plan) or "автоматический помощник" in texts_of(plan)) is (language == "ru")


@pytest.mark.parametrize("text", ["меню", "какие документы", "привет", "пособие"])
async def test_one_word_in_cyrillic_outside_a_form_is_enough(still_house: House, now: datetime, text: str) -> None:
    plan = await plan_turn(still_house, ConversationState(greeted=True, language="lv"), text, now=now)
    assert plan.turn.state.language == "ru"


@pytest.mark.parametrize("text", ["ok", "GMI", "1", "Bauska", "112"])
async def test_a_word_that_tells_no_language_changes_none(still_house: House, now: datetime, text: str) -> None:
    for language in ("lv", "ru"):
        plan = await plan_turn(still_house, ConversationState(greeted=True, language=language), text, now=now)
        assert plan.turn.state.language == language


@pytest.mark.parametrize("name", ["Анна", "Анна Иванова", "Ольга П."])
async def test_a_name_in_other_letters_does_not_switch_a_latvian_form(anna: Phone, name: str) -> None:
    await reach(anna, "book-appointment", "name")
    answer = await anna.says(name)
    assert f"{name}: otrdiena" in answer
    assert (await anna.state()).language == "lv"


@pytest.mark.parametrize("name", ["Anna", "Jānis Bērziņš", "Žanna"])
async def test_a_latvian_name_does_not_switch_a_russian_form(anna: Phone, name: str) -> None:
    await anna.says("запишите меня к психологу")
    await anna.says("1")
    assert f"{name}: вторник" in await anna.says(name)
    assert (await anna.state()).language == "ru"


async def test_a_sentence_in_the_other_language_switches_and_keeps_the_answers(rehearsal: Rehearsal) -> None:
    await rehearsal.says("vai man pienākas mājokļa pabalsts")
    await rehearsal.presses_like("check:")
    await rehearsal.says("viens")
    said = await rehearsal.says("моя пенсия примерно 500 евро")
    assert "Сколько евро" in said
    known = (await rehearsal.state()).facts["known"]
    assert set(known) == {"adults", "children", "income"}


async def test_a_language_that_was_chosen_stays_inside_a_form(rehearsal: Rehearsal) -> None:
    await rehearsal.says("runājiet latviski")
    await reach(rehearsal, "complaint-suggestion", "anonymous")
    assert "Vai" in await rehearsal.says("что это значит по вашему")
    assert (await rehearsal.state()).language == "lv"


@pytest.mark.parametrize(("word", "said"), [("krieviski", "Дальше говорим по-русски"), ("русский", "Дальше говорим")])
async def test_the_language_is_changed_by_a_word_and_remembered_for_what_we_send_first(
    anna: Phone, small_house: House, word: str, said: str
) -> None:
    assert said in await anna.says(word)
    index = small_house.inbox.address_index("web", anna.address)
    known = await small_house.inbox.find("web", index)
    assert known is not None
    assert known[0].language == "ru"


async def test_the_choice_of_language_is_asked_in_words_of_its_own(rehearsal: Rehearsal) -> None:
    assert "Kurā valodā runāsim?" in await rehearsal.says("valoda")
    assert [choice.id for choice in rehearsal.choices] == ["lv", "ru", "en", "uk"]
    assert "Дальше говорим по-русски" in await rehearsal.presses("ru")


async def test_the_greeting_comes_once_and_says_who_answers(rehearsal: Rehearsal) -> None:
    first = await rehearsal.says("labdien")
    assert "automātisk" in first
    assert "dzēst manus datus" in first
    assert "automātisk" not in await rehearsal.says("labdien")
