"""Reports of the provider: they move a message forward only, and a message once lost is known by them."""

from datetime import timedelta

import pytest

from booking.subjects import Subject
from bot.channels.base import Consequence, DeliveryError, Failure, Outgoing
from bot.models import OutboundMessage, OutboundStatus, Purpose
from tests.bot.posts import Post, failing

LATER = timedelta(minutes=2)


async def report(
    post: Post, status: OutboundStatus, code: str | None = None, consequence: Consequence | None = None
) -> bool:
    """A report about the newest row."""
    newest = (await post.rows())[-1]
    async with post.database.writing() as session:
        return await post.delivery.record_status(session, newest.id, status, code, post.now, consequence)


@pytest.mark.parametrize(
    ("before", "reported", "after"),
    [
        ("sending", "sent", "sent"),
        ("sending", "delivered", "delivered"),
        ("sending", "failed", "failed"),
        ("sent", "delivered", "delivered"),
        ("sent", "failed", "failed"),
        ("sent", "sent", "sent"),
        ("delivered", "sent", "delivered"),
        ("delivered", "failed", "delivered"),
        ("failed", "delivered", "failed"),
        ("failed", "sent", "failed"),
        ("unknown", "delivered", "delivered"),
        ("unknown", "failed", "failed"),
        ("queued", "delivered", "queued"),
        ("cancelled", "delivered", "cancelled"),
        ("expired", "sent", "expired"),
    ],
)
async def test_a_report_moves_a_message_forward_only(post: Post, before: str, reported: str, after: str) -> None:
    await post.queue("anna", "text")
    await post.change(OutboundMessage, status=OutboundStatus(before))
    changes = await report(post, OutboundStatus(reported))
    assert (await post.row()).status == after
    assert changes == (before != after)


async def test_reports_in_any_order_end_in_the_furthest(any_post: Post) -> None:
    await any_post.queue("anna", "text")
    await any_post.send_all()
    for status in (OutboundStatus.DELIVERED, OutboundStatus.SENT, OutboundStatus.FAILED, OutboundStatus.DELIVERED):
        await report(any_post, status)
    assert await any_post.statuses() == ["delivered"]


@pytest.mark.parametrize("reported", [OutboundStatus.SENT, OutboundStatus.DELIVERED])
async def test_a_message_whose_answer_was_lost_is_not_sent_again_once_it_is_reported(
    any_post: Post, reported: OutboundStatus
) -> None:
    await any_post.queue("anna", "text")
    any_post.provider.answer = failing(DeliveryError("cut", Failure.UNKNOWN))
    await any_post.send_all()
    any_post.provider.answer = None
    assert await report(any_post, reported)
    await any_post.send_all(any_post.now + LATER)
    assert any_post.provider.sent == []
    assert await any_post.statuses() == [reported]


async def test_a_report_about_a_message_nobody_knows_changes_nothing(post: Post) -> None:
    await post.queue("anna", "text")
    async with post.database.writing() as session:
        assert not await post.delivery.record_status(session, "0" * 32, OutboundStatus.DELIVERED, None, post.now)
    assert await post.statuses() == ["queued"]


async def test_a_reported_failure_has_the_consequences_of_a_failed_call(any_post: Post) -> None:
    subject, _, _ = await any_post.meet("anna")
    await any_post.queue("anna", "the change", purpose=Purpose.CHANGE)
    await any_post.send_all()
    assert await report(any_post, OutboundStatus.FAILED, "21610", Consequence.OPTED_OUT)
    row = await any_post.row()
    assert (row.status, row.error, row.body) == ("failed", "21610", None)
    assert await any_post.calls() == [("call", "undelivered", "the change")]
    async with any_post.database.reading() as session:
        assert (await session.get_one(Subject, subject.id)).opted_out_at is not None


async def test_staff_are_not_asked_twice_to_call_about_one_message(post: Post) -> None:
    await post.queue("anna", "the change", purpose=Purpose.CHANGE)
    post.provider.answer = failing(DeliveryError("cut", Failure.UNKNOWN))
    await post.send_all()
    await post.send_all(post.now + LATER)
    before = await post.calls()
    await report(post, OutboundStatus.FAILED, "30003")
    assert await post.calls() == before == [("call", "undelivered", "the change")]


@pytest.mark.parametrize("reported", [OutboundStatus.DELIVERED, OutboundStatus.FAILED])
@pytest.mark.parametrize("error", [None, DeliveryError("late", Failure.LATER), DeliveryError("x", Failure.FOR_GOOD)])
async def test_a_report_that_was_quicker_than_the_answer_stands(
    post: Post, reported: OutboundStatus, error: DeliveryError | None
) -> None:
    await post.queue("anna", "text")

    async def report_first(_message: Outgoing) -> None:
        await post.change(OutboundMessage, status=reported)
        if error:
            raise error

    post.provider.answer = report_first
    await post.send_all()
    await post.send_all(post.now + timedelta(days=1))
    row = await post.row()
    assert (row.status, row.attempts) == (reported, 1)


async def test_a_call_that_was_given_up_for_lost_says_nothing_about_the_next_one(any_post: Post) -> None:
    await any_post.queue("anna", "text")

    async def be_taken_up(_message: Outgoing) -> None:
        # The process slept for minutes; another took the message up and is just sending it.
        await any_post.change(OutboundMessage, attempts=2, lost_answers=1)
        raise DeliveryError("blocked", Failure.FOR_GOOD)

    any_post.provider.answer = be_taken_up
    await any_post.delivery.deliver_due(any_post.now)
    row = await any_post.row()
    assert (row.status, row.attempts, row.body is None) == (OutboundStatus.SENDING, 2, False)
