"""`paligs check` says what is wrong with Telegram and how to mend it; `--fix` mends it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.channels.telegram import ALLOWED_UPDATES, TelegramChat
from bot.checks.check_result import CheckResult
from bot.checks.telegram_checks import TelegramChecks, presentation
from bot.settings import Settings
from knowledge.catalogue import Cards, load_catalogue
from tests.bot.telegram_service import SECRET
from tests.houses import make_settings
from tests.providers.fake_telegram import FakeTelegram, open_fake_telegram
from tests.providers.tiny_http import UNWELL

URL = "https://paligs.test/webhooks/telegram"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with open_fake_telegram() as opened:
        yield opened


@pytest.fixture(scope="module")
def cards() -> Cards:
    return load_catalogue("bauska").cards


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings("sqlite://", tmp_path, public_url="https://paligs.test", telegram_webhook_secret=SECRET)


async def look(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime, *, fix: bool = False, token: str | None = None
) -> dict[str, CheckResult]:
    channel = TelegramChat(token or fake.token, fake.url)
    found = await TelegramChecks(settings, channel, cards, now, fix).run()
    await channel.close()
    return {result.name: result for result in found}


async def test_a_new_bot_is_found_wanting_and_mended(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    found = await look(fake, settings, cards, now)
    assert [result.is_well for result in found.values()] == [True, False, False]
    assert "--fix" in found["telegram updates"].words
    assert "--fix" in found["telegram menu"].words
    mended = await look(fake, settings, cards, now, fix=True)
    assert all(result.is_well for result in mended.values())
    assert fake.webhook == {"url": URL, "secret_token": SECRET, "allowed_updates": list(ALLOWED_UPDATES)}
    assert all(result.is_well for result in (await look(fake, settings, cards, now)).values())


async def test_the_menu_and_the_description_are_in_both_languages(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    await look(fake, settings, cards, now, fix=True)
    latvian, russian = fake.shown["commands", ""], fake.shown["commands", "ru"]
    assert [one["command"] for one in latvian] == [one["command"] for one in russian]
    assert [one["description"] for one in latvian] != [one["description"] for one in russian]
    for language, code in (("lv", ""), ("ru", "ru")):
        shown = presentation(cards, language)
        assert "112" in fake.shown["description", code] == shown.description
        assert "112" in shown.short_description
        assert len(shown.short_description) <= 120


async def test_a_check_without_fix_changes_nothing(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    await look(fake, settings, cards, now)
    assert not [method for method, _ in fake.calls if not method.startswith("get")]


async def test_a_wrong_token_is_told_with_the_way_to_mend_it(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    found = await look(fake, settings, cards, now, token="987654321:" + "x" * 35)
    assert list(found) == ["telegram"]
    assert not found["telegram"].is_well
    assert "@BotFather" in found["telegram"].words


async def test_a_telegram_out_of_reach_is_told_apart_from_a_wrong_token(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    fake.misbehave("getMe", UNWELL)
    assert "not reached" in (await look(fake, settings, cards, now))["telegram"].words
    fake.misbehave("getWebhookInfo", UNWELL)
    found = await look(fake, settings, cards, now)
    assert "try again" in found["telegram updates"].words


@pytest.mark.parametrize(
    ("state", "failure", "told"),
    [
        ({"url": "https://elsewhere.test/x"}, {}, "elsewhere"),
        ({"url": URL, "allowed_updates": ["message"]}, {}, "leaves out"),
        ({}, {"last_error_message": "Wrong response from the webhook: 403 Forbidden"}, "secret is not ours"),
        ({}, {"last_error_message": "Connection refused"}, "reachable from outside"),
        ({}, {"pending_update_count": 500}, "500 messages wait"),
    ],
)
async def test_what_keeps_updates_from_coming_is_told(
    fake: FakeTelegram,
    settings: Settings,
    cards: Cards,
    now: datetime,
    state: dict[str, object],
    failure: dict[str, object],
    told: str,
) -> None:
    fake.webhook = {"url": URL, "allowed_updates": list(ALLOWED_UPDATES), **state}
    dated = (
        {"last_error_date": int((now - timedelta(minutes=2)).timestamp())} if "last_error_message" in failure else {}
    )
    fake.failure = {**failure, **dated}
    result = (await look(fake, settings, cards, now))["telegram updates"]
    assert not result.is_well
    assert told in result.words


async def test_a_failure_of_long_ago_is_no_failure(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    await look(fake, settings, cards, now, fix=True)
    fake.failure = {"last_error_date": int((now - timedelta(hours=5)).timestamp()), "last_error_message": "403"}
    assert (await look(fake, settings, cards, now))["telegram updates"].is_well


async def test_settings_that_telegram_would_refuse_are_told_before_it_does(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    plain = settings.model_copy(update={"public_url": "http://paligs.test"})
    assert "https" in (await look(fake, plain, cards, now, fix=True))["telegram updates"].words
    odd = settings.model_copy(update={"telegram_webhook_secret": SecretStr("šķūnis " * 8)})
    assert "may only hold" in (await look(fake, odd, cards, now, fix=True))["telegram updates"].words
    assert fake.webhook == {"url": ""}


async def test_fetching_ourselves_needs_the_webhook_gone(
    fake: FakeTelegram, settings: Settings, cards: Cards, now: datetime
) -> None:
    polling = settings.model_copy(update={"telegram_webhook_secret": None})
    fake.webhook = {"url": URL}
    found = await look(fake, polling, cards, now)
    assert not found["telegram updates"].is_well
    assert (await look(fake, polling, cards, now, fix=True))["telegram updates"].is_well
    assert fake.webhook == {"url": ""}
