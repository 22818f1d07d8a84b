"""The channel of SMS against a Twilio that speaks real HTTP and misbehaves."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.base import Consequence, DeliveryError, Failure, Outgoing, Withdrawing
from bot.channels.twilio_errors import ERRORS, consequence_of
from bot.channels.twilio_sms import TwilioSms, phone_number
from bot.development import new_secret
from bot.settings import Settings
from flows.messages import Choice, Reply
from tests.providers.fake_twilio import FakeTwilio, Mood, fake_twilio

ANNA = "+37120000001"
OUR_ID = "0123456789abcdef" * 2


@pytest.fixture
async def fake(now: datetime) -> AsyncIterator[FakeTwilio]:
    async with fake_twilio(now) as running:
        yield running


def channel_of(fake: FakeTwilio, **others: object) -> TwilioSms:
    secrets_of_test = {name: new_secret() for name in ("master_key", "index_secret", "audit_key")}
    return TwilioSms(Settings.model_validate({**secrets_of_test, **fake.settings(), **others}))


def outgoing(text: str, now: datetime, *choices: str) -> Outgoing:
    return Outgoing(OUR_ID, ANNA, Reply(text, tuple(Choice(one, one) for one in choices)), now)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def failure_of(channel: TwilioSms, now: datetime) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await channel.send(outgoing("Labdien!", now))
    return raised.value


async def test_an_sms_goes_out_with_its_choices_as_numbers_and_our_id_in_the_report_address(
    fake: FakeTwilio, now: datetime
) -> None:
    ids = await channel_of(fake).send(outgoing("Kurā dienā?", now, "pirmdien", "otrdien"))
    assert fake.sent_to(ANNA) == ["Kurā dienā?\n1) pirmdien\n2) otrdien"]
    assert ids == (fake.messages[0]["sid"],)
    assert f"https://paligs.example/webhooks/twilio/status?id={OUR_ID}#" in fake.messages[0]["status_callback"]


async def test_plain_letters_are_used_where_the_organisation_wants_them(fake: FakeTwilio, now: datetime) -> None:
    await channel_of(fake, sms_plain_letters=True).send(outgoing("Kurā dienā?", now))
    assert fake.sent_to(ANNA) == ["Kura diena?"]


@pytest.mark.parametrize(
    ("mood", "failure"),
    [
        (Mood.BUSY, Failure.LATER),
        (Mood.BROKEN, Failure.LATER),
        (Mood.UNWELL, Failure.LATER),
        (Mood.REDIRECT, Failure.LATER),
        (Mood.GATEWAY, Failure.UNKNOWN),
        (Mood.CUT, Failure.UNKNOWN),
        (Mood.HANGS, Failure.UNKNOWN),
        (Mood.TRICKLES, Failure.UNKNOWN),
        (Mood.HTML, Failure.UNKNOWN),
        (Mood.BAD_JSON, Failure.UNKNOWN),
        (Mood.LIST, Failure.UNKNOWN),
        (Mood.EMPTY, Failure.UNKNOWN),
        (Mood.HUGE, Failure.UNKNOWN),
        ("20003", Failure.LATER),
        ("21602", Failure.FOR_GOOD),
        ("99999", Failure.FOR_GOOD),
    ],
)
async def test_a_bad_answer_says_whether_the_sms_may_have_been_taken(
    fake: FakeTwilio, now: datetime, monkeypatch: pytest.MonkeyPatch, mood: Mood | str, failure: Failure
) -> None:
    monkeypatch.setattr("bot.channels.twilio_wire.LONGEST_CALL", 0.3)
    fake.moods.append(mood)
    error = await failure_of(channel_of(fake), now)
    assert error.failure == failure
    if fake.sent_to(ANNA):
        assert error.failure == Failure.UNKNOWN
    assert ANNA not in str(error)


async def test_the_rest_that_twilio_asks_for_is_passed_on(fake: FakeTwilio, now: datetime) -> None:
    fake.moods.append(Mood.BUSY)
    assert (await failure_of(channel_of(fake), now)).retry_after == timedelta(seconds=7)


async def test_an_sms_that_never_left_the_house_may_be_sent_again(fake: FakeTwilio, now: datetime) -> None:
    for nowhere in ("http://127.0.0.1:9", "http://no-such-host.invalid"):
        error = await failure_of(channel_of(fake, twilio_url=nowhere), now)
        assert (error.code, error.failure) == ("not_reached", Failure.LATER)


async def test_a_connection_that_never_comes_about_took_nothing(
    fake: FakeTwilio, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.twilio_wire.LONGEST_CONNECT", 0.2)
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        error = await failure_of(channel_of(fake, twilio_url=f"http://127.0.0.1:{full.getsockname()[1]}"), now)
    assert (error.code, error.failure) == ("not_reached", Failure.LATER)


async def test_no_library_logs_whom_we_write_what_or_with_which_token(
    fake: FakeTwilio, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = channel_of(fake)
    fake.receives(ANNA, "mans zilonītis")
    fake.moods.extend(["21614", Mood.HTML])
    for _ in range(2):
        await failure_of(channel, now)
    await channel.send(outgoing("makaroni", now))
    await channel.recent_inbound(now - timedelta(days=1))
    await channel.withdraw(ANNA, (fake.messages[0]["sid"],))
    for secret in (ANNA, ANNA[1:], "makaroni", "zilon", fake.token, fake.account):
        assert secret not in caplog.text


async def test_a_person_who_opted_out_at_the_carrier_is_left_alone(fake: FakeTwilio, now: datetime) -> None:
    fake.moods.append("21610")
    error = await failure_of(channel_of(fake), now)
    assert (error.failure, error.consequence) == (Failure.FOR_GOOD, Consequence.OPTED_OUT)


async def test_a_landline_goes_to_the_list_of_calls(fake: FakeTwilio, now: datetime) -> None:
    fake.moods.append("21614")
    error = await failure_of(channel_of(fake), now)
    assert (error.failure, error.consequence) == (Failure.FOR_GOOD, Consequence.CALL_INSTEAD)
    assert consequence_of("30006") == Consequence.CALL_INSTEAD
    assert consequence_of("30003") is None
    assert consequence_of("12345") is None


def test_whatever_has_a_consequence_is_never_tried_again() -> None:
    assert {failure for failure, consequence in ERRORS.values() if consequence} == {Failure.FOR_GOOD}


async def test_messages_are_deleted_at_the_provider_and_a_missing_one_is_no_fault(
    fake: FakeTwilio, now: datetime
) -> None:
    channel = channel_of(fake)
    assert isinstance(channel, Withdrawing)
    theirs = fake.receives(ANNA, "dzēst")["sid"]
    ours = await channel.send(outgoing("Labi.", now))
    await channel.withdraw(ANNA, (theirs, "SM" + "0" * 32, *ours))
    assert fake.deleted == [theirs, *ours]
    assert fake.messages == []


async def test_what_residents_sent_is_listed_page_by_page_the_oldest_first(
    fake: FakeTwilio, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.twilio_sms.PAGE", 2)
    channel = channel_of(fake)
    for number in range(5):
        fake.receives(ANNA, f"ziņa {number}", media=number % 2)
    fake.receives("Latvenergo", "reklāma")
    await channel.send(outgoing("Atbilde", now))
    await channel.send(Outgoing(OUR_ID, fake.number, Reply("Pašiem sev"), now))
    listed = await channel.recent_inbound(now - timedelta(days=1))
    assert [one.text for one in listed] == [f"ziņa {number}" for number in range(5)]
    assert [one.choice_id for one in listed] == [None, "unreadable", None, "unreadable", None]
    assert {one.withdraw_id for one in listed} == {one.provider_id for one in listed}


async def test_a_wrong_token_stops_nothing_for_good(fake: FakeTwilio, now: datetime) -> None:
    stranger = FakeTwilio(account=fake.account, url=fake.url)
    error = await failure_of(channel_of(stranger), now)
    assert (error.code, error.failure) == ("20003", Failure.LATER)


async def test_a_hanging_provider_holds_no_connection_after_its_time(
    fake: FakeTwilio, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.twilio_wire.LONGEST_CALL", 0.2)
    channel = channel_of(fake)
    before = open_files()
    fake.moods.extend([Mood.HANGS, Mood.TRICKLES, Mood.HANGS, Mood.CUT])
    errors = await asyncio.gather(*(channel.send(outgoing("Labdien!", now)) for _ in range(4)), return_exceptions=True)
    assert [one.failure for one in errors if isinstance(one, DeliveryError)] == [Failure.UNKNOWN] * 4
    # The fake keeps its own ends of these connections until it stops.
    assert open_files() <= before + 4


@pytest.mark.parametrize("missing", ["twilio_account_sid", "twilio_auth_token", "twilio_number"])
def test_an_account_with_a_part_missing_is_refused(missing: str) -> None:
    with pytest.raises(ValueError, match="SMS need"):
        channel_of(FakeTwilio(), **{missing: None})


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+37120000001", "+37120000001"),
        ("+4915112345678", "+4915112345678"),
        ("20000001", None),
        ("1655", None),
        ("Latvenergo", None),
        ("+371", None),
        ("+3712000000100000000", None),
        ("whatsapp:+37120000001", None),
    ],
)
def test_only_whole_international_numbers_are_addresses(written: str, number: str | None) -> None:
    assert phone_number(written) == number
