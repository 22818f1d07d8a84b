"""Channels without a provider: the talk in a terminal, and the one that only collects what it would send."""

from collections.abc import Callable

from bot.channels.base import Outgoing
from flows.messages import Reply


class Terminal:
    """Shows each reply as soon as it is sent."""

    def __init__(self, show: Callable[[Reply], None], name: str = "terminal") -> None:
        self.name = name
        self._show = show

    async def send(self, message: Outgoing) -> str | None:
        """Show one reply."""
        self._show(message.reply)
        return None


class Collector:
    """Keeps what was sent, by address, until it is taken; stands in for a provider in `paligs talk`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._sent: dict[str, list[Reply]] = {}

    async def send(self, message: Outgoing) -> str | None:
        """Keep one reply."""
        self._sent.setdefault(message.address, []).append(message.reply)
        return None

    def take(self) -> dict[str, list[Reply]]:
        """Everything sent since the last call, by address."""
        sent, self._sent = self._sent, {}
        return sent
