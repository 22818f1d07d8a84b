"""The two small shapes of every conversation: a step asks and takes, a flow is an ordered list of steps."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flows.messages import Reply
from flows.moves import Move
from flows.turn import Turn


@dataclass(frozen=True)
class Step:
    """One question. `fills` names the facts that going back drops.

    With `passes_words_on` the office reads what was written: a cry for help is then taken, not set aside.
    """

    name: str
    ask: Callable[[Turn], Awaitable[Reply]]
    take: Callable[[Turn], Awaitable[Move]]
    fills: tuple[str, ...] = ()
    reads_numbers: bool = False
    passes_words_on: bool = False


@dataclass(frozen=True)
class Flow:
    """A conversation: its steps in order, and `begin`, which chooses the first from what is known already.

    `undo` takes the last answer back in a flow that asks many questions in one step.
    """

    name: str
    steps: tuple[Step, ...]
    begin: Callable[[Turn], Awaitable[Move]]
    undo: Callable[[Turn], bool] | None = None

    def step(self, name: str) -> Step | None:
        """The step of that name, or None when a release removed it."""
        return next((step for step in self.steps if step.name == name), None)
