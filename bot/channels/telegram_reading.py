"""What an update of Telegram means to us, once the library has taken it apart."""

import re
from collections.abc import Container
from dataclasses import dataclass

from bot.inbox import PASSED_ON, Received
from flows.commands import Command

NAME = "telegram"
DEEP_LINK = re.compile(r"/start(?:@\w+)?(?:\s+(\S+))?", re.ASCII)
PRESS = re.compile(r"([0-9a-f]{32}):([0-9]{1,3})")
FORGED = "forged"
# Telegram allows only small Latin letters here; the words beside them are in both languages.
MENU = {
    "menu": Command.MENU,
    "pieraksti": Command.MY_APPOINTMENTS,
    "cilveks": Command.PERSON,
    "valoda": Command.LANGUAGE,
    "stop": Command.STOP,
}


@dataclass(frozen=True)
class Pressed:
    """A pressed button, and Telegram's id of the press, which wants an answer."""

    received: Received
    press_id: str


@dataclass(frozen=True)
class InGroup:
    """Somebody wrote in a group or channel, or took us into one: no place for what people tell us."""

    chat_id: int


@dataclass(frozen=True)
class Barred:
    """A person blocked the bot, or lets it write again."""

    address: str
    is_barred: bool


Heard = Received | Pressed | InGroup | Barred


def as_message(chat_id: int, number: int, text: str, topics: Container[str]) -> Received:
    """Words of a person; a deep link or a command of the menu is a choice.

    The number of the message tells repeats, not that of the update: Telegram draws new update numbers at random
    after a quiet week, so one may come back within our 90 days, and the same message under another one.
    """
    words, choice = _read_words(text.strip(), topics)
    address = str(chat_id)
    return Received(NAME, address, f"{address}/{number}", words, choice, withdraw_id=str(number))


def as_unreadable(chat_id: int, number: int, text: str, *, is_passed_on: bool) -> Received:
    """A photo, voice, sticker and the like with its caption, or somebody else's words passed on; nothing is fetched."""
    address = str(chat_id)
    choice = PASSED_ON if is_passed_on and text else Command.UNREADABLE.value
    return Received(NAME, address, f"{address}/{number}", text, choice_id=choice, withdraw_id=str(number))


def as_edited(chat_id: int, number: int, text: str, update_id: int) -> Received:
    """A message rewritten afterwards: what it brought about stays, only danger is looked for in the new words."""
    address = str(chat_id)
    return Received(
        NAME,
        address,
        f"{address}/{number}/{update_id}",
        text,
        choice_id=Command.EDITED.value,
        withdraw_id=str(number),
    )


def as_press(chat_id: int, press_id: str, data: str) -> Pressed:
    """A button by our message's id and the number of the choice; made-up data is like a button nobody knows."""
    found = PRESS.fullmatch(data)
    asked_in, index = found.groups() if found else (FORGED, "0")
    received = Received(NAME, str(chat_id), f"press/{press_id}", "", f"button:{int(index)}", asked_in)
    return Pressed(received, press_id)


def _read_words(text: str, topics: Container[str]) -> tuple[str, str | None]:
    if link := DEEP_LINK.fullmatch(text):
        topic = link.group(1)
        # A link to a topic that is gone, or to none of ours, still opens the talk.
        return ("", f"topic:{topic}") if topic in topics else ("/start", None)
    command = MENU.get(text.removeprefix("/")) if text.startswith("/") else None
    return (text, None) if command is None else ("", command.value)
