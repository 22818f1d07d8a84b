"""Signing in through the form, and the own account."""

import re
from datetime import datetime

import pytest

from booking.portal.security import Cookies
from booking.staff import Role
from bot.database import Database
from tests.booking.portals import MINE, PASSWORD, TODAY_EARLIER, Browser, Portal, open_portal

COOKIES = Cookies(secure=False)


@pytest.fixture
async def portal(database: Database, keyring_database: Database, now: datetime) -> Portal:
    return await open_portal(database, keyring_database, now)


async def fill_in(browser: Browser, name: str, password: str, path: str = "/staff/sign-in") -> tuple[int, str]:
    """Open the form and send it as a browser does."""
    page = await browser.get(path)
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
    assert token is not None
    answer = await browser.client.post(
        "/staff/sign-in",
        data={"form_token": token[1], "name": name, "password": password},
        headers={"sec-fetch-site": "same-origin"},
    )
    return answer.status_code, answer.text


async def test_the_form_of_a_refused_page_signs_in(portal: Portal) -> None:
    staff = await portal.hire(Role.SPECIALIST, MINE)
    browser = await portal.browser()
    assert await fill_in(browser, staff.sign_in_name, PASSWORD, path="/staff/talks") == (303, "")
    page = await browser.get("/staff")
    assert page.status_code == 200
    assert staff.display_name in page.text


async def test_signing_in_gives_a_new_session_whatever_the_browser_brought(portal: Portal) -> None:
    staff = await portal.hire(Role.SPECIALIST, MINE)
    browser = await portal.browser()
    browser.client.cookies.set(COOKIES.session, "planted")
    await fill_in(browser, staff.sign_in_name, PASSWORD)
    tokens = [each.value for each in browser.client.cookies.jar if each.name == COOKIES.session and each.domain]
    assert "planted" not in tokens
    assert tokens


async def test_a_wrong_name_and_a_wrong_password_look_the_same(portal: Portal) -> None:
    staff = await portal.hire(Role.SPECIALIST, MINE)
    wrong_password = await fill_in(await portal.browser(), staff.sign_in_name, "wrong password")
    wrong_name = await fill_in(await portal.browser(), "nobody-here", PASSWORD)
    disabled = await portal.hire(Role.SPECIALIST, MINE, disabled_at=portal.now)
    shut = await fill_in(await portal.browser(), disabled.sign_in_name, PASSWORD)

    def without_token(page: str) -> str:
        return re.sub(r'value="[0-9a-f]{64}"', "", page)

    assert wrong_password[0] == wrong_name[0] == shut[0] == 401
    assert without_token(wrong_password[1]) == without_token(wrong_name[1]) == without_token(shut[1])


async def test_the_sixth_try_within_a_minute_is_asked_to_wait(portal: Portal) -> None:
    for name in ("nobody-here", (await portal.hire(Role.SPECIALIST, MINE)).sign_in_name):
        browser = await portal.browser()
        answers = [(await fill_in(browser, name, "wrong password"))[0] for _ in range(6)]
        assert answers == [401, 401, 401, 401, 401, 429]


async def test_the_sign_in_form_from_another_page_is_refused(portal: Portal) -> None:
    staff = await portal.hire(Role.SPECIALIST, MINE)
    browser = await portal.browser()
    fields = {"name": staff.sign_in_name, "password": PASSWORD, "form_token": "0" * 64}
    for headers in ({"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "cross-site"}, {}):
        answer = await browser.client.post("/staff/sign-in", data=fields, headers=headers)
        assert answer.status_code == 403
        assert COOKIES.session not in answer.cookies


@pytest.mark.parametrize(
    ("language", "words"), [("lv", "Darbinieku portāls"), ("ru", "Портал для сотрудников"), ("en", "Staff portal")]
)
async def test_the_sign_in_page_speaks_three_languages(portal: Portal, language: str, words: str) -> None:
    page = await (await portal.browser()).get("/staff/sign-in", language=language)
    assert words in page.text
    assert f'<html lang="{language}">' in page.text


async def test_signing_in_and_out_is_written_down(portal: Portal) -> None:
    staff = await portal.hire(Role.AUDITOR)
    browser = await portal.browser()
    await fill_in(browser, staff.sign_in_name, PASSWORD)
    browser.token = browser.client.cookies[COOKIES.session]
    await browser.post("/staff/sign-out")
    assert [action for action, _, _ in await portal.entries()] == ["signed in", "signed out"]


async def test_the_chosen_language_is_kept_in_the_account(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    answer = await browser.post("/staff/account/language", language="ru")
    assert answer.headers["location"] == "/staff/account?said=language"
    assert "Календарь" in (await browser.get("/staff")).text
    assert (await browser.post("/staff/account/language", language="de")).headers["location"] == "/staff/account"
    assert "Календарь" in (await browser.get("/staff")).text


async def test_a_new_password_signs_out_everywhere(portal: Portal) -> None:
    staff = await portal.hire(Role.SPECIALIST, MINE)
    browser, elsewhere = await portal.browser(staff), await portal.browser(staff)
    new = "jauna un gara parole"
    answer = await browser.post("/staff/account/password", present=PASSWORD, new=new, again=new)
    assert answer.headers["location"].startswith("/staff/sign-in")
    assert (await elsewhere.get("/staff")).status_code == 401
    fresh = await portal.browser()
    assert (await fill_in(fresh, staff.sign_in_name, PASSWORD))[0] == 401
    assert (await fill_in(fresh, staff.sign_in_name, new))[0] == 303


@pytest.mark.parametrize(
    ("present", "new", "again", "said"),
    [
        ("wrong password", "jauna un gara parole", "jauna un gara parole", "password-wrong"),
        (PASSWORD, "jauna un gara parole", "cita un gara parole", "password-differs"),
        (PASSWORD, "īsa", "īsa", "password-refused"),
    ],
)
async def test_a_password_that_cannot_be_changed_stays(
    portal: Portal, present: str, new: str, again: str, said: str
) -> None:
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    answer = await browser.post("/staff/account/password", present=present, new=new, again=again)
    assert answer.headers["location"] == f"/staff/account?said={said}"
    shown = await browser.get("/staff/account", said=said)
    assert shown.status_code == 200
    assert 'role="alert"' in shown.text


async def test_the_present_password_cannot_be_guessed_through_the_account(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    new = "jauna un gara parole"
    said = [
        (await browser.post("/staff/account/password", present="guess", new=new, again=new)).headers["location"]
        for _ in range(6)
    ]
    assert said[-1] == "/staff/account?said=password-limit"


async def test_a_calendar_address_is_shown_once_and_shows_only_busy_times(portal: Portal) -> None:
    appointment = await portal.resident(TODAY_EARLIER)
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    made = await browser.post("/staff/account/calendar")
    address = re.search(r"http://paligs.test(/calendar/[\w-]+\.ics)", made.text)
    assert address is not None
    assert "/calendar/" not in (await browser.get("/staff/account")).text
    feed = await (await portal.browser()).get(address[1])
    assert feed.status_code == 200
    assert feed.headers["content-type"].startswith("text/calendar")
    assert "set-cookie" not in feed.headers
    assert appointment.reference not in feed.text
    assert "BEGIN:VEVENT" in feed.text


async def test_a_new_calendar_address_ends_the_one_before(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(Role.SPECIALIST, MINE))
    pages = [(await browser.post("/staff/account/calendar")).text for _ in range(2)]
    old, new = (re.findall(r"(/calendar/[\w-]+\.ics)", page)[0] for page in pages)
    assert (await browser.get(old)).status_code == 404
    assert (await browser.get(new)).status_code == 200


async def test_who_has_no_calendar_gets_no_address(portal: Portal) -> None:
    browser = await portal.browser(await portal.hire(Role.COORDINATOR))
    assert (await browser.post("/staff/account/calendar")).status_code == 403
