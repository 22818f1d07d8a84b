"""Telegram's doors: its webhook, or asking for updates ourselves. Either way stored first, confirmed afterwards."""

import asyncio
import hmac
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from booking.subjects import set_opt_out
from bot.channels.base import DeliveryError, Failure, Outgoing
from bot.channels.telegram import TelegramChat, read_update
from bot.channels.telegram_reading import Barred, Heard, InGroup, Pressed
from bot.house import House
from bot.in_time import InTime
from bot.inbox import Received
from flows.messages import Reply
from flows.safety_cards import card_without_database
from flows.translations import LANGUAGES, mark, translate
from knowledge.language import detect

log = structlog.get_logger()

PATH = "/webhooks/telegram"
HEADER = "x-telegram-bot-api-secret-token"
LONGEST_ACCEPT = 2.0
MOST_ERRANDS = 200
MOST_CARDED = 1000
IN_GROUP = mark("I do not help in groups, where everybody reads along. Please write to me alone.")
DANGER = mark("In danger call 112.")


@dataclass
class TelegramDoors:
    """Telegram for one running service."""

    house: House
    channel: TelegramChat
    wake: Callable[[], None]
    now: Callable[[], datetime]
    _in_time: InTime = field(default_factory=lambda: InTime("telegram"), init=False)
    _errands: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _refusing: set[int] = field(default_factory=set, init=False)
    _carded: dict[str, None] = field(default_factory=dict, init=False)

    def router(self) -> APIRouter:
        """The route Telegram brings updates to."""
        router = APIRouter()
        router.add_api_route(PATH, self.hear, methods=["POST"], response_class=Response)
        return router

    async def hear(self, request: Request) -> Response:
        """Take one update. 403 before anything is read, 503 when it could not be stored and shall be brought again."""
        if not self._is_authentic(request):
            return Response(status_code=403)
        try:
            raw = json.loads(await request.body())
        except (ValueError, RecursionError):
            log.error("update_unreadable", error="json")
            return Response()
        return Response(status_code=200 if await self.take(raw, within=LONGEST_ACCEPT) else 503)

    def _is_authentic(self, request: Request) -> bool:
        """Exactly one header with our secret, or the one before while it is being changed."""
        settings = self.house.settings
        given = request.headers.getlist(HEADER)
        known = [one for one in (settings.telegram_webhook_secret, settings.old_telegram_webhook_secret) if one]
        matches = [
            hmac.compare_digest(one.encode(), secret.get_secret_value().encode()) for one in given for secret in known
        ]
        return len(given) == 1 and any(matches)

    async def take(self, raw: Any, *, within: float) -> bool:
        """Do what one update asks for. False when it was not stored `within` so many seconds: it must come again."""
        heard = self._read(raw)
        if await self._in_time.is_done(self._do(heard), within=within):
            return True
        self._show_card(heard)
        return False

    def _read(self, raw: Any) -> Heard | None:
        try:
            return read_update(raw, self.house.knowledge.catalogue.topics)
        except Exception as error:
            # Authentic, but nothing the library knows: brought again it would be no better.
            log.error("update_unreadable", error=type(error).__name__)
            return None

    def look_for_danger(self, raw: Any) -> None:
        """Show the danger card for an update that cannot be stored now and will come again."""
        self._show_card(self._read(raw))

    async def _do(self, heard: Heard | None) -> None:
        match heard:
            case Received():
                await self._store(heard)
            case Pressed():
                await self._store(heard.received)
                self._run(self.channel.answer_press(heard.press_id))
            case InGroup():
                self._refuse_group(heard.chat_id)
            case Barred():
                await self._note_barred(heard)

    async def _store(self, received: Received) -> None:
        await self.house.inbox.accept(received, now=self.now())
        self.wake()

    async def _note_barred(self, heard: Barred) -> None:
        """Who blocks the bot wants nothing sent first; who lets it in again may be written to again."""
        inbox = self.house.inbox
        known = await inbox.find(self.channel.name, inbox.address_index(self.channel.name, heard.address))
        if known is not None:
            async with self.house.database.writing() as session:
                await set_opt_out(session, known[0].id, self.now() if heard.is_barred else None)

    def _refuse_group(self, chat_id: int) -> None:
        """One kind sentence, then out. Once out, Telegram itself keeps us from saying it again."""
        if chat_id not in self._refusing and len(self._errands) < MOST_ERRANDS:
            self._refusing.add(chat_id)
            text = "\n".join(translate(one, language) for language in LANGUAGES for one in (IN_GROUP, DANGER))
            self._run(self._leave(chat_id, text))

    async def _leave(self, chat_id: int, text: str) -> None:
        try:
            await self.channel.leave(chat_id, text)
        finally:
            self._refusing.discard(chat_id)

    def _show_card(self, heard: Heard | None) -> None:
        """A sign of danger gets its card straight from memory, once however often Telegram brings the message."""
        if not isinstance(heard, Received) or heard.provider_id in self._carded:
            return
        cards = self.house.knowledge.catalogue.cards
        card = card_without_database(cards, heard.text, detect(heard.text, previous="lv"), self.channel.name)
        if card is None:
            return
        self._carded[heard.provider_id] = None
        if len(self._carded) > MOST_CARDED:
            del self._carded[next(iter(self._carded))]
        message = Outgoing(heard.provider_id, heard.address, Reply(card, is_danger_card=True), self.now())
        self._run(self._send_card(message), is_dear=True)

    async def _send_card(self, message: Outgoing) -> None:
        try:
            await self.channel.send(message)
        except DeliveryError as fault:
            if fault.failure == Failure.LATER:
                # It was certainly not taken: when Telegram brings the message again, it is tried again.
                self._carded.pop(message.id, None)
            raise

    def _run(self, errand: Coroutine[Any, Any, None], *, is_dear: bool = False) -> None:
        """Start a call that no answer waits for; with very many under way already, only what is dear is begun."""
        if len(self._errands) >= MOST_ERRANDS and not is_dear:
            errand.close()
            return
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        task.add_done_callback(_hear_of_failure)

    async def finish(self) -> None:
        """Wait for the calls under way; none takes longer than a call to Telegram may."""
        await asyncio.gather(*self._errands, return_exceptions=True)


def _hear_of_failure(task: asyncio.Task[None]) -> None:
    """Note the class of a fault; asyncio would log its text."""
    if not task.cancelled() and (fault := task.exception()):
        log.info(
            "telegram_errand_failed", error=fault.code if isinstance(fault, DeliveryError) else type(fault).__name__
        )
