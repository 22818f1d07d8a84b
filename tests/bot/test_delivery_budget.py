"""What SMS may cost an hour and a day; above it only danger cards and changes of appointments go out."""

from datetime import timedelta

import pytest
import structlog

from bot.channels.base import DeliveryError, Failure, Pace
from bot.delivery.sms_budget import SmsBudget, spent_segments
from bot.models import OutboundMessage, OutboundStatus, Purpose
from tests.bot.posts import Post, failing

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def limited(post: Post, *, an_hour: int = 4, a_day: int = 100) -> Post:
    """A post where every letter of a text costs one segment."""
    post.budget = SmsBudget(an_hour=an_hour, a_day=a_day, count=lambda reply: len(reply.text))
    post.delivery = post.delivery_on(post.database)
    return post


async def test_above_the_budget_only_cards_and_changes_go_out(any_post: Post) -> None:
    post = limited(any_post)
    for number in range(3):
        await post.queue(f"person {number}", "aa")
    await post.queue("anna", "answer")
    await post.queue("anna", "change", purpose=Purpose.CHANGE)
    await post.queue("janis", "answer")
    await post.queue("janis", "card", is_card=True)
    await post.send_all()
    assert post.provider.texts == ["card", "change"]
    assert await post.statuses() == ["queued"] * 4 + ["sent", "queued", "sent"]


async def test_the_budget_is_never_overdrawn_however_many_go_at_once(any_post: Post) -> None:
    any_post.provider.pace = Pace(at_once=8, has_one_sender=True)
    post = limited(any_post, an_hour=10)
    for number in range(20):
        await post.queue(f"person {number}", "aaa")
    await post.send_all()
    assert len(post.provider.sent) == 3
    async with post.database.reading() as session:
        assert await spent_segments(session, "sms", post.now) == (9, 9)


async def test_what_waits_goes_when_the_hour_is_over(post: Post) -> None:
    limited(post)
    await post.queue("anna", "aaaa")
    await post.queue("janis", "aaaa", expires_at=post.now + 3 * HOUR)
    await post.send_all()
    await post.send_all(post.now + 59 * MINUTE)
    assert len(post.provider.sent) == 1
    await post.send_all(post.now + 61 * MINUTE)
    assert len(post.provider.sent) == 2


async def test_what_waited_an_hour_for_the_budget_is_given_up_and_called_about(any_post: Post) -> None:
    post = limited(any_post, an_hour=100, a_day=4)
    await post.queue("anna", "aaaa")
    await post.send_all()
    await post.queue("janis", "aaaa", purpose=Purpose.PERSON)
    await post.queue("zane", "aaaa")
    await post.send_all(post.now + 59 * MINUTE)
    assert await post.statuses() == ["sent", "queued", "queued"]
    await post.send_all(post.now + HOUR)
    assert await post.statuses() == ["sent", "expired", "expired"]
    assert len(await post.calls()) == 1


async def test_the_day_has_a_limit_of_its_own(post: Post) -> None:
    limited(post, an_hour=4, a_day=6)
    for hour in range(3):
        now = post.now + hour * 2 * HOUR
        await post.queue(f"person {hour}", "aaa", now=now)
        await post.send_all(now)
    assert len(post.provider.sent) == 2


@pytest.mark.parametrize(("failure", "spent"), [(Failure.FOR_GOOD, 0), (Failure.LATER, 0), (Failure.UNKNOWN, 3)])
async def test_only_what_may_have_been_sent_has_a_price(post: Post, failure: Failure, spent: int) -> None:
    limited(post)
    await post.queue("anna", "aaa")
    post.provider.answer = failing(DeliveryError("code", failure))
    await post.send_all()
    async with post.database.reading() as session:
        assert await spent_segments(session, "sms", post.now) == (spent, spent)


async def test_a_message_sent_twice_is_paid_twice(post: Post) -> None:
    limited(post, an_hour=100)
    await post.queue("anna", "aaa")
    post.provider.answer = failing(DeliveryError("cut", Failure.UNKNOWN))
    await post.send_all()
    post.provider.answer = None
    await post.send_all(post.now + 2 * MINUTE)
    assert (await post.row()).segments == 6


async def test_other_channels_have_no_budget(post: Post) -> None:
    post.provider.name = "web"
    limited(post, an_hour=1)
    await post.queue("anna", "aaa", channel="web")
    await post.send_all()
    assert (await post.row()).segments == 0
    assert await post.statuses() == [OutboundStatus.SENT]


async def test_the_alarm_is_raised_once_an_hour(post: Post) -> None:
    limited(post, an_hour=1)
    await post.queue("anna", "aa", expires_at=post.now + 9 * HOUR)
    with structlog.testing.capture_logs() as logs:
        for minute in (0, 1, 30, 59, 61):
            await post.change(OutboundMessage, due_at=post.now + minute * MINUTE)
            await post.send_all(post.now + minute * MINUTE)
    assert [one["event"] for one in logs].count("sms_budget_reached") == 2
