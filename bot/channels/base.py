"""What a channel is to the rest of the service."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from flows.messages import Reply


class Failure(StrEnum):
    """What a failed call to a provider says about the message."""

    FOR_GOOD = "for_good"  # it will never be taken
    LATER = "later"  # it was certainly not taken; the same call may work later
    UNKNOWN = "unknown"  # the answer was lost: it may have been taken


class Consequence(StrEnum):
    """What a failure says about the person."""

    OPTED_OUT = "opted_out"  # they told the provider to let nothing of ours through
    CALL_INSTEAD = "call_instead"  # no message can ever reach this address, a call may


class DeliveryError(Exception):
    """A message was not, or perhaps not, handed to the provider. `code` is the provider's word, never a text."""

    def __init__(
        self,
        code: str,
        failure: Failure,
        *,
        retry_after: timedelta | None = None,
        consequence: Consequence | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.failure = failure
        self.retry_after = retry_after
        self.consequence = consequence


@dataclass(frozen=True)
class Pace:
    """How fast a provider may be called.

    `is_in_house` means that there is none: whoever reads our rows has the message once it is claimed.
    """

    a_second: float = math.inf
    chat_rests: timedelta = timedelta(0)
    at_once: int = 1
    has_one_sender: bool = False
    is_in_house: bool = False


@dataclass(frozen=True)
class Outgoing:
    """One message ready to be sent: our id for it, whose address, what to say."""

    id: str
    address: str
    reply: Reply
    now: datetime


class Channel(Protocol):
    """One provider. `send` returns the provider's ids for the message, or raises DeliveryError."""

    name: str
    pace: Pace

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """Hand one message to the provider; no database transaction is open meanwhile."""
        ...


@runtime_checkable
class Withdrawing(Protocol):
    """A channel whose provider can take messages back from the person's device or its own store."""

    async def withdraw(self, address: str, provider_ids: tuple[str, ...]) -> None:
        """Delete what the provider still allows; what it no longer does is left. Raises DeliveryError."""
        ...
