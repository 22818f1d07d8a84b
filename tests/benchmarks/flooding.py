"""Talks on the page, and one that floods: as a program of its own, so that who measures the others is not slowed by it.

`python -m tests.benchmarks.flooding ADDRESS` waits for a line, sends a thousand messages in 10 s and prints as JSON
the seconds from the cry among them to its card, and how many answers came.
"""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.benchmarks.served_aside import PATIENCE

FLOOD = 1000
SECONDS = 10
CRY = 900


@dataclass
class Tab:
    """One talk on the page."""

    client: httpx.AsyncClient
    token: str = field(default_factory=lambda: secrets.token_hex(32))
    seen: str = ""

    async def says(self, text: str) -> None:
        message = {"token": self.token, "id": secrets.token_hex(16), "text": text}
        assert (await self.client.post("/chat/messages", json=message)).status_code == 202

    async def news(self) -> list[dict[str, object]]:
        """What is new; waits for it."""
        query = {"after": self.seen, "wait": "20"}
        answer = await self.client.get("/chat/messages", params=query, headers={"X-Talk": self.token})
        found = answer.json()["messages"]
        self.seen = found[-1]["id"] if found else self.seen
        return found

    async def asks(self, text: str) -> float:
        """The seconds until an answer is there."""
        begun = time.perf_counter()
        await self.says(text)
        assert await self.news()
        return time.perf_counter() - begun


@asynccontextmanager
async def open_client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Connections that are closed here before the service closes them."""
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE, limits=limits) as client:
        yield client


async def flood(tab: Tab) -> tuple[float, int]:
    """A thousand messages; the seconds from the cry to its card, and how many answers came."""
    begun, cried_at, carded_at = time.perf_counter(), 0.0, 0.0
    heard: list[dict[str, object]] = []

    async def listen() -> None:
        nonlocal carded_at
        while True:
            new = await tab.news()
            heard.extend(new)
            if any(one["urgent"] for one in new) and not carded_at:
                carded_at = time.perf_counter()

    listening = asyncio.create_task(listen())
    sending: list[asyncio.Task[None]] = []
    for number in range(FLOOD):
        await asyncio.sleep(max(0.0, begun + number * SECONDS / FLOOD - time.perf_counter()))
        if number == CRY:
            cried_at = time.perf_counter()
        text = "vīrs mani sit" if number == CRY else f"kāpēc neviens man neatbild jau {number}. reizi"
        sending.append(asyncio.create_task(tab.says(text)))
    await asyncio.gather(*sending)
    await asyncio.sleep(2)
    listening.cancel()
    return carded_at - cried_at, len(heard)


async def main(address: str) -> None:
    """Flood the service there."""
    async with open_client(address) as client:
        await asyncio.to_thread(sys.stdin.readline)
        seconds, answers = await flood(Tab(client))
    sys.stdout.write(json.dumps({"card_seconds": seconds, "answers": answers}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
