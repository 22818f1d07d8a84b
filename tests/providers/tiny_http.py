"""A server of a few lines that can do what no honest server does: cut, trickle, hang, answer nonsense."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import Any

TRICKLE_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """Status and body; a body of bytes goes out as it is."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mischief:
    """What goes wrong with one call: `before` it is done, or with the answer after it."""

    is_before: bool = True
    answer: Answer | None = None
    hangs: float = 0
    trickles: bool = False
    cuts: bool = False


def says(status: int, body: Any = b"", **headers: str) -> Mischief:
    """This answer instead of doing anything."""
    return Mischief(answer=Answer(status, body, headers))


def garbles(body: bytes) -> Mischief:
    """Done, but 200 with this body comes back."""
    return Mischief(is_before=False, answer=Answer(200, body))


HTML = says(502, b"<html><body>Bad Gateway</body></html>")
UNWELL = says(500, {"ok": False, "error_code": 500, "description": "Internal Server Error"})
CUT_BEFORE = Mischief(cuts=True)
CUT_AFTER = Mischief(is_before=False, cuts=True)
TRICKLES = Mischief(is_before=False, trickles=True)


def hangs(seconds: float) -> Mischief:
    """Done, but the answer takes this long."""
    return Mischief(is_before=False, hangs=seconds)


def too_many(seconds: int | None) -> Mischief:
    """429 as Telegram says it, with or without how long to wait."""
    parameters = {} if seconds is None else {"parameters": {"retry_after": seconds}}
    return says(429, {"ok": False, "error_code": 429, "description": "Too Many Requests", **parameters})


Respond = Callable[[str, bytes], Awaitable[tuple[Answer, Mischief | None]]]


@asynccontextmanager
async def serve_tiny(respond: Respond) -> AsyncIterator[str]:
    """Answer on a free port until the block ends; yields the address."""
    under_way: set[asyncio.Task[None]] = set()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            answer, prank = await respond(head[0].split()[1], body)
            await _write(writer, answer, prank or Mischief())

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve_one(reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        # Closed connections are let go of in the next round of the loop.
        await asyncio.sleep(0)


async def _write(writer: asyncio.StreamWriter, answer: Answer, prank: Mischief) -> None:
    answer = prank.answer or answer
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    await asyncio.sleep(prank.hangs)
    if prank.cuts:
        return
    writer.write("\r\n".join([*lines, "", ""]).encode())
    for piece in _pieces(body, trickles=prank.trickles):
        writer.write(piece)
        await writer.drain()
        if prank.trickles:
            await asyncio.sleep(TRICKLE_SECONDS)


def _pieces(body: bytes, *, trickles: bool) -> list[bytes]:
    return [body[place : place + 1] for place in range(len(body))] if trickles else [body]
