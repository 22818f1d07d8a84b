"""What a channel is to the rest of the service."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flows.messages import Reply


class DeliveryError(Exception):
    """A message could not be handed to the provider. `permanent` decides whether it is tried again."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


@dataclass(frozen=True)
class Outgoing:
    """One message ready to be sent: our id for it, whose address, what to say."""

    id: str
    address: str
    reply: Reply
    now: datetime


class Channel(Protocol):
    """One provider. `send` returns the provider's id for the message, or raises DeliveryError."""

    name: str

    async def send(self, message: Outgoing) -> str | None:
        """Hand one message to the provider; no database transaction is open meanwhile."""
        ...
