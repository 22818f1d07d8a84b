"""A resident with a phone: says something, hears the answers, all through inbox, dispatcher and delivery."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.asking import rendered
from bot.channels.terminal import Collector
from bot.house import House
from bot.inbox import Received
from bot.runner import Runner
from bot.scheduler import Scheduler
from flows.conversations import read_state
from flows.messages import Choice, Reply
from flows.state import ConversationState


@dataclass
class Phone:
    """One person on one channel. Every message moves the clock on by a few seconds."""

    house: House
    channel: Collector
    now: datetime
    address: str = "anna"
    heard: list[Reply] = field(default_factory=list)
    sent: int = 0

    async def says(self, text: str) -> str:
        """Send words; the answer as one text."""
        return await self._send(text, None)

    async def presses(self, choice_id: str) -> str:
        """Press a choice by its id; the answer as one text."""
        return await self._send("", choice_id)

    async def presses_like(self, part: str) -> str:
        """Press the choice on the screen whose id or label holds these words."""
        return await self.presses(self.choice_like(part).id)

    async def waits(self, **length: float) -> str:
        """Let time pass; what came meanwhile, as one text."""
        self.now += timedelta(**length)
        scheduler = Scheduler(self.house)
        await scheduler.remind(self.now)
        await scheduler.tidy(self.now)
        return await self._hear()

    async def state(self) -> ConversationState:
        """Where the talk stands in the database."""
        index = self.house.inbox.address_index(self.channel.name, self.address)
        known = await self.house.inbox.find(self.channel.name, index)
        assert known is not None
        subject, conversation = known
        return read_state(conversation, await self.house.keyring.open(subject.key_id))

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices on the screen."""
        return next((reply.choices for reply in reversed(self.heard) if reply.choices), ())

    def choice_like(self, part: str) -> Choice:
        """The choice whose id or label holds these words."""
        return next(one for one in self.choices if part in one.id or part in one.label)

    async def _send(self, text: str, choice_id: str | None) -> str:
        self.sent += 1
        self.now += timedelta(seconds=5)
        received = Received(self.channel.name, self.address, f"{self.address}-{self.sent}", text, choice_id)
        await self.house.inbox.accept(received, now=self.now)
        return await self._hear()

    async def _hear(self) -> str:
        await Runner(self.house, lambda: self.now).settle()
        self.heard = self.channel.take().get(self.address, [])
        return "\n".join(rendered(reply) for reply in self.heard)
