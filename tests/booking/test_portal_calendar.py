"""The week: the own appointments by time, place and number, the colleagues' only as busy."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from booking.confidentiality import new_id
from booking.models import Absence, AppointmentStatus
from booking.staff import Role
from bot.database import Database
from tests.booking.calendars import riga, slot_at
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
    Portal,
    open_portal,
)


@pytest.fixture
async def portal(database: Database, keyring_database: Database, now: datetime) -> Portal:
    return await open_portal(database, keyring_database, now)


async def test_the_week_shows_time_place_and_number_of_the_own_appointments(portal: Portal) -> None:
    today, tomorrow = await portal.resident(TODAY_LATER), await portal.resident(TOMORROW)
    page = (await (await portal.browser(await portal.hire(Role.SPECIALIST, MINE))).get("/staff")).text
    assert "otrdiena, 24. novembris" in page
    for when, appointment in (("14:00–14:30", today), ("10:30–11:00", tomorrow)):
        assert when in page
        assert appointment.reference in page
    assert "bauska" in page


async def test_no_list_holds_a_name_a_need_or_an_address(portal: Portal) -> None:
    await portal.resident(TODAY_LATER)
    await portal.resident(COLLEAGUES_TOMORROW)
    for role in (Role.SPECIALIST, Role.COORDINATOR, Role.RECEPTION):
        page = (await (await portal.browser(await portal.hire(role, MINE))).get("/staff")).text
        for secret in (NAME, NEED, NEED_TITLE, ADDRESS, "sms"):
            assert secret not in page


async def test_a_colleagues_appointment_is_only_busy(portal: Portal) -> None:
    foreign = await portal.resident(COLLEAGUES_TOMORROW)
    for role in (Role.SPECIALIST, Role.COORDINATOR, Role.RECEPTION):
        page = (await (await portal.browser(await portal.hire(role, MINE))).get("/staff")).text
        assert foreign.reference not in page
        assert foreign.id not in page
        assert '11:00–11:30 <span class="word">aizņemts</span>' in page


async def test_an_absence_and_an_appointment_look_alike_to_colleagues(portal: Portal) -> None:
    await portal.resident(COLLEAGUES_TOMORROW)
    async with portal.database.writing() as session:
        for starts, ends in (("2026-11-25 14:00", "2026-11-25 15:00"), ("2026-11-26 00:00", "2026-11-27 00:00")):
            session.add(Absence(id=new_id(), specialist_id="oskars", starts_at=riga(starts), ends_at=riga(ends)))
    page = (await (await portal.browser(await portal.hire(Role.SPECIALIST, MINE))).get("/staff")).text
    assert '14:00–15:00 <span class="word">aizņemts</span>' in page
    assert 'visu dienu <span class="word">aizņemts</span>' in page


async def test_only_what_has_begun_can_be_marked_from_the_list(portal: Portal) -> None:
    begun, to_come = await portal.resident(TODAY_EARLIER), await portal.resident(TODAY_LATER)
    page = (await (await portal.browser(await portal.hire(Role.SPECIALIST, MINE))).get("/staff")).text
    assert f"/staff/appointments/{begun.id}/kept" in page
    assert f"/staff/appointments/{to_come.id}/kept" not in page


async def test_another_week_is_a_link_away(portal: Portal) -> None:
    next_week = await portal.resident(slot_at("2026-12-02 09:00"))
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    assert next_week.reference not in (await browser.get("/staff")).text
    page = (await browser.get("/staff", week="2026-12-03")).text
    assert next_week.reference in page
    assert "Šodien" not in page


async def test_a_saturday_is_shown_when_it_is_today(portal: Portal) -> None:
    portal.now = riga("2026-11-28 10:00")
    page = (await (await portal.browser(await portal.hire(Role.SPECIALIST, MINE))).get("/staff")).text
    assert "sestdiena, 28. novembris" in page
    assert "svētdiena" not in page


async def test_the_weeks_in_which_the_clocks_change_are_shown(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    for day in ("2026-10-25", "2027-03-28", "2027-10-31"):
        assert (await browser.get("/staff", week=day)).status_code == 200


async def test_who_has_no_calendar_is_led_to_the_account(portal: Portal) -> None:
    for role in (Role.EDITOR, Role.ADMINISTRATOR, Role.AUDITOR):
        answer = await (await portal.browser(await portal.hire(role))).get("/staff")
        assert answer.headers["location"] == "/staff/account"


async def test_a_busy_week_needs_no_more_queries_than_an_empty_one(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    asked: dict[int, object] = {}
    for engine in (portal.database.engine.sync_engine, portal.database._readers.sync_engine):
        # On PostgreSQL the two share their listeners; a statement has one context all the same.
        event.listen(engine, "before_cursor_execute", lambda *args: asked.update({id(args[4]): args[4]}))
    await browser.get("/staff")
    empty = len(asked)
    for hour in range(9, 12):
        await portal.resident(slot_at(f"2026-11-26 {hour:02}:00"))
        await portal.resident(slot_at(f"2026-11-26 {hour:02}:30", "oskars"))
    asked.clear()
    await browser.get("/staff")
    assert len(asked) == empty <= 8


async def test_cancelled_and_missed_ones_say_so(portal: Portal) -> None:
    missed, cancelled = await portal.resident(TODAY_EARLIER), await portal.resident(TOMORROW)
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    await browser.post(f"/staff/appointments/{missed.id}/missed")
    await browser.post(f"/staff/appointments/{cancelled.id}/cancel")
    page = (await browser.get("/staff")).text
    assert f'<span class="mark {AppointmentStatus.MISSED}">neieradās</span>' in page
    assert f'<span class="mark {AppointmentStatus.CANCELLED}">atcelts</span>' in page


async def test_the_page_is_in_the_language_of_the_account(portal: Portal) -> None:
    for language, words in (("ru", "вторник, 24 ноября"), ("en", "Tuesday, 24 November")):
        staff = await portal.hire(Role.SPECIALIST, MINE, language=language)
        assert words in (await (await portal.browser(staff)).get("/staff")).text


async def test_what_begins_this_minute_has_begun(portal: Portal) -> None:
    appointment = await portal.resident(slot_at("2026-11-24 10:00"))
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    assert f"{appointment.id}/kept" in (await browser.get("/staff")).text
    portal.now -= timedelta(seconds=1)
    assert f"{appointment.id}/kept" not in (await browser.get("/staff")).text
