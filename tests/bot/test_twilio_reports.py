"""Reports of Twilio about our messages, and the reading of its list for what it could not bring."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.house import House
from bot.models import OutboundMessage, OutboundStatus
from flows.turn import Knowledge
from tests.bot.twilio_service import ANNA, Sms, be_patient, open_sms
from tests.providers.fake_twilio import PUBLIC_URL, Mood, fake_twilio, signature

STATUS = "/webhooks/twilio/status"


@pytest.fixture
async def sms(
    small_house: House,
    tmp_path: Path,
    mould: Path,
    knowledge: Knowledge,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Sms]:
    be_patient(monkeypatch)
    folder = tmp_path / "sms"
    folder.mkdir()
    async with fake_twilio(now) as fake, open_sms(folder, mould, knowledge, fake, now) as opened:
        yield opened


async def row(sms: Sms) -> OutboundMessage:
    async with sms.house.database.reading() as session:
        return (await session.scalars(select(OutboundMessage).order_by(OutboundMessage.position).limit(1))).one()


async def first_answer(sms: Sms) -> dict[str, object]:
    """Anna has written and was answered; the first answer as Twilio has it."""
    await sms.brings("labdien")
    await sms.settle()
    return next(one for one in sms.fake.messages if one["direction"] == "outbound-api")


async def test_a_report_moves_a_message_forward_and_never_back(sms: Sms) -> None:
    message = await first_answer(sms)
    assert (await row(sms)).status == OutboundStatus.SENT
    for status in ("delivered", "sent", "failed", "queued"):
        assert (await sms.fake.reports(sms.client, message, status)).status_code == 204
        assert (await row(sms)).status == OutboundStatus.DELIVERED


async def test_a_report_proves_that_a_message_was_taken_though_its_answer_was_lost(sms: Sms) -> None:
    sms.fake.moods.append(Mood.CUT)
    message = await first_answer(sms)
    assert (await row(sms)).status == OutboundStatus.QUEUED
    await sms.fake.reports(sms.client, message, "queued")
    assert (await row(sms)).status == OutboundStatus.SENT
    await sms.settle()
    assert len(set(sms.fake.sent_to(ANNA))) == len(sms.fake.sent_to(ANNA))


@pytest.mark.parametrize(("code", "is_out"), [("21610", True), ("30003", False)])
async def test_a_report_of_failure_has_the_consequences_of_a_failed_call(sms: Sms, code: str, is_out: bool) -> None:
    message = await first_answer(sms)
    await sms.fake.reports(sms.client, message, "undelivered", code)
    assert (await row(sms)).status == OutboundStatus.FAILED
    assert ((await sms.subject()).opted_out_at is not None) is is_out


async def test_a_report_about_nothing_of_ours_changes_nothing(sms: Sms) -> None:
    message = await first_answer(sms)
    ours = (await row(sms)).id
    for address in ("?id=" + "0" * 32, "?id=x", "", f"?id={ours}&id=1", f"?a=1&id={ours}"):
        told = message | {"status_callback": STATUS + address}
        assert (await sms.fake.reports(sms.client, told, "failed", "30003")).status_code == 204
    assert (await row(sms)).status == OutboundStatus.SENT


async def test_a_report_with_another_address_than_the_signed_one_is_refused(sms: Sms) -> None:
    message = await first_answer(sms)
    fields = {"MessageSid": str(message["sid"]), "MessageStatus": "failed", "AccountSid": sms.fake.account}
    headers = {
        "x-twilio-signature": signature(sms.fake.token, f"{PUBLIC_URL}{STATUS}?id=" + "0" * 32, fields),
        "content-type": "application/x-www-form-urlencoded",
    }
    ours = (await row(sms)).id
    answer = await sms.client.post(f"{STATUS}?id={ours}", content=urlencode(fields), headers=headers)
    assert answer.status_code == 403
    assert (await row(sms)).status == OutboundStatus.SENT


async def test_what_twilio_could_not_bring_is_read_from_its_list_once(sms: Sms) -> None:
    await sms.brings("pirmā")
    sms.fake.receives(ANNA, "otrā")
    sms.fake.receives("+37120000002", "cita")
    assert await sms.doors.reconcile(sms.now) == 2
    assert await sms.doors.reconcile(sms.now) == 0
    assert [one.text for one in await sms.waiting()] == ["pirmā", "otrā"]
    assert [one.text for one in await sms.waiting("+37120000002")] == ["cita"]
    assert len(sms.woken) == 3


async def test_what_is_known_already_is_not_even_looked_up(sms: Sms, monkeypatch: pytest.MonkeyPatch) -> None:
    await sms.brings("pirmā")
    sms.fake.receives(ANNA, "otrā")
    await sms.doors.reconcile(sms.now)
    monkeypatch.setattr(sms.house.inbox, "accept", None)
    assert await sms.doors.reconcile(sms.now) == 0


async def test_a_restart_reads_nothing_twice(sms: Sms) -> None:
    await sms.brings("pirmā")
    sms.doors._seen.clear()
    assert await sms.doors.reconcile(sms.now) == 0
    assert await sms.stored() == 1


async def test_a_webhook_after_the_list_was_read_changes_nothing(sms: Sms) -> None:
    message = sms.fake.receives(ANNA, "labdien")
    assert await sms.doors.reconcile(sms.now) == 1
    answer = await sms.fake.posts(sms.client, "/webhooks/twilio/sms", sms.fake.fields_of(message))
    assert answer.status_code == 200
    assert await sms.stored() == 1


async def test_a_list_that_cannot_be_read_is_noted_and_stops_nothing(sms: Sms) -> None:
    sms.fake.token = "0" * 32
    with capture_logs() as logs:
        assert await sms.doors.reconcile(sms.now) == 0
    assert [(one["event"], one["code"]) for one in logs] == [("reconcile_failed", "20003")]


async def test_a_field_that_twilio_adds_delays_a_message_but_loses_none(sms: Sms) -> None:
    """Strange fields are not believed, but the list is asked at once whether there is such a message."""
    answer = await sms.brings("labdien", BrandNewField="1")
    assert answer.status_code == 403
    for task in list(sms.doors._in_time._working):
        await task
    assert [one.text for one in await sms.waiting()] == ["labdien"]
