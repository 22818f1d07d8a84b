"""What every answer of the web server carries, and what no request may be."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

LARGEST_BODY = 256 * 1024

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
NO_STORE = (b"cache-control", b"no-store")


class BodyTooLarge(Exception):
    """More was sent than any honest message needs."""


class Protection:
    """ASGI layer: safe headers on every answer, and bodies of at most 256 kB."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = 0
        has_begun = False

        async def receive_some() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > LARGEST_BODY:
                raise BodyTooLarge
            return message

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                is_static = scope["path"].startswith("/static/")
                message["headers"] = [*message["headers"], *HEADERS, *([] if is_static else [NO_STORE])]
            await send(message)

        try:
            await self._app(scope, receive_some, send_with_headers)
        except BodyTooLarge:
            if not has_begun:
                await _refuse(send_with_headers)


async def _refuse(send: Send) -> None:
    text = "Ziņa ir pārāk gara. Lūdzu, īsāk. / Сообщение слишком длинное. Напишите, пожалуйста, короче."
    body = json.dumps({"error": {"code": "too_large", "text": text}}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
