"""The `talk` door: whole conversations of several people, through the same inbox, dispatcher and delivery."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.appointments import live_of_subject
from bot.asking import rendered
from bot.channels.sms_text import as_sms, count_segments
from bot.channels.terminal import Collector
from bot.house import House
from bot.inbox import Received
from bot.json_lines import LineRefused, text_of
from bot.runner import Runner
from bot.scheduler import Scheduler
from flows.commands import Command
from flows.conversations import read_state
from flows.messages import Reply

NOWHERE: dict[str, str | None] = {"flow": None, "step": None, "reference": None}
RIGA = ZoneInfo("Europe/Riga")
TYPING = timedelta(seconds=4)
"""How far the clock moves on between two lines of one person that name no time."""


@dataclass
class Talking:
    """Feeds lines to a house whose only channel collects what it would send."""

    house: House
    channel: Collector
    clock: datetime
    taken: int = 0
    said_at: dict[str, datetime] = field(default_factory=dict)

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The object for one line; a line with only `at` lets what falls due happen."""
        if "at" in asked:
            self.clock = _moment(text_of(asked, "at"), self.clock)
        if "text" not in asked and "choice" not in asked:
            if "at" not in asked:
                raise LineRefused("bad_line", "a line needs from and text or choice, or at")
            return await self._let_time_pass(asked)
        return await self._say(asked)

    async def _say(self, asked: dict[str, Any]) -> dict[str, Any]:
        who = text_of(asked, "from")
        choice = text_of(asked, "choice") if "choice" in asked else None
        self.taken += 1
        text = text_of(asked, "text", default="")
        if "at" not in asked:
            # Nobody types faster; a clock that stood still would make every long talk a flood.
            self.clock = max(self.clock, self.said_at.get(who, self.clock - TYPING) + TYPING)
        self.said_at[who] = self.clock
        received = Received(self.channel.name, who, f"line-{self.taken}", text, choice)
        await self.house.inbox.accept(received, now=self.clock)
        await self._settle()
        return await self._object(who, self.channel.take().get(who, []))

    async def _let_time_pass(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Reminders and lapsed holds as the clock stands now; replies carry whom they went to."""
        scheduler = Scheduler(self.house)
        await scheduler.remind(self.clock)
        await scheduler.tidy(self.clock)
        await self._settle()
        sent = self.channel.take()
        who = asked.get("from") or next(iter(sent), None)
        replies = [{**self._shown(reply), "to": to} for to, said in sent.items() for reply in said]
        return {**await self._object(who, []), "replies": replies}

    async def _settle(self) -> None:
        await Runner(self.house, lambda: self.clock).settle()

    async def _object(self, who: str | None, replies: list[Reply]) -> dict[str, Any]:
        where = await self._where(who) if who else NOWHERE
        return {"from": who, "replies": [self._shown(reply) for reply in replies], **where}

    def _shown(self, reply: Reply) -> dict[str, Any]:
        is_sms = self.channel.name == "sms"
        plain = self.house.settings.sms_plain_letters
        text = as_sms(reply, plain_letters=plain) if is_sms else rendered(reply)
        choices = [{"id": one.id, "label": one.label} for one in reply.choices if one.id != Command.MORE]
        return {"text": text, "choices": choices, "segments": count_segments(text) if is_sms else None}

    async def _where(self, who: str) -> dict[str, str | None]:
        """The open flow and step, and the reference of the person's newest appointment to come."""
        name = self.channel.name
        known = await self.house.inbox.find(name, self.house.inbox.address_index(name, who))
        if known is None:
            return NOWHERE
        subject, conversation = known
        state = read_state(conversation, await self.house.keyring.open(subject.key_id))
        async with self.house.database.reading() as session:
            live = await live_of_subject(session, subject.id, now=self.clock)
        newest = max(live, key=lambda one: one.changed_at, default=None)
        return {"flow": state.flow, "step": state.step, "reference": newest.reference if newest else None}


def _moment(text: str, before: datetime) -> datetime:
    """The clock of a line; without a zone it is Riga time. It never runs backwards."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LineRefused("bad_line", "at must be a time like 2026-11-24T10:00:00+02:00") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=RIGA)
    if moment < before:
        raise LineRefused("bad_line", "at lies before the time of an earlier line")
    return moment.astimezone(UTC)
