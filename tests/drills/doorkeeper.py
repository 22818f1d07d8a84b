"""A process that opens the doors of the providers and answers, until it is killed: `paligs serve` without pages.

What it would send goes nowhere: the drill counts what each message did here. Its doors have all the patience of
the world, for the drill is not about speed: on a busy machine they would rightly ask to come again (503).
"""

import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch

import uvicorn
from fastapi import FastAPI

import bot.doors.twilio_doors
from bot.channels.telegram import TelegramChat
from bot.channels.twilio_sms import TwilioSms
from bot.doors.telegram_doors import TelegramDoors
from bot.doors.twilio_doors import TwilioDoors
from bot.house import build_house
from bot.runner import Runner
from bot.settings import Settings
from flows.turn import Knowledge


@dataclass(frozen=True)
class Doors:
    """Where the doors are, and what time it is behind them."""

    settings: Settings
    port: int
    now: datetime


PATIENCE = 60.0


class PatientTelegramDoors(TelegramDoors):
    """Waits until an update is stored, however long that takes."""

    async def take(self, raw: Any, *, within: float = PATIENCE) -> bool:
        """As any door, with more time."""
        return await super().take(raw, within=within)


async def keep_doors(doors: Doors, known: Knowledge) -> None:
    """Open the doors and answer what comes in, for ever."""
    settings = doors.settings
    assert settings.telegram_token
    house = build_house(settings, {}, knowledge=known)
    runner = Runner(house, lambda: doors.now)
    telegram = TelegramChat(settings.telegram_token.get_secret_value(), settings.telegram_url)
    app = FastAPI()
    app.include_router(TwilioDoors(house, TwilioSms(settings), runner.wake, lambda: doors.now).router())
    app.include_router(PatientTelegramDoors(house, telegram, runner.wake, lambda: doors.now).router())
    runner.start()
    config = uvicorn.Config(app, host="127.0.0.1", port=doors.port, log_level="critical", lifespan="off")
    with patch.object(bot.doors.twilio_doors, "LONGEST_WAIT", PATIENCE):
        await uvicorn.Server(config).serve()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]
