"""Sending for one channel: as many calls at once as its provider allows, never two for one conversation."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from booking.confidentiality import blind_index
from booking.keyring import Keyring
from booking.subjects import Subject
from bot.channels.base import Channel, DeliveryError, Failure, Outgoing, Withdrawing
from bot.database import Database
from bot.delivery.claiming import Claimer, find_due
from bot.delivery.leases import LONGEST_CALL
from bot.delivery.opened_message import OpenedMessage, open_message
from bot.delivery.outcomes import Attempt, can_follow, lock_row, lock_with_person, note_failure, note_taken
from bot.delivery.pacing import Pacer
from bot.models import OutboundMessage, OutboundStatus, Purpose
from bot.outbox import seal_provider_ids

log = structlog.get_logger()

BATCH = 50
LOOKS_ANEW_AFTER = 1.0
"""Seconds after which what is due is read again, so that a danger card soon comes before what was read."""

Clock = Callable[[], datetime]
Call = asyncio.Task[bool]


@dataclass
class Sender:
    """Everything that sends for one channel in this process."""

    channel: Channel
    database: Database
    keyring: Keyring
    claimer: Claimer
    index_secret: bytes
    chance: Callable[[], float]
    is_stopping: bool = False
    in_hand: set[Call] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pacer = Pacer(self.channel.pace)

    async def send_due(self, now: datetime) -> int:
        """Send what is due until nothing is; how many rows were dealt with."""
        if self.channel.pace.has_one_sender and not await self.claimer.leases.hold(self.channel.name, now):
            return 0
        return await _Round(self, now).run()

    def begin(self, row: OutboundMessage, subject: Subject | None, clock: Clock) -> Call:
        """Claim a row and call the provider, aside; the call outlives whoever asked for it, but not `stop`."""
        call = asyncio.create_task(self._handle(row, subject, clock))
        self.in_hand.add(call)
        call.add_done_callback(self._put_down)
        return call

    def _put_down(self, call: Call) -> None:
        self.in_hand.discard(call)
        if not call.cancelled():
            call.exception()  # looked at here, so that asyncio does not print it when nobody else does

    async def stop(self, within: timedelta) -> None:
        """Claim nothing more and let the calls in hand come to their end."""
        self.is_stopping = True
        if self.in_hand:
            _, late = await asyncio.wait(set(self.in_hand), timeout=within.total_seconds())
            for call in late:
                call.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self.is_stopping = False

    async def _handle(self, row: OutboundMessage, subject: Subject | None, clock: Clock) -> bool:
        """Whether the row was dealt with; what is not ours now is left as it is."""
        message = await open_message(row, subject, self.keyring)
        pace = self.channel.pace
        if pace.has_one_sender and not await self.claimer.leases.hold(self.channel.name, clock()):
            return False
        if self.is_stopping:
            return False
        async with self.database.writing() as session:
            claim = await self.claimer.claim(session, message, clock(), pace=pace)
        if claim.attempt is not None:
            await (self._show(claim.attempt, clock()) if pace.is_in_house else self._call(claim.attempt, clock))
        return claim.is_dealt_with

    async def _show(self, attempt: Attempt, now: datetime) -> None:
        """Tell whoever waits for it; the row says `sent` already, and is read from there in any case."""
        try:
            await self._hand_to_provider(attempt.message, now)
        except Exception as error:
            log.error("send_failed", channel=self.channel.name, error=type(error).__name__)

    async def _call(self, attempt: Attempt, clock: Clock) -> None:
        try:
            async with asyncio.timeout(LONGEST_CALL.total_seconds()):
                provider_ids = await self._hand_to_provider(attempt.message, clock())
        except DeliveryError as error:
            await self._record_failure(attempt, error, clock())
        except TimeoutError:
            await self._record_failure(attempt, DeliveryError("no_answer", Failure.UNKNOWN), clock())
        except Exception as error:
            # A channel that breaks in its own way must not hold up the messages behind this one.
            log.error("send_failed", channel=self.channel.name, error=type(error).__name__)
            await self._record_failure(attempt, DeliveryError("unexpected", Failure.UNKNOWN), clock())
        else:
            await self._record_taken(attempt, provider_ids, clock())

    async def _hand_to_provider(self, message: OpenedMessage, now: datetime) -> tuple[str, ...]:
        if message.reply is not None:
            return await self.channel.send(Outgoing(message.row.id, message.address, message.reply, now))
        if not isinstance(self.channel, Withdrawing):
            raise DeliveryError("cannot_withdraw", Failure.FOR_GOOD)
        await self.channel.withdraw(message.address, message.withdraws)
        return ()

    async def _record_taken(self, attempt: Attempt, provider_ids: tuple[str, ...], now: datetime) -> None:
        """Write that the provider has it, unless a report of the provider said more already."""
        message = attempt.message
        async with self.database.writing() as session:
            row = await lock_row(session, message)
            if row is None:
                return
            if row.attempts == attempt.number and can_follow(row, OutboundStatus.SENT):
                note_taken(row, OutboundStatus.SENT, now)
            if provider_ids and message.key is not None:
                named = f"provider|{row.channel}"
                row.provider_index = blind_index(self.index_secret, named, provider_ids[0])
                row.provider_ids = seal_provider_ids(row, provider_ids, message.key)

    async def _record_failure(self, attempt: Attempt, error: DeliveryError, now: datetime) -> None:
        """Write what follows, unless a report of the provider was quicker."""
        async with self.database.writing() as session:
            row = await lock_with_person(session, attempt.message)
            if row is None or row.status != OutboundStatus.SENDING or row.attempts != attempt.number:
                return
            await note_failure(session, row, attempt, error, self.chance(), now)


class _Round:
    """One run over what is due: takes the next row whenever a place gets free."""

    def __init__(self, sender: Sender, now: datetime) -> None:
        self._sender = sender
        self._now = now
        self._started = time.monotonic()
        self._calls: dict[Call, OutboundMessage] = {}
        self._found: deque[tuple[OutboundMessage, Subject | None]] = deque()
        self._found_at = -LOOKS_ANEW_AFTER
        self._is_all_found = False
        self._left: set[int] = set()
        self._dealt_with = 0
        self._fault: BaseException | None = None

    async def run(self) -> int:
        """Until nothing more is due; then the first fault, if any, is raised."""
        await self._fill()
        while self._calls:
            over, _ = await asyncio.wait(self._calls, return_when=asyncio.FIRST_COMPLETED)
            for call in over:
                self._finish(call)
            await self._fill()
        if self._fault is not None:
            raise self._fault
        return self._dealt_with

    def _clock(self) -> datetime:
        """The moment it is: behind a slow provider later than the moment the round began."""
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def _finish(self, call: Call) -> None:
        row = self._calls.pop(call)
        self._is_all_found = False
        fault = asyncio.CancelledError() if call.cancelled() else call.exception()
        if fault is not None:
            self._fault = self._fault or fault
        elif call.result():
            self._dealt_with += 1
        else:
            self._left.add(row.position)

    async def _fill(self) -> None:
        sender = self._sender
        while len(self._calls) < sender.channel.pace.at_once and self._goes_on():
            found = await self._next()
            if found is None:
                return
            row, subject = found
            sender.pacer.use(row.conversation_id, self._clock())
            self._calls[sender.begin(row, subject, self._clock)] = row

    def _goes_on(self) -> bool:
        return self._fault is None and not self._sender.is_stopping and self._sender.pacer.has_token(self._clock())

    async def _next(self) -> tuple[OutboundMessage, Subject | None] | None:
        """The next row that may go now; what is due is read again when it is used up or old.

        Where the last reading brought everything, only a call that ended since can have made more rows due.
        """
        is_fresh = time.monotonic() - self._found_at < LOOKS_ANEW_AFTER
        if is_fresh and ((found := self._take()) or self._is_all_found):
            return found
        self._found = deque(await self._read())
        self._found_at, self._is_all_found = time.monotonic(), len(self._found) < BATCH
        return self._take()

    def _take(self) -> tuple[OutboundMessage, Subject | None] | None:
        while self._found:
            row, subject = self._found.popleft()
            if self._may_go(row):
                return row, subject
        return None

    def _may_go(self, row: OutboundMessage) -> bool:
        """Whether nothing to the same chat is in hand or only just went; a danger card does not wait for that."""
        in_hand = self._calls.values()
        if row.position in self._left or any(each.position == row.position for each in in_hand):
            return False
        if row.purpose == Purpose.CARD:
            return True
        if self._sender.pacer.is_resting(row.conversation_id, self._clock()):
            self._left.add(row.position)
            return False
        return all(each.conversation_id != row.conversation_id for each in in_hand)

    async def _read(self) -> list[tuple[OutboundMessage, Subject | None]]:
        name, budget, now = self._sender.channel.name, self._sender.claimer.budget, self._clock()
        limit = BATCH + len(self._calls) + len(self._left)
        async with self._sender.database.reading() as session:
            is_over = budget is not None and budget.channel == name and not await budget.allows(session, 1, now)
            return await find_due(session, name, now, limit=limit, is_over_budget=is_over)
