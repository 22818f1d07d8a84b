"""The web chat: a page that writes and asks again for what is new.

Nothing is pushed to a browser, so sending only lets the row be seen and wakes whoever waits for it.
The address of a talk is a random token that the page keeps for its own tab.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from bot.channels.base import Outgoing, Pace

NAME = "web"
SHORTEST_TOKEN = 32
LONGEST_TOKEN = 128


class WebChat:
    """The channel of the web page."""

    name = NAME
    pace = Pace(at_once=20, is_in_house=True)

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[asyncio.Event]] = defaultdict(list)

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """Let the page have it with its next question, which is answered at once if it is waiting already."""
        for event in self._waiting.get(message.address, []):
            event.set()
        return ()

    @contextmanager
    def listening(self, token: str) -> Iterator[asyncio.Event]:
        """An event that is set when this process sends something to this talk from now on."""
        event = asyncio.Event()
        self._waiting[token].append(event)
        try:
            yield event
        finally:
            self._forget(token, event)

    def _forget(self, token: str, event: asyncio.Event) -> None:
        self._waiting[token].remove(event)
        if not self._waiting[token]:
            del self._waiting[token]
