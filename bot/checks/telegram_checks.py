"""What `paligs check` looks at in Telegram, and what `--fix` sets right there."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import DeliveryError
from bot.channels.telegram import ALLOWED_UPDATES, Presentation, TelegramChat, WebhookState
from bot.channels.telegram_reading import MENU
from bot.checks.check_result import CheckResult
from bot.doors.telegram_doors import PATH
from bot.settings import Settings
from flows.commands import Command
from flows.translations import mark, translate
from knowledge.catalogue import Cards

TOKEN, UPDATES, MENU_CHECK = "telegram", "telegram updates", "telegram menu"
# Telegram's rule for the secret of a webhook.
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
FAILED_LATELY = timedelta(minutes=30)
MANY_WAITING = 100
FIX = "`paligs check --fix` mends it"
WORDS = {
    Command.MENU: mark("Menu"),
    Command.MY_APPOINTMENTS: mark("My appointments"),
    Command.PERSON: mark("Talk to a person"),
    Command.LANGUAGE: mark("Change the language"),
    Command.STOP: mark("Send me no reminders"),
}
SHORT_DESCRIPTION = mark("Benefits, services, appointments.")
DANGER = mark("In danger call 112.")
# None is what Telegram shows in every language that has nothing of its own.
SHOWN = ((None, "lv"), ("ru", "ru"))


@dataclass(frozen=True)
class TelegramChecks:
    """The checks of one bot."""

    settings: Settings
    channel: TelegramChat
    cards: Cards
    now: datetime
    fix: bool

    async def run(self) -> list[CheckResult]:
        """All of them; without a valid token the others say nothing and are left out."""
        try:
            name = await self.channel.user_name()
        except DeliveryError as fault:
            if fault.code == "bad_token":
                words = "the token is not valid: ask @BotFather for the bot's token and set PALIGS_TELEGRAM_TOKEN"
            else:
                words = f"Telegram was not reached ({fault.code}): may this machine call {self.settings.telegram_url}?"
            return [CheckResult(TOKEN, False, words)]
        looks = {UPDATES: self._updates, MENU_CHECK: self._menu}
        found = [await self._look(title, look) for title, look in looks.items()]
        return [CheckResult(TOKEN, True, f"the token is valid: @{name}"), *found]

    async def _look(self, title: str, look: Callable[[], Awaitable[tuple[bool, str]]]) -> CheckResult:
        try:
            is_well, words = await look()
        except DeliveryError as fault:
            return CheckResult(title, False, f"Telegram refused or was not reached ({fault.code}): try again")
        return CheckResult(title, is_well, words)

    async def _updates(self) -> tuple[bool, str]:
        if self.settings.telegram_webhook_secret is None:
            return await self._polling()
        secret = self.settings.telegram_webhook_secret.get_secret_value()
        if not SECRET.fullmatch(secret):
            return False, "PALIGS_TELEGRAM_WEBHOOK_SECRET may only hold A-Z, a-z, 0-9, _ and -, at most 256 of them"
        if not self.settings.address.startswith("https://"):
            return False, "PALIGS_PUBLIC_URL must be https://…: Telegram brings nothing to other addresses"
        if self.fix:
            await self.channel.set_webhook(self.settings.address + PATH, secret)
            return True, "the webhook was set anew with the secret of the settings"
        return self._judge(await self.channel.webhook())

    def _judge(self, state: WebhookState) -> tuple[bool, str]:
        if state.url != self.settings.address + PATH:
            return False, f"Telegram brings messages elsewhere or nowhere: {FIX}"
        if set(state.kinds) != set(ALLOWED_UPDATES):
            return False, f"Telegram leaves out kinds of messages we need: {FIX}"
        if state.failed_at is not None and self.now - state.failed_at < FAILED_LATELY:
            if "403" in state.failure:
                return False, f"we refused what Telegram brought, so its secret is not ours: {FIX}"
            return False, f"Telegram could not bring messages ({state.failure}): is the service reachable from outside?"
        if state.waiting > MANY_WAITING:
            return False, f"{state.waiting} messages wait at Telegram: is the service running?"
        return (
            True,
            f"the webhook is set, {state.waiting} wait. A wrong secret would show here as soon as one is brought",
        )

    async def _polling(self) -> tuple[bool, str]:
        if self.fix:
            await self.channel.drop_webhook()
        state = await self.channel.webhook()
        if state.url:
            return False, (
                "a webhook is set, so nothing can be fetched: set PALIGS_TELEGRAM_WEBHOOK_SECRET if it is yours; "
                "`paligs check --fix` removes it"
            )
        if state.waiting > MANY_WAITING:
            return False, f"{state.waiting} messages wait at Telegram: is the service running?"
        return True, f"messages are fetched from Telegram, {state.waiting} wait"

    async def _menu(self) -> tuple[bool, str]:
        missing: list[str] = []
        for code, language in SHOWN:
            wanted = presentation(self.cards, language)
            if self.fix:
                await self.channel.present(code, wanted)
            if await self.channel.presentation(code) != wanted:
                missing.append(language)
        if missing:
            return False, f"the bot's menu and description are not ours ({', '.join(missing)}): {FIX}"
        return True, "the bot shows its menu and description in Latvian and Russian"


def presentation(cards: Cards, language: str) -> Presentation:
    """How the bot shows itself in a language."""
    danger = translate(DANGER, language)
    return Presentation(
        commands=tuple((name, translate(WORDS[command], language)) for name, command in MENU.items()),
        description=f"{cards.text('greeting', language).strip()}\n{danger}",
        short_description=f"{translate(SHORT_DESCRIPTION, language)} {danger}",
    )
