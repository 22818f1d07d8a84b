"""Every webhook five times from sixteen clients, shuffled, while the service is killed three times: one effect each.

`PALIGS_DRILL=full` brings 2,000 webhooks 10,000 times and prints its figures.
"""

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import func, select

from booking.places import load_demo
from booking.subjects import Subject
from bot.channels.twilio_sms import SMS_PATH
from bot.doors.telegram_doors import HEADER, PATH
from bot.house import House, build_house, load_knowledge
from bot.migrate import upgrade
from bot.models import Happening, InboundMessage, InboundStatus, OutboundMessage
from flows.models import Conversation
from tests.drills.doorkeeper import Doors, free_port, keep_doors
from tests.drills.nursery import Nursery
from tests.houses import MODELS, make_settings
from tests.providers.fake_telegram import TOKEN, FakeTelegram
from tests.providers.fake_twilio import PUBLIC_URL, FakeTwilio, signature
from tests.providers.telegram_people import Person

IS_FULL = os.environ.get("PALIGS_DRILL") == "full"
WEBHOOKS = 2000 if IS_FULL else 48
TIMES = 5
CLIENTS = 16
RESTARTS = 3
PEOPLE_WRITE = 4
"""Messages each; so nobody writes too much for one minute, which is all the time there is."""

TEXTS = ("izvēlne", "меню", "kontakti", "latviski")
SECRET = "the drill's own webhook secret, long enough"
PATIENCE = 60.0

pytestmark = pytest.mark.drill


@dataclass(frozen=True)
class Webhook:
    """One request as a provider makes it, as often as it likes."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Clients:
    """Sixteen connections of providers that repeat what got no answer; counts what they were answered."""

    address: str
    statuses: Counter[int] = field(default_factory=Counter[int])
    refused: int = 0
    seconds: list[float] = field(default_factory=list[float])

    async def bring(self, webhooks: list[Webhook], killing: dict[int, asyncio.Event]) -> None:
        """All of them, in this order as far as sixteen can; `killing` is rung after so many answers."""
        left, limits = iter(webhooks), httpx.Limits(max_connections=CLIENTS)
        async with httpx.AsyncClient(base_url=self.address, limits=limits, timeout=PATIENCE) as client:

            async def work() -> None:
                for one in left:
                    await self._bring(client, one)
                    if rung := killing.get(self.statuses.total()):
                        rung.set()

            await asyncio.gather(*(work() for _ in range(CLIENTS)))

    async def _bring(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        while True:
            begun = time.perf_counter()
            try:
                answer = await client.post(webhook.path, content=webhook.body, headers=webhook.headers)
            except httpx.TransportError:  # nobody listens, or died over it: a provider tries again
                self.refused += 1
                await asyncio.sleep(0.02)
                continue
            self.seconds.append(time.perf_counter() - begun)
            self.statuses[answer.status_code] += 1
            return


def sms_webhooks(twilio: FakeTwilio, number: int) -> list[Webhook]:
    """What Twilio brings of so many messages."""
    made: list[Webhook] = []
    for index in range(number):
        sender = f"+3712{index // PEOPLE_WRITE:07}"
        fields = twilio.fields_of(twilio.receives(sender, TEXTS[index % len(TEXTS)]))
        signed = signature(twilio.token, PUBLIC_URL + SMS_PATH, fields)
        headers = {"x-twilio-signature": signed, "content-type": "application/x-www-form-urlencoded"}
        made.append(Webhook(SMS_PATH, urlencode(fields).encode(), headers))
    return made


def telegram_webhooks(number: int) -> list[Webhook]:
    """What Telegram brings of so many messages, with update ids in no order at all."""
    fake, chance = FakeTelegram(), random.Random(901)
    update_ids = iter([900, 17, 901, *chance.sample(range(1000, 10**9), number)])
    made: list[Webhook] = []
    for index in range(number):
        person = Person(fake, 5_000_000_001 + index // PEOPLE_WRITE)
        update: dict[str, Any] = {**person.writes(TEXTS[index % len(TEXTS)]), "update_id": next(update_ids)}
        made.append(Webhook(PATH, json.dumps(update).encode(), {HEADER: SECRET, "content-type": "application/json"}))
    return made


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    opened = Nursery(MODELS)
    yield opened
    opened.close()


async def kill_in_time(nursery: Nursery, doors: Doors, pid: int, killing: dict[int, asyncio.Event]) -> int:
    """Kill the service each time the bell rings, and start it again; the last one's process id."""
    for rung in killing.values():
        await rung.wait()
        os.kill(pid, signal.SIGKILL)
        assert await asyncio.to_thread(nursery.wait) == -signal.SIGKILL
        pid = nursery.start(keep_doors, doors)
    return pid


async def until_all_are_answered(house: House) -> None:
    unanswered = select(func.count()).where(InboundMessage.status == InboundStatus.WAITING)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with house.database.reading() as session:
                if not await session.scalar(unanswered):
                    return
            await asyncio.sleep(0.05)


async def demand_one_effect_each(house: House) -> None:
    """A row, a turn, a saved state and at least one answer for each message, and nothing else."""
    async with house.database.reading() as session:

        async def total(what: Any) -> int:
            return await session.scalar(select(what)) or 0

        assert await total(func.count(InboundMessage.id)) == WEBHOOKS
        assert await session.scalar(select(func.count()).where(InboundMessage.status != InboundStatus.HANDLED)) == 0
        assert await total(func.count(Happening.position)) == WEBHOOKS
        assert await total(func.sum(Conversation.turn_number)) == WEBHOOKS
        people = WEBHOOKS // PEOPLE_WRITE
        assert await total(func.count(Subject.id)) == await total(func.count(Conversation.id)) == people
        answers = await total(func.count(OutboundMessage.id))
        assert WEBHOOKS <= answers <= WEBHOOKS + 2 * people  # the greeting besides, once each
        mixed = select(func.count()).select_from(OutboundMessage).group_by(OutboundMessage.conversation_id)
        assert max(await session.scalars(mixed)) <= PEOPLE_WRITE + 2


async def test_webhooks_brought_five_times_through_three_kills_have_one_effect_each(
    database_url: str,
    tmp_path: Path,
    now: datetime,
    nursery: Nursery,
    capsys: pytest.CaptureFixture[str],
) -> None:
    twilio, port = FakeTwilio(), free_port()
    telegram = {"telegram_token": TOKEN, "telegram_webhook_secret": SECRET, "telegram_url": "http://127.0.0.1:9"}
    settings = make_settings(database_url, tmp_path, **twilio.settings(), **telegram)
    house = build_house(settings, {}, knowledge=load_knowledge("bauska", MODELS))
    await upgrade(house.keyring_database, "keyring")
    await upgrade(house.database, "main")
    async with house.database.writing() as session:
        await load_demo(session, settings.profile, now)
    deliveries = [*sms_webhooks(twilio, WEBHOOKS // 2), *telegram_webhooks(WEBHOOKS // 2)] * TIMES
    random.Random(20261124).shuffle(deliveries)
    marks = [len(deliveries) * part // (RESTARTS + 1) for part in range(1, RESTARTS + 1)]
    killing = {mark: asyncio.Event() for mark in marks}
    clients = Clients(f"http://127.0.0.1:{port}")
    doors = Doors(settings, port, now)
    first = nursery.start(keep_doors, doors)
    begun = time.perf_counter()
    last, _ = await asyncio.gather(kill_in_time(nursery, doors, first, killing), clients.bring(deliveries, killing))
    seconds = time.perf_counter() - begun
    await until_all_are_answered(house)
    os.kill(last, signal.SIGKILL)
    assert await asyncio.to_thread(nursery.wait) == -signal.SIGKILL
    assert clients.statuses.total() == WEBHOOKS * TIMES
    assert [status for status in clients.statuses if not 200 <= status < 300] == []
    await demand_one_effect_each(house)
    if IS_FULL:
        p95 = sorted(clients.seconds)[int(len(clients.seconds) * 0.95)] * 1000
        with capsys.disabled():
            print(
                f"\nwebhooks, {house.database.dialect}: {WEBHOOKS} brought {TIMES} times by {CLIENTS} clients in "
                f"{seconds:.0f} s, {RESTARTS} kills, {clients.refused} not taken and brought again, "
                f"answers {dict(clients.statuses)}, p95 {p95:.0f} ms, {WEBHOOKS} effects"
            )
    await house.close()
