"""Who is signed in, and whether a form is really ours: every route of the portal is made here.

A change needs the cookie (SameSite=Strict), a token in the form that only our page could print, and the
browser's word (Sec-Fetch-Site, else Origin) that the form was ours. A page is either open or has its roles;
a route without one of the two cannot be written down.
"""

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from booking.confidentiality import SealBroken
from booking.keyring import KeyringUnavailable
from booking.portal.house import PortalHouse
from booking.portal.visit import StaffVisit, Visit
from booking.sign_in import TOUCH_EVERY, find_session, touch_session
from booking.staff import Role, StaffMember

log = structlog.get_logger()

FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 20
SESSION_COOKIE: Final = "paligs-staff"
TOKEN_SHAPE: Final = re.compile("[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class OpenPage:
    """A route for people who are not signed in; only one that has a form gets a cookie to tie it to."""

    method: str
    path: str
    answer: Callable[[Visit], Awaitable[Response]]
    has_form: bool


@dataclass(frozen=True)
class StaffPage:
    """A route for those of the signed-in who have one of the roles."""

    method: str
    path: str
    roles: frozenset[Role]
    answer: Callable[[StaffVisit], Awaitable[Response]]


class Guard:
    """Stands before every page of one portal."""

    def __init__(self, house: PortalHouse, ask_to_sign_in: Callable[[Visit], Awaitable[Response]]) -> None:
        self._house = house
        self._sign_in_form = OpenPage("GET", "", ask_to_sign_in, has_form=True)
        self._cookies = Cookies(secure=house.secure_cookies)

    def add(self, router: APIRouter, page: OpenPage | StaffPage) -> None:
        """Put a page into the router, guarded as it says."""

        async def endpoint(request: Request) -> Response:
            try:
                if isinstance(page, StaffPage):
                    return await self._answer_staff(page, request)
                return await self._answer_anybody(page, request)
            except (DBAPIError, PoolTimeout, KeyringUnavailable, SealBroken) as fault:
                log.error("portal_page_failed", fault=type(fault).__name__, route=page.path)
                return self._visit(request, "", {}).show("refused", status=503, why="unavailable")

        router.add_api_route(page.path, endpoint, methods=[page.method], include_in_schema=False, response_model=None)

    async def _answer_staff(self, page: StaffPage, request: Request) -> Response:
        token = self._cookies.session_of(request)
        staff = await self.signed_in(token)
        if staff is None:
            return await self._answer_anybody(self._sign_in_form, request, status=401)
        form = await read_form(request) if page.method != "GET" else {}
        visit = StaffVisit(
            house=self._house,
            request=request,
            now=self._house.now(),
            form_token=form_token(token),
            form=form,
            staff=staff,
            token=token,
        )
        if page.method != "GET" and not is_own_form(request, form, token):
            return visit.show("refused", status=403, why="form")
        if staff.role not in page.roles:
            return visit.show("refused", status=403, why="role")
        return await page.answer(visit)

    async def _answer_anybody(self, page: OpenPage, request: Request, *, status: int | None = None) -> Response:
        entry = self._cookies.entry_of(request) or secrets.token_urlsafe(32)
        form = await read_form(request) if page.method != "GET" else {}
        visit = self._visit(request, entry, form)
        if page.method != "GET" and not is_own_form(request, form, entry):
            return visit.show("refused", status=403, why="form")
        answer = await page.answer(visit)
        if status is not None:
            answer.status_code = status
        if page.has_form:
            self._cookies.keep_entry(answer, entry)
        return answer

    async def signed_in(self, token: str) -> StaffMember | None:
        """Who is signed in with this token; the use is noted at most once a minute."""
        if not token:
            return None
        now = self._house.now()
        async with self._house.reading() as session:
            found = await find_session(session, token, now=now)
        if found is None:
            return None
        staff, kept = found
        if now - kept.seen_at >= TOUCH_EVERY:
            async with self._house.writing() as session:
                if not await touch_session(session, token, now=now):
                    return None
        return staff

    def _visit(self, request: Request, entry: str, form: Mapping[str, str]) -> Visit:
        return Visit(self._house, request, self._house.now(), form_token(entry), form)


class Cookies:
    """The portal's two cookies: the session, and one that ties the sign-in form to the browser.

    Over HTTPS their names begin with `__Host-`, so that no other host or path can set them.
    """

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        prefix = "__Host-" if secure else ""
        self.session, self.entry = f"{prefix}{SESSION_COOKIE}", f"{prefix}paligs-entry"

    def session_of(self, request: Request) -> str:
        """The session's token, or nothing."""
        return request.cookies.get(self.session, "")

    def entry_of(self, request: Request) -> str:
        """The token that the sign-in form is tied to, or nothing when it is not one of ours."""
        token = request.cookies.get(self.entry, "")
        return token if TOKEN_SHAPE.fullmatch(token) else ""

    def keep_session(self, response: Response, token: str) -> None:
        """Give the browser its session, until it is closed or the session ends here."""
        self._set(response, self.session, token)

    def keep_entry(self, response: Response, token: str) -> None:
        """Tie the sign-in form to this browser."""
        self._set(response, self.entry, token)

    def forget_session(self, response: Response) -> None:
        """Take the session from the browser, and what it may have kept of our pages."""
        response.delete_cookie(self.session, path="/", secure=self._secure, httponly=True, samesite="strict")
        response.headers["Clear-Site-Data"] = '"cache"'

    def _set(self, response: Response, name: str, token: str) -> None:
        response.set_cookie(name, token, path="/", secure=self._secure, httponly=True, samesite="strict")


def form_token(cookie_token: str) -> str:
    """The token of forms on pages for this cookie; it cannot be worked out without the cookie."""
    return hmac.digest(cookie_token.encode("utf-8", errors="replace"), b"form", "sha256").hex()


def is_own_form(request: Request, form: Mapping[str, str], cookie_token: str) -> bool:
    """Whether the form was printed by us for this browser and sent from our own page."""
    if not cookie_token or not is_same_origin(request):
        return False
    given = form.get("form_token", "").encode("utf-8", errors="replace")
    return hmac.compare_digest(given, form_token(cookie_token).encode())


def is_same_origin(request: Request) -> bool:
    """What the browser says of where a form came from; saying nothing is a refusal (security 1, row 12).

    Sec-Fetch-Site is missing over plain HTTP and in old browsers, so Origin is asked then.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    host = request.headers.get("host")
    return bool(host) and request.headers.get("origin") in (f"https://{host}", f"http://{host}")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a plain form; empty for anything else."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        return {}
    body = (await request.body()).decode("utf-8", errors="replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}
