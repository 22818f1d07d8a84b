"""A wish for a person reaches the office sealed and with a number; an anonymous complaint leads back to nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from booking.handovers import Handover, HandoverKind, HandoverReason, finish, waiting
from booking.models import AnsweringHours
from booking.subjects import Subject
from bot.house import House
from bot.models import InboundMessage
from flows.follow_up import read_reference
from flows.state import ConversationState
from tests.flows.turns import plan_turn, question_of
from tests.flows.ways import reach
from tests.phone import Phone


async def handed_over(house: House) -> list[Handover]:
    async with house.database.reading() as session:
        return await waiting(session)


async def text_of(house: House, row: Handover) -> str:
    key = await house.keyring.open(row.key_id)
    return row.open_words(key)


async def subject_of(phone: Phone) -> Subject:
    index = phone.house.inbox.address_index(phone.channel.name, phone.address)
    known = await phone.house.inbox.find(phone.channel.name, index)
    assert known is not None
    return known[0]


@pytest.mark.parametrize(
    ("ask", "words", "told", "language"),
    [
        ("gribu runāt ar cilvēku", "zvaniet 20000001 no rīta, par pabalstu", "Nodots darbiniekam. Numurs", "lv"),
        ("позовите человека", "звоните 20000001 утром", "Передано сотруднику. Номер", "ru"),
    ],
)
async def test_a_wish_for_a_person_is_passed_on_with_a_number(
    anna: Phone, small_house: House, ask: str, words: str, told: str, language: str
) -> None:
    await anna.says(ask)
    answer = await anna.says(words)
    (row,) = await handed_over(small_house)
    subject = await subject_of(anna)
    assert f"{told} {row.reference}" in answer
    assert (row.kind, row.subject_id, row.channel, row.language) == (HandoverKind.PERSON, subject.id, "web", language)
    assert words.encode() not in row.text_sealed
    assert await text_of(small_house, row) == words


async def test_in_answering_hours_the_place_in_the_queue_and_the_closing_time_are_told(anna: Phone) -> None:
    await reach(anna, "talk-to-person", "contact")
    answer = await anna.says("par pabalstu")
    for told in ("Pirms Jums neviena nav.", "Šodien šeit atbildam līdz 12:00.", "neaizveriet šo lapu", "112"):
        assert told in answer
    assert "Parasti jāgaida" not in answer
    other = Phone(anna.house, anna.channel, anna.now, address="berta")
    await reach(other, "talk-to-person", "contact")
    assert "Jūsu vieta rindā: 2." in await other.says("par aprūpi")


async def test_the_usual_wait_is_told_once_five_were_measured(anna: Phone, small_house: House) -> None:
    for number in range(5):
        phone = Phone(small_house, anna.channel, anna.now, address=f"resident-{number}")
        await reach(phone, "talk-to-person", "contact")
        await phone.says("par pabalstu")
    async with small_house.database.writing() as session:
        for row in await waiting(session):
            row.taken_at, row.done_at = row.asked_at + timedelta(minutes=12), anna.now
    anna.now += timedelta(minutes=20)
    await reach(anna, "talk-to-person", "contact")
    assert "Parasti jāgaida ap 15 minūtēm." in await anna.says("par pabalstu")


@pytest.mark.parametrize(
    ("words", "language"),
    [(("gribu cilvēku", "20000001"), "lv"), (("позовите человека", "20000001"), "ru")],
)
async def test_out_of_hours_it_is_said_when_somebody_answers_and_contacts_are_taken(
    anna: Phone, words: tuple[str, str], language: str
) -> None:
    anna.now += timedelta(hours=9)
    asked, answer = await anna.says(words[0]), await anna.says(words[1])
    when = {"lv": "trešdiena, 25. novembris, 09:00", "ru": "среда, 25 ноября, 09:00"}[language]
    reach_you = {"lv": "kad tas ir droši.", "ru": "когда это безопасно."}[language]
    assert when in asked
    assert asked.rstrip().endswith(reach_you)
    assert when in answer
    assert "112" in answer


async def test_without_known_hours_none_are_promised(anna: Phone, small_house: House) -> None:
    async with small_house.database.writing() as session:
        await session.execute(delete(AnsweringHours))
    await reach(anna, "talk-to-person", "contact")
    answer = await anna.says("20000001")
    assert "Dienests atbild darba laikā." in answer
    assert "līdz" not in answer
    assert "rindā" not in answer


async def test_who_was_not_understood_twice_is_handed_over_with_one_yes(anna: Phone, small_house: House) -> None:
    await anna.says("labdien")
    await anna.says("qwerty asdfgh")
    await anna.says("zxcvbn qwerty")
    assert anna.choices[0].id == "talk-to-person"
    assert "Nodots darbiniekam" in await anna.says("jā")
    (row,) = await handed_over(small_house)
    assert (row.reason, await text_of(small_house, row)) == (HandoverReason.MISSED, "zxcvbn qwerty")


@pytest.mark.parametrize("nothing", ["...", "", "   ", "?!", "😀"])
@pytest.mark.parametrize(("hours", "wanted"), [(0, "dažus vārdus"), (9, "kā ar Jums sazināties")])
async def test_nothing_is_passed_on_without_words(
    anna: Phone, small_house: House, nothing: str, hours: int, wanted: str
) -> None:
    anna.now += timedelta(hours=hours)
    await reach(anna, "talk-to-person", "contact")
    answer = await anna.says(nothing)
    assert wanted in answer
    assert await handed_over(small_house) == []


async def test_asking_twice_gives_two_numbers(anna: Phone, small_house: House) -> None:
    for _ in range(2):
        await reach(anna, "talk-to-person", "contact")
        await anna.says("20000001")
    first, second = await handed_over(small_house)
    assert first.reference != second.reference


async def test_leaving_passes_nothing_on(anna: Phone, small_house: House) -> None:
    await reach(anna, "talk-to-person", "contact")
    assert "Nekas netika nosūtīts" in await anna.says("beigt")
    assert await handed_over(small_house) == []


async def test_an_anonymous_complaint_leads_back_to_nobody(anna: Phone, small_house: House) -> None:
    await reach(anna, "complaint-suggestion", "words")
    answer = await anna.says("darbiniece bija nelaipna")
    (row,) = await handed_over(small_house)
    subject = await subject_of(anna)
    assert row.reference in answer
    assert (row.kind, row.subject_id, row.channel) == (HandoverKind.COMPLAINT, None, "")
    assert row.key_id != subject.key_id
    assert await text_of(small_house, row) == "darbiniece bija nelaipna"


async def test_an_anonymous_complaint_outlives_deleting_and_the_unused_key_sweep(
    anna: Phone, small_house: House
) -> None:
    await reach(anna, "complaint-suggestion", "words")
    await anna.says("darbiniece bija nelaipna")
    await anna.says("dzēst mani")
    await anna.says("jā")
    await anna.waits(hours=30)
    (row,) = await handed_over(small_house)
    assert await text_of(small_house, row) == "darbiniece bija nelaipna"


async def test_two_anonymous_complaints_of_one_person_do_not_share_a_key(anna: Phone, small_house: House) -> None:
    for _ in range(2):
        await reach(anna, "complaint-suggestion", "words")
        await anna.says("darbiniece bija nelaipna")
    first, second = await handed_over(small_house)
    assert first.key_id != second.key_id


@pytest.mark.parametrize(("ask", "with_contact"), [("gribu sūdzēties", "2"), ("хочу пожаловаться", "нет")])
async def test_a_complaint_with_contact_knows_whom_to_answer(
    anna: Phone, small_house: House, ask: str, with_contact: str
) -> None:
    await anna.says(ask)
    await anna.says(with_contact)
    answer = await anna.says("lieta ieilga, rakstiet anna@example.com")
    (row,) = await handed_over(small_house)
    subject = await subject_of(anna)
    assert (row.subject_id, row.key_id, row.channel) == (subject.id, subject.key_id, "web")
    assert row.reference in answer


async def test_a_complaint_says_how_to_get_an_official_answer(anna: Phone) -> None:
    await reach(anna, "complaint-suggestion", "words")
    assert "parakstītu iesniegumu" in await anna.says("darbiniece bija nelaipna")
    assert "iesniegum" in (await anna.presses("topic:how-to-apply")).lower()
    assert (await anna.state()).topic == "how-to-apply"


async def test_without_an_article_on_how_to_apply_none_is_offered(still_house: House, anna: Phone) -> None:
    known = still_house.knowledge
    articles = {topic: one for topic, one in known.catalogue.articles.items() if topic != "how-to-apply"}
    less = replace(known, catalogue=replace(known.catalogue, articles=articles))
    state = ConversationState(flow="complaint-suggestion", step="words", facts={"anonymous": False})
    plan = await plan_turn(still_house, state, "lieta ieilga", now=anna.now, knowledge=less)
    assert [choice.id for choice in question_of(plan).choices] == ["menu"]


@pytest.mark.parametrize(
    ("ask", "waits", "done"),
    [
        ("kas notiek ar sūdzību {}?", "gaida izskatīšanu", "Tas ir izskatīts: trešdiena, 25. novembris."),
        ("что стало с жалобой {}", "ждёт рассмотрения", "Это рассмотрено: среда, 25 ноября."),
        ("{}", "gaida izskatīšanu", "Tas ir izskatīts: trešdiena, 25. novembris."),
    ],
)
async def test_the_number_tells_whether_a_complaint_waits_or_when_it_was_dealt_with(
    anna: Phone, small_house: House, ask: str, waits: str, done: str
) -> None:
    await reach(anna, "complaint-suggestion", "words")
    await anna.says("darbiniece bija nelaipna")
    (row,) = await handed_over(small_house)
    somebody = Phone(small_house, anna.channel, anna.now, address="berta")
    await somebody.says("labdien")
    assert waits in await somebody.says(ask.format(row.reference.lower()))
    async with small_house.database.writing() as session:
        await finish(session, row.id, by="nobody", now=anna.now + timedelta(days=1))
    answer = await somebody.says(ask.format(row.reference))
    assert done in answer
    assert "nelaipna" not in answer


@pytest.mark.parametrize(
    ("asked", "told"),
    [("{}", "Ja tas ir pieraksta numurs"), ("kas notika ar sūdzību {}", "neatrodu ne sūdzību, ne ieteikumu")],
)
async def test_every_number_that_is_no_complaints_gets_the_same_sentence(
    anna: Phone, small_house: House, asked: str, told: str
) -> None:
    await anna.says("labdien")
    unknown = await anna.says(asked.format("CCCFFF"))
    assert told in unknown
    await reach(anna, "talk-to-person", "contact")
    await anna.says("20000001")
    (row,) = await handed_over(small_house)
    assert await anna.says(asked.format(row.reference)) == unknown


async def test_asking_after_an_anonymous_complaint_leaves_no_trace_of_its_number(
    anna: Phone, small_house: House
) -> None:
    await anna.says("labdien")
    await anna.says("CCCFFF")
    assert (await anna.state()).last_text == ""
    async with small_house.database.reading() as session:
        rows = (await session.scalars(select(InboundMessage).order_by(InboundMessage.position))).all()
    assert rows[-1].body is None


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("CDFHJK", "CDFHJK"),
        ("numurs cdfhjk", "CDFHJK"),
        ("СНКМРТ", "CHKMPT"),
        ("Kas notika ar manu sūdzību CDFHJK?", "CDFHJK"),
        ("kas notiek ar sūdzību 346794", "346794"),
        ("346794", None),
        ("mans pieraksts CDFHJK", None),
        ("sūdzība CDFHJK un CDFHJM", None),
        ("gribu sūdzēties", None),
        ("CDFHJ", None),
    ],
)
def test_a_reference_is_read_where_it_is_asked_after(text: str, reference: str | None) -> None:
    assert read_reference(text) == reference


async def test_a_person_who_deletes_takes_the_wish_for_a_person_along(anna: Phone, small_house: House) -> None:
    await reach(anna, "talk-to-person", "contact")
    await anna.says("20000001")
    await anna.says("dzēst mani")
    await anna.says("jā")
    assert await handed_over(small_house) == []


@pytest.mark.parametrize(
    ("second", "kept"), [("20000001", "par pabalstu\n20000001"), ("nē", "par pabalstu"), ("...", "par pabalstu\n...")]
)
async def test_out_of_hours_a_missing_phone_is_asked_for_once_and_whatever_comes_is_passed_on(
    anna: Phone, small_house: House, second: str, kept: str
) -> None:
    anna.now += timedelta(hours=9)
    await reach(anna, "talk-to-person", "contact")
    assert "Tālruņa numura Jūsu ziņā nav." in await anna.says("par pabalstu")
    assert await handed_over(small_house) == []
    assert "Nodots darbiniekam" in await anna.says(second)
    (row,) = await handed_over(small_house)
    assert await text_of(small_house, row) == kept


@pytest.mark.parametrize("words", ["rakstiet šeit", "anna@example.com", "man nav telefona", "vīrs mani sit, palīdziet"])
async def test_out_of_hours_another_way_or_a_danger_is_not_held_up(anna: Phone, small_house: House, words: str) -> None:
    anna.now += timedelta(hours=9)
    await reach(anna, "talk-to-person", "contact")
    assert "Nodots darbiniekam" in await anna.says(words)
    assert words in [await text_of(small_house, row) for row in await handed_over(small_house)]
