"""The door of the portal: signing in and out."""

from fastapi.responses import Response

from booking.audit import record
from booking.portal.house import PortalHouse
from booking.portal.security import SESSION_COOKIE, Cookies, OpenPage, StaffPage
from booking.portal.translations import mark
from booking.portal.visit import START, StaffVisit, Visit, go_to
from booking.sign_in import SignInRefused, TooManyAttempts, end_session, sign_in
from booking.staff import Role

SIGN_IN = f"{START}/sign-in"
REFUSED = mark("The name or the password is not right.")
TOO_MANY = mark("Too many attempts. Please wait a minute and try again.")


def pages(house: PortalHouse) -> list[OpenPage | StaffPage]:
    """The routes of this file."""
    cookies = Cookies(secure=house.secure_cookies)

    async def enter(visit: Visit) -> Response:
        """Sign in with a new session id, whatever cookie the browser came with."""
        try:
            staff, token = await sign_in(
                house.writing,
                sign_in_name=visit.form.get("name", ""),
                password=visit.form.get("password", ""),
                index_secret=house.audit_key,
                now=visit.now,
            )
        except SignInRefused:
            return visit.show("sign_in", status=401, fault=visit.say(REFUSED), is_over=False)
        except TooManyAttempts:
            return visit.show("sign_in", status=429, fault=visit.say(TOO_MANY), is_over=False)
        async with house.writing() as session:
            await record(session, actor=staff.id, action="signed in", key=house.audit_key, now=visit.now)
        answer = go_to(START)
        cookies.keep_session(answer, token)
        return answer

    async def leave(visit: StaffVisit) -> Response:
        """Sign out on this browser."""
        async with house.writing() as session:
            await end_session(session, visit.token)
            await record(session, actor=visit.staff.id, action="signed out", key=house.audit_key, now=visit.now)
        answer = go_to(SIGN_IN)
        cookies.forget_session(answer)
        return answer

    return [
        OpenPage("GET", SIGN_IN, ask, has_form=True),
        OpenPage("POST", SIGN_IN, enter, has_form=True),
        StaffPage("POST", f"{START}/sign-out", frozenset(Role), leave),
    ]


async def ask(visit: Visit) -> Response:
    """The sign-in form; it says so to those whose session has run out."""
    is_over = any(name.endswith(SESSION_COOKIE) for name in visit.request.cookies)
    return visit.show("sign_in", fault="", is_over=is_over)
