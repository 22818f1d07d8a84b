"""Number and figures open one appointment from any browser; nothing else does, and guessing tells nothing."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from booking import look_ups
from booking.appointments import NotLive
from booking.audit import AuditEntry
from booking.look_ups import MOST_WRONG, index_of
from booking.models import Appointment, AppointmentStatus
from bot.channels.terminal import Collector
from bot.house import House
from tests.phone import Phone

WRONG = {"lv": "neko parādīt nevaru", "ru": "ничего показать не могу"}


async def book(phone: Phone, level: str = "yes-others") -> tuple[str, str]:
    """A booked appointment: its number and figures."""
    for line in ("gribu pierakstīties pie psihologa", "1", "Anna"):
        await phone.says(line)
    receipt = await phone.presses(level)
    found = re.search(r"Numurs (\w{6})\..*Cipari: (\d{6})\.", receipt)
    assert found, receipt
    return found[1], found[2]


def somebody(phone: Phone, address: str) -> Phone:
    return replace(phone, address=address, heard=[], sent=0)


async def look_up(phone: Phone, *lines: str) -> str:
    await phone.says("mani pieraksti")
    answer = await phone.presses("flow:look-up")
    for line in lines:
        answer = await phone.says(line)
    return answer


async def row_of(house: House, reference: str) -> Appointment:
    async with house.database.reading() as session:
        return (await session.scalars(select(Appointment).where(Appointment.reference == reference))).one()


async def test_booking_in_the_web_chat_gives_six_figures_of_which_only_an_index_is_kept(
    anna: Phone, small_house: House
) -> None:
    secret = small_house.settings.index_secret.get_secret_value()
    for level in ("yes", "yes-others", "yes-silent"):
        reference, figures = await book(somebody(anna, level), level)
        row = await row_of(small_house, reference)
        assert row.look_up_index == index_of(secret, row.id, figures)
        assert index_of(secret, "another appointment", figures) != row.look_up_index


async def test_another_browser_sees_moves_and_cancels_with_number_and_figures(anna: Phone, small_house: House) -> None:
    reference, figures = await book(anna)
    library = somebody(anna, "library")
    answer = await look_up(library, reference, figures)
    assert "Jūsu pieraksti" in answer
    assert [choice.id.partition("-")[0] for choice in library.choices] == ["move", "cancel", "no"]
    before = (await row_of(small_house, reference)).starts_at
    await library.presses_like("move-")
    assert "Pārcelts" in await library.says("2")
    assert (await row_of(small_house, reference)).starts_at > before
    await look_up(library, f"{reference.lower()} {figures[:3]} {figures[3:]}")
    await library.presses_like("cancel-")
    assert "Atcelts" in await library.says("jā")
    row = await row_of(small_house, reference)
    assert row.status == AppointmentStatus.CANCELLED
    async with small_house.database.reading() as session:
        noted = (await session.scalars(select(AuditEntry.action).where(AuditEntry.about == row.id))).all()
    assert noted.count("appointment looked up") == 2


async def test_one_pair_opens_that_appointment_and_no_other(anna: Phone) -> None:
    await book(anna)
    reference, figures = await book(anna)
    library = somebody(anna, "elsewhere")
    await look_up(library, reference, figures)
    assert len([choice for choice in library.choices if choice.id.startswith("cancel-")]) == 1
    assert all(reference in choice.label for choice in library.choices if choice.id != "no")


async def test_the_number_is_read_however_it_is_typed(anna: Phone, small_house: House) -> None:
    reference, figures = await book(anna)
    cyrillic = reference.translate(str.maketrans("CHKMPTXY", "СНКМРТХУ"))
    for typed in (f"{reference[:3]} {reference[3:]}", reference.lower(), cyrillic, f"{reference}."):
        assert "Jūsu pieraksti" in await look_up(somebody(anna, f"tab {typed}"), typed, figures)


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_wrong_absent_cancelled_and_locked_are_told_the_same(
    anna: Phone, small_house: House, language: str
) -> None:
    reference, figures = await book(anna)
    other = f"{(int(figures) + 1) % 10**6:06}"
    told = set()
    guesses = [(reference, other)] * MOST_WRONG + [(reference, figures), ("CDFHJK", figures)]
    for number, (one, typed) in enumerate(guesses):
        guesser = somebody(anna, f"guesser {number}")
        await guesser.says({"lv": "latviski", "ru": "по-русски"}[language])
        answer = await look_up(guesser, one, typed)
        told.add((answer, repr([choice.id for choice in guesser.choices])))
    assert len(told) == 1
    assert WRONG[language] in told.pop()[0]
    assert (await row_of(small_house, reference)).failed_look_ups == MOST_WRONG + 1


async def test_a_lock_that_comes_between_reading_and_writing_counts(
    house: House, channel: Collector, now: datetime
) -> None:
    """Of many guesses at once only the first five can be right: the check is made again in the write."""
    reference, figures = await book(Phone(house, channel, now))
    row = await row_of(house, reference)
    index = index_of(house.settings.index_secret.get_secret_value(), row.id, figures)
    assert look_ups.is_right(row, index)
    async with house.database.writing() as session:
        for _ in range(MOST_WRONG):
            await look_ups.count_wrong(session, reference)
    async with house.database.writing() as session:
        with pytest.raises(NotLive):
            await look_ups.open_once(session, row.id, index, now=now)


async def test_who_guesses_right_too_late_is_told_the_same_as_everyone(
    anna: Phone, small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, figures = await book(anna)
    async with small_house.database.writing() as session:
        for _ in range(MOST_WRONG):
            await look_ups.count_wrong(session, reference)
    monkeypatch.setattr(look_ups, "is_right", lambda _found, _index: True)  # as it was when it was read
    assert WRONG["lv"] in await look_up(somebody(anna, "late"), reference, figures)


async def test_right_figures_forget_the_wrong_ones(anna: Phone, small_house: House) -> None:
    reference, figures = await book(anna)
    await look_up(somebody(anna, "one"), reference, "000000" if figures != "000000" else "000001")
    await look_up(somebody(anna, "two"), reference, figures)
    assert (await row_of(small_house, reference)).failed_look_ups == 0


async def test_what_can_be_no_number_or_no_figures_is_asked_for_again(anna: Phone) -> None:
    await look_up(anna)
    for typed in ("ABC", "labdien", "123", "AEIOUB", "CDFHJKM"):
        assert "Uzrakstiet pieraksta numuru" in await anna.says(typed)
    await anna.says("CDFHJK")
    for typed in ("12345", "1234567", "nezinu"):
        assert "uzrakstiet sešus ciparus" in await anna.says(typed)


async def test_number_and_figures_are_read_without_the_button(anna: Phone) -> None:
    reference, figures = await book(anna)
    for number, lines in enumerate(
        (
            (reference, figures),
            (f"{reference} {figures}",),
            (f"numurs {reference.lower()}, cipari {figures[:3]} {figures[3:]}",),
        )
    ):
        library = somebody(anna, f"library {number}")
        await library.says("mani pieraksti")
        answers = [await library.says(line) for line in lines]
        assert "Jūsu pieraksti" in answers[-1], lines


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_a_bare_number_that_exists_and_one_that_does_not_are_told_the_same(anna: Phone, language: str) -> None:
    reference, figures = await book(anna)
    other = f"{(int(figures) + 1) % 10**6:06}"
    told = set()
    for lines in ((reference, other), ("CDFHJK", figures)):
        guesser = somebody(anna, lines[0])
        await guesser.says({"lv": "latviski", "ru": "по-русски"}[language])
        told.add((await guesser.says(lines[0]), await guesser.says(lines[1]), await guesser.says(" ".join(lines))))
    assert len(told) == 1
    assert all(WRONG[language] in answer for answer in told.pop()[1:])


async def test_a_wrong_try_counts_without_the_button_too(anna: Phone, small_house: House) -> None:
    reference, figures = await book(anna)
    await somebody(anna, "guesser").says(f"{reference} {(int(figures) + 1) % 10**6:06}")
    assert (await row_of(small_house, reference)).failed_look_ups == 1


async def test_after_a_wrong_try_number_and_figures_may_be_typed_again(anna: Phone) -> None:
    reference, figures = await book(anna)
    library = somebody(anna, "library")
    await look_up(library, "CDFHJK", figures)
    await library.says(reference)
    assert "Jūsu pieraksti" in await library.says(figures)
    await look_up(library, "CDFHJK")
    assert "uzrakstiet sešus ciparus" in await library.says(reference)
    assert "Jūsu pieraksti" in await library.says(figures)
    await look_up(library, "CDFHJK")
    assert "Jūsu pieraksti" in await library.says(f"{reference} {figures}")


async def test_a_past_appointment_is_not_shown(anna: Phone) -> None:
    reference, figures = await book(anna)
    anna.now = anna.now.replace(year=2027)
    assert WRONG["lv"] in await look_up(somebody(anna, "late"), reference, figures)
