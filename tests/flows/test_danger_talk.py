"""Danger first: the fixed card before anything else, on every channel and in any form; the rest is answered too."""

from datetime import datetime, timedelta

import pytest

from booking.subjects import SecrecyLevel
from bot.house import House
from bot.inbox import Received
from flows.state import ConversationState
from tests.flows.turns import cards_of, plan_turn, resident_at, texts_of
from tests.flows.ways import ALL_STEPS, reach
from tests.phone import Phone

NEW_TALK = ConversationState(greeted=True)
CRISIS_LINE, EMERGENCY, VICTIMS = "116123", "112", "116006"


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("es negribu vairs dzīvot", CRISIS_LINE, "Ar to nav jāpaliek vienatnē"),
        ("negribu vairs dzivot", CRISIS_LINE, "Ar to nav jāpaliek vienatnē"),
        ("не хочу жить", CRISIS_LINE, "Вы не одни"),
        ("ne hochu zhit", CRISIS_LINE, "Вы не одни"),
        ("не хочу більше жити", CRISIS_LINE, "Ви не самі"),
        ("I want to die", CRISIS_LINE, "You do not have to be alone"),
        ("vīrs mani sit", VICTIMS, "Tā nav Jūsu vaina"),
        ("муж меня бьёт", VICTIMS, "Это не Ваша вина"),
        ("мій чоловік б'є мене", VICTIMS, "Це не Ваша провина"),
        ("he hits me every day", VICTIMS, "This is not your fault"),
        ("kaimiņš sit bērnu", "116111", "Nevienam bērnam nav jācieš"),
        ("сосед бьёт ребёнка", "116111", "Ни один ребёнок"),
        ("vecmāmiņa bez samaņas", "113", "zvaniet 113"),
        ("бабушка без сознания", "113", "звоните 113"),
    ],
)
async def test_the_card_comes_first_in_the_language_of_the_cry(
    still_house: House, now: datetime, text: str, number: str, words: str
) -> None:
    plan = await plan_turn(still_house, ConversationState(), text, now=now)
    card = plan.replies[0]
    assert card.is_danger_card
    assert number in card.text
    assert words in card.text
    assert EMERGENCY in card.text
    assert plan.turn.outcome.kind == "crisis"


async def test_nobody_in_danger_is_welcomed_with_a_notice(anna: Phone) -> None:
    answer = await anna.says("vīrs mani sit")
    assert "Esmu Palīgs" not in answer
    assert "Kas Jūs interesē" not in answer
    assert "Esmu Palīgs" in await anna.says("labdien")


async def test_a_person_is_offered_and_yes_takes_the_offer(anna: Phone) -> None:
    await anna.says("vīrs mani sit")
    assert [choice.id for choice in anna.choices] == ["talk-to-person"]
    assert "Jums atbildēs dienesta darbinieks" in await anna.says("jā")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("viņš mani sit, kādi dokumenti vajadzīgi GMI pabalstam?", "gmi-benefit"),
        ("муж меня бьёт, какие документы нужны для пособия ГМИ?", "gmi-benefit"),
    ],
)
async def test_the_question_beside_the_danger_is_answered_too(
    still_house: House, now: datetime, text: str, topic: str
) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    assert plan.replies[0].is_danger_card
    assert any(reply.source for reply in plan.replies[1:])
    assert (plan.turn.outcome.kind, plan.turn.outcome.topic) == ("crisis", topic)


@pytest.mark.parametrize(("flow", "step"), ALL_STEPS)
async def test_in_the_middle_of_a_form_the_card_comes_and_the_form_goes_on(
    anna: Phone, small_house: House, flow: str, step: str
) -> None:
    await reach(anna, flow, step)
    before = await anna.state()
    await anna.says("es vairs negribu dzīvot")
    assert anna.heard[0].is_danger_card
    after = await anna.state()
    if (flow, step) in {("complaint-suggestion", "words"), ("talk-to-person", "contact")}:
        return  # there the cry itself is what the office must read
    assert (after.flow, after.step, after.facts) == (before.flow, before.step, before.facts)
    assert len(anna.heard) == 2
    assert [choice.id for choice in anna.heard[1].choices] == [one[0] for one in before.offered]


async def test_a_cry_is_never_taken_for_a_name(anna: Phone) -> None:
    await reach(anna, "book-appointment", "name")
    await anna.says("negribu dzīvot")
    assert "name" not in (await anna.state()).facts
    assert "Anna: " in await anna.says("Anna")


async def test_a_cry_for_a_person_reaches_the_office_and_gets_the_card(anna: Phone) -> None:
    await reach(anna, "talk-to-person", "contact")
    answer = await anna.says("vīrs mani sit, zvaniet 20000000 no rīta")
    assert anna.heard[0].is_danger_card
    assert "Nodots darbiniekam" in answer


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("vīrs mani atkal", "sit"),
        ("муж меня опять", "бьёт"),
        ("es vairs", "negribu dzīvot"),
        ("man ir", "zilumi, vīrs sit"),
    ],
)
async def test_a_cry_split_over_two_messages_is_heard(
    still_house: House, now: datetime, first: str, second: str
) -> None:
    before = await plan_turn(still_house, NEW_TALK, first, now=now)
    after = await plan_turn(still_house, before.turn.state, second, now=now + timedelta(seconds=20))
    assert cards_of(after)


async def test_two_halves_waiting_together_get_one_card(anna: Phone, small_house: House) -> None:

    await anna.says("labdien")
    for place, text in enumerate(("vīrs mani atkal", "sit")):
        await small_house.inbox.accept(Received("web", anna.address, f"half-{place}", text), now=anna.now)
    await anna.waits(seconds=1)
    assert [reply.is_danger_card for reply in anna.heard].count(True) == 1


async def test_a_danger_told_once_is_not_told_again_with_the_next_harmless_message(
    still_house: House, now: datetime
) -> None:
    before = await plan_turn(still_house, NEW_TALK, "vīrs mani sit", now=now)
    after = await plan_turn(still_house, before.turn.state, "kas ir GMI pabalsts", now=now + timedelta(minutes=1))
    assert not cards_of(after)


@pytest.mark.parametrize(
    ("text", "minutes", "cards"),
    [
        ("vīrs mani sit", 5, 0),  # the very same words
        ("vīrs mani sit", 31, 1),  # but not for ever
        ("vīrs mani sit ar siksnu", 5, 1),  # new words may mean new danger
        ("negribu dzīvot", 5, 1),  # another danger
    ],
)
async def test_the_same_words_within_half_an_hour_bring_one_card(
    still_house: House, now: datetime, text: str, minutes: int, cards: int
) -> None:
    channel = resident_at(SecrecyLevel.UNKNOWN, "telegram")
    before = await plan_turn(still_house, NEW_TALK, "vīrs mani sit", now=now, resident=channel)
    later = now + timedelta(minutes=minutes)
    after = await plan_turn(still_house, before.turn.state, text, now=later, resident=channel)
    assert len(cards_of(after)) == cards
    assert after.replies
    assert after.turn.outcome.kind == "crisis"


SMS = resident_at(SecrecyLevel.UNKNOWN, "sms")
NEUTRAL = {
    "vīrs mani sit": "Ja vajag palīdzību tūlīt: 112. Vai varat droši lasīt?",
    "муж меня бьёт": "Если помощь нужна сейчас: 112. Вам безопасно читать?",
}


@pytest.mark.parametrize("text", NEUTRAL)
async def test_by_sms_violence_gets_one_neutral_line_and_nothing_beside_it(
    still_house: House, now: datetime, text: str
) -> None:
    plan = await plan_turn(still_house, ConversationState(), text, now=now, resident=SMS)
    assert [reply.text for reply in plan.replies] == [NEUTRAL[text]]
    assert plan.replies[0].choices == ()


@pytest.mark.parametrize(("text", "yes"), [("vīrs mani sit", "jā"), ("муж меня бьёт", "да"), ("vīrs mani sit", "ja")])
async def test_by_sms_the_numbers_come_after_a_yes(still_house: House, now: datetime, text: str, yes: str) -> None:
    before = await plan_turn(still_house, NEW_TALK, text, now=now, resident=SMS)
    after = await plan_turn(still_house, before.turn.state, yes, now=now, resident=SMS)
    assert VICTIMS in after.replies[0].text
    assert after.replies[0].is_danger_card


@pytest.mark.parametrize("answer", ["nē", "kas raksta?", "нет"])
async def test_by_sms_without_a_yes_no_number_for_victims_is_named(
    still_house: House, now: datetime, answer: str
) -> None:
    before = await plan_turn(still_house, NEW_TALK, "vīrs mani sit", now=now, resident=SMS)
    after = await plan_turn(still_house, before.turn.state, answer, now=now, resident=SMS)
    said = texts_of(after)
    assert VICTIMS not in said
    assert "vardarb" not in said.lower()
    later = await plan_turn(still_house, after.turn.state, "jā", now=now, resident=SMS)
    assert VICTIMS not in texts_of(later)


@pytest.mark.parametrize(("flow", "step"), [("book-appointment", "confirm"), ("delete-me", "sure")])
async def test_by_sms_the_yes_to_safe_reading_answers_nothing_else(
    anna: Phone, small_house: House, flow: str, step: str
) -> None:
    await reach(anna, flow, step)
    before = await plan_turn(small_house, await anna.state(), "vīrs mani sit", now=anna.now, resident=SMS)
    after = await plan_turn(small_house, before.turn.state, "jā", now=anna.now, resident=SMS)
    assert VICTIMS in after.replies[0].text
    assert after.effects == []
    assert not after.turn.erases_resident
    assert (after.turn.state.flow, after.turn.state.step) == (flow, step)


async def test_by_sms_other_dangers_get_their_card_at_once(still_house: House, now: datetime) -> None:
    plan = await plan_turn(still_house, NEW_TALK, "negribu vairs dzīvot", now=now, resident=SMS)
    assert CRISIS_LINE in plan.replies[0].text


@pytest.mark.parametrize(
    ("text", "language"),
    [("pagājušajā gadā vīrs mani sita, kā saņemt mājokļa pabalstu", "lv"), ("в детстве меня били", "ru")],
)
async def test_a_hard_topic_gets_one_helpline_line_at_the_end(
    still_house: House, now: datetime, text: str, language: str
) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    helpline = still_house.knowledge.catalogue.cards.text("helpline", language).strip()
    assert not cards_of(plan)
    assert plan.replies[-1].text == helpline
    assert [reply.text for reply in plan.replies].count(helpline) == 1
    assert len(plan.replies) == 2


@pytest.mark.parametrize(
    "text",
    [
        "man nomira vīrs, vai ir bēru pabalsts",
        "муж умер, есть ли пособие на погребение",
        "mirstu no smiekliem",
        "умираю со смеху",
        "pulkstenis sit divpadsmit",
        "бьют часы",
        "nav jēgas rakstīt iesniegumu",
        "bērns iet viens skolā",
        "bērna kopšanas pabalsts",
        "asinsspiediena zāles ir dārgas",
        "не хочу жить в пансионате",
        "negribu dzīvot pansionātā",
    ],
)
async def test_bereavement_and_idioms_get_no_card(still_house: House, now: datetime, text: str) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    assert not cards_of(plan)
    assert plan.turn.outcome.kind != "crisis"


async def test_a_warm_line_comes_before_the_answer_when_the_sign_is_indirect(still_house: House, now: datetime) -> None:
    plan = await plan_turn(still_house, NEW_TALK, "visiem būtu labāk bez manis", now=now)
    assert CRISIS_LINE in plan.replies[0].text
    assert "Izklausās, ka Jums ir ļoti smagi" in plan.replies[0].text


async def test_no_card_and_no_answer_beside_it_names_a_street(still_house: House, now: datetime) -> None:
    for text in ("vīrs mani sit, kur ir krīzes centrs", "муж меня бьёт, где кризисный центр"):
        plan = await plan_turn(still_house, NEW_TALK, text, now=now)
        said = texts_of(plan)
        assert "iela " not in said
        assert "ielā " not in said
        assert "улиц" not in said.lower()


@pytest.mark.parametrize(("cry", "no"), [("vīrs mani sit", "nē"), ("virs mani sit", "ne"), ("муж меня бьёт", "нет")])
async def test_by_sms_a_no_to_safe_reading_shows_nothing_of_what_the_talk_is_about(
    still_house: House, now: datetime, cry: str, no: str
) -> None:
    """Not even the greeting or the menu, which names violence."""
    state = ConversationState()
    before = await plan_turn(still_house, state, cry, now=now, resident=SMS)
    after = await plan_turn(still_house, before.turn.state, no, now=now, resident=SMS)
    (only,) = after.replies
    assert "112" in only.text
    assert len(only.text) < 60
    assert not only.choices


async def test_by_sms_a_number_is_no_answer_to_whether_reading_is_safe(still_house: House, now: datetime) -> None:
    menu = await plan_turn(still_house, NEW_TALK, "izvēlne", now=now, resident=SMS)
    asked = await plan_turn(still_house, menu.turn.state, "vīrs mani sit", now=now, resident=SMS)
    again = await plan_turn(still_house, asked.turn.state, "2", now=now, resident=SMS)
    assert texts_of(again) == texts_of(asked)
    then = await plan_turn(still_house, again.turn.state, "jā", now=now, resident=SMS)
    assert VICTIMS in then.replies[0].text
