"""What a machine makes up against the doors of the web chat: never a fault of ours."""

import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from booking.staff import Role
from flows.turn import Knowledge
from tests.bot.web_answers import assert_harmless
from tests.bot.web_service import MESSAGES, Talk, Web, new_database, open_web

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("web fuzz")]
SHORT = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CANARY = "kanarijputniņš-7193"
Drawn = TypeVar("Drawn")
JSON = {"content-type": "application/json"}
FIELDS = {"token": "a" * 64, "id": "0123456789abcdef"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def web(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Web]:
    """One service for the whole file: nothing that is sent here may harm what comes after it."""
    folder = tmp_path_factory.mktemp("web")
    with new_database(request.param, folder) as url:
        async with open_web(url, folder, knowledge) as opened:
            await opened.hire(*Role)
            yield opened


@pytest.mark.parametrize("mode", [GenerationMode.NEGATIVE, GenerationMode.POSITIVE], ids=["wrong", "right"])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_nothing_the_description_of_the_doors_allows_or_forbids_is_a_fault(
    web: Web, method: str, mode: GenerationMode
) -> None:
    described = schemathesis.openapi.from_dict(web.app.openapi())
    for case in drawn(described[MESSAGES][method].as_strategy(generation_mode=mode)):
        answer = await send(web, case)
        assert answer.status_code in (200, 202, 400, 405, 413, 422)
        assert_harmless(answer)
    await web.settle()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ANY_MESSAGE = st.fixed_dictionaries(
    {"token": st.just("b" * 64), "id": st.uuids().map(str)},
    optional={"text": st.text(st.characters()) | ANY_JSON, "choice": st.text(st.characters(), max_size=120) | ANY_JSON},
)


async def test_any_text_and_any_choice_is_refused_or_answered(web: Web) -> None:
    """Characters of every kind, halves of surrogate pairs too, as Python's own JSON writes them."""
    for message in drawn(ANY_MESSAGE):
        answer = await web.client.post(MESSAGES, content=json.dumps(message).encode(), headers=JSON)
        assert answer.status_code in (202, 422)
    await web.settle()
    assert await Talk(web).hears("labdien")


def drawn(strategy: st.SearchStrategy[Drawn]) -> list[Drawn]:
    """The same examples in every run."""
    found: list[Drawn] = []

    @SHORT
    @given(strategy)
    def keep(example: Drawn) -> None:
        found.append(example)

    keep()
    return found


async def send(web: Web, case: schemathesis.Case) -> httpx.Response:
    """Send what schemathesis made up; nobody waits for news that do not come."""
    query = {name: str(value) for name, value in (case.query or {}).items() if name != "wait" or value == "wait"}
    headers = {**(case.headers or {}), **(JSON if case.method == "POST" else {})}
    plain = {name: value for name, value in headers.items() if str(name).isascii() and str(value).isascii()}
    body = case.body if isinstance(case.body, bytes) else written(case.body)
    return await web.client.request(case.method, MESSAGES, params=query, headers=plain, content=body)


def written(body: Any) -> bytes:
    """A body as JSON; nothing when there is none."""
    return b"" if isinstance(body, NotSet) else json.dumps(body).encode()
