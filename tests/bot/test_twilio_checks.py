"""`paligs check` about Twilio: every fault is named with its mending, and --fix mends what is safe."""

from collections.abc import AsyncIterator

import pytest

from bot.checks.check_result import CheckResult
from bot.checks.twilio_checks import check_twilio
from bot.development import new_secret
from bot.settings import Settings
from tests.providers.fake_twilio import PUBLIC_URL, FakeTwilio, fake_twilio

WORKS = {"capabilities": {"sms": True, "voice": True}, "sms_method": "POST", "sms_url": "https://demo.twilio.com/x"}
OURS = {
    **WORKS,
    "sms_url": f"{PUBLIC_URL}/webhooks/twilio/sms#rc=5&rp=all",
    "voice_url": f"{PUBLIC_URL}/webhooks/twilio/voice",
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeTwilio]:
    async with fake_twilio() as running:
        running.owned = dict(OURS)
        yield running


async def checked(fake: FakeTwilio, *, fix: bool = False, **others: object) -> dict[str, CheckResult]:
    secrets_of_test = {name: new_secret() for name in ("master_key", "index_secret", "audit_key")}
    settings = Settings.model_validate({**secrets_of_test, **fake.settings(), **others})
    return {one.name: one for one in await check_twilio(settings, fix=fix)}


async def test_all_is_well_when_the_number_brings_everything_here(fake: FakeTwilio) -> None:
    results = await checked(fake)
    assert all(one.is_well for one in results.values()), results
    assert sorted(results) == ["SMS account", "SMS keywords", "SMS number", "SMS webhooks"]


async def test_webhooks_that_lead_elsewhere_are_told_and_mended_on_request(fake: FakeTwilio) -> None:
    fake.owned = dict(WORKS)
    assert "--fix" in (await checked(fake))["SMS webhooks"].words
    assert fake.owned == WORKS
    mended = (await checked(fake, fix=True))["SMS webhooks"]
    assert mended.is_well
    assert {name: fake.owned[name] for name in OURS} == OURS


async def test_a_number_that_takes_no_calls_needs_no_address_for_them(fake: FakeTwilio) -> None:
    fake.owned = {**WORKS, "capabilities": {"sms": True, "voice": False}}
    assert (await checked(fake, fix=True))["SMS webhooks"].is_well
    assert "voice_url" not in fake.owned


async def test_an_app_before_the_webhooks_is_left_to_a_person(fake: FakeTwilio) -> None:
    fake.owned = {**WORKS, "sms_application_sid": "AP" + "0" * 32}
    result = (await checked(fake, fix=True))["SMS webhooks"]
    assert not result.is_well
    assert fake.owned["sms_url"] == WORKS["sms_url"]


async def test_an_address_that_twilio_cannot_reach_is_told(fake: FakeTwilio) -> None:
    result = (await checked(fake, fix=True, public_url=None))["SMS webhooks"]
    assert (result.is_well, "PALIGS_PUBLIC_URL" in result.words) == (False, True)


async def test_a_wrong_token_is_told_without_showing_it(fake: FakeTwilio) -> None:
    results = await checked(fake, twilio_auth_token="f" * 32)
    assert "PALIGS_TWILIO_AUTH_TOKEN" in results["SMS account"].words
    assert "ffff" not in str(results)


async def test_a_suspended_account_is_told(fake: FakeTwilio) -> None:
    fake.status = "suspended"
    assert not (await checked(fake))["SMS account"].is_well


@pytest.mark.parametrize(
    ("owned", "number", "part"),
    [
        ({}, "+37120000999", "no such number"),
        ({**OURS, "capabilities": {"sms": False}}, "+37120000999", "cannot send"),
        (OURS, "+4915112345678", "not Latvian"),
        (OURS, "20000999", "written as +371"),
    ],
)
async def test_a_number_that_will_not_do_is_told(
    fake: FakeTwilio, owned: dict[str, object], number: str, part: str
) -> None:
    fake.owned, fake.number = dict(owned), number
    result = (await checked(fake))["SMS number"]
    assert (result.is_well, part in result.words) == (False, True)


async def test_a_twilio_that_is_away_breaks_no_other_line(fake: FakeTwilio) -> None:
    results = await checked(fake, twilio_url="http://127.0.0.1:9")
    assert [results[name].is_well for name in ("SMS account", "SMS number", "SMS webhooks")] == [False] * 3
    assert fake.calls == 0


async def test_half_an_account_is_told_and_none_is_no_fault(fake: FakeTwilio) -> None:
    half = await checked(fake, twilio_number=None)
    assert (half["SMS"].is_well, "PALIGS_TWILIO_NUMBER" in half["SMS"].words) == (False, True)
    none = await checked(fake, twilio_number=None, twilio_auth_token=None, twilio_account_sid=None)
    assert none["SMS"].is_well
