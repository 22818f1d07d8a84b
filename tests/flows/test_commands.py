"""Words that work at any time: each in both languages, in the middle of every question of every conversation."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from booking.appointments import live_of_subject
from booking.subjects import SecrecyLevel, Subject
from bot.house import House
from flows.commands import WORDS, Command, read_command
from flows.messages import Reply
from flows.state import ConversationState
from flows.turn import Resident
from tests.flows.turns import SOMEBODY, Rehearsal, plan_turn, question_of, texts_of
from tests.flows.ways import ALL_STEPS, WAYS, reach
from tests.phone import Phone

QUESTIONS = {"lv": "kādi dokumenti vajadzīgi GMI pabalstam?", "ru": "какие документы нужны для пособия ГМИ?"}
# Whatever is written there is the complaint itself.
TAKES_ANY_WORDS = ("complaint-suggestion", "words")


@pytest.mark.parametrize(
    ("command", "words"), [(command, words) for command, spellings in WORDS.items() for words in spellings]
)
def test_every_listed_spelling_is_its_own_command(command: Command, words: str) -> None:
    assert read_command(words) == command
    assert read_command(f"  {words.upper()}! ") == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Menu", Command.MENU),
        ("palidziba", Command.HELP),
        ("pomoshch", Command.HELP),
        ("HELP", Command.HELP),
        ("atpakal", Command.BACK),
        ("nazad", Command.BACK),
        ("lūdzu, cilvēku", Command.PERSON),
        ("Gribu runāt ar dzīvu cilvēku", Command.PERSON),
        ("man vajag cilvēku!", Command.PERSON),
        ("мне нужен человек", Command.PERSON),
        ("живой сотрудник", Command.PERSON),
        ("позовите человека, пожалуйста", Command.PERSON),
        ("runajiet latviski", Command.LATVIAN),
        ("po russki", Command.RUSSIAN),
        ("стоп", Command.STOP),
        ("СТОП!!!", Command.STOP),
        ("CTOП", Command.STOP),  # three Latin letters that look the same
        ("STОР", Command.STOP),  # two Cyrillic ones
        ("stat", Command.STOP),
        ("НELP", Command.HELP),
        ("9", Command.MORE),
        ("V", Command.MORE),
        ("в", Command.MORE),
        ("Вairak", Command.MORE),
        ("vairāk!", Command.MORE),
        ("ещё", Command.MORE),
        ("esche", Command.MORE),
        ("ZVANIET", Command.CALL),
        ("позвоните мне, пожалуйста", Command.CALL),
        ("kas tas ir?", Command.WHO),
        ("кто это", Command.WHO),
        ("nepareizs numurs", Command.WHO),
        ("beigt", Command.LEAVE),
        ("хватит", Command.LEAVE),
        ("0", Command.LEAVE),
        ("ko jus par mani zinat?", Command.MY_DATA),
        ("chto vy obo mne znaete", Command.MY_DATA),
        ("dzest mani", Command.DELETE_ME),
        ("удалите меня!", Command.DELETE_ME),
    ],
)
def test_a_command_is_understood_without_marks_in_latin_letters_and_with_a_please(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "kā atcelt pabalstu",
        "gribu stāties rindā",
        "palīdzība mājās mammai",
        "cilvēks ar invaliditāti",
        "язык жестов для глухого",
        "01",
        "19",
        "gribu vairāk naudas",
        "vai jūs man zvanīsiet",
        "kas tas ir asistents",
        "",
        "sākums mācību gadam pabalsts",
    ],
)
def test_a_command_inside_a_sentence_is_not_a_command(text: str) -> None:
    assert read_command(text) is None


def test_a_pressed_choice_is_a_command_only_by_its_id() -> None:
    assert read_command("stop", "menu") == Command.MENU
    assert read_command("stop", "topic:gmi-benefit") is None


def test_every_step_of_every_conversation_is_walked_here() -> None:
    assert set(WAYS) == set(ALL_STEPS)


@pytest.mark.parametrize(("flow", "step"), ALL_STEPS)
async def test_any_question_may_be_interrupted_in_both_languages(
    anna: Phone, small_house: House, flow: str, step: str
) -> None:
    """Menu, leaving, a person, stop, the other language, a question and back: each on a copy of the same talk."""
    await reach(anna, flow, step)
    latvian = await anna.state()
    resident = await _resident(anna, small_house)
    russian = (await plan_turn(small_house, latvian, "krieviski", now=anna.now, resident=resident)).turn.state
    for state in (latvian, russian):
        open_question = await _asked_again(anna, small_house, state)
        for check in (_menu, _leaves, _person, _stops, _switches, _answers, _goes_back):
            await check(anna, small_house, state, open_question)


async def _asked_again(phone: Phone, house: House, state: ConversationState) -> Reply:
    """The open question as it stands; thanks never answer anything."""
    plan = await plan_turn(house, state, "paldies", now=phone.now, resident=await _resident(phone, house))
    assert len(plan.replies) == 1
    return plan.replies[0]


async def _resident(phone: Phone, house: House) -> Resident:
    async with house.database.reading() as session:
        index = house.inbox.address_index(phone.channel.name, phone.address)
        subject = await session.scalar(select(Subject).where(Subject.address_index == index))
    assert subject is not None
    return replace(SOMEBODY, subject_id=subject.id, level=SecrecyLevel(subject.level))


async def _menu(phone: Phone, house: House, state: ConversationState, _: Reply) -> None:
    for word in ("izvēlne", "palīdzība", "меню", "помощь", "help"):
        plan = await plan_turn(house, state, word, now=phone.now)
        assert plan.turn.state.flow is None, word
        assert "talk-to-person" in [choice.id for choice in question_of(plan).choices], word


async def _leaves(phone: Phone, house: House, state: ConversationState, _: Reply) -> None:
    for word in ("0", "beigt", "хватит"):
        plan = await plan_turn(house, state, word, now=phone.now)
        assert plan.turn.state.flow is None, word
        assert plan.turn.state.facts == {}, word
        assert plan.effects == [], word


async def _person(phone: Phone, house: House, state: ConversationState, _: Reply) -> None:
    if state.flow == "talk-to-person":
        return
    for word in ("cilvēku", "позовите человека"):
        plan = await plan_turn(house, state, word, now=phone.now)
        assert plan.turn.state.flow == "talk-to-person", word


async def _stops(phone: Phone, house: House, state: ConversationState, _: Reply) -> None:
    for word in ("STOP", "стоп"):
        plan = await plan_turn(house, state, word, now=phone.now)
        assert plan.turn.state.flow is None, word
        assert len(plan.effects) == 1, word
        assert len(plan.replies) == 1, word


async def _switches(phone: Phone, house: House, state: ConversationState, open_question: Reply) -> None:
    word, other = ("krieviski", "ru") if state.language == "lv" else ("latviski", "lv")
    resident = await _resident(phone, house)
    plan = await plan_turn(house, state, word, now=phone.now, resident=resident)
    after = plan.turn.state
    assert after.language == other
    assert (after.flow, after.step, after.facts) == (state.flow, state.step, state.facts)
    assert [choice.id for choice in plan.replies[-1].choices] == [choice.id for choice in open_question.choices]
    assert plan.replies[-1].text != open_question.text
    # Labels are shown in the new language and read in it.
    assert [one[0] for one in after.offered] == [choice.id for choice in open_question.choices]


async def _answers(phone: Phone, house: House, state: ConversationState, open_question: Reply) -> None:
    if (state.flow, state.step) == TAKES_ANY_WORDS:
        return
    resident = await _resident(phone, house)
    plan = await plan_turn(house, state, QUESTIONS[state.language], now=phone.now, resident=resident)
    answer, again = plan.replies
    assert ("Avots" in answer.source) or ("Источник" in answer.source)
    assert again == open_question
    assert plan.effects == []
    after = plan.turn.state
    assert (after.flow, after.step, after.facts) == (state.flow, state.step, state.facts)


async def _goes_back(phone: Phone, house: House, state: ConversationState, open_question: Reply) -> None:
    resident = await _resident(phone, house)
    for word in ("atpakaļ", "назад"):
        plan = await plan_turn(house, state, word, now=phone.now, resident=resident)
        assert len(plan.replies) == 1, word
        assert plan.replies[0] != open_question, word
        assert plan.replies[0].choices or plan.turn.state.step, word


@pytest.mark.parametrize("word", ["atpakaļ", "назад", "back"])
async def test_back_goes_one_question_back_and_drops_its_answer(rehearsal: Rehearsal, word: str) -> None:
    await reach(rehearsal, "book-appointment", "confirm")
    seen = []
    for _ in range(5):
        await rehearsal.says(word)
        state = await rehearsal.state()
        seen.append(state.step)
        assert "name" not in state.facts
    assert seen == ["name", "time", None, None, None]


async def test_back_in_the_long_way_visits_every_question_again(rehearsal: Rehearsal) -> None:
    await reach(rehearsal, "book-appointment", "part")
    seen = []
    for _ in range(5):
        await rehearsal.says("atpakaļ")
        seen.append((await rehearsal.state()).step)
    assert seen == ["day", "office", "time", "need", None]


async def test_back_at_the_very_beginning_shows_the_menu(rehearsal: Rehearsal) -> None:
    assert "Ar ko varu palīdzēt?" in await rehearsal.says("atpakaļ")


async def test_zero_is_an_answer_where_a_number_is_asked_for(rehearsal: Rehearsal) -> None:
    await rehearsal.says("vai man pienākas GMI pabalsts")
    await rehearsal.presses_like("check:")
    await rehearsal.says("1")
    answer = await rehearsal.says("0")
    assert "187" in answer
    assert "šeit beidzam" not in answer


async def test_zero_leaves_where_no_number_can_be_meant(rehearsal: Rehearsal) -> None:
    await reach(rehearsal, "book-appointment", "name")
    assert "šeit beidzam" in await rehearsal.says("0")
    assert (await rehearsal.state()).flow is None


@pytest.mark.parametrize("word", ["atcelt", "отменить", "отмена", "atcelt pierakstu"])
async def test_the_word_cancel_outside_a_form_means_the_appointment(anna: Phone, word: str) -> None:
    await reach(anna, "my-appointments", "list")
    await anna.says("0")
    await anna.says(word)
    assert (await anna.state()).flow == "my-appointments"


@pytest.mark.parametrize("word", ["atcelt", "Atcelt!", "jā", "jā, atcelt"])
async def test_the_word_cancel_cancels_when_asked_whether_to_cancel(anna: Phone, small_house: House, word: str) -> None:
    await reach(anna, "my-appointments", "sure")
    assert "Atcelts" in await anna.says(word)
    assert await _live(anna, small_house) == []


async def test_the_word_cancel_in_the_list_chooses_the_one_appointment(anna: Phone, small_house: House) -> None:
    await reach(anna, "my-appointments", "list")
    await anna.says("atcelt")
    assert (await anna.state()).step == "sure"
    assert len(await _live(anna, small_house)) == 1


async def test_the_word_move_in_the_list_chooses_the_one_appointment(anna: Phone) -> None:
    await reach(anna, "my-appointments", "list")
    await anna.says("pārcelt")
    assert (await anna.state()).step == "new-time"


async def _live(phone: Phone, house: House) -> list[object]:
    resident = await _resident(phone, house)
    async with house.database.reading() as session:
        return list(await live_of_subject(session, resident.subject_id, now=phone.now))


@pytest.mark.parametrize(
    ("first", "label", "flow"),
    [
        ("labdien", "Runāt ar cilvēku", "talk-to-person"),
        ("labdien", "Mani pieraksti", None),
        ("labdien", "Pierakstīties pie speciālista", "book-appointment"),
        ("qwerty asdfgh zxcvbn", "Runāt ar cilvēku", "talk-to-person"),
    ],
)
async def test_a_digit_does_what_its_button_does(
    rehearsal: Rehearsal, first: str, label: str, flow: str | None
) -> None:
    await rehearsal.says(first)
    digit = [choice.label for choice in rehearsal.choices].index(label) + 1
    pressed = Rehearsal(rehearsal.house, rehearsal.channel, rehearsal.now)
    await pressed.says(first)
    assert (await rehearsal.says(str(digit))).strip() == (await pressed.presses(pressed.choice_like(label).id)).strip()
    assert (await rehearsal.state()).flow == flow


async def test_the_language_may_be_chosen_by_its_digit(rehearsal: Rehearsal) -> None:
    await rehearsal.says("valoda")
    assert "Дальше говорим по-русски" in await rehearsal.says("2")


async def test_an_old_button_answers_no_open_question(rehearsal: Rehearsal) -> None:
    await reach(rehearsal, "book-appointment", "time")
    old = rehearsal.choices[0].id
    await rehearsal.presses("other")
    answer = await rehearsal.presses(old)
    assert "Šis saraksts ir vecs" in answer
    assert (await rehearsal.state()).step == "office"


async def test_twelve_steps_back_are_remembered_and_the_state_stays_small(rehearsal: Rehearsal) -> None:
    await reach(rehearsal, "book-appointment", "day")
    for _ in range(10):
        await rehearsal.says("1")
        if (await rehearsal.state()).step == "part":
            await rehearsal.says("1")
        await rehearsal.presses("other")
        await rehearsal.says("1")
    assert len((await rehearsal.state()).trail) <= 12


async def test_thanks_and_greetings_do_not_answer_the_open_question(rehearsal: Rehearsal) -> None:
    await reach(rehearsal, "book-appointment", "name")
    for word in ("paldies", "labdien", "спасибо", "здравствуйте"):
        plan = await plan_turn(rehearsal.house, await rehearsal.state(), word, now=rehearsal.now)
        assert plan.turn.state.step == "name", word
        assert "Kā Jūs uzrunāt" in texts_of(plan), word
