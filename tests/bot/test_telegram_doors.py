"""Telegram's webhook: only with the secret, stored before it is answered, and never a fault of ours for odd input."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from bot.doors import telegram_doors
from bot.doors.telegram_doors import PATH
from bot.house import House
from tests.bot.telegram_service import HEADER, OLD_SECRET, SECRET, Service, open_service
from tests.providers.telegram_people import in_group, membership, update
from tests.providers.tiny_http import UNWELL, says

DANGER = "vīrs mani sit, palīdziet"


@pytest.fixture
async def service(small_house: House, now: datetime) -> AsyncIterator[Service]:
    async with open_service(small_house, now) as opened:
        yield opened


NOT_OURS: list[list[Any]] = [
    [],
    [(HEADER, "")],
    [(HEADER, "wrong")],
    [(HEADER, SECRET[:-1])],
    [(HEADER, SECRET + "x")],
    [(HEADER, SECRET.upper())],
    [(HEADER, f"{SECRET}, {SECRET}")],
    [(HEADER, SECRET), (HEADER, SECRET)],
    [(HEADER, SECRET), (HEADER, "wrong")],
    [(HEADER, "šķūnis".encode())],
    [("Authorization", SECRET)],
]


async def test_nobody_without_the_secret_is_even_read(service: Service) -> None:
    with capture_logs() as ours:
        for headers in NOT_OURS:
            for body in (b"{not json", json.dumps(service.person().writes("labdien")).encode()):
                answer = await service.client.post(PATH, content=body, headers=headers)
                assert (answer.status_code, answer.content) == (403, b""), headers
    assert await service.stored() == []
    assert ours == []


async def test_both_secrets_are_believed_while_one_is_being_changed(service: Service) -> None:
    for secret in (SECRET, OLD_SECRET):
        assert await service.hears(service.person().writes("labdien"), secret) == 200
    assert len(await service.stored()) == 2


async def test_without_a_secret_of_our_own_every_webhook_is_refused(service: Service) -> None:
    for name in ("telegram_webhook_secret", "old_telegram_webhook_secret"):
        object.__setattr__(service.house.settings, name, None)
    assert await service.hears(service.person().writes("labdien"), "") == 403


async def test_a_message_is_stored_once_however_often_it_is_brought(service: Service) -> None:
    said = service.person().writes("labdien")
    brought_anew = {**said, "update_id": 17}
    for one in (said, said, brought_anew):
        assert await service.hears(one) == 200
    ((_, heard),) = await service.stored()
    assert (heard.text, heard.choice_id) == ("labdien", None)


async def test_the_numbers_of_updates_may_come_in_any_order(service: Service) -> None:
    zane = service.person()
    for number in (900, 17, 901):
        assert await service.hears({**zane.writes(f"ziņa {number}"), "update_id": number}) == 200
    assert [heard.text for _, heard in await service.stored()] == ["ziņa 900", "ziņa 17", "ziņa 901"]


async def test_a_press_is_stored_and_its_circle_stopped(service: Service) -> None:
    press = service.person().presses_data(f"{7:032x}:2")
    assert await service.hears(press) == 200
    ((_, heard),) = await service.stored()
    assert heard.text == ""
    assert service.fake.answered == [press["callback_query"]["id"]]


async def test_a_press_counts_even_when_telegram_does_not_take_the_answer_to_it(service: Service) -> None:
    service.fake.misbehave("answerCallbackQuery", UNWELL)
    assert await service.hears(service.person().presses_data(f"{7:032x}:2")) == 200
    assert len(await service.stored()) == 1


GROUPS = [
    in_group("vai te var pierakstīties?"),
    in_group("labdien", kind="supergroup"),
    in_group("/menu@paligs_bot"),
    in_group(DANGER),
    update(channel_post={"message_id": 4, "date": 1, "chat": {"id": -77, "type": "channel", "title": "x"}}),
    membership({"id": -77, "type": "group", "title": "x"}, {"id": 4, "is_bot": False, "first_name": "K"}, "member"),
]


async def test_a_group_is_told_one_sentence_and_left(service: Service) -> None:
    for heard in GROUPS:
        service.fake.left.clear()
        service.fake.messages.clear()
        assert await service.hears(heard) == 200
        (told,) = service.fake.texts(-77)
        assert told.count("112") == 2
        assert "Grupās" in told
        assert "В группах" in told
        assert service.fake.left == {-77}
    assert await service.stored() == []


async def test_a_busy_group_hears_only_one_sentence(service: Service) -> None:
    bring = [service.client.post(PATH, json=in_group(f"ziņa {n}"), headers={HEADER: SECRET}) for n in range(20)]
    assert {answer.status_code for answer in await asyncio.gather(*bring)} == {200}
    await service.doors.finish()
    assert len(service.fake.texts(-77)) == 1


async def test_being_put_out_of_a_group_is_answered_by_nothing(service: Service) -> None:
    group = {"id": -77, "type": "group", "title": "x"}
    assert await service.hears(membership(group, {"id": 4, "is_bot": False, "first_name": "K"}, "kicked")) == 200
    assert service.fake.calls == []


async def test_who_blocks_the_bot_has_opted_out_until_they_let_it_in_again(service: Service) -> None:
    zane = service.person()
    await service.hears(zane.writes("labdien"))
    for is_barred in (True, False):
        assert await service.hears(zane.bars(is_barred=is_barred)) == 200
        assert await service.opted_out() == [is_barred]


async def test_a_stranger_who_blocks_the_bot_leaves_no_trace(service: Service) -> None:
    assert await service.hears(service.person().bars()) == 200
    assert await service.opted_out() == []


UNREADABLE = [
    b"", b"{", b"null", b"[]", b"7", b'"x"', b"NaN", b'{"update_id": 1}', b"\xff\xfe", b'{"a":' * 5000,
    b"[" * 100_000, b'{"update_id": 1, "message": []}', b'{"update_id": 1, "message": {"chat": 5}}',
    b'{"update_id": 1, "poll_answer": {"poll_id": "1"}}', b'{"update_id": 1, "something_new": {"id": 5}}',
    b'{"update_id": 1, "inline_query": {"id": "1", "from": {"id": 5, "is_bot": false, "first_name": "x"}, '
    b'"query": "x", "offset": ""}}',
    b'{"update_id": 1, "message": {"message_id": "x", "date": 1, "chat": {"id": 5, "type": "private"}, "text": "x"}}',
    b'{"update_id": 1, "message": {"message_id": 1, "date": 1e300, "chat": {"id": 5, "type": "private"}}}',
    b'{"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": {}, "type": "private"}, "text": "x"}}',
]  # fmt: skip


async def test_an_authentic_update_that_makes_no_sense_is_let_go(service: Service) -> None:
    for body in UNREADABLE:
        answer = await service.client.post(PATH, content=body, headers={HEADER: SECRET})
        assert answer.status_code == 200, body[:80]
    assert await service.stored() == []
    assert service.fake.calls == []


async def test_hostile_words_are_stored_safely(service: Service) -> None:
    hostile = ["\ud800", "\x00", "\u200b", "x" * 70_000, "\U0001f600" * 10_000, " "]
    for text in hostile:
        body = json.dumps(service.person().writes(text)).encode()
        answer = await service.client.post(PATH, content=body, headers={HEADER: SECRET})
        assert answer.status_code == 200
    assert len(await service.stored()) == len(hostile)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = ("text", "caption", "photo", "forward_origin", "chat", "message_id", "date", "from", "entities", "sticker")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), odd=ODD, kind=st.sampled_from(["message", "edited_message", "channel_post"]))
async def test_no_input_is_answered_with_a_fault_of_ours(service: Service, place: str, odd: Any, kind: str) -> None:
    message = {**service.person().writes("labdien")["message"], place: odd}
    body = json.dumps({"update_id": 5, kind: message}).encode()
    answer = await service.client.post(PATH, content=body, headers={HEADER: SECRET})
    assert answer.status_code == 200


@asynccontextmanager
async def away() -> AsyncIterator[None]:
    raise ConnectionError("mans zilonītis")
    yield


@asynccontextmanager
async def hanging() -> AsyncIterator[None]:
    await asyncio.sleep(3600)
    yield


@pytest.mark.parametrize("fault", [away, hanging])
async def test_with_the_database_away_danger_gets_its_card_once_and_the_message_comes_again(
    service: Service, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    zane = service.person()
    cry, question = zane.writes(DANGER), zane.writes("kas ir GMI?")
    with monkeypatch.context() as patch:
        patch.setattr(telegram_doors, "LONGEST_ACCEPT", 0.05)
        patch.setattr(service.house.database, "writing", fault)
        for said in (cry, cry, question):
            assert await service.hears(said) == 503
    (card,) = service.fake.texts(zane.chat_id)
    assert "112" in card
    for said in (cry, question):
        assert await service.hears(said) == 200
    assert [heard.text for _, heard in await service.stored()] == [DANGER, "kas ir GMI?"]


async def test_a_slow_database_stores_what_it_was_given_although_the_answer_was_no(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, writing, woken = asyncio.Event(), service.house.database.writing, asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[AsyncSession]:
        await release.wait()
        async with writing() as session:
            yield session

    service.doors.wake = woken.set
    said = service.person().writes("labdien")
    with monkeypatch.context() as patch:
        patch.setattr(telegram_doors, "LONGEST_ACCEPT", 0.05)
        patch.setattr(service.house.database, "writing", slow)
        assert await service.hears(said) == 503
        release.set()
        async with asyncio.timeout(30):
            await woken.wait()
    assert await service.hears(said) == 200
    assert len(await service.stored()) == 1


async def test_a_card_that_was_certainly_not_taken_is_sent_when_the_message_comes_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.house.database, "writing", away)
    service.fake.misbehave("sendMessage", UNWELL)
    cry = service.person().sends("photo", caption=DANGER)
    for _ in range(3):
        assert await service.hears(cry) == 503
    assert len(service.fake.texts(service.person().chat_id)) == 1


async def test_a_telegram_that_hangs_does_not_hold_up_the_webhook(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()
    monkeypatch.setattr(service.channel, "answer_press", lambda _press: release.wait())
    answer = await service.client.post(
        PATH, json=service.person().presses_data(f"{7:032x}:0"), headers={HEADER: SECRET}
    )
    assert answer.status_code == 200
    release.set()


async def test_no_door_logs_a_word_or_an_address_of_a_person(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    words, zane = "mans zilonītis neēd makaronus", service.person(5_432_109_876)
    with capture_logs() as ours:
        await service.hears(zane.writes(words))
        await service.hears({**zane.writes(words), "edited_message": words})
        await service.client.post(PATH, content=f'{{"message": "{words}'.encode(), headers={HEADER: SECRET})
        service.fake.misbehave("leaveChat", says(403, words.encode()))
        await service.hears(in_group(words))
        monkeypatch.setattr(service.house.database, "writing", away)
        service.fake.misbehave("sendMessage", says(400, words.encode()))
        await service.hears(zane.writes(f"{words}, {DANGER}"))
    told = f"{caplog.text} {ours!r}"
    assert len(ours) >= 4
    for secret in ("zilonītis", "zilon", str(zane.chat_id), service.fake.token, SECRET, "mani sit"):
        assert secret not in told
