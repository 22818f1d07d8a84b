"""Booking in the talk: few messages, nothing twice, and a kind word when someone was quicker."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from booking.models import Appointment, AppointmentStatus
from bot.house import House
from tests.flows.ways import reach
from tests.phone import Phone

FRIDAY_EVENING = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


async def appointments(house: House, status: AppointmentStatus = AppointmentStatus.BOOKED) -> list[Appointment]:
    async with house.database.reading() as session:
        rows = select(Appointment).where(Appointment.status == status).order_by(Appointment.starts_at)
        return list(await session.scalars(rows))


async def book(phone: Phone, *, level: str = "yes") -> str:
    await phone.says("gribu pierakstīties")
    await phone.says("1")
    await phone.says("1")
    await phone.says("Anna")
    return await phone.presses(level)


@pytest.mark.parametrize(
    ("messages", "booked"),
    [
        (["gribu pierakstīties", "1", "1", "Anna", "jā"], "Pieraksts ir apstiprināts"),
        (["хочу записаться", "1", "1", "Анна", "да"], "Запись подтверждена"),
        (["gribu pierakstities pie psihologa", "1", "Anna", "ja"], "Pieraksts ir apstiprināts"),
        (["запишите меня к психологу", "1", "Анна", "da"], "Запись подтверждена"),
    ],
)
async def test_a_resident_books_in_few_messages(
    anna: Phone, small_house: House, messages: list[str], booked: str
) -> None:
    answer = ""
    for message in messages:
        answer = await anna.says(message)
    assert booked in answer
    assert len(await appointments(small_house)) == 1


async def test_a_second_yes_does_not_book_twice(anna: Phone, small_house: House) -> None:
    first = await book(anna)
    again = await anna.says("jā")
    pressed = await anna.presses("yes")
    assert len(await appointments(small_house)) == 1
    assert again.strip()
    assert again.strip() == pressed.strip()
    assert again.strip() in first


async def test_a_time_that_was_taken_comes_back_with_the_next_ones(
    anna: Phone, small_house: House, channel: object
) -> None:
    other = Phone(small_house, anna.channel, anna.now, address="janis")
    for phone in (anna, other):
        await phone.says("gribu pierakstīties")
        await phone.says("1")
    await anna.says("1")
    answer = await other.says("1")
    assert "tikko aizņēma" in answer
    assert other.choices
    await other.says("1")
    assert len(await appointments(small_house, AppointmentStatus.HELD)) == 2


async def test_a_lapsed_hold_is_claimed_anew_when_the_time_is_still_free(anna: Phone, small_house: House) -> None:
    await anna.says("gribu pierakstīties")
    await anna.says("1")
    await anna.says("1")
    await anna.waits(minutes=16)
    await anna.says("Anna")
    assert "apstiprināts" in await anna.says("jā")
    assert len(await appointments(small_house)) == 1


async def test_a_lapsed_hold_that_someone_else_took_is_refused_kindly(anna: Phone, small_house: House) -> None:
    await anna.says("gribu pierakstīties")
    await anna.says("1")
    await anna.says("1")
    await anna.says("Anna")
    await anna.waits(minutes=16)
    other = Phone(small_house, anna.channel, anna.now, address="janis")
    await book(other)
    answer = await anna.says("jā")
    assert "tikko aizņēma" in answer
    assert len(await appointments(small_house)) == 1
    assert anna.choices


async def test_other_opens_place_day_and_time(anna: Phone, small_house: House) -> None:
    await anna.says("gribu pierakstīties")
    await anna.says("1")
    await anna.presses("other")
    assert (await anna.state()).step == "office"
    await anna.says("1")
    assert (await anna.state()).step == "day"
    await anna.says("2")
    if (await anna.state()).step == "part":
        await anna.says("1")
    await anna.says("1")
    await anna.says("Anna")
    await anna.says("jā")
    assert len(await appointments(small_house)) == 1


async def test_an_appointment_is_moved_and_then_cancelled(anna: Phone, small_house: House) -> None:
    await book(anna)
    before = (await appointments(small_house))[0]
    await anna.says("mani pieraksti")
    await anna.presses_like("move-")
    assert "Pārcelts" in await anna.presses_like(".")
    after = (await appointments(small_house))[0]
    assert (after.id, after.sequence) == (before.id, before.sequence + 1)
    assert after.starts_at != before.starts_at
    await anna.says("atcelt")
    await anna.presses_like("cancel-")
    assert "Atcelts" in await anna.says("jā")
    assert await appointments(small_house) == []


@pytest.mark.parametrize("level", ["yes-others", "yes-silent"])
@pytest.mark.parametrize("question", ["mani pieraksti", "ko jūs par mani zināt", "atcelt pierakstu"])
async def test_whoever_may_hold_the_phone_learns_nothing(
    anna: Phone, small_house: House, level: str, question: str
) -> None:
    stranger = Phone(small_house, anna.channel, anna.now, address="stranger")
    await book(anna, level=level)
    asked = await anna.says(question)
    await stranger.says("labdien")
    assert asked == await stranger.says(question)
    assert "Jūsu drošībai" in asked


async def test_a_receipt_names_no_place_when_others_may_read(anna: Phone) -> None:
    receipt = await book(anna, level="yes-others")
    assert "Vieta" not in receipt
    assert "Bausk" not in receipt


async def test_a_reminder_comes_once_the_day_before_and_is_neutral(anna: Phone, small_house: House) -> None:
    anna.now = FRIDAY_EVENING
    await book(anna)
    appointment = (await appointments(small_house))[0]
    anna.now = (appointment.starts_at - timedelta(days=1)).replace(hour=9, minute=0)
    reminder = await anna.waits(minutes=1)
    assert reminder.startswith("Pašvaldība atgādina")
    assert "Anna" not in reminder
    assert await anna.waits(minutes=1) == ""


async def test_who_asked_for_no_messages_is_not_reminded(anna: Phone, small_house: House) -> None:
    anna.now = FRIDAY_EVENING
    await book(anna, level="yes-silent")
    appointment = (await appointments(small_house))[0]
    anna.now = (appointment.starts_at - timedelta(days=1)).replace(hour=9, minute=0)
    assert await anna.waits(minutes=1) == ""


async def test_stop_silences_the_reminder(anna: Phone, small_house: House) -> None:
    await book(anna)
    await anna.says("STOP")
    appointment = (await appointments(small_house))[0]
    anna.now = (appointment.starts_at - timedelta(days=1)).replace(hour=9, minute=0)
    assert await anna.waits(minutes=1) == ""


async def test_a_fourth_appointment_is_refused_with_a_way_on(anna: Phone, small_house: House) -> None:
    for _ in range(3):
        await book(anna)
    await anna.says("gribu pierakstīties")
    await anna.says("1")
    answer = await anna.says("1")
    assert "Jums jau ir tik pierakstu" in answer
    async with small_house.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Appointment)) == 3


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Anna 010190-12345", "Anna"),
        ("Anna, personas kods 010190-12345", "Anna"),
        ("Анна, персональный код: 010190-12345", "Анна"),
        ("010190 12345 Anna Paraudziņa", "Anna Paraudziņa"),
        ("Anna Marija", "Anna Marija"),
    ],
)
async def test_a_personal_code_is_no_part_of_the_name(anna: Phone, written: str, name: str) -> None:
    await reach(anna, "book-appointment", "name")
    answer = await anna.says(written)
    assert (await anna.state()).facts["name"] == name
    assert "▒" not in answer


@pytest.mark.parametrize("written", ["010190-12345", "personas kods 010190-12345"])
async def test_a_personal_code_alone_is_kindly_asked_to_be_a_name(anna: Phone, written: str) -> None:
    await reach(anna, "book-appointment", "name")
    assert "Personas kods šeit nav vajadzīgs" in await anna.says(written)
    assert (await anna.state()).step == "name"


async def test_stop_in_the_middle_of_booking_says_that_nothing_was_booked(anna: Phone, small_house: House) -> None:
    await reach(anna, "book-appointment", "confirm")
    assert "Pieraksts netika izdarīts." in await anna.says("STOP")
    assert await appointments(small_house) == []
    assert "netika izdarīts" not in await anna.says("STOP")
