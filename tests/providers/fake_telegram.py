"""Telegram over real HTTP, as far as a bot sees it; it misbehaves when told to."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.providers.tiny_http import Answer, Mischief, serve_tiny

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFak"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Palīgs", "username": "paligs_bot"}
WRITTEN_AT = 1_795_507_200
# What each method takes, from Telegram's description of its Bot API; anything else is a fault of ours.
PARAMETERS = {
    "getme": set(),
    "getupdates": {"offset", "limit", "timeout", "allowed_updates"},
    "sendmessage": {"chat_id", "text", "reply_markup", "link_preview_options"},
    "answercallbackquery": {"callback_query_id"},
    "deletemessage": {"chat_id", "message_id"},
    "deletemessages": {"chat_id", "message_ids"},
    "leavechat": {"chat_id"},
    "setwebhook": {"url", "allowed_updates", "secret_token"},
    "deletewebhook": {"drop_pending_updates"},
    "getwebhookinfo": set(),
    "getmycommands": {"language_code"},
    "setmycommands": {"commands", "language_code"},
    "getmydescription": {"language_code"},
    "setmydescription": {"description", "language_code"},
    "getmyshortdescription": {"language_code"},
    "setmyshortdescription": {"short_description", "language_code"},
}


class Refused(Exception):
    """Telegram's word against a call."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.answer = Answer(
            code, {"ok": False, "error_code": code, "description": description, "parameters": parameters}
        )


@dataclass
class FakeTelegram:
    """One bot's Telegram: who may be written to, what was sent, what waits to be fetched."""

    url: str = ""
    token: str = TOKEN
    blocked: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    too_old: set[int] = field(default_factory=set)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    messages: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    deleted: list[int] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=lambda: {"url": ""})
    failure: dict[str, Any] = field(default_factory=dict)
    shown: dict[tuple[str, str], Any] = field(default_factory=dict)
    mischief: dict[str, deque[Mischief]] = field(default_factory=lambda: defaultdict(deque))
    has_confirmed: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: int = 100

    def misbehave(self, method: str, *pranks: Mischief) -> None:
        """Spoil the next calls of a method, one prank each."""
        self.mischief[method.lower()].extend(pranks)

    def texts(self, chat_id: int) -> list[str]:
        """What was sent to a chat."""
        return [message["text"] for message in self.messages[chat_id]]

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(name == method.lower() for name, _ in self.calls)

    def next_number(self) -> int:
        """The number of the next message in any chat."""
        self.numbers += 1
        return self.numbers

    async def respond(self, path: str, body: bytes) -> tuple[Answer, Mischief | None]:
        """The answer to one call, and what is to go wrong with it."""
        token, _, method = path.removeprefix("/bot").rpartition("/")
        method = method.lower()
        prank = self.mischief[method].popleft() if self.mischief[method] else None
        if prank and prank.is_before:
            return prank.answer or Answer(200, {}), prank
        try:
            if token != self.token:
                raise Refused(401, "Unauthorized")
            parameters = _parameters(method, body)
            self.calls.append((method, parameters))
            handle: Callable[..., Any] = getattr(self, f"_{method}")
            return Answer(200, {"ok": True, "result": await handle(**parameters)}), prank
        except Refused as refusal:
            return refusal.answer, prank

    async def _getme(self) -> dict[str, Any]:
        return BOT

    async def _getupdates(self, offset: int | None = None, **_rest: Any) -> list[dict[str, Any]]:
        if self.webhook["url"]:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if offset is not None:
            self.confirmed += [one["update_id"] for one in self.waiting if one["update_id"] < offset]
            self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
            self.has_confirmed.set()
        if not self.waiting:
            await asyncio.sleep(0.01)
        return self.waiting

    async def _sendmessage(self, chat_id: int, text: str, **rest: Any) -> dict[str, Any]:
        self._demand_chat(chat_id)
        if not 1 <= len(text.encode("utf-16-le")) // 2 <= 4096:
            raise Refused(400, "Bad Request: message is too long")
        for row in rest.get("reply_markup", {}).get("inline_keyboard", []):
            assert all(1 <= len(button["callback_data"].encode()) <= 64 and button["text"] for button in row)
        message = {"message_id": self.next_number(), "date": WRITTEN_AT, "text": text, "from": BOT, **rest}
        message["chat"] = {"id": chat_id, "type": "private" if chat_id > 0 else "group"}
        self.messages[chat_id].append(message)
        return message

    def _demand_chat(self, chat_id: int) -> None:
        if chat_id in self.unknown:
            raise Refused(400, "Bad Request: chat not found")
        if chat_id in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat_id in self.left:
            raise Refused(403, "Forbidden: bot is not a member of the group chat")

    async def _answercallbackquery(self, callback_query_id: str) -> bool:
        self.answered.append(callback_query_id)
        return True

    async def _deletemessages(self, chat_id: int, message_ids: list[int]) -> bool:
        self._demand_chat(chat_id)
        if len(message_ids) > 100 or self.too_old & set(message_ids):
            raise Refused(400, "Bad Request: message can't be deleted for everyone")
        self.deleted += message_ids
        return True

    async def _leavechat(self, chat_id: int) -> bool:
        self._demand_chat(chat_id)
        self.left.add(chat_id)
        return True

    async def _setwebhook(self, url: str, **rest: Any) -> bool:
        self.webhook, self.failure = {"url": url, **rest}, {}
        return True

    async def _deletewebhook(self, **_rest: Any) -> bool:
        self.webhook = {"url": ""}
        return True

    async def _getwebhookinfo(self) -> dict[str, Any]:
        told = {name: value for name, value in self.webhook.items() if name != "secret_token"}
        return {**told, "has_custom_certificate": False, "pending_update_count": len(self.waiting), **self.failure}

    async def _getmycommands(self, language_code: str = "") -> Any:
        return self.shown.get(("commands", language_code), [])

    async def _setmycommands(self, commands: Any, language_code: str = "") -> bool:
        self.shown["commands", language_code] = commands
        return True

    async def _getmydescription(self, language_code: str = "") -> Any:
        return {"description": self.shown.get(("description", language_code), "")}

    async def _setmydescription(self, description: str, language_code: str = "") -> bool:
        assert len(description) <= 512
        self.shown["description", language_code] = description
        return True

    async def _getmyshortdescription(self, language_code: str = "") -> Any:
        return {"short_description": self.shown.get(("short", language_code), "")}

    async def _setmyshortdescription(self, short_description: str, language_code: str = "") -> bool:
        assert len(short_description) <= 120
        self.shown["short", language_code] = short_description
        return True


def _parameters(method: str, body: bytes) -> dict[str, Any]:
    """What was sent, with numbers and objects as such; refuses what Telegram does not know."""
    words = {"text", "callback_query_id", "url", "secret_token", "language_code", "description", "short_description"}
    given = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if method not in PARAMETERS or given.keys() - PARAMETERS[method]:
        raise Refused(404, f"Not Found: {method} {sorted(given)}")
    return {name: value if name in words else json.loads(value) for name, value in given.items()}


@asynccontextmanager
async def open_fake_telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram on a free port, until the block ends."""
    fake = FakeTelegram()
    async with serve_tiny(fake.respond) as url:
        fake.url = url
        yield fake
