"""A process that brings up victims: it loads the knowledge once, so that each of them lives at once."""

import multiprocessing
import os
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from bot.house import load_knowledge
from flows.turn import Knowledge

Order = TypeVar("Order")


class Nursery:
    """Each victim is a process of its own, forked from one that has no threads and no connections."""

    def __init__(self, models: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, models), daemon=True)
        self._process.start()

    def start(self, life: Callable[[Order, Knowledge], Coroutine[Any, Any, None]], order: Order) -> int:
        """Let a victim live the life that its order describes; its process id."""
        self._ours.send((life, order))
        return self._ours.recv()

    def wait(self) -> int:
        """How the victim ended: 0, or minus the number of the signal that ended it."""
        return self._ours.recv()

    def close(self) -> None:
        """No more victims."""
        self._ours.send(None)
        self._process.join(30)


def _serve(pipe: "Connection[Any, Any]", models: Path) -> None:
    known = load_knowledge("bauska", models)
    while (task := pipe.recv()) is not None:
        life, order = task
        victim = os.fork()
        if victim == 0:
            uvloop.run(life(order, known))  # as `paligs serve` does
            os._exit(0)
        pipe.send(victim)
        pipe.send(os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1]))
