"""A wish for a person reaches the office sealed and with a number; an anonymous complaint leads back to nobody."""

import pytest

from booking.confidentiality import open_sealed
from booking.handovers import Handover, HandoverKind, waiting
from booking.subjects import Subject
from bot.house import House
from tests.flows.ways import reach
from tests.phone import Phone


async def handed_over(house: House) -> list[Handover]:
    async with house.database.reading() as session:
        return await waiting(session)


async def text_of(house: House, row: Handover) -> str:
    key = await house.keyring.open(row.key_id)
    return open_sealed(key, table="handover", column="text_sealed", row_id=row.id, sealed=row.text_sealed)


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


async def test_the_number_says_when_someone_answers_and_what_to_do_in_danger(anna: Phone) -> None:
    await reach(anna, "talk-to-person", "contact")
    answer = await anna.says("20000001")
    assert "darba laikā" in answer
    assert "112" in answer
    assert "zvanīsim tūlīt" not in answer


@pytest.mark.parametrize("nothing", ["...", "", "   ", "?!", "😀"])
async def test_nothing_is_passed_on_without_words(anna: Phone, small_house: House, nothing: str) -> None:
    await reach(anna, "talk-to-person", "contact")
    answer = await anna.says(nothing)
    assert "kā Jūs sasniegt" in answer
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
    assert anna.choice_like("topic:decision-appeal")


async def test_a_person_who_deletes_takes_the_wish_for_a_person_along(anna: Phone, small_house: House) -> None:
    await reach(anna, "talk-to-person", "contact")
    await anna.says("20000001")
    await anna.says("dzēst mani")
    await anna.says("jā")
    assert await handed_over(small_house) == []
