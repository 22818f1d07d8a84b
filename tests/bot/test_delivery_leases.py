"""One sending process for a channel: by a lease that lapses, and is renewed or given back."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import Outgoing
from bot.database import Database
from bot.delivery.leases import LASTS, LONGEST_CALL, Leases
from bot.models import OutboundStatus, SenderLease
from tests.bot.posts import Post, Provider

SECOND = timedelta(seconds=1)


async def test_only_one_process_holds_a_channel_until_its_lease_lapses(any_post: Post) -> None:
    ours, theirs = Leases(any_post.database), Leases(any_post.database)
    now = any_post.now
    assert await ours.hold("sms", now)
    assert not await theirs.hold("sms", now + LASTS - SECOND)
    assert await theirs.hold("telegram", now)
    assert await theirs.hold("sms", now + LASTS)
    assert not await ours.hold("sms", now + LASTS + SECOND)


async def test_a_lease_is_renewed_long_before_it_lapses(any_post: Post) -> None:
    ours, theirs = Leases(any_post.database), Leases(any_post.database)
    for number in range(12):
        assert await ours.hold("sms", any_post.now + number * 10 * SECOND)
    assert not await theirs.hold("sms", any_post.now + 120 * SECOND)


async def test_a_lease_given_back_is_free_at_once(any_post: Post) -> None:
    ours, theirs = Leases(any_post.database), Leases(any_post.database)
    assert await ours.hold("sms", any_post.now)
    await ours.give_back(any_post.now)
    assert await theirs.hold("sms", any_post.now)
    assert not await ours.hold("sms", any_post.now)


async def test_nothing_is_claimed_on_a_lease_that_may_lapse_during_the_call(any_post: Post) -> None:
    ours, last = Leases(any_post.database), any_post.now + LASTS - LONGEST_CALL
    assert await ours.hold("sms", any_post.now)
    async with any_post.database.writing() as session:
        assert await ours.confirm(session, "sms", last)
        assert not await ours.confirm(session, "sms", last + SECOND)


async def test_of_many_that_ask_at_once_one_gets_the_lease(any_post: Post) -> None:
    databases = [Database(any_post.database.url) for _ in range(4)]
    leases = [Leases(one) for one in databases for _ in range(2)]
    got = await asyncio.gather(*(one.hold("sms", any_post.now) for one in leases))
    for database in databases:
        await database.close()
    assert sum(got) == 1


async def test_who_lost_the_lease_claims_nothing_more(any_post: Post) -> None:
    any_post.with_pace(has_one_sender=True)
    await any_post.queue("anna", "1", "2")
    thief = Leases(any_post.database)

    async def stall(_message: Outgoing) -> None:
        # As when the process was stopped for minutes here and another took over meanwhile.
        assert await thief.hold("sms", any_post.now + 2 * LASTS)

    any_post.provider.answer = stall
    await any_post.delivery.deliver_due(any_post.now)
    assert any_post.provider.texts == ["1"]
    assert await any_post.statuses() == ["sent", "queued"]


async def test_two_processes_never_send_for_one_channel_at_the_same_time(any_post: Post) -> None:
    any_post.with_pace(has_one_sender=True, at_once=3)
    other_database = Database(any_post.database.url)
    theirs = Provider(pace=any_post.provider.pace)
    other = any_post.delivery_on(other_database, theirs)
    sent: Counter[tuple[str, str]] = Counter()
    by: dict[int, set[str]] = {}
    for number in range(8):
        await any_post.queue(f"person {number}", "1", "2")

    def keeping(provider: Provider, who: str, turn: int) -> None:
        async def keep(message: Outgoing) -> None:
            sent[(message.address, message.reply.text)] += 1
            by.setdefault(turn, set()).add(who)

        provider.answer = keep

    for turn in range(3):
        keeping(any_post.provider, "ours", turn)
        keeping(theirs, "theirs", turn)
        moment = any_post.now + turn * SECOND
        await asyncio.gather(any_post.delivery.deliver_due(moment), other.deliver_due(moment))
    await other_database.close()
    assert set(sent.values()) == {1}
    assert len(sent) == 16
    assert all(len(who) == 1 for who in by.values())


async def test_the_next_process_goes_on_where_one_stopped(any_post: Post) -> None:
    any_post.with_pace(has_one_sender=True)
    await any_post.queue("anna", "1")
    await any_post.send_all()
    other = any_post.delivery_on(any_post.database)
    await any_post.queue("anna", "2")
    assert await other.deliver_due(any_post.now) == 0
    await any_post.delivery.stop(any_post.now)
    assert await other.deliver_due(any_post.now) == 1
    assert await any_post.statuses() == [OutboundStatus.SENT] * 2


@pytest.mark.parametrize("has_one_sender", [True, False])
async def test_channels_inside_the_house_need_no_lease(post: Post, has_one_sender: bool) -> None:
    post.with_pace(has_one_sender=has_one_sender)
    await post.queue("anna", "text")
    await post.send_all()
    async with post.database.reading() as session:
        assert len((await session.scalars(select(SenderLease))).all()) == has_one_sender
