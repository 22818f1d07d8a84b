"""Who may not be the resident learns nothing: not that something is, not that nothing is."""

from datetime import datetime, timedelta

import pytest

from booking.availability import free_slots
from booking.subjects import SecrecyLevel
from bot.house import House
from flows.book_appointment import receipt
from flows.messages import Input, Reply
from flows.my_appointments import NEUTRAL
from flows.state import ConversationState
from flows.translations import translate
from flows.turn import Turn
from tests.flows.turns import plan_turn, resident_at, texts_of
from tests.flows.ways import reach
from tests.phone import Phone

PAST_THINGS = {
    "lv": ("mani pieraksti", "atcelt pierakstu", "kad mans pieraksts", "ko jūs par mani zināt", "mani dati"),
    "ru": ("мои записи", "отменить запись", "когда моя запись", "что вы обо мне знаете", "мои данные"),
}


async def book(phone: Phone, level: str) -> str:
    for line in ("gribu pierakstīties pie psihologa", "1", "Anna"):
        await phone.says(line)
    return await phone.presses(level)


def bytes_of(replies: list[Reply] | tuple[Reply, ...]) -> bytes:
    return repr([reply.as_json() for reply in replies]).encode()


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_strangers_and_careful_residents_get_one_identical_answer(anna: Phone, language: str) -> None:
    """Byte for byte, with the same choices: with appointments, without, known or never seen."""
    people = [Phone(anna.house, anna.channel, anna.now, address=one) for one in ("others", "silent", "unknown", "new")]
    others, silent, unknown, new = people
    await book(others, "yes-others")
    await book(silent, "yes-silent")
    await unknown.says("kas ir GMI pabalsts")
    answers = set()
    for person in people:
        await person.says({"lv": "latviski", "ru": "по-русски"}[language])
        for question in PAST_THINGS[language]:
            await person.says(question)
            answers.add(bytes_of(person.heard))
    assert len(answers) == 1
    assert new.heard[0].text == translate(NEUTRAL, language)
    assert [choice.id for choice in new.choices] == ["flow:look-up", "topic:office-contacts", "menu"]


@pytest.mark.parametrize("level", [SecrecyLevel.OTHERS, SecrecyLevel.NO_MESSAGES])
async def test_whoever_holds_a_shared_phone_cannot_delete_what_is_another_persons(
    still_house: House, now: datetime, level: SecrecyLevel
) -> None:
    state = ConversationState(greeted=True)
    plan = await plan_turn(still_house, state, "dzēst mani", now=now, resident=resident_at(level))
    assert [reply.text for reply in plan.replies] == [translate(NEUTRAL, "lv")]
    assert not plan.turn.erases_resident


@pytest.mark.parametrize("level", ["yes-others", "yes-silent"])
async def test_no_later_yes_brings_the_receipt_back(anna: Phone, level: str) -> None:
    receipt = await book(anna, level)
    number = receipt.split("Numurs ")[1][:6]
    await anna.says("izvēlne")
    for word in ("jā", "да", "labi"):
        assert number not in await anna.says(word)


async def test_only_who_reads_alone_is_told_the_place(anna: Phone) -> None:
    receipts = {}
    for level in ("yes", "yes-others", "yes-silent"):
        person = Phone(anna.house, anna.channel, anna.now, address=level)
        receipts[level] = await book(person, level)
    assert "Bauskas" in receipts["yes"]
    for level in ("yes-others", "yes-silent"):
        assert "Bausk" not in receipts[level]
        assert "psiholog" not in receipts[level].lower()


@pytest.mark.parametrize(
    ("level", "way"), [("yes", "my-appointments"), ("yes-others", "flow:look-up"), ("yes-silent", "flow:look-up")]
)
async def test_a_receipt_offers_only_a_way_that_leads_somewhere(anna: Phone, level: str, way: str) -> None:
    await book(anna, level)
    assert [choice.id for choice in anna.choices] == [way, "menu"]
    assert translate(NEUTRAL, "lv") not in await anna.presses(way)


@pytest.mark.parametrize(("level", "ways"), [("only_me", ["my-appointments", "menu"]), ("others", ["menu"])])
async def test_where_nothing_may_be_told_a_receipt_by_sms_offers_the_menu_only(
    still_house: House, now: datetime, level: str, ways: list[str]
) -> None:
    resident = resident_at(SecrecyLevel(level), "sms")
    state = ConversationState(greeted=True, facts={"slot": "", "reference": "CDFHJK"})
    async with still_house.database.reading() as session:
        said = Input("", None, now)
        turn = Turn(session, now, state, said, resident, still_house.knowledge, still_house.keyring.create)
        turn.state.facts["slot"] = (await free_slots(session, "psychologist", now=now))[0].id
        reply = await receipt(turn, resident.level, "")
    assert [choice.id for choice in reply.choices] == ways


async def test_the_web_chat_forgets_after_half_an_hour_and_repeats_nothing(anna: Phone) -> None:
    await reach(anna, "book-appointment", "confirm")
    await anna.waits(minutes=31)
    for text in ("un cik maksā?", "jā", "1", "Anna"):
        answer = await anna.says(text)
        assert "Anna" not in answer
        assert "psiholog" not in answer.lower()
        assert "13:00" not in answer
    state = await anna.state()
    assert (state.flow, state.facts, state.topic) == (None, {}, None)


async def test_the_web_chat_remembers_for_half_an_hour(anna: Phone) -> None:
    await reach(anna, "book-appointment", "name")
    await anna.waits(minutes=29)
    assert "Anna: " in await anna.says("Anna")


@pytest.mark.parametrize(
    ("on", "level", "hours", "remembers"),
    [
        ("telegram", SecrecyLevel.UNKNOWN, 23, True),
        ("telegram", SecrecyLevel.ONLY_ME, 23, True),
        ("sms", SecrecyLevel.UNKNOWN, 23.9, True),
        ("sms", SecrecyLevel.UNKNOWN, 24.1, False),
        ("telegram", SecrecyLevel.OTHERS, 0.4, True),
        ("telegram", SecrecyLevel.OTHERS, 0.6, False),  # somebody else may hold the phone by now
        ("sms", SecrecyLevel.OTHERS, 0.6, False),
        ("web", SecrecyLevel.ONLY_ME, 0.6, False),  # somebody else may sit at the screen by now
    ],
)
async def test_how_long_an_open_question_lives(
    still_house: House, now: datetime, on: str, level: SecrecyLevel, hours: float, remembers: bool
) -> None:
    resident = resident_at(level, on)
    asked = await plan_turn(still_house, ConversationState(greeted=True), "gribu sūdzēties", now=now, resident=resident)
    later = now + timedelta(hours=hours)
    plan = await plan_turn(still_house, asked.turn.state, "1", now=later, resident=resident)
    assert (plan.turn.state.flow == "complaint-suggestion") is remembers
    assert ("anonīm" in texts_of(plan).lower()) is False


async def test_the_topic_of_a_forgotten_talk_is_no_topic_any_more(anna: Phone) -> None:
    await anna.says("kas ir mājokļa pabalsts")
    await anna.waits(minutes=31)
    answer = await anna.says("un cik liels?")
    assert "okļa" not in answer
    assert (await anna.state()).topic is None
