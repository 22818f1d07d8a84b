"""Twilio's doors: what is stored, what is answered, and what nobody but Twilio can do there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.doors.twilio_doors import rung
from bot.doors.twilio_fields import read_form
from bot.house import House
from flows.turn import Knowledge
from tests.bot.twilio_service import ANNA, Sms, be_patient, open_sms
from tests.providers.fake_twilio import PUBLIC_URL, FakeTwilio, signature

SMS = "/webhooks/twilio/sms"
FORM = {"content-type": "application/x-www-form-urlencoded"}
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response />'


@pytest.fixture
async def sms(
    small_house: House,
    tmp_path: Path,
    mould: Path,
    knowledge: Knowledge,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Sms]:
    """The doors; `small_house` only makes sure that there are databases to copy."""
    be_patient(monkeypatch)
    folder = tmp_path / "sms"
    folder.mkdir()
    async with open_sms(folder, mould, knowledge, FakeTwilio(), now) as opened:
        yield opened


def break_inbox(sms: Sms, monkeypatch: pytest.MonkeyPatch, *, hang: bool = False) -> None:
    """Take the database away, or let it hang."""

    async def fails(*_: Any, **__: Any) -> None:
        if hang:
            await asyncio.Event().wait()
        raise OperationalError("away", {}, Exception())

    monkeypatch.setattr(sms.house.inbox, "accept", fails)


async def test_an_sms_is_stored_and_answered_with_nothing(sms: Sms) -> None:
    answer = await sms.brings("labdien")
    assert (answer.status_code, answer.text, answer.headers["content-type"][:8]) == (200, NOTHING, "text/xml")
    assert [one.text for one in await sms.waiting()] == ["labdien"]
    assert sms.woken == [True]


async def test_the_same_sms_brought_again_changes_nothing(sms: Sms) -> None:
    message = sms.fake.receives(ANNA, "labdien")
    for _ in range(3):
        answer = await sms.fake.posts(sms.client, SMS, sms.fake.fields_of(message))
        assert answer.status_code == 200
    assert len(await sms.waiting()) == 1
    assert sms.woken == [True]


@pytest.mark.parametrize("others", [{"content-type": "application/json"}, {"x-twilio-signature": "wrong"}, {}])
async def test_a_request_without_a_right_signature_is_refused(sms: Sms, others: dict[str, str]) -> None:
    fields = sms.fake.fields_of(sms.fake.receives(ANNA, "labdien"))
    right = {"x-twilio-signature": signature(sms.fake.token, PUBLIC_URL + SMS, fields)}
    headers = {**FORM, **(right if "content-type" in others else {}), **others}
    answer = await sms.client.post(SMS, content=urlencode(fields), headers=headers)
    assert answer.status_code == 403
    assert await sms.stored() == 0


async def test_two_signatures_are_refused(sms: Sms) -> None:
    fields = sms.fake.fields_of(sms.fake.receives(ANNA, "labdien"))
    right = signature(sms.fake.token, PUBLIC_URL + SMS, fields)
    headers = [*FORM.items(), ("x-twilio-signature", right), ("x-twilio-signature", right)]
    assert (await sms.client.post(SMS, content=urlencode(fields), headers=headers)).status_code == 403


async def test_every_changed_letter_breaks_the_signature(sms: Sms) -> None:
    fields = sms.fake.fields_of(sms.fake.receives(ANNA, "labdien"))
    right = signature(sms.fake.token, PUBLIC_URL + SMS, fields)
    for place in range(len(right)):
        changed = right[:place] + ("A" if right[place] != "A" else "B") + right[place + 1 :]
        answer = await sms.client.post(SMS, content=urlencode(fields), headers={**FORM, "x-twilio-signature": changed})
        # The last letter of the base64 of 20 bytes holds two bits that say nothing; its text is compared all the same.
        assert answer.status_code == 403
    assert await sms.stored() == 0


async def test_a_signature_for_another_address_or_door_is_refused(sms: Sms) -> None:
    fields = sms.fake.fields_of(sms.fake.receives(ANNA, "labdien"))
    for url in (f"http://paligs.example{SMS}", f"{PUBLIC_URL}/webhooks/twilio/status", f"{PUBLIC_URL}{SMS}?a=1"):
        headers = {**FORM, "x-twilio-signature": signature(sms.fake.token, url, fields)}
        assert (await sms.client.post(SMS, content=urlencode(fields), headers=headers)).status_code == 403


async def test_the_retry_settings_of_the_address_may_be_signed_or_not(sms: Sms) -> None:
    for text, retries in (("viens", ""), ("divi", "#rc=5&rp=all")):
        fields = sms.fake.fields_of(sms.fake.receives(ANNA, text))
        headers = {**FORM, "x-twilio-signature": signature(sms.fake.token, PUBLIC_URL + SMS + retries, fields)}
        assert (await sms.client.post(SMS, content=urlencode(fields), headers=headers)).status_code == 200
    assert len(await sms.waiting()) == 2


async def test_a_shifted_boundary_is_refused_though_its_signature_is_right(sms: Sms) -> None:
    """`Me=ssageSidSM1` is signed like `MessageSid=SM1`: the same captured request would count as a new one."""
    fields = sms.fake.fields_of(sms.fake.receives(ANNA, "labdien"))
    shifted = {name: value for name, value in fields.items() if name != "MessageSid"}
    shifted["Me"] = "ssageSid" + fields["MessageSid"]
    assert signature(sms.fake.token, PUBLIC_URL + SMS, shifted) == signature(sms.fake.token, PUBLIC_URL + SMS, fields)
    assert (await sms.fake.posts(sms.client, SMS, shifted)).status_code == 403
    absorbed = {name: value for name, value in fields.items() if name != "NumSegments"}
    absorbed["NumMedia"] = "0NumSegments1"
    assert (await sms.fake.posts(sms.client, SMS, absorbed)).status_code == 403
    assert await sms.stored() == 0


async def test_a_field_named_twice_is_refused(sms: Sms) -> None:
    fields = sms.fake.fields_of(sms.fake.receives(ANNA, "labdien"))
    headers = {**FORM, "x-twilio-signature": signature(sms.fake.token, PUBLIC_URL + SMS, fields)}
    twice = urlencode(fields) + "&" + urlencode({"Body": "cits"})
    assert (await sms.client.post(SMS, content=twice, headers=headers)).status_code == 403
    assert read_form(b"a=1&a=1") is None


async def test_words_in_the_place_of_a_field_name_do_not_reach_the_log(sms: Sms) -> None:
    fields = sms.fake.fields_of(sms.fake.receives(ANNA, "labdien")) | {"zilonītis": "makaroni"}
    with capture_logs() as logs:
        assert (await sms.fake.posts(sms.client, SMS, fields)).status_code == 403
        await asyncio.gather(*sms.doors._in_time._working, return_exceptions=True)
    assert "zilon" not in str(logs)
    assert "makaroni" not in str(logs)


async def test_the_token_before_is_believed_while_it_is_being_changed(
    small_house: House, tmp_path: Path, mould: Path, knowledge: Knowledge, now: datetime
) -> None:
    fake, old = FakeTwilio(), FakeTwilio()
    old.account = fake.account
    folder = tmp_path / "sms"
    folder.mkdir()
    async with open_sms(folder, mould, knowledge, fake, now, old_twilio_auth_token=old.token) as sms:
        assert (await fake.brings(sms.client, ANNA, "viens")).status_code == 200
        assert (await old.brings(sms.client, ANNA, "divi")).status_code == 200
        stranger = FakeTwilio(account=fake.account)
        assert (await stranger.brings(sms.client, ANNA, "trīs")).status_code == 403


async def test_a_picture_is_noted_as_unreadable_and_its_words_are_kept(sms: Sms) -> None:
    picture = {"MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/jpeg"}
    assert (await sms.brings("mans bērns", media=1, **picture)).status_code == 200
    assert [(one.text, one.choice_id) for one in await sms.waiting()] == [("mans bērns", "unreadable")]


@pytest.mark.parametrize(("said", "choice"), [("STOP", "stop"), ("START", "resume"), ("HELP", "menu")])
async def test_what_the_carrier_took_as_a_keyword_is_obeyed_whatever_the_word(sms: Sms, said: str, choice: str) -> None:
    await sms.brings("ardievu pavisam", OptOutType=said)
    assert [one.choice_id for one in await sms.waiting()] == [choice]


async def test_stop_at_the_carrier_opts_the_person_out_and_start_in_again(sms: Sms) -> None:
    await sms.brings("nepatīk", OptOutType="STOP")
    await sms.settle()
    assert (await sms.subject()).opted_out_at == sms.now
    await sms.brings("atkal patīk", OptOutType="START")
    await sms.settle()
    assert (await sms.subject()).opted_out_at is None


@pytest.mark.parametrize("sender", ["Latvenergo", "1655", "whatsapp:+37120000001", "+", " "])
async def test_a_sender_that_is_no_telephone_is_not_answered(sms: Sms, sender: str) -> None:
    answer = await sms.fake.brings(sms.client, sender, "Jūsu rēķins")
    assert (answer.status_code, await sms.stored()) == (200, 0)


async def test_without_the_database_danger_is_answered_at_once_and_once(
    sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_inbox(sms, monkeypatch)
    message = sms.fake.receives(ANNA, "gribu nomirt")
    first = await sms.fake.posts(sms.client, SMS, sms.fake.fields_of(message))
    again = await sms.fake.posts(sms.client, SMS, sms.fake.fields_of(message))
    assert first.status_code == again.status_code == 200
    assert "<Message>" in first.text
    assert "116123" in first.text.replace(" ", "")
    assert again.text == NOTHING


async def test_without_the_database_an_ordinary_sms_is_asked_for_again(
    sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_inbox(sms, monkeypatch)
    with capture_logs() as logs:
        assert (await sms.brings("mans zilonītis")).status_code == 503
    assert "zilon" not in str(logs)


async def test_a_database_that_hangs_keeps_twilio_waiting_no_longer_than_it_may(
    sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_inbox(sms, monkeypatch, hang=True)
    monkeypatch.setattr("bot.doors.twilio_doors.LONGEST_WAIT", 0.05)
    async with asyncio.timeout(10):
        assert (await sms.brings("labdien")).status_code == 503
        assert "<Message>" in (await sms.brings("gribu nomirt")).text


async def test_whoever_rings_the_number_hears_the_office_in_both_languages(sms: Sms) -> None:
    fields = {"CallSid": "CA1", "From": ANNA, "To": sms.fake.number, "Whatever": "new"}
    answer = await sms.fake.posts(sms.client, "/webhooks/twilio/voice", fields)
    assert answer.status_code == 200
    assert answer.text.count("<Say") == 2
    assert "6 3 9 6 3 9 7 7" in answer.text
    assert "7 7" not in rung("lv", None)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300), signed=st.text(max_size=40), kind=st.sampled_from([*FORM.values(), "text/plain"]))
async def test_nothing_odd_is_accepted_or_breaks_a_door(sms: Sms, body: bytes, signed: str, kind: str) -> None:
    headers = {"content-type": kind, "x-twilio-signature": signed.encode("utf-8", "replace")}
    for path in (SMS, "/webhooks/twilio/status", "/webhooks/twilio/voice"):
        assert (await sms.client.post(path, content=body, headers=headers)).status_code == 403


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from(["Body", "From", "MessageSid", "NumMedia", "OptOutType", "AccountSid", "Me"]),
        st.text(st.characters(codec="utf-8"), max_size=80),
    )
)
async def test_nothing_odd_that_is_signed_breaks_a_door(sms: Sms, fields: dict[str, str]) -> None:
    for path in (SMS, "/webhooks/twilio/status"):
        assert (await sms.fake.posts(sms.client, path, fields)).status_code == 403


async def test_a_body_that_no_honest_message_needs_is_refused(sms: Sms) -> None:
    headers = {**FORM, "x-twilio-signature": "x"}
    assert (await sms.client.post(SMS, content=b"a" * 300_000, headers=headers)).status_code == 413
    many = "&".join(f"a{number}=1" for number in range(5000))
    assert (await sms.client.post(SMS, content=many, headers=headers)).status_code == 403
