"""Talks in the web chat: each belongs to one tab, and an answer is there as soon as it is sent."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.web_chat import NAME, WebChat
from bot.delivery.delivery import Delivery
from bot.delivery.sending import Sender
from bot.web.pages import build_pages
from bot.web.reading import News, WebReading
from bot.web.talk import WebTalk
from flows.turn import Knowledge
from tests.bot.web_service import MESSAGES, NOW, Talk, Web, new_database, open_web

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("web talks")]
HANGS = 10
"""Seconds after which a question that should long have been answered is given up; it waits for an hour."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def web(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    with new_database(request.param, folder) as url:
        async with open_web(url, folder, knowledge) as opened:
            yield opened


def ids(messages: list[dict[str, Any]]) -> list[str]:
    return [message["id"] for message in messages]


async def test_one_talk_sees_nothing_of_another(web: Web) -> None:
    anna, other = Talk(web), Talk(web)
    await anna.hears("kādi dokumenti vajadzīgi GMI pabalstam?")
    heard = await other.hears("labdien")
    assert ids((await other.asks()).json()["messages"]) == ids(heard)
    assert not set(ids((await anna.asks()).json()["messages"])) & set(ids(heard))


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: token.upper(),
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token[::-1],
        lambda token: token[1:] + token[0],
        lambda token: token[:32],
    ],
    ids=["in capitals", "shorter", "longer", "backwards", "turned", "the first half"],
)
async def test_a_token_that_is_nearly_right_opens_nothing(web: Web, alter: Callable[[str], str]) -> None:
    anna = Talk(web, token="ab" * 31 + "cd")
    await anna.hears("labdien")
    assert (await Talk(web, token=alter(anna.token)).asks()).json() == {"messages": []}


async def test_a_token_in_the_address_is_not_taken(web: Web) -> None:
    """Addresses stand in logs and histories."""
    anna = Talk(web)
    await anna.hears("labdien")
    for name in ("token", "X-Talk", "x_talk"):
        assert (await web.client.get(MESSAGES, params={name: anna.token})).status_code == 422


async def test_only_what_came_after_is_given(web: Web) -> None:
    anna = Talk(web)
    first = await anna.hears("labdien")
    second = await anna.hears("kādi dokumenti vajadzīgi GMI pabalstam?")
    every = ids((await anna.asks()).json()["messages"])
    assert every == ids(first) + ids(second)
    for number, message_id in enumerate(every, start=1):
        assert ids((await anna.asks(after=message_id)).json()["messages"]) == every[number:]


async def test_a_message_of_another_talk_as_after_is_ignored(web: Web) -> None:
    anna, other = Talk(web), Talk(web)
    heard = await anna.hears("labdien")
    others = await other.hears("labdien")
    for after in ids(others):
        assert ids((await anna.asks(after=after)).json()["messages"]) == ids(heard)


async def test_ids_of_messages_say_nothing_of_order_or_number(web: Web) -> None:
    found: list[str] = []
    for _ in range(5):
        found += ids(await Talk(web).hears("labdien"))
    assert len(found) >= 10
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)
    assert len({one[:8] for one in found}) == len(found), "the first 32 bits of random ids differ"
    assert found != sorted(found)


async def test_the_same_message_sent_again_is_answered_once(web: Web) -> None:
    anna = Talk(web)
    heard = await anna.hears("labdien", id="0123456789abcdef")
    for _ in range(3):
        assert (await anna.says("labdien", id="0123456789abcdef")).status_code == 202
        await web.settle()
    assert ids((await anna.asks()).json()["messages"]) == ids(heard)


async def test_the_same_id_in_another_talk_is_another_message(web: Web) -> None:
    """The page makes the ids, so two tabs must not be able to silence each other."""
    assert await Talk(web).hears("labdien", id="same-id-for-both")
    assert await Talk(web).hears("labdien", id="same-id-for-both")


async def test_the_end_of_the_wait_is_an_empty_answer(web: Web) -> None:
    anna = Talk(web)
    last = (await anna.hears("labdien"))[-1]["id"]
    answer = await anna.asks(after=last, wait="0.01")
    assert answer.status_code == 200
    assert answer.json() == {"messages": []}


async def test_who_never_said_anything_may_wait_too_and_leaves_nothing_behind(web: Web) -> None:
    before = await web.rows()
    assert (await Talk(web).asks(wait="0.01")).json() == {"messages": []}
    assert await web.rows() == before


async def ask_for_an_hour(
    web: Web, talk: Talk, monkeypatch: pytest.MonkeyPatch, *, then: Callable[[], Awaitable[object]]
) -> News:
    """Ask for news with an hour's patience; `then` happens right after the first look found nothing."""
    look = WebReading.news
    looked: list[int] = []

    async def look_and_go_on(self: WebReading, token: str, after: str) -> list[Any]:
        found = await look(self, token, after)
        looked.append(len(found))
        if len(looked) == 1:
            await then()
        return found

    monkeypatch.setattr(WebReading, "news", look_and_go_on)
    doors = WebTalk(web.house, web.channel, lambda: None, lambda: NOW, build_pages())
    async with asyncio.timeout(HANGS):
        news = await doors.news(talk.token, "", 3600)
    assert looked[0] == 0
    return news


async def test_an_answer_sent_while_somebody_waits_is_given_at_once(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, tasks = Talk(web), []

    async def settle_meanwhile() -> None:
        tasks.append(asyncio.create_task(web.settle()))

    await anna.says("labdien")
    assert (await ask_for_an_hour(web, anna, monkeypatch, then=settle_meanwhile)).messages
    await asyncio.gather(*tasks)


async def test_an_answer_sent_between_looking_and_waiting_is_not_missed(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Talk(web)
    await anna.says("labdien")
    assert (await ask_for_an_hour(web, anna, monkeypatch, then=web.settle)).messages


async def test_an_answer_can_be_read_by_the_time_somebody_is_woken_for_it(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel is called before the row is marked as sent, and the mark may take its time."""
    anna, given, tasks = Talk(web), asyncio.Event(), []
    record = Sender._record_taken

    async def record_late(self: Sender, *outcome: Any) -> None:
        await given.wait()
        await record(self, *outcome)

    async def settle_meanwhile() -> None:
        tasks.append(asyncio.create_task(web.settle()))

    monkeypatch.setattr(Sender, "_record_taken", record_late)
    await anna.says("labdien")
    try:
        assert (await ask_for_an_hour(web, anna, monkeypatch, then=settle_meanwhile)).messages
    finally:
        given.set()
        await asyncio.gather(*tasks)


async def test_an_answer_sent_by_another_process_is_seen_too(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker beside the web shares nothing with it but the database."""
    anna, house = Talk(web), web.house
    secret = house.settings.index_secret.get_secret_value()
    other_process = Delivery(house.database, house.keyring, {NAME: WebChat()}, secret)

    async def answer_there() -> None:
        await house.dispatcher.handle_waiting(NOW)
        await other_process.deliver_due(NOW)

    await anna.says("labdien")
    assert (await ask_for_an_hour(web, anna, monkeypatch, then=answer_there)).messages


async def test_waiting_in_one_talk_is_not_ended_by_another(web: Web) -> None:
    anna, other = Talk(web), Talk(web)
    last = (await anna.hears("labdien"))[-1]["id"]
    waiting = asyncio.create_task(anna.asks(after=last, wait="20"))
    assert await other.hears("labdien")
    assert not waiting.done()
    assert (await anna.says("izvēlne")).status_code == 202
    await web.settle()
    assert (await waiting).json()["messages"]
