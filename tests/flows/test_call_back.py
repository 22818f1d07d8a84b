"""A wish to be called: on which number, when it is safe, and honestly when the office calls."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from booking.access import Access
from booking.confidentiality import new_id
from booking.handovers import Handover, HandoverKind, waiting
from booking.models import RotaRule
from booking.staff import Role, StaffMember
from bot.channels.terminal import Collector
from bot.house import House
from flows.call_back import read_phone
from tests.flows.ways import reach
from tests.phone import Phone

MOBILE = "+37120000001"


async def only_task(house: House) -> Handover:
    async with house.database.reading() as session:
        (row,) = await waiting(session)
    return row


async def opened_text(house: House, row: Handover, now: datetime) -> tuple[str | None, str | None]:
    ilze = StaffMember(id=new_id(), role=Role.SPECIALIST, specialist_id=None)
    access = Access(house.database.writing, house.keyring, house.settings.audit_key.get_secret_value())
    opened = await access.open_handover(ilze, row.id, now=now)
    return opened.text, opened.phone


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("piezvaniet man", "20 000 001", "no rīta"),
            ("Uz kuru", "Kad ir droši", "Šodien darbinieki strādā līdz 17:00."),
        ),
        (("позвоните мне", "20 000 001", "утром"), ("По какому", "безопасно", "Сегодня сотрудники работают до 17:00.")),
    ],
)
async def test_on_the_web_the_number_is_asked_for_then_when_it_is_safe(
    anna: Phone, small_house: House, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    for line, answer in zip(words, told, strict=True):
        assert answer in await anna.says(line)
    row = await only_task(small_house)
    assert row.kind == HandoverKind.CALL
    assert await opened_text(small_house, row, anna.now) == (f"+371 20 000 001\n{words[-1]}", None)


async def test_by_sms_the_number_is_known_and_staff_see_it(small_house: House, now: datetime) -> None:
    phone = Phone(small_house, Collector("sms"), now, address=MOBILE)
    await phone.says("piezvaniet man")
    assert (await phone.state()).step == "safe"
    await phone.says("pēc pieciem")
    row = await only_task(small_house)
    assert await opened_text(small_house, row, now) == ("pēc pieciem", MOBILE)


async def test_out_of_hours_the_next_time_is_told(anna: Phone) -> None:
    anna.now += timedelta(hours=9)
    await reach(anna, "call-back", "safe")
    assert "trešdiena, 25. novembris, 09:00" in await anna.says("no rīta")


@pytest.mark.parametrize("word", ["nē", "нет", "beigt"])
async def test_no_call_is_noted_when_it_is_never_safe(anna: Phone, small_house: House, word: str) -> None:
    await reach(anna, "call-back", "safe")
    await anna.says(word)
    async with small_house.database.reading() as session:
        assert await waiting(session) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20000001", "+371 20 000 001"),
        ("mans numurs ir 20 000 001, paldies", "+371 20 000 001"),
        ("+37120000001", "+371 20 000 001"),
        ("0037120000001", "+371 20 000 001"),
        ("+380 50 000 0001", "+380 50 000 0001"),
        ("2000", None),
        ("zvaniet", None),
        ("", None),
    ],
)
def test_a_number_is_read_from_what_people_write(text: str, number: str | None) -> None:
    assert read_phone(text) == number


async def test_where_no_time_is_free_a_yes_asks_to_be_called(anna: Phone, small_house: House) -> None:
    async with small_house.database.writing() as session:
        await session.execute(delete(RotaRule))
    assert "brīvu laiku nav" in await anna.says("gribu pierakstīties pie psihologa")
    assert "Uz kuru" in await anna.says("jā")


@pytest.mark.parametrize("words", ["nekad", "ne, nav drosi", "nē, labāk nezvaniet", "небезопасно", "нет, не звоните"])
async def test_who_says_that_no_call_is_safe_is_not_called(anna: Phone, small_house: House, words: str) -> None:
    await anna.says("piezvaniet man")
    await anna.says("20 000 001")
    assert await anna.says(words)
    assert (await anna.state()).flow is None
    async with small_house.database.reading() as session:
        assert await waiting(session) == []


async def test_latvian_without_marks_in_a_form_stays_latvian(anna: Phone) -> None:
    await anna.says("piezvaniet man")
    await anna.says("20 000 001")
    assert "Pierakstījām" in await anna.says("rit no rita")
