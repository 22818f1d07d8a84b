"""Where no webhook is set we ask Telegram ourselves: nothing is confirmed before it is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.channels.base import DeliveryError, Failure
from bot.doors import telegram_polling
from bot.doors.telegram_polling import LONGEST_PAUSE, NotStored, TelegramPolling, pause_after
from bot.house import House
from tests.bot.telegram_service import Service, open_service
from tests.providers.tiny_http import CUT_AFTER, CUT_BEFORE, HTML, UNWELL, garbles, says, too_many


@pytest.fixture
async def service(small_house: House, now: datetime) -> AsyncIterator[Service]:
    async with open_service(small_house, now) as opened:
        yield opened


@pytest.fixture
def polling(service: Service) -> TelegramPolling:
    return TelegramPolling(service.doors)


@asynccontextmanager
async def away() -> AsyncIterator[None]:
    raise ConnectionError
    yield


async def its_turn() -> bool:
    return True


async def test_what_is_fetched_is_stored_first_and_confirmed_by_the_next_call(
    service: Service, polling: TelegramPolling
) -> None:
    zane = service.person()
    service.fake.waiting = [zane.writes("labdien"), zane.writes("kas ir GMI?")]
    assert await polling.fetch_once(0) == 2
    assert [heard.text for _, heard in await service.stored()] == ["labdien", "kas ir GMI?"]
    assert service.fake.confirmed == []
    assert await polling.fetch_once(0) == 0
    assert len(service.fake.confirmed) == 2


async def test_a_fall_between_storing_and_confirming_loses_nothing_and_doubles_nothing(service: Service) -> None:
    service.fake.waiting = [service.person().writes("labdien")]
    for _ in range(3):
        await TelegramPolling(service.doors).fetch_once(0)
    assert len(await service.stored()) == 1


async def test_what_cannot_be_stored_is_not_confirmed_but_danger_in_it_gets_its_card(
    service: Service, polling: TelegramPolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    zane, olga = service.person(), service.person(5_000_000_002)
    service.fake.waiting = [zane.writes("labdien"), olga.writes("муж меня бьёт")]
    with monkeypatch.context() as patch:
        patch.setattr(service.house.database, "writing", away)
        for _ in range(2):
            with pytest.raises(NotStored):
                await polling.fetch_once(0)
    await service.doors.finish()
    assert service.fake.confirmed == []
    assert len(service.fake.texts(olga.chat_id)) == 1
    assert service.fake.texts(zane.chat_id) == []
    assert await polling.fetch_once(0) == 2
    assert await polling.fetch_once(0) == 0


async def test_low_numbers_after_a_quiet_week_are_not_confirmed_unread(
    service: Service, polling: TelegramPolling
) -> None:
    zane = service.person()
    service.fake.waiting = [{**zane.writes("pirms"), "update_id": 900}]
    await polling.fetch_once(0)
    await polling.fetch_once(0)
    service.fake.waiting = [{**zane.writes("pēc"), "update_id": 17}]
    await polling.fetch_once(0)
    assert [heard.text for _, heard in await service.stored()] == ["pirms", "pēc"]


async def test_one_update_the_library_cannot_read_does_not_hold_up_the_others(
    service: Service, polling: TelegramPolling
) -> None:
    service.fake.waiting = [{"update_id": 5, "message": {"chat": 5}}, service.person().writes("labdien")]
    await polling.fetch_once(0)
    assert [heard.text for _, heard in await service.stored()] == ["labdien"]


async def test_whatever_telegram_answers_the_loop_goes_on(
    service: Service, polling: TelegramPolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_polling, "FIRST_PAUSE", 0)
    conflict = says(409, {"ok": False, "description": "Conflict: terminated by other getUpdates request"})
    pranks = [conflict, UNWELL, HTML, CUT_BEFORE, CUT_AFTER, garbles(b"<html>"), garbles(b"{}"), too_many(0)]
    service.fake.misbehave("getUpdates", *pranks)
    service.fake.waiting = [service.person().writes("labdien")]
    with capture_logs() as ours:
        running = asyncio.create_task(polling.run(its_turn))
        async with asyncio.timeout(10):
            await service.fake.has_confirmed.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert len(await service.stored()) == 1
    assert len([one for one in ours if one["event"] == "poll_failed"]) == len(pranks)


async def test_only_the_process_whose_turn_it_is_asks(
    service: Service, polling: TelegramPolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_polling, "STANDS_BY", 0)
    asked = asyncio.Event()
    answers = iter([False, False, False])

    async def may_ask() -> bool:
        if (answer := next(answers, None)) is None:
            asked.set()
            await asyncio.Event().wait()
        return bool(answer)

    running = asyncio.create_task(polling.run(may_ask))
    await asked.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert service.fake.calls == []


def test_the_pause_grows_threefold_up_to_a_minute_and_obeys_telegram() -> None:
    fault = ConnectionError()
    assert [pause_after(fault, failures).total_seconds() for failures in (1, 2, 3, 4)] == [1, 3, 9, 27]
    assert pause_after(fault, 50) == timedelta(seconds=LONGEST_PAUSE)
    told = DeliveryError("too_many", Failure.LATER, retry_after=timedelta(seconds=7))
    assert pause_after(told, 5) == timedelta(seconds=7)
