"""Saves one real state of every step for a release: `python -m tests.flows.keep_states 0.1`, once a release."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.terminal import Collector
from bot.scratch import scratch_house
from tests.flows.ways import ALL_STEPS, reach
from tests.phone import Phone

KEPT = Path(__file__).parent / "kept_states"
MOMENT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


async def keep(release: str) -> None:
    """Talk to every step and write down where the talk stands."""
    folder = KEPT / release
    folder.mkdir(parents=True, exist_ok=True)
    channel = Collector("web")
    for flow, step in ALL_STEPS:
        async with scratch_house("bauska", {channel.name: channel}, now=MOMENT) as house:
            anna = Phone(house, channel, MOMENT)
            await reach(anna, flow, step)
            text = (await anna.state()).as_json()
        (folder / f"{flow}.{step}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(keep(sys.argv[1]))
