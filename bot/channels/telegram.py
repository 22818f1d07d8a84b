"""Telegram: sending with python-telegram-bot's calls, reading updates with its types. Nothing else imports it.

Its own polling and webhook server are not used: they confirm before anything is stored, and log what people
wrote. Its loggers and httpx's are silenced here, for the bot's token stands in every address they would log.
"""

import asyncio
import json
import logging
import os
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import structlog
from telegram import (
    Bot,
    BotCommand,
    CallbackQuery,
    ChatMember,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.base import Consequence, DeliveryError, Failure, Outgoing, Pace
from bot.channels.telegram_reading import (
    NAME,
    Barred,
    Heard,
    InGroup,
    Pressed,
    as_edited,
    as_message,
    as_press,
    as_unreadable,
)
from bot.channels.telegram_text import as_page
from bot.inbox import Received

LONGEST_CALL = 10.0
LONGEST_CONNECT = 5.0
LARGEST_ANSWER = 4 * 1024 * 1024
LONGEST_PAUSE = 86_400
MOST_CONNECTIONS = 24
MOST_UPDATES = 50
MOST_DELETED = 100
MOST_BEGUN = 1000
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")

log = structlog.get_logger()
# The library's own opt-in; without it every length of time in an update is a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")
for talkative, level in (("telegram", logging.CRITICAL + 1), ("httpx", logging.WARNING), ("httpcore", logging.WARNING)):
    logging.getLogger(talkative).setLevel(level)


class NotReached(NetworkError):
    """No connection came about, so nothing was taken."""


class AnswerLost(NetworkError):
    """The call went out and its answer did not come back whole: it may have been taken."""


class TooMany(TelegramError):
    """Telegram asks to wait; `pause` says how long, when it does."""

    def __init__(self, pause: timedelta | None) -> None:
        super().__init__("too many")
        self.pause = pause


# One table for every call: the first line that fits says what became of the message.
FAULTS: tuple[tuple[type[Exception], str, Failure, Consequence | None], ...] = (
    (TooMany, "too_many", Failure.LATER, None),
    (AnswerLost, "answer_lost", Failure.UNKNOWN, None),
    (NotReached, "not_reached", Failure.LATER, None),
    (Forbidden, "blocked", Failure.FOR_GOOD, Consequence.OPTED_OUT),
    (ChatMigrated, "migrated", Failure.FOR_GOOD, None),
    (InvalidToken, "bad_token", Failure.LATER, None),
    (BadRequest, "refused", Failure.FOR_GOOD, None),
    (NetworkError, "unwell", Failure.LATER, None),
    (Exception, "odd_answer", Failure.UNKNOWN, None),
)


@contextmanager
def _plain_faults() -> Iterator[None]:
    """Turn every fault of a call into a DeliveryError without its text, which may hold the token or words."""
    try:
        yield
    except Exception as error:
        code, failure, consequence = next(line[1:] for line in FAULTS if isinstance(error, line[0]))
        if isinstance(error, BadRequest) and "chat not found" in error.message.lower():
            code = "chat_not_found"
        pause = error.pause if isinstance(error, TooMany) else None
        raise DeliveryError(code, failure, retry_after=pause, consequence=consequence) from None


class Line(BaseRequest):
    """The HTTP under the library: no redirects, a bounded answer, a bounded time in all however slowly it trickles."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=MOST_CONNECTIONS)
        timeout = httpx.Timeout(None, connect=LONGEST_CONNECT, pool=LONGEST_CONNECT)
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False)

    @property
    def read_timeout(self) -> float:
        """The longest call in seconds, unless a call says otherwise."""
        return LONGEST_CALL

    async def initialize(self) -> None:
        """Nothing to prepare: connections are made as they are needed."""

    async def shutdown(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        *_timeouts: object,
        **_more_timeouts: object,
    ) -> tuple[int, bytes]:
        """One call; status and body. `read_timeout` is the longest it may take in all, in seconds."""
        seconds = read_timeout if isinstance(read_timeout, int | float) else LONGEST_CALL
        parameters = request_data.json_parameters if request_data else None
        try:
            async with asyncio.timeout(seconds), self._client.stream(method, url, data=parameters) as answer:
                status, body = answer.status_code, await _read_bounded(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise NotReached("not reached") from None
        except (TimeoutError, httpx.HTTPError):
            raise AnswerLost("answer lost") from None
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TooMany(_pause(body))
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            raise AnswerLost("answer lost")
        return status, body


async def _read_bounded(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise AnswerLost("too large")
    return bytes(body)


def _pause(body: bytes) -> timedelta | None:
    """Telegram's `retry_after`, in seconds; None when it does not say."""
    try:
        seconds = json.loads(body)["parameters"]["retry_after"]
    except (ValueError, TypeError, KeyError):
        return None
    return timedelta(seconds=seconds) if isinstance(seconds, int) and 0 <= seconds <= LONGEST_PAUSE else None


@dataclass(frozen=True)
class WebhookState:
    """What Telegram says of our webhook; `url` is empty when there is none."""

    url: str
    waiting: int
    failed_at: datetime | None
    failure: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Presentation:
    """How the bot shows itself in one language: its menu of commands with their words, and what it is."""

    commands: tuple[tuple[str, str], ...]
    description: str
    short_description: str


class TelegramChat:
    """The channel of one bot. Telegram allows about 30 messages a second in all and one a second in a chat."""

    name = NAME
    pace = Pace(a_second=25, chat_rests=timedelta(seconds=1), at_once=8, has_one_sender=True)

    def __init__(self, token: str, url: str) -> None:
        self._line = Line()
        self._bot = Bot(token, base_url=f"{url}/bot", request=self._line, get_updates_request=self._line)
        # What of a long message is out already, by our id: a retry goes on where it stopped.
        self._begun: dict[str, list[str]] = {}

    async def close(self) -> None:
        """Give all connections back."""
        await self._line.shutdown()

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """Send one message, a long one in parts; the ids of the parts."""
        page = as_page(message.reply)
        keyboard = _keyboard(message.id, page.buttons)
        sent = self._begun.pop(message.id, [])
        try:
            for number in range(len(sent), len(page.parts)):
                is_last = number + 1 == len(page.parts)
                sent.append(await self._say(message.address, page.parts[number], keyboard if is_last else None))
        except DeliveryError:
            self._remember(message.id, sent)
            raise
        return tuple(sent)

    async def _say(self, address: str, text: str, keyboard: InlineKeyboardMarkup | None) -> str:
        with _plain_faults():
            # A preview would have Telegram fetch the page, and shows more than the words say.
            preview = LinkPreviewOptions(is_disabled=True)
            sent = await self._bot.send_message(
                address, text, parse_mode=None, reply_markup=keyboard, link_preview_options=preview
            )
            return str(sent.message_id)

    def _remember(self, message_id: str, sent: list[str]) -> None:
        if sent:
            self._begun[message_id] = sent
            if len(self._begun) > MOST_BEGUN:
                del self._begun[next(iter(self._begun))]

    async def withdraw(self, address: str, provider_ids: tuple[str, ...]) -> None:
        """Delete messages on both sides. Telegram does so for 48 hours; what is older or gone is left."""
        numbers = [int(one) for one in provider_ids]
        for start in range(0, len(numbers), MOST_DELETED):
            await self._delete(address, numbers[start : start + MOST_DELETED])

    async def _delete(self, address: str, numbers: list[int]) -> None:
        """One refused message must not keep the others, so after a refusal they are deleted one by one."""
        try:
            with _plain_faults():
                await self._bot.delete_messages(address, numbers)
        except DeliveryError as fault:
            if fault.failure != Failure.FOR_GOOD:
                raise
            if len(numbers) > 1:
                for number in numbers:
                    await self._delete(address, [number])

    async def answer_press(self, press_id: str) -> None:
        """Stop the button's turning circle."""
        with _plain_faults():
            await self._bot.answer_callback_query(press_id)

    async def leave(self, chat_id: int, text: str) -> None:
        """Say one thing in a group or channel and leave it; where speaking is not allowed, only leave."""
        try:
            await self._say(str(chat_id), text, None)
        except DeliveryError as fault:
            log.info("group_not_told", code=fault.code)
        with _plain_faults():
            await self._bot.leave_chat(chat_id)

    async def fetch(self, confirms: int | None, seconds: float) -> list[Any]:
        """Updates as they came, waiting up to `seconds` for the first; `confirms` lets go of all before that id."""
        asked: dict[str, Any] = {
            "offset": confirms,
            "limit": MOST_UPDATES,
            "timeout": int(seconds),
            "allowed_updates": ALLOWED_UPDATES,
        }
        with _plain_faults():
            # Not the library's `get_updates`: there one update that it cannot read holds up all others.
            # It warns of its own name here; Telegram takes it in any letters.
            found: Any = await self._bot.do_api_request(
                "getupdates", api_kwargs=asked, read_timeout=seconds + LONGEST_CALL
            )
            return list(found)

    async def user_name(self) -> str:
        """The bot's name in Telegram; raises DeliveryError with code `bad_token` when the token is not valid."""
        with _plain_faults():
            return (await self._bot.get_me()).username or ""

    async def webhook(self) -> WebhookState:
        """What Telegram says of our webhook."""
        with _plain_faults():
            info = await self._bot.get_webhook_info()
        return WebhookState(
            url=info.url,
            waiting=info.pending_update_count,
            failed_at=info.last_error_date,
            failure=info.last_error_message or "",
            kinds=tuple(info.allowed_updates or ()),
        )

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates brought to `url` with this secret; what waits at Telegram is kept."""
        with _plain_faults():
            await self._bot.set_webhook(url, allowed_updates=ALLOWED_UPDATES, secret_token=secret)

    async def drop_webhook(self) -> None:
        """Have updates kept at Telegram until they are fetched."""
        with _plain_faults():
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def presentation(self, language: str | None) -> Presentation:
        """How the bot shows itself in a language; None for every language without its own."""
        with _plain_faults():
            commands = await self._bot.get_my_commands(language_code=language)
            description = await self._bot.get_my_description(language_code=language)
            short = await self._bot.get_my_short_description(language_code=language)
        named = tuple((one.command, one.description) for one in commands)
        return Presentation(named, description.description, short.short_description)

    async def present(self, language: str | None, shown: Presentation) -> None:
        """Set how the bot shows itself in a language."""
        with _plain_faults():
            await self._bot.set_my_commands([BotCommand(*one) for one in shown.commands], language_code=language)
            await self._bot.set_my_description(shown.description, language_code=language)
            await self._bot.set_my_short_description(shown.short_description, language_code=language)


def _keyboard(message_id: str, labels: tuple[str, ...]) -> InlineKeyboardMarkup | None:
    """One button a row. Its data is our id of the message and the number of the choice, never the choice itself."""
    rows = [
        [InlineKeyboardButton(label, callback_data=f"{message_id}:{number}")] for number, label in enumerate(labels)
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def read_update(raw: Any, topics: Container[str]) -> Heard | None:
    """What one update says to us, None when nothing. Raises whatever the library raises on what it cannot read."""
    update = Update.de_json(raw)
    if update.callback_query:
        return _read_press(update.callback_query)
    if update.my_chat_member:
        return _read_membership(update.my_chat_member)
    if message := update.message or update.edited_message or update.channel_post:
        if message.chat.type != "private":
            return InGroup(_number(message.chat.id))
        return _read_message(message, topics, edit=_number(update.update_id) if update.edited_message else None)
    return None


def _read_message(message: Message, topics: Container[str], *, edit: int | None) -> Received | None:
    chat_id, number = _number(message.chat.id), _number(message.message_id)
    words = _words(message.text or message.caption)
    if edit is not None:
        # A shared place that moves is an edit every few seconds.
        return as_edited(chat_id, number, words, edit) if words else None
    if message.text and not message.forward_origin:
        return as_message(chat_id, number, words, topics)
    # A kind of message newer than the library is in `api_kwargs`; what is left are notes of Telegram's own.
    is_something = words or message.effective_attachment or message.checklist or message.api_kwargs
    is_passed_on = message.forward_origin is not None
    return as_unreadable(chat_id, number, words, is_passed_on=is_passed_on) if is_something else None


def _read_press(press: CallbackQuery) -> Pressed | InGroup | None:
    if press.message is None:
        return None
    chat_id = _number(press.message.chat.id)
    if press.message.chat.type != "private":
        return InGroup(chat_id)
    return as_press(chat_id, _words(press.id), _words(press.data))


def _read_membership(change: ChatMemberUpdated) -> Barred | InGroup | None:
    chat_id = _number(change.chat.id)
    is_out = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    if change.chat.type == "private":
        return Barred(str(chat_id), is_out)
    return None if is_out else InGroup(chat_id)


def _number(value: object) -> int:
    """The library does not look at the types inside an update."""
    if not isinstance(value, int):
        raise TypeError("not a number")
    return value


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
