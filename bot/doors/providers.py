"""Which providers this installation is connected to, and what comes in from them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChat
from bot.channels.twilio_sms import TwilioSms
from bot.channels.web_chat import WebChat
from bot.delivery.leases import Leases
from bot.doors.telegram_doors import TelegramDoors
from bot.doors.telegram_polling import TelegramPolling
from bot.doors.twilio_doors import TwilioDoors
from bot.house import House
from bot.rounds import Round
from bot.settings import NEEDED_FOR_SMS, Settings, SettingsBroken

RECONCILE_EVERY = 300.0
POLLING = "telegram in"


@dataclass(frozen=True)
class Providers:
    """The channels that are there; the web chat always is."""

    web_chat: WebChat = field(default_factory=WebChat)
    sms: TwilioSms | None = None
    telegram: TelegramChat | None = None

    @property
    def channels(self) -> dict[str, Channel]:
        """Every channel by its name."""
        return {one.name: one for one in (self.web_chat, self.sms, self.telegram) if one is not None}

    async def close(self) -> None:
        """Give their connections back."""
        if self.telegram is not None:
            await self.telegram.close()


def open_providers(settings: Settings) -> Providers:
    """The providers of the settings; raises SettingsBroken where one is set up by half."""
    missing = settings.missing_for_sms
    has_sms = len(missing) < len(NEEDED_FOR_SMS)
    if has_sms and missing:
        raise SettingsBroken(f"{' and '.join(missing)}: not set. SMS need all three, or none of them for no SMS")
    if (has_sms or settings.telegram_webhook_secret) and not settings.public_url:
        raise SettingsBroken("PALIGS_PUBLIC_URL: not set. Providers bring messages to it, https://…")
    token = settings.telegram_token
    return Providers(
        sms=TwilioSms(settings) if has_sms else None,
        telegram=TelegramChat(token.get_secret_value(), settings.telegram_url) if token else None,
    )


class Doors:
    """Everything that lets providers in: routes for what they bring, and asking for what they did not."""

    def __init__(
        self, house: House, providers: Providers, wake: Callable[[], None], now: Callable[[], datetime]
    ) -> None:
        self._twilio = TwilioDoors(house, providers.sms, wake, now) if providers.sms else None
        self._telegram = TelegramDoors(house, providers.telegram, wake, now) if providers.telegram else None
        self._is_asking = house.settings.telegram_webhook_secret is None
        self._leases = Leases(house.database)
        self._now = now
        self._polling: asyncio.Task[None] | None = None

    def routers(self) -> list[APIRouter]:
        """The webhooks."""
        return [one.router() for one in (self._twilio, self._telegram) if one is not None]

    def rounds(self) -> list[Round]:
        """What is fetched again and again."""
        return [Round("reconcile", self._twilio.reconcile, RECONCILE_EVERY)] if self._twilio else []

    def start(self) -> None:
        """Begin to ask Telegram for messages, where it has no webhook to bring them to."""
        if self._telegram is not None and self._is_asking:
            self._polling = asyncio.create_task(TelegramPolling(self._telegram).run(self._may_ask))

    async def stop(self) -> None:
        """Ask no more; errands that are on their way come to their end."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)
            await self._leases.give_back(self._now())
        if self._telegram is not None:
            await self._telegram.finish()

    async def _may_ask(self) -> bool:
        return await self._leases.hold(POLLING, self._now())
