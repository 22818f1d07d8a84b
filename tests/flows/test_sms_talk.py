"""Talks by SMS: the rest on request, nothing changed by a forged sender, strangers told only whose number it is."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from booking.models import Appointment, AppointmentStatus
from booking.subjects import SecrecyLevel, Subject
from bot.channels.sms_text import as_sms, count_segments
from bot.channels.terminal import Collector
from bot.house import House
from bot.inbox import Received
from bot.runner import Runner
from flows.messages import Choice
from flows.one_time import MOST_WRONG
from flows.state import ConversationState
from flows.translations import translate
from tests.flows.turns import plan_turn, resident_at, texts_of
from tests.phone import Phone

BOOK = ("gribu pierakstīties pie psihologa", "1", "Anna", "jā")
SMS = resident_at(SecrecyLevel.UNKNOWN, "sms")


@pytest.fixture
def channel() -> Collector:
    return Collector("sms")


async def talk(phone: Phone, *lines: str) -> str:
    answer = ""
    for line in lines:
        answer = await phone.says(line)
    return answer


def figures_of(answer: str) -> str:
    found = re.search(r"\b\d{6}\b", answer)
    assert found, answer
    return found[0]


def others_than(figures: str) -> str:
    return f"{(int(figures) + 1) % 10**6:06}"


async def appointment(house: House) -> Appointment:
    async with house.database.reading() as session:
        return (await session.scalars(select(Appointment))).one()


async def is_known(house: House) -> bool:
    async with house.database.reading() as session:
        return bool((await session.scalars(select(Subject.level).where(Subject.level == "only_me"))).all())


async def test_cancelling_takes_the_figures_that_were_sent(anna: Phone, small_house: House) -> None:
    await talk(anna, *BOOK)
    asked = await talk(anna, "atcelt", "2")
    assert "Lai atceltu" in asked
    assert (await appointment(small_house)).status == AppointmentStatus.BOOKED
    figures = figures_of(asked)
    assert "Atcelts" in await anna.says(f"{figures[:3]} {figures[3:]}.")
    assert (await appointment(small_house)).status == AppointmentStatus.CANCELLED


async def test_moving_takes_the_figures_that_were_sent(anna: Phone, small_house: House) -> None:
    await talk(anna, *BOOK)
    before = (await appointment(small_house)).starts_at
    asked = await talk(anna, "mani pieraksti", "1", "3")
    assert (await appointment(small_house)).starts_at == before
    assert "Pārcelts" in await anna.says(figures_of(asked))
    assert (await appointment(small_house)).starts_at > before


async def test_deleting_takes_the_figures_that_were_sent(anna: Phone, small_house: House) -> None:
    await talk(anna, *BOOK)
    asked = await anna.says("dzēst manus datus")
    await talk(anna, "jā", "apstiprinu")
    assert await is_known(small_house)
    assert "Izdzēsts" in await anna.says(figures_of(asked))
    assert not await is_known(small_house)


async def test_a_forged_sender_cancels_moves_and_deletes_nothing(anna: Phone, small_house: House) -> None:
    """Whoever forges the number writes what they like and reads no answer."""
    await talk(anna, *BOOK)
    before = await appointment(small_house)
    words = ("atcelt", "2", "jā", "123456", "да", "mani pieraksti", "1", "1", "jā", "000000", "dzēst mani", "jā", "1")
    await talk(anna, *words)
    after = await appointment(small_house)
    assert (after.status, after.starts_at) == (before.status, before.starts_at)
    assert await is_known(small_house)


async def test_five_wrong_tries_rest_for_a_day_even_in_a_new_form(anna: Phone, small_house: House) -> None:
    await talk(anna, *BOOK)
    for number in range(MOST_WRONG):
        asked = await talk(anna, "atcelt", "2")
        answer = await anna.says(others_than(figures_of(asked)))
        assert ("vairs neder" in answer) == (number == MOST_WRONG - 1), number
        anna.now += timedelta(minutes=1)
    for words in (("atcelt", "2"), ("mani pieraksti", "1", "1"), ("dzēst mani",)):
        assert "vairs neder" in await talk(anna, *words)
    assert (await appointment(small_house)).status == AppointmentStatus.BOOKED
    anna.now += timedelta(hours=25)
    assert "Lai dzēstu" in await anna.says("dzēst mani")


async def test_after_ten_minutes_the_figures_are_old(anna: Phone, small_house: House) -> None:
    await talk(anna, *BOOK)
    figures = figures_of(await talk(anna, "atcelt", "2"))
    anna.now += timedelta(minutes=10)
    assert "vairs neder" in await anna.says(figures)
    assert "Lai atceltu" in await talk(anna, "atcelt", "2")
    assert (await appointment(small_house)).status == AppointmentStatus.BOOKED


async def test_a_wrong_try_and_a_question_keep_the_figures_asked_for(anna: Phone, small_house: House) -> None:
    await talk(anna, *BOOK)
    figures = figures_of(await talk(anna, "atcelt", "2"))
    assert figures in await anna.says(others_than(figures))
    assert figures in await anna.says("kas ir GMI pabalsts?")
    assert figures in await anna.says("krieviski")
    assert "Чтобы отменить" in await anna.says("спасибо")
    assert "всё остаётся" in (await anna.says("нет")).lower() or (await anna.state()).flow is None
    assert (await appointment(small_house)).status == AppointmentStatus.BOOKED


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (("Gribu pierakstīties pie psihologa", "1", "Anna", "Jaa!"), "apstiprināts"),
        (("хочу записаться к психологу", "1", "Анна", "дa"), "подтверждена"),  # the second letter is Latin
        (("gribu pierakstities pie psihologa", "1", "Anna", "LABI"), "apstiprināts"),
    ],
)
async def test_a_booking_by_sms_costs_at_most_three_segments_a_message(
    anna: Phone, lines: tuple[str, ...], last: str
) -> None:
    for line in lines:
        await anna.says(line)
        for reply in anna.heard:
            assert count_segments(as_sms(reply)) <= 3, as_sms(reply)
            assert (reply.details, reply.source) == ("", "")
    assert last in anna.heard[-1].text


@pytest.mark.parametrize("word", ["9", "V", "ещё"])
async def test_the_rest_comes_on_request_and_the_question_stays_open(anna: Phone, word: str) -> None:
    await anna.says("kas ir mājokļa pabalsts")
    assert as_sms(anna.heard[-1]).endswith("9) Vairāk")
    before = await anna.state()
    told = [as_sms(anna.heard[-1]), *[await anna.says(word) for _ in range(4)]]
    assert told[1].startswith("Skaita īri")
    after = await anna.state()
    assert (after.offered, after.topic) == ([*before.offered, *before.held_back], "housing-benefit")
    for number, (_, label) in enumerate(after.offered, start=1):
        assert f"{number}) {label}" in (told[0] if number <= len(before.offered) else "".join(told[1:]))


@pytest.mark.parametrize(("language", "words"), [("lv", "2"), ("ru", "с контактом")])
async def test_the_receipt_of_a_complaint_shows_its_choices_and_leaves_text_for_later(
    anna: Phone, language: str, words: str
) -> None:
    await talk(anna, {"lv": "latviski", "ru": "по-русски"}[language], "gribu sūdzēties", words, "лифт не работает")
    shown = as_sms(anna.heard[-1])
    state = await anna.state()
    assert [one for one, _ in state.offered] == ["topic:how-to-apply", "menu"]
    assert all(f"{number}) {label}" in shown for number, (_, label) in enumerate(state.offered, start=1))
    assert state.held_back == []


async def test_a_choice_is_read_only_once_it_was_shown(anna: Phone) -> None:
    await talk(anna, "labdien", "izvēlne")
    state = await anna.state()
    last = len(state.offered) + len(state.held_back)
    assert as_sms(anna.heard[-1]).splitlines()[-1] == "V) Vairāk"
    assert f"{len(state.offered) + 1}) " not in as_sms(anna.heard[-1])
    await anna.says("8")
    assert (await anna.state()).topic != "office-contacts"
    await anna.says("izvēlne")
    assert "8) Adreses un tālruņi" in await anna.says("v")
    assert len((await anna.state()).offered) == last
    await anna.says("8")
    assert (await anna.state()).topic == "office-contacts"


async def test_after_the_last_of_it_one_kind_line_says_so(anna: Phone) -> None:
    await anna.says("kas ir mājokļa pabalsts")
    heard = [await anna.says("9") for _ in range(8)]
    assert "Avots:" in "\n".join(heard)
    assert heard[-1] == translate("That was all. Write whenever you would like to know something else.", "lv")


async def test_more_in_a_form_leaves_the_form_as_it_is(anna: Phone) -> None:
    await talk(anna, "gribu pierakstīties pie psihologa", "1")
    answer = await anna.says("kādi dokumenti vajadzīgi mājokļa pabalstam?")
    assert "9) Vairāk" in "\n".join(as_sms(reply) for reply in anna.heard), answer
    await anna.says("9")
    assert (await anna.state()).step == "name"
    await anna.says("Anna")
    assert (await anna.state()).step == "confirm"


async def test_nine_is_the_number_where_a_number_is_asked_for(anna: Phone) -> None:
    await anna.says("vai man pienākas mājokļa pabalsts")
    await anna.presses("check:housing-benefit")
    facts = (await anna.state()).facts
    await anna.says("9")
    assert (await anna.state()).facts != facts


@pytest.mark.parametrize("word", ["kas tas ir?", "nepareizs numurs", "кто это?"])
async def test_who_got_a_message_by_mistake_learns_whose_it_is_and_how_to_stop_it(
    still_house: House, now: datetime, word: str
) -> None:
    state = ConversationState(flow="book-appointment", step="name", facts={"kind": "psychologist"})
    plan = await plan_turn(still_house, state, word, now=now, resident=SMS)
    told = texts_of(plan)
    assert "STOP" in told or "СТОП" in told
    assert not re.search("sociāl|социал|psiholog|психолог|Palīgs", told)
    assert len(plan.replies) == 1
    assert (plan.turn.state.flow, plan.turn.state.greeted) == ("book-appointment", False)


async def test_the_same_words_about_an_answer_are_a_question_about_it(still_house: House, now: datetime) -> None:
    state = ConversationState(greeted=True, topic="gmi-benefit")
    plan = await plan_turn(still_house, state, "kas tas ir?", now=now, resident=SMS)
    assert plan.turn.outcome.topic == "gmi-benefit"


@pytest.mark.parametrize(
    ("word", "names"), [("HELP", "Bauskas klientu centrs"), ("помощь", "Бауский клиентский центр")]
)
async def test_help_names_the_office_its_telephone_and_how_to_stop(
    still_house: House, now: datetime, word: str, names: str
) -> None:
    plan = await plan_turn(still_house, ConversationState(), word, now=now, resident=SMS)
    (reply,) = plan.replies
    assert names in reply.text
    assert "63963977" in reply.text
    assert "STOP" in reply.text or "СТОП" in reply.text
    assert "talk-to-person" in [choice.id for choice in reply.choices]


@pytest.mark.parametrize("word", ["STOP", "stāt", "СТОП", "CTOП", "stop visu", "отписаться", "atteikties"])
async def test_stop_is_stop_at_once_and_is_not_welcomed(still_house: House, now: datetime, word: str) -> None:
    plan = await plan_turn(still_house, ConversationState(), word, now=now, resident=SMS)
    assert len(plan.replies) == len(plan.effects) == 1
    assert not re.search("Palīgs|sociāl|социал", texts_of(plan))


@pytest.mark.parametrize("sign", ["unreadable", "edited"])
async def test_what_cannot_be_read_is_said_kindly_and_the_question_comes_again(
    still_house: House, now: datetime, sign: str
) -> None:
    said = Choice(sign, "")
    for state in (ConversationState(greeted=True, offered=[["menu", "Izvēlne"]]), await _asking(still_house, now)):
        plan = await plan_turn(still_house, state, said, now=now, resident=SMS)
        after = plan.turn.state
        assert len(plan.replies) == (2 if state.flow else 1)
        assert (after.flow, after.step, after.offered) == (state.flow, state.step, state.offered)


async def _asking(house: House, now: datetime) -> ConversationState:
    plan = await plan_turn(house, ConversationState(greeted=True), "gribu sūdzēties", now=now, resident=SMS)
    return plan.turn.state


@pytest.mark.parametrize("sign", ["unreadable", "edited"])
async def test_danger_in_the_words_of_a_picture_or_an_edit_gets_its_card(
    anna: Phone, small_house: House, sign: str
) -> None:
    received = Received("sms", "anna", sign, "gribu nomirt, vairs negribu dzīvot", sign)
    await small_house.inbox.accept(received, now=anna.now)
    await Runner(small_house, lambda: anna.now).settle()
    heard = anna.channel.take()["anna"]
    assert heard[0].is_danger_card


async def test_the_short_greeting_comes_once_and_the_notice_on_request(anna: Phone) -> None:
    first = await anna.says("es gribu kaut ko pateikt")
    assert "ne cilvēks" in first
    assert "tikai tik ilgi" not in first
    heard = "".join([await anna.says("V") for _ in range(4)])
    assert "tikai tik ilgi" in heard
    assert "ne cilvēks." not in await anna.says("labdien")


@pytest.mark.parametrize("word", ["ZVANIET", "позвоните"])
async def test_the_word_call_asks_for_a_call(still_house: House, now: datetime, word: str) -> None:
    plan = await plan_turn(still_house, ConversationState(greeted=True), word, now=now, resident=SMS)
    assert plan.turn.state.flow == "call-back"


async def test_more_of_nothing_in_a_form_only_repeats_its_question(anna: Phone) -> None:
    asked = await talk(anna, "gribu pierakstīties pie psihologa", "1")
    assert await anna.says("9") == anna.heard[-1].text
    assert len(anna.heard) == 1
    assert anna.heard[0].text in asked
