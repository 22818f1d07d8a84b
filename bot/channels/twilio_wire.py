"""One HTTP call to Twilio, told apart by what a failure says: certainly not taken, refused, or nobody knows.

Twilio's own client follows its library's host and logs addresses; this one goes only to the host of the
settings, follows no redirect, reads a bounded answer in a bounded time and logs nothing.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession, ClientTimeout
from aiohttp import ConnectionTimeoutError as ConnectTooSlow

LONGEST_CONNECT = 4.0
LONGEST_CALL = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024
LONGEST_REST = timedelta(hours=1)


class NotReached(Exception):
    """No connection was made, so nothing was handed over."""


class AnswerLost(Exception):
    """The call went out, but its answer did not come whole: it may have had its effect."""


class Refused(Exception):
    """Twilio, or something before it, answered otherwise than with success. `code` is Twilio's, or empty."""

    def __init__(self, status: int, code: str, retry_after: timedelta | None) -> None:
        super().__init__(status)
        self.status = status
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer:
    """What came back with success (2xx)."""

    status: int
    text: str


class Wire:
    """Calls to one host. `base_url` is where Twilio's API is, without a path."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")

    async def call(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str],
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
        login: tuple[str, str],
    ) -> Answer:
        """Make one call; raises NotReached, AnswerLost or Refused.

        Each call has a connection of its own: a kept one that Twilio has closed meanwhile would look
        exactly like a lost answer. Only path and query of `url` count, whatever host an answer named.
        """
        path = urlsplit(url)
        target = f"{self._base}{path.path}" + (f"?{path.query}" if path.query else "")
        timeout = ClientTimeout(total=LONGEST_CALL, connect=LONGEST_CONNECT)
        sent = {"headers": {**headers, "Authorization": basic(login)}, "params": query, "data": form}
        try:
            async with (
                ClientSession(timeout=timeout) as session,
                session.request(method, target, allow_redirects=False, **sent) as response,
            ):
                return _judged(response, await _read(response))
        except (ClientConnectorError, ConnectTooSlow):
            raise NotReached from None
        except (ClientError, TimeoutError, ConnectionError, ValueError):
            raise AnswerLost from None


def basic(login: tuple[str, str]) -> str:
    """The header of HTTP basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(":".join(login).encode()).decode("ascii")


async def _read(response: ClientResponse) -> str:
    """The body as text; raises ValueError when it is larger than any honest answer, or no UTF-8."""
    body = bytearray()
    async for part in response.content.iter_chunked(65_536):
        body += part
        if len(body) > LARGEST_ANSWER:
            raise ValueError
    return body.decode("utf-8")


def _judged(response: ClientResponse, text: str) -> Answer:
    if 200 <= response.status < 300:
        return Answer(response.status, text)
    raise Refused(response.status, _code(text), _rest(response.headers.get("Retry-After", "")))


def _code(text: str) -> str:
    """Twilio's number for the fault, which it puts into a JSON object."""
    try:
        code = json.loads(text)["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return str(code) if isinstance(code, int) and not isinstance(code, bool) and 0 < code < 1_000_000 else ""


def _rest(header: str) -> timedelta | None:
    """How long Twilio wants to be left alone, in whole seconds; a date or nonsense counts as nothing said."""
    if not (header.isascii() and header.isdecimal() and len(header) < 10):
        return None
    return min(timedelta(seconds=int(header)), LONGEST_REST)
