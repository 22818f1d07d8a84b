"""What every answer of the web server carries, and what no request may be."""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from bot.settings import SettingsBroken

log = structlog.get_logger()

LARGEST_BODY = 256 * 1024

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)
SITE = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")
HEADERS = [
    (b"content-security-policy", f"{POLICY}'none'".encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
NO_STORE = (b"cache-control", b"no-store")


REFUSALS = {
    413: ("too_large", "Ziņa ir pārāk gara. Lūdzu, īsāk. / Сообщение слишком длинное. Напишите, пожалуйста, короче."),
    503: ("away", "Pašlaik neizdevās. Lūdzu, vēlreiz pēc minūtes. / Сейчас не получилось. Попробуйте через минуту."),
}


def frame_policy(sites: str) -> str:
    """The content policy of a page that these sites may show in a frame; raises SettingsBroken for anything else."""
    named = sites.split()
    if not all(SITE.fullmatch(site) for site in named):
        raise SettingsBroken("PALIGS_EMBEDDING_SITES: only sites with spaces between, as https://www.example.lv")
    return POLICY + (" ".join(named) or "'none'")


class BodyTooLarge(Exception):
    """More was sent than any honest message needs."""


class Protection:
    """ASGI layer: safe headers on every answer, bodies of at most 256 kB, and no fault ever shown or logged in full.

    A page may bring a content policy of its own: the chat in a frame names the sites that may show it.
    """

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = Passage(scope, receive, send)
        try:
            await self._app(scope, passage.receive, passage.send)
        except BodyTooLarge:
            await passage.refuse(413)
        except Exception as error:
            log.error("request_failed", error=type(error).__name__)
            await passage.refuse(503)


class Passage:
    """One request and its answer on their way."""

    def __init__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        self._is_static = scope["path"].startswith("/static/")
        self._receive, self._send = receive, send
        self._seen = 0
        self._has_begun = False
        self._is_refused = False

    async def receive(self) -> Message:
        """The next part of the request; raises BodyTooLarge."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > LARGEST_BODY:
            raise BodyTooLarge
        return message

    async def send(self, message: Message) -> None:
        """A part of the answer with our headers; a body that was too large is told so, whatever the app made of it."""
        if self._is_refused:
            return
        if self._seen > LARGEST_BODY and not self._has_begun:
            await self.refuse(413)
            return
        if message["type"] == "http.response.start":
            self._has_begun = True
            given = {name.lower() for name, _ in message["headers"]}
            ours = [*HEADERS, *([] if self._is_static else [NO_STORE])]
            message["headers"] = [*message["headers"], *(one for one in ours if one[0] not in given)]
        await self._send(message)

    async def refuse(self, status: int) -> None:
        """A plain word instead of an answer, unless one has begun."""
        if self._has_begun:
            return
        code, text = REFUSALS[status]
        body = json.dumps({"error": {"code": code, "text": text}}, ensure_ascii=False).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        self._has_begun = self._is_refused = True
        start = {"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS, NO_STORE]}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
