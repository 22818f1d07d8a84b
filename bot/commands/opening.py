"""Opening a house for a command, and closing it again."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.channels.base import Channel
from bot.database import Database
from bot.development import has_development_secrets, use_development_secrets
from bot.house import House, build_house
from bot.migrate import is_current, upgrade
from bot.settings import Settings, load_settings


class TablesNotCurrent(Exception):
    """The tables are not those of this release."""


def utc_now() -> datetime:
    """The one place where a command asks the clock."""
    return datetime.now(UTC)


def read_settings() -> Settings:
    """The settings; an installation begun with `serve --demo` goes on with its development secrets."""
    if has_development_secrets():
        use_development_secrets()
        return load_settings(demo=True)
    return load_settings()


@asynccontextmanager
async def open_house(channels: Mapping[str, Channel] | None = None) -> AsyncIterator[House]:
    """The house of the settings, its tables current; closed when the block ends."""
    settings = read_settings()
    await ensure_tables(settings)
    house = build_house(settings, channels or {})
    try:
        yield house
    finally:
        await house.close()


async def ensure_tables(settings: Settings) -> None:
    """Bring the embedded databases forward; raises TablesNotCurrent when `paligs db upgrade` is owed elsewhere."""
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, url in (("keyring", settings.keyring_address), ("main", settings.main_url)):
        database = Database(url)
        try:
            if database.dialect == "sqlite":
                await upgrade(database, name)
            elif not await is_current(database, name):
                raise TablesNotCurrent(name)
        finally:
            await database.close()
