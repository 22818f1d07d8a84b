"""What every answer of the web carries, whoever asks and whatever became of it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio

from booking.staff import Role
from flows.turn import Knowledge
from tests.bot.web_service import FORM, MESSAGES, METRICS_TOKEN, Talk, Web, new_database, open_web

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("web headers")]
CALM_PAGE = "https://www.lsm.lv/"
STATIC = (
    "/static/chat.js",
    "/static/chat.css",
    "/static/widget.js",
    "/static/widget.css",
    "/static/portal.css",
    "/static/paligs.svg",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> AsyncIterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    with new_database("sqlite", folder) as url:
        async with open_web(url, folder, knowledge) as opened:
            await opened.hire(Role.COORDINATOR, Role.RECEPTION, Role.AUDITOR)
            yield opened


@dataclass(frozen=True)
class Asked:
    """One request, and the answer that is expected, so that every kind of answer is among them."""

    status: int
    method: str
    path: str
    role: Role | None = None
    more: dict[str, Any] = field(default_factory=dict)


TOKEN = {"headers": {"X-Talk": "a" * 64}}
SAME = {"sec-fetch-site": "same-origin"}
ANSWERS = (
    Asked(200, "GET", "/"),
    Asked(200, "GET", "/framed"),
    Asked(200, "GET", MESSAGES, more=TOKEN),
    Asked(200, "GET", "/chat/talk", more=TOKEN),
    Asked(202, "POST", MESSAGES, more={"json": {"token": "c" * 64, "id": "12345678", "text": "labdien"}}),
    Asked(200, "GET", "/healthz"),
    Asked(200, "GET", "/readyz"),
    Asked(200, "GET", "/metrics", more={"headers": {"authorization": f"Bearer {METRICS_TOKEN}"}}),
    Asked(200, "GET", "/staff/sign-in"),
    Asked(200, "GET", "/staff", Role.COORDINATOR),
    Asked(200, "GET", "/admin", Role.COORDINATOR),
    Asked(303, "GET", "/staff", Role.AUDITOR),
    Asked(303, "GET", "/admin/articles/nothing", Role.COORDINATOR),
    Asked(401, "GET", "/staff"),
    Asked(401, "GET", "/admin"),
    Asked(403, "GET", "/metrics"),
    Asked(403, "POST", "/staff/sign-in", more={"data": {"name": "x"}, "headers": SAME}),
    Asked(403, "GET", "/admin", Role.RECEPTION),
    Asked(404, "GET", "/nowhere"),
    Asked(404, "GET", "/calendar/nobody.ics"),
    Asked(404, "GET", "/staff/appointments/nobody", Role.RECEPTION),
    Asked(404, "GET", "/static/nothing.js"),
    Asked(405, "DELETE", MESSAGES),
    Asked(405, "POST", "/static/chat.js"),
    Asked(413, "POST", "/staff/sign-in", more={"content": b"a" * 300_000, "headers": {"content-type": FORM}}),
    Asked(422, "POST", MESSAGES, more={"content": b"{"}),
    Asked(422, "POST", "/", more={"data": {"token": "short"}}),
    Asked(422, "GET", MESSAGES),
)


async def ask(web: Web, asked: Asked) -> httpx.Response:
    async with web.browser(asked.role) as browser:
        answer = await browser.request(asked.method, asked.path, **asked.more)
    assert answer.status_code == asked.status
    return answer


def one(answer: httpx.Response, name: str) -> str:
    """A header that must be there exactly once: of two, browsers and proxies choose differently."""
    found = answer.headers.get_list(name)
    assert len(found) == 1, (name, found)
    return found[0]


def assert_safe(answer: httpx.Response) -> None:
    policy = dict(part.strip().split(" ", 1) for part in one(answer, "content-security-policy").split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)
    assert one(answer, "x-content-type-options") == "nosniff"
    assert one(answer, "referrer-policy") == "no-referrer"


@pytest.mark.parametrize("asked", ANSWERS, ids=lambda asked: f"{asked.status} {asked.method} {asked.path}")
async def test_every_answer_is_safe_and_kept_by_nobody(web: Web, asked: Asked) -> None:
    answer = await ask(web, asked)
    assert_safe(answer)
    if not asked.path.startswith("/static/"):
        assert one(answer, "cache-control") == "no-store"


async def test_a_fault_of_ours_carries_the_same_headers_and_says_nothing_of_itself(
    web: Web, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError("Anna Paraudziņa, +37120000001")

    monkeypatch.setattr(type(web.house.inbox), "address_index", fail)
    async with web.browser() as browser:
        answer = await browser.get(MESSAGES, headers={"X-Talk": "a" * 64})
    assert answer.status_code in (500, 503)
    assert_safe(answer)
    assert one(answer, "cache-control") == "no-store"
    assert answer.json()["error"]["text"]
    assert "Anna" not in answer.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("path", STATIC)
async def test_what_is_the_same_for_all_may_be_kept(web: Web, path: str) -> None:
    answer = await web.client.get(path)
    assert_safe(answer)
    assert "no-store" not in answer.headers.get("cache-control", "")
    assert answer.headers["etag"]


async def test_the_chat_sets_no_cookie_whatever_is_done(web: Web) -> None:
    talk = Talk(web)
    await talk.hears("labdien")
    for answer in (
        await web.client.get("/"),
        await talk.says("x"),
        await talk.asks(),
        await web.client.get("/nowhere"),
    ):
        assert "set-cookie" not in answer.headers
    assert not web.client.cookies


@pytest.mark.parametrize("path", ["/", "/framed", "/staff/sign-in"])
async def test_pages_hold_no_script_and_no_style_of_their_own(web: Web, path: str) -> None:
    page = (await web.client.get(path)).text.replace(f'href="{CALM_PAGE}"', "")
    assert not re.search(r"<style| style=| on[a-z]+=|javascript:|<script(?! src=\"/static/)", page)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", page)


async def test_the_portal_may_tell_itself_where_a_form_came_from(web: Web) -> None:
    """With no-referrer a form's Origin would be "null"; the portal's pages say same-origin for themselves."""
    page = (await web.client.get("/staff/sign-in")).text
    assert '<meta name="referrer" content="same-origin">' in page
    assert 'name="referrer"' not in (await web.client.get("/")).text


@pytest.mark.parametrize(
    ("said", "language"),
    [("ru-RU,ru;q=0.9", "ru"), ("lv", "lv"), ("de", "lv"), ("", "lv"), ("<script>", "lv")],
)
async def test_the_page_begins_in_latvian_unless_the_browser_is_russian(web: Web, said: str, language: str) -> None:
    page = await web.client.get("/", headers={"accept-language": said})
    assert f'<html lang="{language}">' in page.text
    assert said == "" or "<script>" not in page.text


@pytest.mark.parametrize("target", ["//evil.lv", "/\\evil.lv", "https:evil.lv", "https://evil.lv", "/%0d%0aevil: 1"])
async def test_no_redirect_leads_away(web: Web, target: str) -> None:
    for name in ("next", "url", "said", "week", "language", "return"):
        for path in ("/", "/staff", "/staff/sign-in", "/admin", "/admin/articles/x"):
            async with web.browser(Role.COORDINATOR) as browser:
                answer = await browser.get(path, params={name: target})
            assert "evil" not in answer.headers.get("location", "")
