"""Thousands of messages through a provider that misbehaves, on a simulated clock, with two sending processes.

`PALIGS_DRILL=full` sends 10,000 on each database; `make test` a few hundred. Both print or check the same.
"""

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from booking.handovers import Handover
from booking.keyring import Keyring
from bot import outbox
from bot.channels.base import Outgoing
from bot.database import Database
from bot.delivery.delivery import Delivery
from bot.delivery.undelivered import MUST_BE_TOLD
from bot.inbox import Inbox, Received
from bot.models import OutboundMessage, OutboundStatus, Purpose
from flows.messages import Reply
from tests.booking.residents import SECRET, make_keyring
from tests.drills.unruly_provider import UnrulyProvider

IS_FULL = os.environ.get("PALIGS_DRILL") == "full"
MESSAGES = 10_000 if IS_FULL else 120
EACH = 4
MUST_END_WITHIN = timedelta(hours=4)
UNDER_WAY = (OutboundStatus.QUEUED, OutboundStatus.SENDING)
SHORTEST_STEP = timedelta(seconds=15)
LONGEST_STEP = timedelta(seconds=45)

pytestmark = pytest.mark.drill


@dataclass
class Office:
    """A database, its messages, the provider and two processes that would both like to send."""

    database: Database
    keyring: Keyring
    began_at: datetime
    chance: random.Random

    def __post_init__(self) -> None:
        self.now = self.began_at
        self.seen: Counter[str] = Counter()
        self.provider = UnrulyProvider(self.chance, self.look)
        self.processes = [
            Delivery(self.database, self.keyring, {"sms": self.provider}, SECRET, chance=self.chance.random)
            for _ in range(2)
        ]

    async def look(self, message: Outgoing) -> None:
        """What the database says of a message at the moment of the call."""
        async with self.database.reading() as session:
            row = select(OutboundMessage.status, OutboundMessage.expires_at).where(OutboundMessage.id == message.id)
            status, expires_at = (await session.execute(row)).one()
        self.seen[status] += 1
        self.seen["after expiry"] += expires_at is not None and expires_at <= message.now

    async def fill(self) -> None:
        """Four messages each; some are soon too late."""
        inbox = Inbox(self.database, self.keyring, SECRET)
        purposes = (Purpose.ANSWER, Purpose.CHANGE, Purpose.PERSON)
        for number in range(MESSAGES // EACH):
            address = f"+3712{number:07}"
            await inbox.accept(Received("sms", address, address, "labdien"), now=self.now)
            known = await inbox.find("sms", inbox.address_index("sms", address))
            assert known is not None
            subject, conversation = known
            key = await self.keyring.open(subject.key_id)
            async with self.database.writing() as session:
                for place in range(EACH):
                    late = self.now + timedelta(minutes=self.chance.uniform(0, 20))
                    outbox.enqueue(
                        session,
                        conversation,
                        [Reply(str(place))],
                        key=key,
                        now=self.now,
                        purpose=self.chance.choice(purposes),
                        expires_at=late if self.chance.random() < 0.1 else None,
                    )

    async def run(self) -> None:
        """Both processes at each step, and the reports that arrived by then, until nothing is under way."""
        while await self._is_under_way() or self.provider.reports:
            assert self.now - self.began_at < MUST_END_WITHIN
            for process in self.processes:
                await process.take_up_lost(self.now)
            await asyncio.gather(*(self._deliver(process) for process in self.processes))
            await self._report()
            self.now += await self._step()

    async def _report(self) -> None:
        async with self.database.writing() as session:
            for one in self.provider.due_reports(self.now):
                await self.processes[0].record_status(session, one.outbound_id, one.status, "30003", self.now)

    async def _deliver(self, process: Delivery) -> None:
        """Until nothing more is due; a call in which the process dies ends it, and the next step is a new one's."""
        with suppress(asyncio.CancelledError):
            while await process.deliver_due(self.now):
                pass

    async def _is_under_way(self) -> bool:
        async with self.database.reading() as session:
            under_way = select(OutboundMessage.id).where(OutboundMessage.status.in_(UNDER_WAY)).limit(1)
            return await session.scalar(under_way) is not None

    async def _step(self) -> timedelta:
        """To the next thing that falls due."""
        async with self.database.reading() as session:
            queued = select(func.min(OutboundMessage.due_at)).where(OutboundMessage.status == OutboundStatus.QUEUED)
            due_at = await session.scalar(queued)
        moments = [one.at for one in self.provider.reports] + ([due_at] if due_at else [])
        step = min(moments, default=self.now) - self.now
        return min(max(step, SHORTEST_STEP), LONGEST_STEP)

    async def rows(self) -> list[OutboundMessage]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(OutboundMessage).order_by(OutboundMessage.position)))


async def test_everything_ends_and_nothing_is_doubled_but_after_a_lost_answer(
    database: Database, keyring_database: Database, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(database, make_keyring(keyring_database), now, random.Random(20261124))
    await office.fill()
    started = time.monotonic()
    await office.run()
    lasted = time.monotonic() - started
    rows, taken = await office.rows(), office.provider.taken
    assert len(rows) == MESSAGES
    assert {status for status in office.seen if status != "after expiry"} == {OutboundStatus.SENDING}
    assert office.seen["after expiry"] == 0
    _demand_no_doubles(rows, taken)
    _demand_order(rows, office.provider.order)
    await _demand_calls(database, rows)
    if IS_FULL:
        with capsys.disabled():
            print(_figures(office, rows, lasted))


def _demand_no_doubles(rows: list[OutboundMessage], taken: dict[str, list[datetime]]) -> None:
    for row in rows:
        times = len(taken.get(row.id, ()))
        assert times <= 1 or (times == 2 and row.lost_answers >= 1)
        assert times or row.status not in (OutboundStatus.SENT, OutboundStatus.DELIVERED)


def _demand_order(rows: list[OutboundMessage], order: list[str]) -> None:
    """What one person got, they got first in the order in which it was said."""
    positions = {row.id: row.position for row in rows}
    talks = {row.id: row.conversation_id for row in rows}
    last: dict[str, int] = {}
    for outbound_id in order:
        talk, position = talks[outbound_id], positions[outbound_id]
        assert last.get(talk, 0) < position
        last[talk] = position


async def _demand_calls(database: Database, rows: list[OutboundMessage]) -> None:
    """Whoever was not told of what they must know is to be called, once."""
    gone_wrong = (OutboundStatus.FAILED, OutboundStatus.UNKNOWN, OutboundStatus.EXPIRED)
    untold = {row.conversation_id for row in rows if row.status in gone_wrong and row.purpose in MUST_BE_TOLD}
    async with database.reading() as session:
        calls = list(await session.scalars(select(Handover.subject_id)))
    assert len(calls) == len(set(calls))
    assert len(calls) >= len(untold) > 0


def _figures(office: Office, rows: list[OutboundMessage], lasted: float) -> str:
    calls = office.provider.calls
    repeated = sum(len(times) > 1 for times in office.provider.taken.values())
    ends = ", ".join(f"{count} {status}" for status, count in Counter(row.status for row in rows).most_common())
    ways = ", ".join(f"{count} {way}" for way, count in calls.most_common())
    simulated = (office.now - office.began_at).total_seconds() / 60
    return (
        f"\ndelivery, {office.database.dialect}: {len(rows)} messages, {sum(office.seen.values())} calls ({ways}); "
        f"ended as {ends}; {sum(row.lost_answers for row in rows)} lost answers, {repeated} taken twice, "
        f"0 after expiry, 0 from another state; {simulated:.0f} simulated minutes, {lasted:.0f} s, "
        f"{sum(office.seen.values()) / lasted:.0f} calls a second"
    )
