"""Who may open which address of the whole application. A route that is not written down here fails."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from booking.portal.security import Cookies, form_token
from booking.staff import Role
from bot.house import load_knowledge
from tests.bot.web_service import MESSAGES, Talk, Web, new_database, open_web
from tests.conftest import MODELS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("routes")]

OPEN = {
    ("GET", "/"): "the chat page; nothing of a talk is in it",
    ("POST", "/"): "a resident writes without JavaScript; the token in the form is the talk",
    ("GET", "/framed"): "the chat page for the municipality's own site",
    ("POST", "/framed"): "the same without JavaScript",
    ("POST", MESSAGES): "a resident writes; the token in the body is the talk",
    ("GET", MESSAGES): "a resident reads; the token in a header is the talk",
    ("GET", "/chat/talk"): "the whole of it for a page loaded anew; the same token",
    ("GET", "/healthz"): "says only that the process lives",
    ("GET", "/readyz"): "says only whether the databases answer",
    ("GET", "/metrics"): "has a token of its own",
    ("GET", "/staff/sign-in"): "the form to sign in",
    ("POST", "/staff/sign-in"): "signing in",
    ("GET", "/calendar/{secret}.ics"): "the secret is in the address; busy times only",
    ("MOUNT", "/static"): "the same files for everybody",
}
CALENDAR_PEOPLE = frozenset({Role.SPECIALIST, Role.COORDINATOR})
READERS = frozenset(Role) - {Role.RECEPTION}
GUARDED: dict[tuple[str, str], frozenset[Role]] = {
    ("POST", "/staff/sign-out"): frozenset(Role),
    ("GET", "/staff"): frozenset(Role),
    ("POST", "/staff/appointments"): frozenset({Role.COORDINATOR}),
    ("GET", "/staff/appointments/{appointment_id}"): CALENDAR_PEOPLE,
    ("POST", "/staff/appointments/{appointment_id}/kept"): CALENDAR_PEOPLE,
    ("POST", "/staff/appointments/{appointment_id}/missed"): CALENDAR_PEOPLE,
    ("POST", "/staff/appointments/{appointment_id}/cancel"): CALENDAR_PEOPLE,
    ("GET", "/staff/talks"): CALENDAR_PEOPLE,
    ("GET", "/staff/talks/{talk_id}"): CALENDAR_PEOPLE,
    ("POST", "/staff/talks/{talk_id}/done"): CALENDAR_PEOPLE,
    ("GET", "/staff/account"): frozenset(Role),
    ("POST", "/staff/account/language"): frozenset(Role),
    ("POST", "/staff/account/password"): frozenset(Role),
    ("POST", "/staff/account/calendar"): CALENDAR_PEOPLE,
    ("GET", "/admin"): READERS,
    ("GET", "/admin/articles/{topic}"): READERS,
}
"""Everything else, and the roles that are let in. test_portal_security.py tries /staff with real records."""

SAME = {"sec-fetch-site": "same-origin"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    with new_database("sqlite", folder) as url:
        async with open_web(url, folder, load_knowledge("bauska", MODELS)) as opened:
            await opened.hire(*Role)
            yield opened


def routes_of(web: Web) -> Iterator[tuple[str, str]]:
    """Method and path of everything the application answers to; a kind of route unknown here is shown as itself."""
    for context in iter_route_contexts(web.app.routes):
        if isinstance(context.original_route, APIRoute):
            yield from ((method, str(context.path)) for method in context.methods or ())
        elif isinstance(context.original_route, Mount):
            yield "MOUNT", str(context.path)
        else:
            yield type(context.original_route).__name__, str(context.path)


def address(path: str) -> str:
    return path.format(appointment_id="nobody", talk_id="nobody", topic="gmi-benefit", secret="nobody")


async def test_every_route_is_written_down(web: Web) -> None:
    assert sorted(routes_of(web)) == sorted([*OPEN, *GUARDED])


async def test_no_route_is_both_open_and_guarded() -> None:
    assert not set(OPEN) & set(GUARDED)


async def test_the_description_of_the_doors_is_not_served(web: Web) -> None:
    """It helps nobody who may use the doors, and it is one more page to look after."""
    for path in ("/openapi.json", "/docs", "/redoc"):
        assert (await web.client.get(path)).status_code == 404


@pytest.mark.parametrize(("method", "path"), sorted(GUARDED))
async def test_nobody_passes_a_guarded_route_without_a_session(web: Web, method: str, path: str) -> None:
    before = await web.rows()
    cookies = Cookies(secure=False)
    for session in ("", "made up", "a" * 43):
        async with web.browser() as browser:
            browser.cookies.set(cookies.session, session)
            browser.cookies.set(cookies.entry, "b" * 43)
            form = {"form_token": form_token(session), "name": "x"} if method == "POST" else None
            answer = await browser.request(method, address(path), data=form, headers=SAME)
        assert answer.status_code in (401, 403)
        assert 'name="password"' in answer.text
        assert "gmi" not in answer.text.lower()
    assert await web.rows() == before


@pytest.mark.parametrize("path", sorted(path for method, path in GUARDED if method == "POST"))
async def test_no_change_without_our_own_form(web: Web, path: str) -> None:
    before = await web.rows()
    others = web.own_form(Role.AUDITOR)
    for form, headers in (
        ({}, SAME),
        (others, SAME),
        (web.own_form(Role.COORDINATOR), {}),
        (web.own_form(Role.COORDINATOR), {"sec-fetch-site": "cross-site"}),
        (web.own_form(Role.COORDINATOR), {"sec-fetch-site": "same-site"}),
        (web.own_form(Role.COORDINATOR), {"origin": "http://evil.test"}),
        (web.own_form(Role.COORDINATOR), {"origin": "null"}),
    ):
        async with web.browser(Role.COORDINATOR) as browser:
            answer = await browser.post(address(path), data=form, headers=headers)
        assert answer.status_code == 403
    assert await web.rows() == before


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_reads_only_what_is_its_own(web: Web, role: Role) -> None:
    for (method, path), roles in GUARDED.items():
        if method == "GET":
            async with web.browser(role) as browser:
                answer = await browser.get(address(path), params={"reason": "supervision"})
            is_let_in = role in roles and "nobody" not in address(path)
            assert answer.status_code in ({200, 303} if is_let_in else {403, 404}), (role, path)


@pytest.mark.parametrize("path", sorted(path for method, path in [*OPEN, *GUARDED] if method == "GET"))
async def test_following_a_link_changes_nothing(web: Web, path: str) -> None:
    """Except the trail of who looked at what; a page only read takes no write lock at all."""
    talk = Talk(web)
    await talk.hears("labdien")
    before = await web.rows()
    for role in (None, *Role):
        async with web.browser(role) as browser:
            answer = await browser.get(address(path), headers={"X-Talk": talk.token})
            assert answer.status_code < 500
    after = await web.rows()
    del before["audit_entry"], after["audit_entry"]
    assert after == before
