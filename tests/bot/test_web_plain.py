"""The chat's pages over plain forms: one effect each, nothing for other sites, and kind words for whatever comes."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.runner import Runner
from bot.settings import SettingsBroken
from bot.web.protection import frame_policy
from bot.web.taking import WebTaking
from flows.turn import Knowledge
from tests.bot.test_web_input import BODIES
from tests.bot.web_service import NOW, Talk, Web, new_database, open_web

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("web plain")]
FIELDS = {"token": "c" * 64, "id": "0123456789abcdef", "language": "lv", "text": "labdien"}
SAME = {"sec-fetch-site": "same-origin"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> AsyncIterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    with new_database("sqlite", folder) as url:
        async with open_web(url, folder, knowledge) as opened:
            yield opened


@pytest.fixture(autouse=True)
def answers_at_once(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken is answered before the form looks for the answer."""
    take = WebTaking.take

    async def take_and_answer(self: WebTaking, said: Any) -> bool:
        taken = await take(self, said)
        if taken:
            await Runner(web.house, lambda: NOW).settle()
        return taken

    monkeypatch.setattr(WebTaking, "take", take_and_answer)


async def send(web: Web, path: str = "/", headers: dict[str, str] = SAME, **fields: str) -> httpx.Response:
    return await web.client.post(path, data=FIELDS | fields, headers=headers)


def hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


async def test_a_form_shows_the_talk_with_the_answer_and_goes_on_in_it(web: Web) -> None:
    answer = await send(web, token="a1" * 32)
    assert answer.status_code == 200
    assert "Esmu Palīgs" in answer.text
    assert hidden(answer.text, "token") == "a1" * 32
    assert hidden(answer.text, "id") != FIELDS["id"]
    again = await send(
        web, token="a1" * 32, id=hidden(answer.text, "id"), text="kādi dokumenti vajadzīgi GMI pabalstam?"
    )
    assert again.text.count('class="own"') == 2


async def test_a_page_sent_again_has_one_effect(web: Web) -> None:
    first = await send(web, token="a2" * 32)
    before = await web.rows()
    again = await send(web, token="a2" * 32)
    assert await web.rows() == before
    assert again.text.count("<li") == first.text.count("<li")


async def test_every_opened_page_has_a_talk_of_its_own(web: Web) -> None:
    tokens = {hidden((await web.client.get("/")).text, "token") for _ in range(5)}
    assert len(tokens) == 5
    assert all(re.fullmatch("[0-9a-f]{64}", token) for token in tokens)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.test"},
        {"sec-fetch-site": "cross-site", "origin": "null"},
    ],
)
async def test_another_site_cannot_lead_a_resident_into_a_talk_it_reads_along(
    web: Web, headers: dict[str, str]
) -> None:
    before = await web.rows()
    answer = await send(web, headers=headers, token="e" * 64)
    assert answer.status_code == 422
    assert "e" * 64 not in answer.text, "the talk that goes on from here is a new one"
    assert await web.rows() == before


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"origin": "http://paligs.test"}])
async def test_browsers_that_do_not_say_where_a_form_came_from_may_talk(web: Web, headers: dict[str, str]) -> None:
    answer = await send(web, headers=headers, token="a3" * 32)
    assert answer.status_code == 200


@pytest.mark.parametrize("name", BODIES)
async def test_no_page_is_upset_by_what_it_is_sent(web: Web, name: str) -> None:
    content_type, body = BODIES[name]
    before = await web.rows()
    for path in ("/", "/framed"):
        answer = await web.client.post(path, content=body, headers={"content-type": content_type, **SAME})
        assert answer.status_code == 422
        assert "neatnāca" in answer.text
        assert 'name="token"' in answer.text
    assert await web.rows() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token", "short"),
        ("token", "<b>" + "a" * 40),
        ("token", "a" * 129),
        ("id", "x"),
        ("id", "a" * 65),
        ("pressed", "nowhere/menu"),
        ("pressed", "a" * 33 + "/menu"),
        ("pressed", "a" * 32 + "/" + "m" * 121),
    ],
)
async def test_a_form_that_is_not_ours_is_asked_for_once_more(web: Web, field: str, value: str) -> None:
    before = await web.rows()
    answer = await web.client.post("/", data=FIELDS | {field: value}, headers=SAME)
    assert answer.status_code == 422
    assert f'"{value}"' not in answer.text
    assert await web.rows() == before


async def test_what_is_written_is_never_markup(web: Web) -> None:
    payload = "\"><script>alert(1)</script>{{7*7}}'"
    answer = await send(web, token="a4" * 32, text=payload)
    assert "<script>alert" not in answer.text
    assert "{{7*7}}" in answer.text


async def test_a_pressed_choice_says_where_it_stood_and_is_shown_in_its_words(web: Web) -> None:
    page = (await send(web, token="a5" * 32, text="izvēlne")).text
    buttons = re.findall(r'name="pressed" value="([0-9a-f]{32}/[^"]+)">([^<]+)<', page)
    pressed, label = buttons[0]
    answer = (await send(web, token="a5" * 32, id="abcdefgh", text="", pressed=pressed)).text
    own = re.findall(r'class="own".*?<div class="bubble">\s*<p>([^<]*)</p>', answer, re.DOTALL)
    assert own == ["izvēlne", label]
    assert f'value="{pressed}"' not in answer, "only the newest choices are offered"


@pytest.mark.parametrize(("language", "word"), [("lv", "Sūtīt"), ("ru", "Отправить")])
async def test_a_pressed_language_is_the_pages_and_the_talks(web: Web, language: str, word: str) -> None:
    answer = await send(web, token=f"a6{language}" * 16, text="", pressed=f"/{language}")
    assert f'<html lang="{language}">' in answer.text
    assert word in answer.text


async def test_the_words_stay_in_the_field_when_the_database_is_away(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def accept(*_given: object, **_more: object) -> None:
        raise OSError

    monkeypatch.setattr(type(web.house.inbox), "accept", accept)
    answer = await send(web, text="kā <iesniegt>?")
    assert answer.status_code == 503
    assert "112" in answer.text
    assert "kā &lt;iesniegt&gt;?</textarea>" in answer.text
    assert hidden(answer.text, "id") == FIELDS["id"], "so that sending it again has one effect"
    card = await send(web, text="муж бьёт меня")
    assert card.status_code == 200
    assert 'class="urgent"' in card.text


async def test_an_answer_that_takes_long_is_told_and_can_be_looked_for(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.plain_talk.LONGEST_WAIT", 0.01)
    monkeypatch.setattr("bot.runner.Runner.settle", _do_nothing)
    answer = await send(web, token="a7" * 32)
    assert answer.status_code == 200
    assert "vēl nav gatava" in answer.text
    monkeypatch.undo()
    await web.settle()
    looked = await send(web, token="a7" * 32, id="abcdefgh", text="", look="1")
    assert "Esmu Palīgs" in looked.text
    assert looked.text.count('class="own"') == 1


async def _do_nothing(_self: object) -> None:
    """As when another process is to answer."""


async def test_a_talk_that_cannot_be_read_is_told_and_not_lost(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_given: object) -> None:
        raise OSError

    monkeypatch.setattr("bot.web.reading.WebReading.whole", fail)
    answer = await send(web, token="a8" * 32)
    assert answer.status_code == 503
    assert hidden(answer.text, "token") == "a8" * 32


async def test_the_whole_talk_belongs_to_its_token_and_to_half_an_hour(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Talk(web)
    assert (await web.client.get("/chat/talk")).status_code == 422
    assert (await web.client.get("/chat/talk", headers={"X-Talk": anna.token})).json() == {"messages": [], "after": ""}
    heard = await anna.hears("labdien")
    whole = (await web.client.get("/chat/talk", headers={"X-Talk": anna.token})).json()
    assert [one["own"] for one in whole["messages"]] == [True, *[False] * len(heard)]
    assert whole["after"] == heard[-1]["id"]
    monkeypatch.setattr("bot.web.reading.SHOWN_AGAIN", timedelta(seconds=-1))
    rested = (await web.client.get("/chat/talk", headers={"X-Talk": anna.token})).json()
    assert rested == {"messages": [], "after": heard[-1]["id"]}


async def test_after_erasure_the_first_news_tell_the_page_to_forget_what_it_shows(web: Web) -> None:
    anna = Talk(web)
    heard = await anna.hears("labdien")
    assert not any(message["anew"] for message in heard)
    news = (await anna.asks(after="f" * 32)).json()["messages"]
    assert [message["anew"] for message in news] == [True, *[False] * (len(news) - 1)]


@pytest.mark.parametrize("sites", ["", "https://www.novads.lv", "https://*.novads.lv http://localhost:8080"])
async def test_only_the_named_sites_may_frame_the_chat(sites: str) -> None:
    assert frame_policy(sites).endswith("frame-ancestors " + (sites or "'none'"))


@pytest.mark.parametrize(
    "sites", ["*", "https:", "www.novads.lv", "https://a.lv;script-src", "https://a.lv/path", "'self'"]
)
async def test_a_list_of_sites_that_would_mean_something_else_is_refused_at_the_start(sites: str) -> None:
    with pytest.raises(SettingsBroken, match="EMBEDDING_SITES"):
        frame_policy(sites)
