"""What waits for a person, in the portal."""

from datetime import datetime, timedelta

import pytest

from booking.access import Deed, Reason
from booking.handovers import Handover, HandoverKind, HandoverReason
from booking.staff import Role
from bot.database import Database
from tests.booking.portals import ADDRESS, MINE, WORDS, Portal, open_portal


@pytest.fixture
async def portal(database: Database, keyring_database: Database, now: datetime) -> Portal:
    return await open_portal(database, keyring_database, now)


async def test_the_list_shows_how_long_somebody_waits_and_no_words(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.PERSON)
    page = (await (await portal.browser(await portal.hire(Role.SPECIALIST, MINE))).get("/staff/talks")).text
    for shown in (talk.reference, "2 st. 5 min.", "lūdz atbildi", "krievu", "tīmekļa tērzēšana"):
        assert shown in page
    assert WORDS not in page
    assert ADDRESS not in page
    assert await portal.entries() == []


WAITED = {
    timedelta(seconds=30): "0 min.",
    timedelta(minutes=59): "59 min.",
    timedelta(hours=1): "1 st. 0 min.",
    timedelta(days=11, hours=3, minutes=40): "11 d. 3 st.",
    timedelta(minutes=-5): "0 min.",
}


async def test_the_time_waited_is_told_in_its_two_largest_units(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.PERSON)
    staff = await portal.hire(Role.SPECIALIST, MINE)
    for waited, words in WAITED.items():
        portal.now = talk.asked_at + waited
        assert f">{words}<" in (await (await portal.browser(staff)).get("/staff/talks")).text


async def test_complaints_are_the_coordinators_to_read(portal: Portal) -> None:
    complaint = await portal.talk(HandoverKind.COMPLAINT, anonymous=True)
    specialist = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    assert complaint.reference not in (await specialist.get("/staff/talks")).text
    assert (await specialist.get(f"/staff/talks/{complaint.id}")).status_code == 404
    coordinator = await portal.browser(await portal.hire(Role.COORDINATOR))
    assert complaint.reference in (await coordinator.get("/staff/talks")).text
    page = await coordinator.get(f"/staff/talks/{complaint.id}")
    assert WORDS in page.text
    assert "anonīmi" in page.text


async def test_opening_shows_the_words_after_the_entry(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.PERSON)
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    page = await browser.get(f"/staff/talks/{talk.id}")
    assert WORDS in page.text
    assert "Atbildiet tikai tā un tad, kā šeit uzrakstīts" in page.text
    assert await portal.entries() == [(Deed.OPEN_HANDOVER, talk.id, Reason.WAITING_TALK)]


async def test_what_is_done_leaves_the_list(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.PERSON)
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    answer = await browser.post(f"/staff/talks/{talk.id}/done")
    assert answer.headers["location"] == "/staff/talks?said=done"
    assert talk.reference not in (await browser.get("/staff/talks")).text
    assert (await browser.post(f"/staff/talks/{talk.id}/done")).status_code == 404


async def test_a_danger_is_named_by_its_kind_and_staff_are_told_not_to_write_first(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.PERSON, words="violence")
    async with portal.database.writing() as session:
        (await session.get_one(Handover, talk.id)).reason = HandoverReason.DANGER
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    assert "briesmu pazīme" in (await browser.get("/staff/talks")).text
    page = (await browser.get(f"/staff/talks/{talk.id}")).text
    assert "Ziņā bija runa par vardarbību." in page
    assert "Nerakstiet pirmie un nezvaniet:" in page


@pytest.mark.parametrize(("channel", "is_shown"), [("sms", True), ("web", False)])
async def test_the_phone_is_shown_only_where_somebody_asked_by_sms_to_be_called(
    portal: Portal, channel: str, is_shown: bool
) -> None:
    talk = await portal.talk(HandoverKind.CALL)
    async with portal.database.writing() as session:
        (await session.get_one(Handover, talk.id)).channel = channel
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    assert "jāpiezvana" in (await browser.get("/staff/talks")).text
    assert ADDRESS not in (await browser.get("/staff/talks")).text
    page = (await browser.get(f"/staff/talks/{talk.id}")).text
    assert (ADDRESS in page) == is_shown


async def test_a_talk_that_a_colleague_leads_is_only_the_coordinators_besides(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.PERSON)
    async with portal.database.writing() as session:
        (await session.get_one(Handover, talk.id)).taken_by = "a colleague"
    specialist = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    assert talk.reference not in (await specialist.get("/staff/talks")).text
    assert (await specialist.get(f"/staff/talks/{talk.id}")).status_code == 404
    coordinator = await portal.browser(await portal.hire(Role.COORDINATOR))
    assert (await coordinator.get(f"/staff/talks/{talk.id}")).status_code == 200


async def test_an_empty_list_says_so(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(Role.COORDINATOR))
    assert "Neviens negaida." in (await browser.get("/staff/talks")).text
