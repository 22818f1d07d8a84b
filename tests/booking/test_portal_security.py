"""What stands before every page: signing in, roles, own forms, cookies, text that is never markup."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi.routing import APIRoute
from markupsafe import escape
from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.audit import AuditEntry
from booking.base import Base
from booking.handovers import HandoverKind
from booking.models import Appointment
from booking.portal.routes import build_router
from booking.portal.security import Cookies, form_token
from booking.sign_in import end_session
from booking.staff import Role, StaffSession, disable_staff
from bot.database import Database
from tests.booking.portals import COLLEAGUE, MINE, TODAY_EARLIER, TOMORROW, Browser, Portal, open_portal

ALL = frozenset(Role)
SPECIALIST, COORDINATOR = Role.SPECIALIST, Role.COORDINATOR
READERS = frozenset({SPECIALIST, COORDINATOR})

OPEN = {("GET", "/staff/sign-in"), ("POST", "/staff/sign-in"), ("GET", "/calendar/{secret}.ics")}

FORBIDDEN, HIDDEN = 403, 404
MATRIX: dict[tuple[str, str], tuple[frozenset[Role], int]] = {
    ("POST", "/staff/sign-out"): (ALL, FORBIDDEN),
    ("GET", "/staff"): (ALL, FORBIDDEN),
    ("POST", "/staff/appointments"): (frozenset({COORDINATOR}), FORBIDDEN),
    ("GET", "/staff/appointments/{appointment_id}"): (READERS, HIDDEN),
    ("POST", "/staff/appointments/{appointment_id}/kept"): (READERS, HIDDEN),
    ("POST", "/staff/appointments/{appointment_id}/missed"): (READERS, HIDDEN),
    ("POST", "/staff/appointments/{appointment_id}/cancel"): (READERS, HIDDEN),
    ("GET", "/staff/talks"): (READERS, FORBIDDEN),
    ("GET", "/staff/talks/{talk_id}"): (READERS, HIDDEN),
    ("POST", "/staff/talks/{talk_id}/done"): (READERS, HIDDEN),
    ("GET", "/staff/account"): (ALL, FORBIDDEN),
    ("POST", "/staff/account/language"): (ALL, FORBIDDEN),
    ("POST", "/staff/account/password"): (ALL, FORBIDDEN),
    ("POST", "/staff/account/calendar"): (READERS, FORBIDDEN),
}
"""Who is let in by each route, and what the others are answered."""

CHANGES = sorted(path for method, path in MATRIX if method == "POST")


@pytest.fixture
async def portal(database: Database, keyring_database: Database, now: datetime) -> Portal:
    return await open_portal(database, keyring_database, now)


async def fill(portal: Portal) -> dict[str, str]:
    """Records that exist, for the paths: an appointment that has begun, and a waiting talk."""
    appointment, talk = await portal.resident(TODAY_EARLIER), await portal.talk(HandoverKind.PERSON)
    return {"appointment_id": appointment.id, "talk_id": talk.id}


async def follow(browser: Browser, method: str, path: str) -> httpx.Response:
    return await (browser.get(path) if method == "GET" else browser.post(path))


async def everything(database: Database) -> dict[str, Sequence[object]]:
    """All rows of all tables of booking, without the moment a session was last seen."""
    tables: list[Table] = [table for table in Base.metadata.sorted_tables if table.name != "staff_session"]
    async with database.reading() as session:
        return {table.name: sorted((await session.execute(select(table))).all(), key=repr) for table in tables}


def routes_of(portal: Portal) -> set[tuple[str, str]]:
    routes = [route for route in build_router(portal.house).routes if isinstance(route, APIRoute)]
    return {(method, route.path) for route in routes for method in route.methods or ()}


async def test_every_route_is_in_the_matrix(portal: Portal) -> None:
    assert routes_of(portal) == OPEN | set(MATRIX)


async def test_each_role_reaches_exactly_its_routes(portal: Portal) -> None:
    records = await fill(portal)
    for role in Role:
        staff = await portal.hire(role, MINE)
        for (method, path), (roles, refusal) in MATRIX.items():
            answer = await follow(await portal.browser(staff), method, path.format(**records))
            expected = {200, 303} if role in roles else {refusal}
            assert answer.status_code in expected, (method, path, role)
            if path.endswith("/done"):
                records["talk_id"] = (await portal.talk(HandoverKind.PERSON)).id


async def test_nobody_gets_anything_without_signing_in(portal: Portal) -> None:
    records = await fill(portal)
    before = await everything(portal.database)
    for method, path in sorted(MATRIX):
        for token in ("", "made up"):
            browser = Browser((await portal.browser()).client, token)
            browser.client.cookies.set(Cookies(secure=False).session, token)
            answer = await follow(browser, method, path.format(**records))
            assert answer.status_code == 401, path
            assert 'name="password"' in answer.text
    assert await everything(portal.database) == before


async def test_a_form_that_is_not_ours_changes_nothing(portal: Portal) -> None:
    anna, other = await portal.hire(COORDINATOR, MINE), await portal.hire(COORDINATOR, COLLEAGUE)
    browser, others = await portal.browser(anna), await portal.browser(other)
    records = await fill(portal)
    before = await everything(portal.database)
    own, same = {"form_token": form_token(browser.token)}, {"sec-fetch-site": "same-origin"}
    forged: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("no token", {}, same),
        ("empty token", {"form_token": ""}, same),
        ("wrong token", {"form_token": "0" * 64}, same),
        ("somebody else's token", {"form_token": form_token(others.token)}, same),
        ("token in other letters", {"form_token": "ā"}, same),
        ("another site", own, {"sec-fetch-site": "cross-site"}),
        ("another host of ours", own, {"sec-fetch-site": "same-site"}),
        ("typed address", own, {"sec-fetch-site": "none"}),
        ("old browser, foreign page", own, {"origin": "http://evil.test"}),
        ("old browser, page without origin", own, {"origin": "null"}),
        ("old browser, look-alike host", own, {"origin": "http://paligs.test.evil.test"}),
        ("no word of where it came from", own, {}),
    ]
    for path in CHANGES:
        for why, fields, headers in forged:
            answer = await browser.client.post(path.format(**records), data=fields, headers=headers)
            assert answer.status_code == 403, (path, why)
        as_json = await browser.client.post(path.format(**records), json=own, headers=same)
        assert as_json.status_code == 403, path
    assert await everything(portal.database) == before


async def test_an_old_browser_proves_its_origin(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(SPECIALIST, MINE))
    answer = await browser.post("/staff/account/language", headers={"origin": "http://paligs.test"}, language="ru")
    assert answer.status_code == 303


async def test_following_links_writes_nothing_but_the_audit_trail(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(COORDINATOR, MINE))
    records = await fill(portal)
    before = await everything(portal.database)
    for path in sorted(path for method, path in MATRIX if method == "GET"):
        assert (await browser.get(path.format(**records))).status_code == 200
    after = await everything(portal.database)
    assert {name for name in before if before[name] != after[name]} == {AuditEntry.__tablename__}


async def test_an_old_cookie_opens_nothing_after_signing_out(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(SPECIALIST, MINE))
    kept = browser.token
    left = await browser.post("/staff/sign-out")
    assert left.headers["location"] == "/staff/sign-in"
    assert left.headers["clear-site-data"] == '"cache"'
    browser.client.cookies.set(Cookies(secure=False).session, kept)
    again = await browser.get("/staff")
    assert again.status_code == 401
    assert "Darbs portālā ir pārtraukts" in again.text


async def test_a_disabled_account_is_out_at_once(portal: Portal) -> None:
    staff = await portal.hire(SPECIALIST, MINE)
    browser = await portal.browser(staff)
    assert (await browser.get("/staff")).status_code == 200
    async with portal.database.writing() as session:
        await disable_staff(session, staff.id, now=portal.now)
    assert (await browser.get("/staff")).status_code == 401


async def test_using_the_portal_keeps_one_signed_in_and_idling_does_not(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(SPECIALIST, MINE))
    for _ in range(4):
        portal.now += timedelta(minutes=10)
        assert (await browser.get("/staff")).status_code == 200
    portal.now += timedelta(minutes=16)
    assert (await browser.get("/staff")).status_code == 401


async def test_a_session_ended_while_a_page_was_under_way_is_not_revived(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(SPECIALIST, MINE))
    portal.now += timedelta(minutes=5)
    real, ended = portal.database.reading, False

    @asynccontextmanager
    async def reading_then_ended() -> AsyncIterator[AsyncSession]:
        nonlocal ended
        async with real() as session:
            yield session
        if not ended:
            ended = True
            async with portal.database.writing() as session:
                await end_session(session, browser.token)

    object.__setattr__(portal.house, "reading", reading_then_ended)
    assert (await browser.get("/staff")).status_code == 401
    async with real() as session:
        assert await session.scalar(select(func.count()).select_from(StaffSession)) == 0


@pytest.mark.parametrize(("secure", "name"), [(True, "__Host-paligs-staff"), (False, "paligs-staff")])
async def test_the_cookies_are_as_strict_as_they_can_be(portal: Portal, secure: bool, name: str) -> None:
    object.__setattr__(portal.house, "secure_cookies", secure)
    portal.app.router.routes.clear()
    portal.app.include_router(build_router(portal.house))
    staff = await portal.hire(SPECIALIST, MINE)
    browser = await portal.browser()
    page = await browser.get("/staff/sign-in")
    entry = page.cookies[name.replace("staff", "entry")]
    answer = await browser.client.post(
        "/staff/sign-in",
        data={"form_token": form_token(entry), "name": staff.sign_in_name, "password": "zaļa laiva uz Mēmeles"},
        headers={"sec-fetch-site": "same-origin", "cookie": f"{name.replace('staff', 'entry')}={entry}"},
    )
    assert answer.status_code == 303
    for response, cookie in ((page, name.replace("staff", "entry")), (answer, name)):
        set_by = next(line for line in response.headers.get_list("set-cookie") if line.startswith(f"{cookie}="))
        assert "HttpOnly" in set_by
        assert "SameSite=strict" in set_by
        assert "Path=/" in set_by
        assert ("Secure" in set_by) == secure
        assert "Domain" not in set_by


@pytest.mark.parametrize("cookie", ['"\\015\\012Set-Cookie: a=b"', "x" * 5000, "%00", "", "ā"])
async def test_a_cookie_that_is_not_ours_does_no_harm(portal: Portal, cookie: str) -> None:
    browser = await portal.browser()
    cookies = Cookies(secure=False)
    value = f"{cookies.entry}={cookie}; {cookies.session}={cookie}".encode()
    for path, status in (("/staff/sign-in", 200), ("/staff", 401)):
        answer = await browser.client.get(path, headers=[(b"cookie", value)])
        assert answer.status_code == status


STRANGE = (
    "/staff/appointments/%00",
    "/staff/appointments/%ff%fe",
    "/staff/talks/%ED%A0%80",
    "/staff?week=%00",
    "/staff?week=9999-99-99",
    "/staff?week=9999-12-31",
    "/staff?week=0001-01-01",
    "/staff?said=<b>",
)

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "\"'><svg/onload=alert(1)>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "</bdi></dd><a href=javascript:alert(1)>",
    "%s%n",
)


async def test_what_people_write_comes_out_as_text(portal: Portal) -> None:
    payload = " ".join(PAYLOADS)
    appointment = await portal.resident(TOMORROW, name=payload)
    talk = await portal.talk(HandoverKind.PERSON, words=payload)
    browser = await portal.browser(await portal.hire(SPECIALIST, MINE, display_name=PAYLOADS[0]))
    shown = {
        f"/staff/appointments/{appointment.id}": payload,
        f"/staff/talks/{talk.id}": payload,
        "/staff": PAYLOADS[0],
        "/staff/account": PAYLOADS[0],
    }
    for path, written in shown.items():
        page = await browser.get(path)
        assert page.status_code == 200
        assert not re.search("<(img src=x|script|svg|a href=javascript)", page.text)
        assert str(escape(written)) in page.text


async def test_pages_need_no_inline_script_or_style(portal: Portal) -> None:
    appointment, talk = await portal.resident(TOMORROW), await portal.talk(HandoverKind.PERSON)
    browser = await portal.browser(await portal.hire(COORDINATOR, MINE))
    one, other = f"/staff/appointments/{appointment.id}", f"/staff/talks/{talk.id}"
    for path in ("/staff", one, "/staff/talks", other, "/staff/account"):
        page = (await browser.get(path)).text
        assert not re.search("<script|<style| style=| on[a-z]+=|http://(?!paligs.test)", page)


async def test_a_path_with_strange_characters_is_refused_kindly(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(SPECIALIST, MINE))
    for path in STRANGE:
        assert (await browser.get(path)).status_code in (200, 404), path
    assert (await browser.get("/calendar/%00.ics")).status_code == 404


async def test_a_database_that_does_not_answer_shows_a_kind_page_and_no_name(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    browser = await portal.browser(await portal.hire(SPECIALIST, MINE))
    async with portal.database.writing() as session:
        await session.execute(text("DROP TABLE audit_entry"))
    page = await browser.get(f"/staff/appointments/{appointment.id}")
    assert page.status_code == 503
    assert "Anna" not in page.text
    marked = await browser.post(f"/staff/appointments/{appointment.id}/cancel")
    assert marked.status_code == 503
    async with portal.database.reading() as session:
        assert (await session.get_one(Appointment, appointment.id)).status == "booked"
