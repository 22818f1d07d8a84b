"""Taking messages back after an erasure: the provider's ids are kept sealed, for two days, and then used once."""

from datetime import timedelta

import pytest

from bot import outbox
from bot.channels.base import DeliveryError, Failure, Outgoing
from bot.models import OutboundMessage, OutboundStatus, Purpose
from flows.messages import Reply
from tests.bot.posts import Post, Provider


def numbering(prefix: str = "SM") -> Provider:
    """A provider that gives two ids to every message."""

    async def answer(message: Outgoing) -> tuple[str, ...]:
        return (f"{prefix}-{message.reply.text}-1", f"{prefix}-{message.reply.text}-2")

    return Provider(answer=answer)


async def withdrawable(post: Post, address: str, since: timedelta) -> list[str]:
    _, conversation, key = await post.meet(address)
    async with post.database.reading() as session:
        return await outbox.withdrawable(session, conversation.id, key, post.now - since)


async def test_what_the_provider_calls_a_message_is_kept_sealed(any_post: Post) -> None:
    any_post.provider.answer = numbering().answer
    await any_post.queue("anna", "a", "b")
    await any_post.queue("janis", "c")
    await any_post.send_all()
    assert await withdrawable(any_post, "anna", timedelta(hours=48)) == ["SM-a-1", "SM-a-2", "SM-b-1", "SM-b-2"]
    assert all(b"SM-" not in (row.provider_ids or b"") for row in await any_post.rows())


async def test_only_what_was_sent_since_then_can_be_taken_back(post: Post) -> None:
    post.provider.answer = numbering().answer
    await post.queue("anna", "a")
    await post.send_all()
    assert await withdrawable(post, "anna", -timedelta(hours=1)) == []


async def test_ids_that_nobody_can_open_keep_no_other_from_being_taken_back(post: Post) -> None:
    post.provider.answer = numbering().answer
    await post.queue("anna", "a")
    await post.send_all()
    await post.change(OutboundMessage, provider_ids=b"damaged")
    await post.queue("anna", "b")
    await post.send_all()
    assert await withdrawable(post, "anna", timedelta(hours=48)) == ["SM-b-1", "SM-b-2"]


async def test_a_report_that_was_quicker_takes_nothing_from_the_ids(post: Post) -> None:
    await post.queue("anna", "a")

    async def report_first(_message: Outgoing) -> tuple[str, ...]:
        await post.change(OutboundMessage, status=OutboundStatus.DELIVERED)
        return ("SM-1",)

    post.provider.answer = report_first
    await post.send_all()
    assert (await post.row()).status == OutboundStatus.DELIVERED
    assert await withdrawable(post, "anna", timedelta(hours=48)) == ["SM-1"]


async def withdraw(post: Post, *ids: str) -> str | None:
    _, conversation, key = await post.meet("anna")
    async with post.database.writing() as session:
        made = outbox.enqueue_withdrawal(session, conversation, ids, key=key, now=post.now)
        outbox.enqueue(session, conversation, [Reply("gone")], key=key, now=post.now)
    return made


async def test_messages_are_taken_back_by_their_ids(any_post: Post) -> None:
    await withdraw(any_post, "SM-1", "SM-2")
    await any_post.send_all()
    assert any_post.provider.withdrawn == [("anna", ("SM-1", "SM-2"))]
    assert any_post.provider.texts == ["gone"]
    assert await any_post.statuses() == ["sent", "sent"]


async def test_nothing_to_take_back_is_no_row(post: Post) -> None:
    assert await withdraw(post) is None
    assert len(await post.rows()) == 1


async def test_taking_back_is_tried_again_and_holds_up_no_answer(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    await withdraw(post, "SM-1")

    async def refuse(_address: str, _ids: tuple[str, ...]) -> None:
        raise DeliveryError("busy", Failure.LATER)

    with monkeypatch.context() as patch:
        patch.setattr(post.provider, "withdraw", refuse)
        await post.send_all()
    assert (post.provider.texts, await post.statuses()) == (["gone"], ["queued", "sent"])
    await post.send_all(post.now + timedelta(minutes=1))
    assert post.provider.withdrawn == [("anna", ("SM-1",))]


class Plain:
    """A channel that can take nothing back."""

    name = "sms"
    pace = Provider().pace

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        return (message.id,)


async def test_a_channel_that_can_take_nothing_back_fails_without_a_call(post: Post) -> None:
    await withdraw(post, "SM-1")
    post.delivery._senders["sms"].channel = Plain()
    await post.send_all()
    assert (await post.statuses(), await post.calls()) == (["failed", "sent"], [])


async def test_taking_back_comes_to_nothing_after_two_days(post: Post) -> None:
    await withdraw(post, "SM-1")
    await post.send_all(post.now + timedelta(hours=48))
    rows = await post.rows()
    assert (rows[0].purpose, rows[0].status) == (Purpose.WITHDRAWAL, OutboundStatus.EXPIRED)
    assert post.provider.withdrawn == []
