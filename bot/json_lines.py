"""JSON lines on standard input and output: one object out for every line in, and nothing else."""

import json
import math
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, BinaryIO

import structlog

log = structlog.get_logger()

LONGEST_LINE = 1_000_000

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class LineRefused(Exception):
    """A line that cannot be answered; `code` is for programs, `text` for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


async def answer_lines(handle: Handler, lines: Iterator[bytes] | None = None, out: BinaryIO | None = None) -> None:
    """Answer every line in its order; a bad line gets its error and the run goes on."""
    target = out or sys.stdout.buffer
    for line in lines if lines is not None else sys.stdin.buffer:
        target.write(as_line(await _answer(handle, line)))
        target.flush()


def as_line(answer: dict[str, Any]) -> bytes:
    """One object as a line; a lone surrogate, which no encoding can carry, is written as its escape."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


async def _answer(handle: Handler, line: bytes) -> dict[str, Any]:
    line_id = None
    try:
        asked = _read(line)
        line_id = asked.get("id")
        return await handle(asked)
    except LineRefused as refused:
        return _error(line_id, refused.code, refused.text)
    except Exception as error:
        log.error("line_failed", error=type(error).__name__)
        return _error(line_id, "internal", "this line could not be answered")


def _read(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise LineRefused("too_long", f"a line holds at most {LONGEST_LINE} bytes")
    try:
        asked = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise LineRefused("bad_json", "the line is not valid JSON in UTF-8") from None
    if not isinstance(asked, dict):
        raise LineRefused("bad_line", "a line must be a JSON object")
    return asked


def _refuse_constant(_name: str) -> None:
    raise ValueError


def _finite(written: str) -> float:
    """JSON has no infinity, so a number that would become one is refused."""
    number = float(written)
    if not math.isfinite(number):
        raise ValueError
    return number


def _error(line_id: Any, code: str, text: str) -> dict[str, Any]:
    return {"id": line_id, "error": {"code": code, "text": text}}


def text_of(asked: dict[str, Any], name: str, *, default: str | None = None) -> str:
    """A text of the line; raises LineRefused when it is missing or something else."""
    value = asked.get(name, default)
    if not isinstance(value, str):
        raise LineRefused("bad_line", f"{name} must be a text")
    return value
