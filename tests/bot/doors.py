"""The doors for other programs, as those programs use them: a process, lines in, lines out."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent

PATIENCE_SECONDS = 120

Line = dict[str, Any] | bytes
"""An object to be written as JSON, or raw bytes as a careless program sends them."""


@dataclass(frozen=True)
class Spoken:
    """What came back: the objects in order, and what was told to the operator."""

    answers: list[dict[str, Any]]
    told: str
    status: int


def speak(door: str, *options: str, lines: Sequence[Line]) -> Spoken:
    """Run a door over lines, as a process of its own; anything on stdout that is no JSON object is an error."""
    asked = b"".join(as_line(line) for line in lines)
    command = [sys.executable, "-m", "bot", door, *options]
    ended = subprocess.run(
        command, input=asked, capture_output=True, cwd=ROOT, env=environment(), check=False, timeout=300
    )
    answers = [strict(line) for line in lines_of(ended.stdout)]
    return Spoken(answers, ended.stderr.decode(), ended.returncode)


def environment() -> dict[str, str]:
    """Ours, without what would make Python write at once whether a door does or not."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def lines_of(out: bytes) -> list[str]:
    """Lines as JSON lines mean them: only a line feed ends one."""
    assert out.endswith(b"\n") or not out
    return out.decode("utf-8").split("\n")[:-1]


def as_line(line: Line) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"


def strict(line: str) -> dict[str, Any]:
    """An object as strict programs read it: no NaN, no Infinity."""
    answer = json.loads(line, parse_constant=_refuse)
    assert isinstance(answer, dict)
    return answer


def _refuse(name: str) -> None:
    raise AssertionError(f"not JSON: {name}")


class OpenDoor:
    """A door that is spoken to line by line, as a program in a conversation does."""

    def __init__(self, door: str, *options: str) -> None:
        command = [sys.executable, "-m", "bot", door, *options]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
        )

    def ask(self, line: Line) -> dict[str, Any]:
        """Write a line and read its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(as_line(line))
        self._process.stdin.flush()
        has_answered, _, _ = select.select([self._process.stdout], [], [], PATIENCE_SECONDS)
        assert has_answered, "no answer came before the next line"
        return strict(self._process.stdout.readline().decode("utf-8"))

    def close(self) -> Spoken:
        """End the talk; whatever else was written."""
        out, told = self._process.communicate(timeout=60)
        return Spoken([strict(line) for line in lines_of(out)], told.decode(), self._process.returncode)
