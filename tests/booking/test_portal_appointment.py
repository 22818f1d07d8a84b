"""One appointment in the portal: opened, marked, cancelled."""

from datetime import datetime

import pytest

from booking.access import Deed, Reason
from booking.appointments import cancel
from booking.confidentiality import new_id
from booking.models import AppointmentStatus
from booking.staff import Role
from booking.subjects import SecrecyLevel
from bot.database import Database
from tests.booking.portals import (
    ADDRESS,
    COLLEAGUES_TOMORROW,
    MINE,
    NAME,
    NEED,
    NEED_TITLE,
    TODAY_EARLIER,
    TODAY_LATER,
    TOMORROW,
    Browser,
    Portal,
    open_portal,
)


@pytest.fixture
async def portal(database: Database, keyring_database: Database, now: datetime) -> Portal:
    return await open_portal(database, keyring_database, now)


async def ilze(portal: Portal) -> Browser:
    return await portal.browser(await portal.hire(Role.SPECIALIST, MINE))


async def anna(portal: Portal) -> Browser:
    return await portal.browser(await portal.hire(Role.COORDINATOR))


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (SecrecyLevel.UNKNOWN, "nav teicis, kas lasa ziņas"),
        (SecrecyLevel.ONLY_ME, "Ziņas lasa tikai pats iedzīvotājs."),
        (SecrecyLevel.OTHERS, "Ziņas var lasīt arī citi."),
        (SecrecyLevel.NO_MESSAGES, "Nerakstiet un nezvaniet"),
    ],
)
async def test_opening_shows_the_name_the_need_in_words_and_how_to_write(
    portal: Portal, level: SecrecyLevel, words: str
) -> None:
    appointment = await portal.resident(TOMORROW, level=level)
    page = await (await ilze(portal)).get(f"/staff/appointments/{appointment.id}")
    assert page.status_code == 200
    for shown in (NAME, f"{NEED_TITLE} (lv)", words, "trešdiena, 25. novembris", "10:30–11:00"):
        assert shown in page.text
    for hidden in (NEED, ADDRESS, level):
        assert f">{hidden}<" not in page.text
    assert await portal.entries() == [(Deed.OPEN_APPOINTMENT, appointment.id, Reason.OWN_CALENDAR)]


async def test_somebody_elses_appointment_looks_like_none_and_is_written_down(portal: Portal) -> None:
    foreign = await portal.resident(COLLEAGUES_TOMORROW)
    browser = await ilze(portal)
    pages = [await browser.get(f"/staff/appointments/{each}") for each in (foreign.id, new_id())]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].text == pages[1].text
    assert NAME not in pages[0].text
    assert (f"{Deed.OPEN_APPOINTMENT} refused", foreign.id, None) in await portal.entries()


@pytest.mark.parametrize("what", ["kept", "missed", "cancel"])
async def test_somebody_elses_appointment_cannot_be_changed(portal: Portal, what: str) -> None:
    foreign = await portal.resident(COLLEAGUES_TOMORROW)
    answer = await (await ilze(portal)).post(f"/staff/appointments/{foreign.id}/{what}")
    assert answer.status_code == 404
    assert await portal.status_of(foreign) == AppointmentStatus.BOOKED
    assert portal.notices.told == []
    actions = [(action.endswith("refused"), about) for action, about, _ in await portal.entries()]
    assert actions == [(True, foreign.id)]


@pytest.mark.parametrize(("what", "status"), [("kept", AppointmentStatus.KEPT), ("missed", AppointmentStatus.MISSED)])
async def test_what_has_begun_is_marked_and_written_down(portal: Portal, what: str, status: AppointmentStatus) -> None:
    appointment = await portal.resident(TODAY_EARLIER)
    browser = await ilze(portal)
    answer = await browser.post(f"/staff/appointments/{appointment.id}/{what}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/staff?week=2026-11-23&said={what}"
    assert await portal.status_of(appointment) == status
    assert [about for _, about, _ in await portal.entries()] == [appointment.id]
    assert 'role="status"' in (await browser.get(answer.headers["location"])).text


async def test_a_slip_of_kept_and_missed_can_be_mended(portal: Portal) -> None:
    appointment = await portal.resident(TODAY_EARLIER)
    browser = await ilze(portal)
    await browser.post(f"/staff/appointments/{appointment.id}/missed")
    page = await browser.get(f"/staff/appointments/{appointment.id}")
    assert "/kept" in page.text
    assert "/missed" not in page.text
    await browser.post(f"/staff/appointments/{appointment.id}/kept")
    assert await portal.status_of(appointment) == AppointmentStatus.KEPT


@pytest.mark.parametrize("what", ["kept", "missed"])
async def test_nothing_is_marked_before_it_begins(portal: Portal, what: str) -> None:
    appointment = await portal.resident(TODAY_LATER)
    browser = await ilze(portal)
    answer = await browser.post(f"/staff/appointments/{appointment.id}/{what}")
    assert answer.headers["location"] == "/staff?said=not-live"
    assert await portal.status_of(appointment) == AppointmentStatus.BOOKED
    assert await portal.entries() == []
    assert 'role="alert"' in (await browser.get(answer.headers["location"])).text


async def test_cancelling_queues_one_notice_in_the_same_transaction(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    browser = await ilze(portal)
    answer = await browser.post(f"/staff/appointments/{appointment.id}/cancel")
    assert answer.headers["location"] == "/staff?week=2026-11-23&said=cancelled-told"
    again = await browser.post(f"/staff/appointments/{appointment.id}/cancel")
    assert again.headers["location"] == "/staff?said=not-live"
    assert await portal.status_of(appointment) == AppointmentStatus.CANCELLED
    assert portal.notices.told == [appointment.id]
    assert await portal.notice_rows() == 1
    assert await portal.entries() == [(Deed.CANCEL_APPOINTMENT, appointment.id, Reason.OWN_CALENDAR)]


async def test_cancelling_notice_and_entry_fail_together(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    portal.notices.fails = True
    answer = await (await ilze(portal)).post(f"/staff/appointments/{appointment.id}/cancel")
    assert answer.status_code == 500
    assert NAME not in answer.text
    assert await portal.status_of(appointment) == AppointmentStatus.BOOKED
    assert await portal.entries() == []


async def test_staff_are_told_when_the_resident_cannot_be_written_to(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    portal.notices.may_write = False
    browser = await ilze(portal)
    answer = await browser.post(f"/staff/appointments/{appointment.id}/cancel")
    page = await browser.get(answer.headers["location"])
    assert "ziņa nav nosūtīta" in page.text


async def test_a_resident_who_cancelled_first_is_not_written_to(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    async with portal.database.writing() as session:
        await cancel(session, appointment.id, by="resident", now=portal.now)
    answer = await (await ilze(portal)).post(f"/staff/appointments/{appointment.id}/cancel")
    assert answer.headers["location"] == "/staff?said=not-live"
    assert portal.notices.told == []


async def test_a_coordinator_is_asked_why_before_anything_is_looked_for(portal: Portal) -> None:
    appointment = await portal.resident(COLLEAGUES_TOMORROW)
    browser = await anna(portal)
    pages = [(await browser.get(f"/staff/appointments/{each}")).text for each in (appointment.id, new_id())]
    assert pages[0] == pages[1]
    assert "Kāpēc atverat šo pierakstu?" in pages[0]
    opened = await browser.get(f"/staff/appointments/{appointment.id}", reason=Reason.STANDING_IN)
    assert NAME in opened.text
    assert await portal.entries() == [(Deed.OPEN_APPOINTMENT, appointment.id, Reason.STANDING_IN)]


async def test_a_coordinator_cancels_with_the_reason_the_page_was_opened_for(portal: Portal) -> None:
    appointment = await portal.resident(COLLEAGUES_TOMORROW)
    browser = await anna(portal)
    without = await browser.post(f"/staff/appointments/{appointment.id}/cancel")
    assert without.status_code == 404
    assert await portal.status_of(appointment) == AppointmentStatus.BOOKED
    page = await browser.get(f"/staff/appointments/{appointment.id}", reason=Reason.RESIDENT_ASKS)
    assert '<input type="hidden" name="reason" value="resident-asks">' in page.text
    answer = await browser.post(f"/staff/appointments/{appointment.id}/cancel", reason=Reason.RESIDENT_ASKS)
    assert answer.status_code == 303
    assert await portal.status_of(appointment) == AppointmentStatus.CANCELLED
    assert (Deed.CANCEL_APPOINTMENT, appointment.id, Reason.RESIDENT_ASKS) in await portal.entries()


async def test_a_coordinator_finds_an_appointment_by_its_number(portal: Portal) -> None:
    appointment = await portal.resident(COLLEAGUES_TOMORROW)
    browser = await anna(portal)
    found = await browser.post(
        "/staff/appointments", reference=f" {appointment.reference.lower()} ", reason=Reason.RESIDENT_ASKS
    )
    assert found.headers["location"] == f"/staff/appointments/{appointment.id}?reason=resident-asks"
    assert appointment.reference not in found.headers["location"]
    for reference in ("CDFHJ0", "", "%", "\x00", "ĀĀĀĀĀĀ"):
        missed = await browser.post("/staff/appointments", reference=reference, reason=Reason.RESIDENT_ASKS)
        assert missed.headers["location"] == "/staff?said=not-found"
