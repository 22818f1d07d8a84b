"""A sign of danger becomes one task for the office a day; the resident gets the card and nothing more."""

import pytest

from booking.handovers import Handover, HandoverReason, waiting
from bot.house import House
from tests.phone import Phone


async def tasks(house: House) -> list[Handover]:
    async with house.database.reading() as session:
        return [row for row in await waiting(session) if row.reason == HandoverReason.DANGER]


async def kind_of(house: House, row: Handover) -> str:
    key = await house.keyring.open(row.key_id)
    return row.open_words(key)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("vīrs mani sit", "violence"),
        ("не хочу жить", "suicide"),
        ("kaimiņš sit bērnu", "child"),
        ("бабушка без сознания", "medical"),
    ],
)
async def test_the_office_learns_the_kind_of_danger_and_no_words(
    anna: Phone, small_house: House, text: str, kind: str
) -> None:
    answer = await anna.says(text)
    (row,) = await tasks(small_house)
    assert await kind_of(small_house, row) == kind
    assert row.reference not in answer


async def test_one_task_a_day_whatever_is_written(anna: Phone, small_house: House) -> None:
    await anna.says("vīrs mani sit")
    await anna.says("es vairs negribu dzīvot")
    assert len(await tasks(small_house)) == 1
    await anna.waits(hours=25)
    await anna.says("vīrs mani sit")
    assert len(await tasks(small_house)) == 2


async def test_nothing_is_sent_later_because_of_it(anna: Phone) -> None:
    await anna.says("vīrs mani sit")
    assert await anna.waits(hours=25) == ""


async def test_a_hard_topic_alone_is_no_task(anna: Phone, small_house: House) -> None:
    for text in ("vai ir psihologs, ja cilvēks dzer?", "kas ir krīzes centrs?", "labdien"):
        await anna.says(text)
    assert await tasks(small_house) == []


async def test_dangers_stand_first_in_the_list(anna: Phone, small_house: House) -> None:
    await anna.says("gribu runāt ar cilvēku")
    await anna.says("par pabalstu")
    await anna.says("vīrs mani sit")
    async with small_house.database.reading() as session:
        assert [row.reason for row in await waiting(session)] == [HandoverReason.DANGER, HandoverReason.ASKED]


async def test_who_was_in_danger_is_asked_how_to_be_reached_safely_also_in_answering_hours(anna: Phone) -> None:
    await anna.says("vīrs mani sit")
    assert "kā ar Jums sazināties un kad tas ir droši" in await anna.says("jā")
    answer = await anna.says("zvaniet 20000001 no rīta")
    assert "Šodien darbinieki strādā līdz 17:00." in answer
    assert "šeit atbildam" not in answer
