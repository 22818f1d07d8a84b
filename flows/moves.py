"""Where a conversation goes after an answer."""

from dataclasses import dataclass, field
from typing import Any

from flows.messages import Reply


@dataclass(frozen=True)
class Next:
    """The answer was taken; ask this step of the same flow."""

    step: str
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True)
class Again:
    """The answer could not be read (or needs another try): say this, then ask the open question once more."""

    reply: Reply | None = None
    is_understood: bool = False


@dataclass(frozen=True)
class Start:
    """Leave this flow and begin another by its name."""

    flow: str
    facts: dict[str, Any] = field(default_factory=dict)
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True)
class Stay:
    """Say this and leave everything as it is: the open question, asked already, and the choices on the screen."""

    replies: tuple[Reply, ...]


@dataclass(frozen=True)
class Done:
    """The flow is over."""

    replies: tuple[Reply, ...] = ()


Move = Next | Again | Start | Stay | Done
