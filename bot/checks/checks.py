"""`paligs check`: each line says whether one thing is well and, if not, how to mend it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.audit import broken_entries
from booking.cells import broken_cells
from booking.models import Specialist
from booking.subjects import used_keys
from bot.channels.telegram import TelegramChat
from bot.checks.check_result import CheckResult
from bot.checks.message_checks import MESSAGES, Look
from bot.checks.telegram_checks import TelegramChecks
from bot.checks.twilio_checks import check_twilio
from bot.database import Database
from bot.development import secrets_path
from bot.house import build_keyring
from bot.migrate import is_current
from bot.settings import Settings
from knowledge.articles import ContentBroken
from knowledge.catalogue import load_catalogue


async def run_checks(settings: Settings, now: datetime, *, fix: bool = False) -> list[CheckResult]:
    """All checks; one that cannot run is a fault itself and stops no other. With `fix` the providers are set up."""
    main, keyring = Database(settings.main_url), Database(settings.keyring_address)
    try:
        return [
            _secrets(settings),
            _separate(settings),
            _content(settings),
            await _tables(main, "main"),
            await _tables(keyring, "keyring"),
            *[await _on(main, name, look, settings, now) for name, look in ON_THE_DATABASE.items()],
            await _keys(settings, main, keyring),
            *await check_twilio(settings, fix=fix),
            *await _telegram(settings, now, fix=fix),
        ]
    finally:
        await main.close()
        await keyring.close()


async def _telegram(settings: Settings, now: datetime, *, fix: bool) -> list[CheckResult]:
    if settings.telegram_token is None:
        return [CheckResult("Telegram", True, "not set up: residents can use the web chat")]
    channel = TelegramChat(settings.telegram_token.get_secret_value(), settings.telegram_url)
    try:
        cards = load_catalogue(settings.profile).cards
        return await TelegramChecks(settings, channel, cards, now, fix).run()
    except ContentBroken:
        return [CheckResult("Telegram", False, "not looked at: mend the content first")]
    finally:
        await channel.close()


def _secrets(settings: Settings) -> CheckResult:
    if settings.demo or secrets_path(settings.data_folder).exists():
        words = "development secrets are in use. For real residents set your own (`paligs keys new`) and delete them"
        return CheckResult("secrets", settings.demo, words)
    return CheckResult("secrets", True, "your own secrets are set")


def _separate(settings: Settings) -> CheckResult:
    if settings.main_url == settings.keyring_address:
        return CheckResult("keyring", False, "PALIGS_KEYRING_URL is the main database: give the keyring its own")
    return CheckResult("keyring", True, "the keyring is a database of its own")


def _content(settings: Settings) -> CheckResult:
    try:
        catalogue = load_catalogue(settings.profile)
    except ContentBroken as broken:
        return CheckResult("content", False, f"{broken}; `paligs knowledge check` tells all")
    return CheckResult("content", True, f"{len(catalogue.articles)} articles of {settings.profile}")


async def _tables(database: Database, name: str) -> CheckResult:
    try:
        if await is_current(database, name):
            return CheckResult(f"tables of {name}", True, "current")
    except Exception as error:
        words = f"not reached ({type(error).__name__}): is the database running and its address right?"
        return CheckResult(f"tables of {name}", False, words)
    return CheckResult(f"tables of {name}", False, "older than this release: run `paligs db upgrade`")


async def _on(database: Database, name: str, look: Look, settings: Settings, now: datetime) -> CheckResult:
    try:
        async with database.reading() as session:
            is_well, words = await look(session, settings, now)
    except Exception as error:
        return CheckResult(name, False, f"could not be looked at ({type(error).__name__}): mend the lines above first")
    return CheckResult(name, is_well, words)


async def _cells(session: AsyncSession, _settings: Settings, _now: datetime) -> tuple[bool, str]:
    broken = await broken_cells(session)
    if broken:
        return False, f"{len(broken)} appointments and their cells differ: keep a backup and report it"
    return True, "every appointment holds exactly its own cells"


async def _audit(session: AsyncSession, settings: Settings, _now: datetime) -> tuple[bool, str]:
    broken = await broken_entries(session, settings.audit_key.get_secret_value())
    if broken:
        return (
            False,
            f"{len(broken)} audit entries were changed: keep a backup and tell the data protection officer",
        )
    return True, "no audit entry was changed"


async def _specialists(session: AsyncSession, _settings: Settings, _now: datetime) -> tuple[bool, str]:
    count = await session.scalar(select(func.count()).select_from(Specialist))
    if not count:
        return (
            False,
            "no specialist is entered, so nothing can be booked (`paligs serve --demo` brings invented ones)",
        )
    return True, f"{count} specialists"


ON_THE_DATABASE: dict[str, Look] = {
    "calendar": _cells,
    "audit": _audit,
    "specialists": _specialists,
    **MESSAGES,
}


async def _keys(settings: Settings, main: Database, keyring_database: Database) -> CheckResult:
    """Whether the master key opens what is there: one key is tried."""
    try:
        async with main.reading() as session:
            used = await used_keys(session)
        for key_id in sorted(used)[:1]:
            await build_keyring(settings, keyring_database).open(key_id)
    except Exception as error:
        words = f"residents' keys do not open ({type(error).__name__}): is PALIGS_MASTER_KEY the one used so far?"
        return CheckResult("keys", False, words)
    return CheckResult("keys", True, "the master key opens residents' keys")
