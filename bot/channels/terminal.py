"""Channels without a provider: the talk in a terminal, and the one that only collects what it would send."""

from collections.abc import Callable

from bot.channels.base import Outgoing, Pace
from flows.messages import Reply


class Terminal:
    """Shows each reply as soon as it is sent."""

    pace = Pace()

    def __init__(self, show: Callable[[Reply], None], name: str = "terminal") -> None:
        self.name = name
        self._show = show

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """Show one reply."""
        self._show(message.reply)
        return ()


class Collector:
    """Keeps what was sent, by address, until it is taken; stands in for a provider in `paligs talk`."""

    pace = Pace(at_once=20)

    def __init__(self, name: str) -> None:
        self.name = name
        self._sent: dict[str, list[Reply]] = {}

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """Keep one reply."""
        self._sent.setdefault(message.address, []).append(message.reply)
        return ()

    def take(self) -> dict[str, list[Reply]]:
        """Everything sent since the last call, by address."""
        sent, self._sent = self._sent, {}
        return sent
