"""A process that serves residents until it is killed: the same house as `paligs serve`, without its web pages.

What it hands to the provider, and what it acknowledged to residents, it writes into files that outlive it.
"""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, func, select

from bot.channels.base import Outgoing, Pace
from bot.dispatcher import Waiting
from bot.house import House, build_house
from bot.inbox import Received
from bot.models import InboundMessage, InboundStatus, OutboundMessage, OutboundStatus
from bot.runner import Runner
from bot.settings import Settings
from flows.engine import Plan
from flows.turn import Knowledge

RECEIPT = "apstiprināts"
TALKS = (
    ("pierakstīties", "1", "1", "Anna", "jā"),
    ("pierakstīties", "1", "3", "Jānis", "jā"),
    ("pierakstīties", "2", "1", "Zane", "jā"),
)
"""Three residents who want different times, so that none of them is refused."""

MOST_LOOKS = 2000
POINTS = ("after the commit", "before the provider", "after the provider")


@dataclass(frozen=True)
class Order:
    """What a victim is to do: which round of residents to serve, and at which point to die, if at any."""

    settings: Settings
    folder: Path
    round: int
    now: datetime
    dies: str | None = None

    @property
    def sent(self) -> Path:
        """What the provider took."""
        return self.folder / "sent"

    @property
    def acknowledged(self) -> Path:
        """What residents were told we have."""
        return self.folder / "acknowledged"


class Provider:
    """A provider across the border of the process: what reaches its file has been sent."""

    name = "web"
    pace = Pace()

    def __init__(self, order: Order) -> None:
        self._order = order

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """Take one message, for good."""
        is_receipt = RECEIPT in message.reply.text
        if is_receipt and self._order.dies == "before the provider":
            die()
        keep(self._order.sent, f"{message.address}\t{message.reply.text!r}")
        if is_receipt and self._order.dies == "after the provider":
            die()
        return ()


def keep(path: Path, line: str) -> None:
    """Append a line that no death of ours takes back."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def die() -> None:
    """As if the plug were pulled: no `finally` runs, no connection is closed."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


async def live(order: Order, known: Knowledge) -> None:
    """Serve every resident's whole booking, several at once, until it is done or until death."""
    house = build_house(order.settings, {Provider.name: Provider(order)}, knowledge=known)
    if order.dies == "after the commit":
        die_after_commit(house)
    runner = Runner(house, lambda: order.now)
    runner.start()
    await asyncio.gather(*(_book(house, order, who, talk, runner) for who, talk in enumerate(TALKS)))
    under_way = OutboundMessage.status.in_((OutboundStatus.QUEUED, OutboundStatus.SENDING))
    await _until_none(house, under_way)
    await runner.stop()
    await house.close()


def die_after_commit(house: House) -> None:
    """Die when a booking of this round is committed and nobody has begun to send its receipt."""
    write = house.dispatcher._write

    async def watched(waiting: Waiting, messages: list[InboundMessage], plan: Plan, now: datetime) -> None:
        await write(waiting, messages, plan, now)
        if plan.turn.deeds:
            die()

    house.dispatcher._write = watched


async def _book(house: House, order: Order, who: int, talk: Sequence[str], runner: Runner) -> None:
    """One message after the other, each when the one before was answered."""
    for number, text in enumerate(talk):
        address, provider_id = f"resident {order.round}.{who}", f"{order.round}.{who}.{number}"
        received = Received(Provider.name, address, provider_id, text)
        conversation_id = (await house.inbox.accept(received, now=order.now)).conversation_id
        keep(order.acknowledged, f"{address}\t{provider_id}")
        runner.wake()
        is_mine = InboundMessage.conversation_id == conversation_id
        await _until_none(house, is_mine, InboundMessage.status == InboundStatus.WAITING)


async def _until_none(house: House, *conditions: ColumnElement[bool]) -> None:
    """Return when no row meets the conditions any more."""
    for _ in range(MOST_LOOKS):
        async with house.database.reading() as session:
            if not await session.scalar(select(func.count()).where(*conditions)):
                return
        await asyncio.sleep(0.005)
    raise TimeoutError
