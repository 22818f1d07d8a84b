"""A member of staff begins a talk: only with the own calendar's residents, and only where nobody else reads."""

import pytest
from sqlalchemy import select, update

from booking.access import NotAllowed
from booking.handovers import HandoverReason, waiting
from booking.models import Appointment
from booking.staff import Role, StaffMember
from booking.subjects import SecrecyLevel, Subject
from bot.house import House
from bot.staff_talks import MayNotWrite
from tests.bot.test_speakers import hears, hire, talks_of
from tests.flows.ways import BOOKED
from tests.phone import Phone


async def booked(phone: Phone, level: SecrecyLevel = SecrecyLevel.ONLY_ME) -> Appointment:
    """Anna books with the psychologist; who reads her messages is as given."""
    for words in BOOKED:
        await phone.says(words)
    async with phone.house.database.writing() as session:
        await session.execute(update(Subject).values(level=level))
        return (await session.scalars(select(Appointment).where(Appointment.status == "booked"))).one()


async def psychologist(house: House, appointment: Appointment) -> StaffMember:
    staff = await hire(house, Role.SPECIALIST)
    async with house.database.writing() as session:
        await session.execute(
            update(StaffMember).where(StaffMember.id == staff.id).values(specialist_id=appointment.specialist_id)
        )
        return await session.get_one(StaffMember, staff.id, populate_existing=True)


async def test_staff_may_begin_with_the_resident_of_an_own_appointment(anna: Phone, small_house: House) -> None:
    appointment = await booked(anna)
    ilze = await psychologist(small_house, appointment)
    for words in ("Labdien", "Vai varat atnākt agrāk?"):
        await talks_of(anna).answer(ilze, appointment.reference, words, now=anna.now)
        assert words in await hears(anna)
    async with small_house.database.reading() as session:
        assert [(row.reason, row.taken_by) for row in await waiting(session)] == [(HandoverReason.STAFF, ilze.id)]


@pytest.mark.parametrize("level", [SecrecyLevel.UNKNOWN, SecrecyLevel.OTHERS, SecrecyLevel.NO_MESSAGES])
async def test_nobody_is_written_to_unasked_where_others_may_read(
    anna: Phone, small_house: House, level: SecrecyLevel
) -> None:
    appointment = await booked(anna, level)
    ilze = await psychologist(small_house, appointment)
    with pytest.raises(MayNotWrite):
        await talks_of(anna).answer(ilze, appointment.reference, "Labdien", now=anna.now)
    assert await hears(anna) == ""


@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.COORDINATOR])
async def test_nobody_begins_with_residents_of_another_calendar(anna: Phone, small_house: House, role: Role) -> None:
    appointment = await booked(anna)
    somebody = await hire(small_house, role)
    with pytest.raises(NotAllowed):
        await talks_of(anna).answer(somebody, appointment.reference, "Labdien", now=anna.now)
