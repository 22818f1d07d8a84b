"""The own account: language, password, and the calendar's address for the own telephone."""

from typing import Final

from fastapi.responses import Response
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.audit import record
from booking.calendar_feed import hash_secret, new_secret
from booking.models import Specialist
from booking.passwords import LONGEST, SHORTEST, PasswordRefused
from booking.portal import words
from booking.portal.house import PortalHouse
from booking.portal.security import Cookies, StaffPage
from booking.portal.sign_in import SIGN_IN
from booking.portal.visit import START, StaffVisit, go_to
from booking.sign_in import SignInRefused, TooManyAttempts, check_password
from booking.staff import LANGUAGES, Role, set_language, set_password

PATH: Final = f"{START}/account"


def pages(house: PortalHouse) -> list[StaffPage]:
    """The routes of this file."""
    cookies = Cookies(secure=house.secure_cookies)

    async def speak(visit: StaffVisit) -> Response:
        """Change the language of the portal."""
        if visit.form.get("language") not in LANGUAGES:
            return go_to(PATH)
        async with house.writing() as session:
            await set_language(session, visit.staff.id, visit.form["language"])
        return go_to(PATH, said="language")

    async def change_password(visit: StaffVisit) -> Response:
        """Change the password; every session of the account ends, this one too."""
        new = visit.form.get("new", "")
        if new != visit.form.get("again"):
            return go_to(PATH, said="password-differs")
        if fault := await _fault_of_present(house, visit):
            return go_to(PATH, said=fault)
        try:
            async with house.writing() as session:
                await set_password(session, visit.staff.id, new)
                await _note(session, visit, "password changed")
        except PasswordRefused:
            return go_to(PATH, said="password-refused")
        answer = go_to(SIGN_IN, language=visit.language)
        cookies.forget_session(answer)
        return answer

    async def renew_feed(visit: StaffVisit) -> Response:
        """A new address of the calendar, shown this once; the one before stops working."""
        if visit.staff.specialist_id is None:
            return visit.show("refused", status=403, why="role")
        secret = new_secret()
        async with house.writing() as session:
            own = update(Specialist).where(Specialist.id == visit.staff.specialist_id)
            await session.execute(own.values(calendar_secret_hash=hash_secret(secret)))
            await _note(session, visit, "calendar address renewed")
        return _show(visit, feed_address=f"{house.address}/calendar/{secret}.ics")

    return [
        StaffPage("GET", PATH, frozenset(Role), show),
        StaffPage("POST", f"{PATH}/language", frozenset(Role), speak),
        StaffPage("POST", f"{PATH}/password", frozenset(Role), change_password),
        StaffPage("POST", f"{PATH}/calendar", frozenset({Role.SPECIALIST, Role.COORDINATOR}), renew_feed),
    ]


async def show(visit: StaffVisit) -> Response:
    """What belongs to the account."""
    return _show(visit, feed_address="")


def _show(visit: StaffVisit, *, feed_address: str) -> Response:
    return visit.show(
        "account",
        role=visit.say(words.ROLES[Role(visit.staff.role)]),
        has_feed=visit.staff.specialist_id is not None,
        feed_address=feed_address,
        shortest=SHORTEST,
        longest=LONGEST,
    )


async def _fault_of_present(house: PortalHouse, visit: StaffVisit) -> str | None:
    """Check the present password as a sign-in does, with the same limits."""
    try:
        await check_password(
            house.writing,
            sign_in_name=visit.staff.sign_in_name,
            password=visit.form.get("present", ""),
            index_secret=house.audit_key,
            now=visit.now,
        )
    except SignInRefused:
        return "password-wrong"
    except TooManyAttempts:
        return "password-limit"
    return None


async def _note(session: AsyncSession, visit: StaffVisit, action: str) -> None:
    key = visit.house.audit_key
    await record(session, actor=visit.staff.id, action=action, key=key, now=visit.now)
