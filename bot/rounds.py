"""Work that a process does again and again, such as reading what a provider's webhook may have lost."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Round:
    """One such work; after it whatever came in is answered at once. `seconds` lie between two of it."""

    name: str
    work: Callable[[datetime], Awaitable[object]]
    seconds: float
