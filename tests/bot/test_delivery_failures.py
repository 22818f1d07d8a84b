"""What follows a failed call: again after a pause, never again, or once more when the answer was lost."""

import asyncio
from datetime import timedelta

import pytest

from booking.subjects import Subject
from bot.channels.base import Consequence, DeliveryError, Failure, Outgoing
from bot.models import OutboundMessage, OutboundStatus, Purpose
from tests.bot.posts import Post, failing

PAUSES = [5, 15, 45, 135, 405, 1215, 1800]
"""Seconds between the eight tries."""

SECOND = timedelta(seconds=1)
MINUTE = timedelta(seconds=60)
NEUTRAL = "Ziņu šim iedzīvotājam neizdevās piegādāt"


async def test_a_refusal_for_good_is_final_and_the_text_goes(post: Post) -> None:
    await post.queue("anna", "first", "second")
    post.provider.answer = failing(DeliveryError("blocked", Failure.FOR_GOOD))
    await post.send_all()
    await post.send_all(post.now + timedelta(days=1))
    rows = await post.rows()
    assert [(row.status, row.error, row.attempts, row.body) for row in rows] == [("failed", "blocked", 1, None)] * 2


async def test_a_message_is_tried_eight_times_with_growing_pauses(post: Post) -> None:
    await post.queue("anna", "text")
    post.provider.answer = failing(DeliveryError("busy", Failure.LATER))
    now, pauses = post.now, []
    while (row := await post.row()).status == OutboundStatus.QUEUED and len(pauses) < 20:
        pauses.append(round((row.due_at - now).total_seconds()))
        now = row.due_at
        await post.send_all(now - SECOND)
        assert (await post.row()).attempts == row.attempts
        await post.send_all(now)
    assert pauses == [0, *PAUSES]
    row = await post.row()
    assert (row.status, row.attempts, row.body) == (OutboundStatus.FAILED, 8, None)


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 3.75), (0.5, 5.0), (1.0, 6.25)])
async def test_pauses_are_spread_so_that_not_everything_comes_at_once(post: Post, chance: float, pause: float) -> None:
    await post.queue("anna", "text")
    post.delivery._senders["sms"].chance = lambda: chance
    post.provider.answer = failing(DeliveryError("busy", Failure.LATER))
    await post.send_all()
    row = await post.row()
    assert (row.due_at - row.changed_at).total_seconds() == pause


async def test_too_many_requests_waits_as_long_as_asked_and_counts_as_no_try(post: Post) -> None:
    await post.queue("anna", "text")
    wait = timedelta(seconds=77)
    post.provider.answer = failing(DeliveryError("429", Failure.LATER, retry_after=wait))
    now = post.now
    for _ in range(12):
        now += wait + SECOND
        await post.send_all(now)
        row = await post.row()
        assert (row.status, row.attempts) == (OutboundStatus.QUEUED, 0)
        assert (row.due_at - now).total_seconds() == pytest.approx(77, abs=0.5)
    post.provider.answer = None
    await post.send_all(now + wait - SECOND)
    assert post.provider.sent == []
    await post.send_all(now + wait + SECOND)
    assert post.provider.sent == [("anna", "text")]


@pytest.mark.parametrize("error", [DeliveryError("cut", Failure.UNKNOWN), RuntimeError("+37120000001"), OSError()])
async def test_a_lost_answer_leads_to_one_repeat_after_a_minute_and_no_more(post: Post, error: Exception) -> None:
    await post.queue("anna", "text")
    calls: list[str] = []

    async def lose(message: Outgoing) -> None:
        calls.append(message.reply.text)
        raise error

    post.provider.answer = lose
    await post.send_all()
    await post.send_all(post.now + MINUTE - SECOND)
    row = await post.row()
    assert (calls, row.status, row.lost_answers) == (["text"], OutboundStatus.QUEUED, 1)
    await post.send_all(post.now + MINUTE + SECOND)
    await post.send_all(post.now + timedelta(days=1))
    row = await post.row()
    assert (calls, row.status, row.lost_answers, row.body) == (["text"] * 2, OutboundStatus.UNKNOWN, 2, None)
    assert "+371" not in (row.error or "")


async def test_a_channel_that_never_answers_is_a_lost_answer(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.sending.LONGEST_CALL", timedelta(seconds=0))
    await post.queue("anna", "text")

    async def hang(_message: Outgoing) -> None:
        await asyncio.Event().wait()

    post.provider.answer = hang
    await post.send_all()
    row = await post.row()
    assert (row.status, row.error, row.lost_answers) == (OutboundStatus.QUEUED, "no_answer", 1)


async def test_a_process_that_dies_twice_over_a_message_leaves_it_unknown(any_post: Post) -> None:
    await any_post.queue("anna", "text", purpose=Purpose.PERSON)
    for number in range(2):
        later = any_post.now + number * timedelta(minutes=5)
        await any_post.change(OutboundMessage, status=OutboundStatus.SENDING, changed_at=later)
        assert await any_post.delivery.take_up_lost(later + MINUTE + SECOND) == 1
    row = await any_post.row()
    assert (row.status, row.lost_answers) == (OutboundStatus.UNKNOWN, 2)
    assert await any_post.calls() == [("call", "undelivered", "text")]


@pytest.mark.parametrize("purpose", [Purpose.CARD, Purpose.CHANGE, Purpose.PERSON, Purpose.ANSWER])
async def test_what_must_be_told_and_could_not_be_becomes_a_call(any_post: Post, purpose: Purpose) -> None:
    await any_post.queue("anna", "text", purpose=purpose, is_card=purpose == Purpose.CARD)
    any_post.provider.answer = failing(DeliveryError("no_such", Failure.FOR_GOOD))
    await any_post.send_all()
    words = [text for _, _, text in await any_post.calls()]
    match purpose:
        case Purpose.ANSWER:
            assert words == []
        case Purpose.CARD:
            assert [NEUTRAL in text for text in words] == [True]
        case _:
            assert words == ["text"]


async def test_several_failures_of_one_person_are_one_call(any_post: Post) -> None:
    await any_post.queue("anna", "one", "two", "two", purpose=Purpose.CHANGE)
    await any_post.queue("janis", "three", purpose=Purpose.CHANGE)
    any_post.provider.answer = failing(DeliveryError("no_such", Failure.FOR_GOOD))
    await any_post.send_all()
    assert sorted(text for _, _, text in await any_post.calls()) == ["one\n\ntwo", "three"]


async def test_a_landline_is_called_instead_even_about_an_answer(post: Post) -> None:
    await post.queue("anna", "text")
    post.provider.answer = failing(DeliveryError("21614", Failure.FOR_GOOD, consequence=Consequence.CALL_INSTEAD))
    await post.send_all()
    ((kind, reason, words),) = await post.calls()
    assert (kind, reason) == ("call", "undelivered")
    assert words.startswith(NEUTRAL)


async def test_who_told_the_provider_to_stop_has_stopped_with_us_too(post: Post) -> None:
    subject, _, _ = await post.meet("anna")
    await post.queue("anna", "text")
    post.provider.answer = failing(DeliveryError("21610", Failure.FOR_GOOD, consequence=Consequence.OPTED_OUT))
    await post.send_all()
    async with post.database.reading() as session:
        assert (await session.get_one(Subject, subject.id)).opted_out_at is not None
    assert (await post.row()).status == OutboundStatus.FAILED


@pytest.mark.parametrize(
    ("purpose", "hours"),
    [(Purpose.ANSWER, 4), (Purpose.PERSON, 4), (Purpose.CARD, 4), (Purpose.CHANGE, 24)],
)
async def test_what_comes_hours_too_late_is_not_sent_any_more(post: Post, purpose: Purpose, hours: int) -> None:
    await post.queue("anna", "text", purpose=purpose)
    await post.queue("janis", "text", purpose=purpose)
    await post.change(OutboundMessage, due_at=post.now + timedelta(hours=hours))
    await post.send_all(post.now + timedelta(hours=hours))
    assert await post.statuses() == ["expired", "expired"]
    assert post.provider.sent == []
    assert len(await post.calls()) == (0 if purpose == Purpose.ANSWER else 2)
