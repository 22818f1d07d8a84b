"""Providers that hang, trickle and talk nonsense, and webhooks that come in meanwhile: reference security, row 6.

50 webhooks a second, half from Twilio and half from Telegram, all of which want an answer to be sent out through
the provider that is unwell. Wanted: p95 of the webhooks under a second, and memory, sockets and files flat.
`PALIGS_DRILL=full` keeps each trouble up for two minutes.
"""

import asyncio
import os
import time
from collections import Counter, deque
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from bot.doors.telegram_doors import HEADER, PATH
from tests.benchmarks.served_aside import PATIENCE, served_aside, share
from tests.houses import make_settings
from tests.providers.fake_telegram import FakeTelegram, open_fake_telegram
from tests.providers.fake_twilio import FakeTwilio, Mood, fake_twilio
from tests.providers.telegram_people import Person
from tests.providers.tiny_http import TRICKLES, Mischief, garbles, hangs, says

SECONDS = 120 if os.environ.get("PALIGS_DRILL") == "full" else 10
A_SECOND = 50
PEOPLE = 250
"""So many write again and again, none of them more than 20 times a minute."""

MOST_MEGABYTES = 50
SECRET = "the benchmark's own webhook secret, long enough"
HANGS_SECONDS = 60
REDIRECT = "redirects to this machine"
TROUBLES: dict[str, tuple[Mood | None, Mischief | None]] = {
    "nothing": (None, None),
    "hangs 60 s": (Mood.HANGS, hangs(HANGS_SECONDS)),
    "trickles": (Mood.TRICKLES, TRICKLES),
    "answers HTML": (Mood.HTML, garbles(b"<html><body>Welcome</body></html>")),
    "answers bad JSON": (Mood.BAD_JSON, garbles(b'{"ok": tr')),
    REDIRECT: (Mood.REDIRECT, says(301, b"", location="http://127.0.0.1:9/")),
}

pytestmark = pytest.mark.benchmark
people = cycle(range(PEOPLE))


async def bring(client: httpx.AsyncClient, twilio: FakeTwilio, telegram: FakeTelegram) -> tuple[int, float]:
    """One webhook; its status, and its seconds."""
    person = next(people)
    begun = time.perf_counter()
    if person % 2:
        answer = await twilio.brings(client, f"+3712{person:07}", "izvēlne")
    else:
        update = Person(telegram, 5_000_000_001 + person).writes("izvēlne")
        answer = await client.post(PATH, json=update, headers={HEADER: SECRET})
    return answer.status_code, time.perf_counter() - begun


async def at_a_steady_pace(
    client: httpx.AsyncClient, twilio: FakeTwilio, telegram: FakeTelegram
) -> list[tuple[int, float]]:
    begun, tasks = time.perf_counter(), list[asyncio.Task[tuple[int, float]]]()
    for number in range(SECONDS * A_SECOND):
        await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(bring(client, twilio, telegram)))
    return await asyncio.gather(*tasks)


async def test_webhooks_are_answered_at_once_whatever_the_provider_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2)  # before the service closes them
    slowest, grown = dict[str, float](), 0.0
    async with fake_twilio() as twilio, open_fake_telegram() as telegram:
        keys = {"telegram_token": telegram.token, "telegram_webhook_secret": SECRET, "telegram_url": telegram.url}
        settings = make_settings(f"sqlite:///{tmp_path / 'main.db'}", tmp_path, **twilio.settings(), **keys)
        async with (
            served_aside(settings) as service,
            httpx.AsyncClient(base_url=service.address, timeout=PATIENCE, limits=limits) as client,
        ):
            for _ in range(PEOPLE):
                await bring(client, twilio, telegram)
            held = 0.0
            for trouble, (mood, mischief) in TROUBLES.items():
                calls = SECONDS * A_SECOND * 4
                twilio.moods = deque([mood] * calls) if mood else deque()
                telegram.mischief["sendmessage"] = deque([mischief] * calls) if mischief else deque()
                told = await at_a_steady_pace(client, twilio, telegram)
                held, grown = held or service.megabytes, service.megabytes - (held or service.megabytes)
                slowest[trouble] = share([seconds for _, seconds in told], 0.95)
                statuses = dict(Counter(status for status, _ in told))
                with capsys.disabled():
                    print(
                        f"\nprovider: {trouble}: webhooks p95 {slowest[trouble]:.0f} ms (budget 1000), answers "
                        f"{statuses}, memory {service.megabytes:.0f} MB ({grown:+.0f}), {service.open_files} files open"
                    )
            assert twilio.followed == 0
    assert max(slowest.values()) < 1000
    assert grown < MOST_MEGABYTES
