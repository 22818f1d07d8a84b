"""What the portal is built from; everything is handed in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment
from sqlalchemy.ext.asyncio import AsyncSession

from booking.access import Access
from booking.keyring import Keyring, Sessions
from booking.models import Appointment


@dataclass(frozen=True)
class PortalHouse:
    """The portal's surroundings.

    `address` is where staff reach us, never taken from a request: behind a proxy that would be wrong.
    `notify` queues the neutral notice that the office cancelled, in the transaction handed to it, and says
    whether the resident may be written to. `topic_title` and `translate` take the language last.
    """

    reading: Sessions
    writing: Sessions
    keyring: Keyring
    now: Callable[[], datetime]
    pages: Environment
    translate: Callable[[str, str], str]
    audit_key: bytes
    address: str
    secure_cookies: bool
    notify: Callable[[AsyncSession, Appointment], Awaitable[bool]]
    topic_title: Callable[[str, str], str]

    @property
    def access(self) -> Access:
        """The way to what residents told us."""
        return Access(self.writing, self.keyring, self.audit_key)
