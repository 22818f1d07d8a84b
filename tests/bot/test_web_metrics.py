"""Figures for the monitoring: only with its token, and none of them says who."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from bot.app import build_app
from bot.doors.providers import Providers
from bot.settings import Settings
from flows.turn import Knowledge
from tests.bot.web_service import METRICS_TOKEN, NOW, Talk, Web, new_database, open_client, open_web

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("web metrics")]
NAME = "Zigfrīda Kanārija"
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[a-z_ -]+"\})? -?[0-9.e+]+')


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def web(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    with new_database(request.param, folder) as url:
        async with open_web(url, folder, knowledge) as opened:
            yield opened


async def figures(web: Web, authorization: str = f"Bearer {METRICS_TOKEN}") -> httpx.Response:
    return await web.client.get("/metrics", headers={"authorization": authorization})


def value(answer: httpx.Response, name: str) -> float:
    return float(next(line for line in answer.text.splitlines() if line.startswith(name)).split()[-1])


WRONG = (
    "",
    "Bearer",
    "Bearer ",
    METRICS_TOKEN,
    f"Basic {METRICS_TOKEN}",
    f"Bearer {METRICS_TOKEN[:-1]}",
    f"Bearer {METRICS_TOKEN}x",
    f"bearer {METRICS_TOKEN.upper()}",
)


@pytest.mark.parametrize("authorization", WRONG)
async def test_without_the_right_token_there_are_no_figures(web: Web, authorization: str) -> None:
    answer = await figures(web, authorization)
    assert answer.status_code == 403
    assert answer.text == ""


async def test_a_token_in_the_address_is_not_taken(web: Web) -> None:
    assert (await web.client.get("/metrics", params={"token": METRICS_TOKEN})).status_code == 403


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer None", f"Bearer {METRICS_TOKEN}"])
async def test_without_a_token_in_the_settings_nobody_gets_figures(
    web: Web, monkeypatch: pytest.MonkeyPatch, authorization: str
) -> None:
    shut = web.house.settings.model_copy(update={"metrics_token": None})
    assert isinstance(shut, Settings)
    app = build_app(type(web.house)(**{**vars(web.house), "settings": shut}), Providers(web.channel), lambda: NOW)
    async with open_client(app) as client:
        assert (await client.get("/metrics", headers={"authorization": authorization})).status_code == 403


async def test_the_figures_count_what_waits_and_what_was_said(web: Web) -> None:
    before = await figures(web)
    talk = Talk(web)
    await talk.says("labdien")
    waiting = await figures(web)
    assert value(waiting, "paligs_inbound_waiting") == value(before, "paligs_inbound_waiting") + 1
    await web.settle()
    said = len((await talk.asks()).json()["messages"])
    after = await figures(web)
    assert value(after, "paligs_inbound_waiting") == value(before, "paligs_inbound_waiting")
    sent = 'paligs_outbound{status="sent"}'
    assert value(after, sent) == value(before, sent) + said > value(before, sent)
    turns = [line for line in after.text.splitlines() if line.startswith("paligs_turns_today{")]
    assert turns


async def test_the_figures_are_what_prometheus_reads_and_name_nobody(web: Web) -> None:
    talk = Talk(web)
    for words in (f"mani sauc {NAME}", "+371 20000001", "mans kods 010190-12345", "mani sit vīrs", "пособие"):
        await talk.hears(words)
    answer = await figures(web)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    for personal in ("Zigfr", "20000001", "010190", talk.token, "violence", "gmi"):
        assert personal not in answer.text
