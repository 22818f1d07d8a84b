"""With the database away: danger words still get their card, everybody else a plain word, and nothing is lost."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from sqlalchemy import make_url

from booking.staff import Role
from flows.turn import Knowledge
from tests.bot.web_service import MESSAGES, METRICS_TOKEN, Talk, Web, new_database, open_web
from tests.conftest import POSTGRES

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("web away")]
CANARY = "kanarijputniņš"
FIGURES = {"authorization": f"Bearer {METRICS_TOKEN}"}


@dataclass
class Fragile:
    """A service whose main database can be taken away and brought back."""

    web: Web
    url: str
    folder: Path

    async def take_away(self) -> None:
        """As when its machine fails: connections break and no new one is made."""
        if self.web.house.database.dialect == "postgresql":
            self._admit(connections=False)
            return
        await self.web.house.close()
        self.folder.rename(self.folder.with_name("elsewhere"))

    async def bring_back(self) -> None:
        """Everything as it was."""
        if self.web.house.database.dialect == "postgresql":
            self._admit(connections=True)
            return
        self.folder.with_name("elsewhere").rename(self.folder)

    def _admit(self, *, connections: bool) -> None:
        name = make_url(self.url).database or ""
        change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection:
            connection.execute(change.format(sql.Identifier(name), sql.Literal(connections)))
            if not connections:
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                connection.execute(end, [name])


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def fragile(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Fragile]:
    folder = tmp_path_factory.mktemp("web") / "house"
    folder.mkdir()
    with new_database(request.param, folder) as url:
        async with open_web(url, folder, knowledge) as web:
            await web.hire(Role.COORDINATOR)
            yield Fragile(web, url, folder)


@pytest_asyncio.fixture(loop_scope="module")
async def away(fragile: Fragile) -> AsyncIterator[Web]:
    """The service while its database is away."""
    await fragile.take_away()
    yield fragile.web
    await fragile.bring_back()


DANGERS = (
    ("mani sit vīrs", "lv", "112"),
    ("viņš draud mani nogalināt", "lv", "112"),
    ("es vairs negribu dzīvot", "lv", "116123"),
    ("visiem būtu labāk bez manis", "lv", "116123"),
    ("kaimiņš sit bērnu", "lv", "112"),
    ("mamma ir bez samaņas", "lv", "112"),
    ("MANI SIT VIRS!!! kādi pabalsti man pienākas?", "lv", "112"),
    ("муж бьёт меня", "ru", "112"),
    ("я не хочу жить", "ru", "116123"),
    ("всем будет лучше без меня", "ru", "116123"),
    ("сосед бьет ребёнка", "ru", "112"),
    ("мама без сознания", "ru", "112"),
)


@pytest.mark.parametrize(("text", "language", "number"), DANGERS, ids=[one[0] for one in DANGERS])
async def test_danger_gets_its_card_in_the_very_answer(away: Web, text: str, language: str, number: str) -> None:
    answer = await Talk(away).says(text)
    assert answer.status_code == 200
    [card] = answer.json()["messages"]
    assert card["urgent"] is True
    assert number in card["text"].replace(" ", "")
    assert is_russian(card["text"]) == (language == "ru")


ORDINARY = (
    ("labdien, cik liels ir GMI pabalsts?", "lv"),
    ("mirstu no smiekliem", "lv"),
    ("", "lv"),
    ("\x00", "lv"),
    ("a" * 70_000, "lv"),
    ("Здравствуйте, какие документы нужны?", "ru"),
)


@pytest.mark.parametrize(("text", "language"), ORDINARY, ids=[one[0][:20] for one in ORDINARY])
async def test_others_are_asked_to_send_it_again(away: Web, text: str, language: str) -> None:
    answer = await Talk(away).says(text)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "away"
    words = answer.json()["error"]["text"]
    assert "112" in words
    assert is_russian(words) == (language == "ru")


async def test_the_machine_that_asks_is_told_the_truth(away: Web) -> None:
    assert (await away.client.get("/healthz")).status_code == 200
    assert (await away.client.get("/readyz")).status_code == 503


async def test_the_page_itself_still_opens(away: Web) -> None:
    assert (await away.client.get("/")).status_code == 200
    assert (await away.client.get("/static/chat.js")).status_code == 200


@pytest.mark.parametrize(("path", "headers"), [(MESSAGES, {"X-Talk": "a" * 64}), ("/metrics", FIGURES)])
async def test_who_waits_for_news_or_figures_is_told_in_words(away: Web, path: str, headers: dict[str, str]) -> None:
    answer = await away.client.get(path, headers=headers)
    assert answer.status_code == 503
    assert answer.json()["error"]["text"]


@pytest.mark.parametrize("path", ["/staff", "/staff/talks", "/staff/account", "/admin", "/staff/appointments/x"])
async def test_staff_see_a_kind_page(away: Web, path: str) -> None:
    async with away.browser(Role.COORDINATOR) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 503
    assert "Pašlaik nedarbojas" in answer.text or "<h1>" in answer.text


async def test_nothing_of_what_was_said_is_logged(away: Web, capfd: pytest.CaptureFixture[str]) -> None:
    await Talk(away).says(f"{CANARY} mani sit")
    await Talk(away).says(CANARY)
    logged = "".join(capfd.readouterr())
    assert "accept_failed" in logged, "an operator must hear of it"
    assert CANARY not in logged


async def test_what_is_sent_again_afterwards_is_answered_once(fragile: Fragile) -> None:
    """The page repeats the very same message until it is taken."""
    talk, same = Talk(fragile.web), {"text": "labdien", "id": "sent-again-and-again"}
    await fragile.take_away()
    for _ in range(3):
        assert (await talk.says(**same)).status_code == 503
    await fragile.bring_back()
    heard = await talk.hears(**same)
    assert heard
    for _ in range(3):
        assert (await talk.says(**same)).status_code == 202
        await fragile.web.settle()
    assert (await talk.asks()).json()["messages"] == heard
    assert (await fragile.web.client.get("/readyz")).status_code == 200


@pytest.mark.parametrize("fault", [RuntimeError, OSError, MemoryError, TimeoutError])
async def test_whatever_goes_wrong_with_accepting_danger_gets_its_card(
    fragile: Fragile, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    async def accept(*_given: object, **_more: object) -> None:
        raise fault

    monkeypatch.setattr(type(fragile.web.house.inbox), "accept", accept)
    [card] = (await Talk(fragile.web).says("муж бьёт меня")).json()["messages"]
    assert card["urgent"]


async def test_a_database_that_hangs_does_not_hold_the_card_back(
    fragile: Fragile, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def accept(*_given: object, **_more: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.web.taking.LONGEST_ACCEPT", 0.01)
    monkeypatch.setattr(type(fragile.web.house.inbox), "accept", accept)
    [card] = (await Talk(fragile.web).says("mani sit vīrs")).json()["messages"]
    assert card["urgent"]


async def test_without_the_keyring_the_service_is_not_ready(fragile: Fragile, monkeypatch: pytest.MonkeyPatch) -> None:
    def reading() -> None:
        raise OSError

    monkeypatch.setattr(fragile.web.house.keyring_database, "reading", reading)
    assert (await fragile.web.client.get("/readyz")).status_code == 503
    assert (await fragile.web.client.get("/healthz")).status_code == 200


def is_russian(text: str) -> bool:
    return any("а" <= letter <= "я" for letter in text.lower())
