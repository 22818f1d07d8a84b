"""What goes first, what goes at once, and what holds up whom."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.channels.base import DeliveryError, Failure, Outgoing, Pace
from bot.delivery.claiming import Claimer, find_due
from bot.delivery.delivery import Delivery
from bot.delivery.leases import Leases
from bot.delivery.opened_message import open_message
from bot.delivery.pacing import Pacer
from bot.models import OutboundMessage, OutboundStatus, Purpose
from flows.models import Conversation
from tests.booking.residents import SECRET
from tests.bot.posts import Post, Provider, failing

SECOND = timedelta(seconds=1)


async def test_a_danger_card_goes_before_everything_else(any_post: Post) -> None:
    for number in range(5):
        await any_post.queue(f"person {number}", "old")
    await any_post.queue("anna", "old")
    await any_post.queue("anna", "card", is_card=True)
    await any_post.send_all()
    assert any_post.provider.sent[0] == ("anna", "card")
    assert len(any_post.provider.sent) == 7


async def test_a_danger_card_does_not_wait_for_what_its_own_talk_waits_for(any_post: Post) -> None:
    await any_post.queue("anna", "old", "older still waiting")
    any_post.provider.answer = failing(DeliveryError("busy", Failure.LATER))
    await any_post.send_all()
    any_post.provider.answer = None
    await any_post.queue("anna", "card 1", is_card=True)
    await any_post.queue("anna", "card 2", is_card=True)
    await any_post.send_all()
    assert any_post.provider.texts == ["card 1", "card 2"]


async def test_nothing_of_a_talk_goes_before_its_danger_cards_and_they_keep_their_order(any_post: Post) -> None:
    await any_post.queue("anna", "old")
    await any_post.queue("anna", "card 1", "card 2", is_card=True)

    async def busy_for_the_first(message: Outgoing) -> None:
        if message.reply.text == "card 1" and message.now < any_post.now + SECOND:
            raise DeliveryError("busy", Failure.LATER)

    any_post.provider.answer = busy_for_the_first
    await any_post.send_all()
    assert any_post.provider.sent == []
    await any_post.send_all(any_post.now + 6 * SECOND)
    assert any_post.provider.texts == ["card 1", "card 2", "old"]


async def test_a_danger_card_does_not_wait_for_a_call_that_hangs(any_post: Post) -> None:
    await any_post.queue("anna", "old")
    await any_post.change(OutboundMessage, status=OutboundStatus.SENDING)
    await any_post.queue("anna", "card", is_card=True)
    await any_post.queue("anna", "new")
    await any_post.send_all()
    assert any_post.provider.texts == ["card"]


async def test_several_calls_run_at_once_but_never_two_of_one_talk(any_post: Post) -> None:
    any_post.with_pace(at_once=4)
    for number in range(6):
        await any_post.queue(f"person {number}", "1", "2", "3")
    running: Counter[str] = Counter()
    most: list[int] = []
    each: list[int] = []
    four_at_once = asyncio.Event()

    async def watch(message: Outgoing) -> None:
        running[message.address] += 1
        most.append(running.total())
        each.append(running[message.address])
        if running.total() == 4:
            four_at_once.set()
        async with asyncio.timeout(20):
            await four_at_once.wait()
        running[message.address] -= 1

    any_post.provider.answer = watch
    await any_post.send_all()
    assert (max(most), max(each)) == (4, 1)
    for number in range(6):
        assert [text for to, text in any_post.provider.sent if to == f"person {number}"] == ["1", "2", "3"]


async def test_a_provider_that_hangs_holds_up_no_other_channel(any_post: Post) -> None:
    telegram = Provider("telegram")
    web_sent = asyncio.Event()
    delivery = Delivery(any_post.database, any_post.keyring, {"sms": any_post.provider, "telegram": telegram}, SECRET)
    await any_post.queue("anna", "text")
    await any_post.queue("janis", "1", "2", channel="telegram")

    async def hang(_message: Outgoing) -> None:
        async with asyncio.timeout(20):
            await web_sent.wait()

    async def go(message: Outgoing) -> None:
        if message.reply.text == "2":
            web_sent.set()

    any_post.provider.answer, telegram.answer = hang, go
    assert await delivery.deliver_due(any_post.now) == 3


async def test_a_fault_on_one_channel_leaves_the_others_their_turn(post: Post) -> None:
    telegram = Provider("telegram")
    delivery = Delivery(post.database, post.keyring, {"sms": post.provider, "telegram": telegram}, SECRET)
    await post.queue("anna", "text")
    await post.queue("janis", "text", channel="telegram")
    post.provider.answer = failing(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await delivery.deliver_due(post.now)
    assert telegram.sent == [("janis", "text")]


async def test_a_pause_that_another_process_set_is_kept(any_post: Post) -> None:
    await any_post.queue("anna", "text")
    async with any_post.database.reading() as session:
        ((row, subject),) = await find_due(session, "sms", any_post.now, limit=1, is_over_budget=False)
    as_read = await open_message(row, subject, any_post.keyring)
    any_post.provider.answer = failing(DeliveryError("busy", Failure.LATER))
    await any_post.send_all()
    claimer = Claimer(Leases(any_post.database), None)
    async with any_post.database.writing() as session:
        claim = await claimer.claim(session, as_read, any_post.now, pace=Pace())
    assert claim.attempt is None
    assert await any_post.statuses() == ["queued"]


async def test_no_more_a_second_than_the_provider_wants(post: Post) -> None:
    post.with_pace(a_second=3.0)
    for number in range(8):
        await post.queue(f"person {number}", "text")
    counts = []
    for second in range(4):
        await post.delivery.deliver_due(post.now + second * SECOND)
        counts.append(len(post.provider.sent))
    assert counts == [3, 6, 8, 8]


async def test_a_chat_rests_between_two_messages_while_others_go_on(post: Post) -> None:
    post.with_pace(chat_rests=SECOND)
    await post.queue("anna", "1", "2")
    await post.queue("janis", "1")
    await post.send_all()
    assert sorted(post.provider.sent) == [("anna", "1"), ("janis", "1")]
    await post.send_all(post.now + 2 * SECOND)
    assert post.provider.sent[2:] == [("anna", "2")]


def test_a_clock_that_goes_back_gives_no_tokens_and_stops_nobody(post: Post) -> None:
    post.with_pace(a_second=1.0, chat_rests=SECOND)
    pacer = Pacer(post.provider.pace)
    pacer.has_token(post.now)
    pacer.use("talk", post.now)
    assert not pacer.has_token(post.now - timedelta(days=1))
    assert not pacer.is_resting("talk", post.now - timedelta(days=1))
    assert pacer.has_token(post.now - timedelta(days=1) + SECOND)


@pytest.mark.parametrize("purpose", [one for one in Purpose if one != Purpose.WITHDRAWAL])
async def test_only_the_assistants_answers_fall_silent_when_another_speaks(post: Post, purpose: Purpose) -> None:
    await post.queue("anna", "text", purpose=purpose)
    await post.change(Conversation, speaker_epoch=1)
    await post.send_all()
    is_silent = purpose == Purpose.ANSWER
    assert (post.provider.sent == [], await post.statuses() == ["cancelled"]) == (is_silent, is_silent)


async def test_stopping_lets_the_call_in_hand_come_to_its_end(any_post: Post) -> None:
    await any_post.queue("anna", "1", "2")
    begun, ends = asyncio.Event(), asyncio.Event()

    async def slow(_message: Outgoing) -> None:
        begun.set()
        await ends.wait()

    any_post.provider.answer = slow
    loop = asyncio.create_task(any_post.delivery.deliver("sms", any_post.now))
    await begun.wait()
    stopping = asyncio.create_task(any_post.delivery.stop(any_post.now))
    await asyncio.sleep(0)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    ends.set()
    await stopping
    assert await any_post.statuses() == ["sent", "queued"]


async def test_stopping_waits_no_longer_than_it_may(post: Post) -> None:
    await post.queue("anna", "text")
    begun = asyncio.Event()

    async def hang(_message: Outgoing) -> None:
        begun.set()
        await asyncio.Event().wait()

    post.provider.answer = hang
    loop = asyncio.create_task(post.delivery.deliver("sms", post.now))
    await begun.wait()
    await post.delivery.stop(post.now, timedelta(0))
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert await post.statuses() == ["sending"]
