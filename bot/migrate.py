"""Bringing the tables of both databases to this release."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 715_517  # any number, the same in every process of Palīgs


def history(name: str) -> Config:
    """The alembic history `main` or `keyring`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / name))
    config.set_main_option("path_separator", "os")
    return config


async def upgrade(database: Database, name: str, *, revision: str = "head") -> None:
    """Run what is missing; on PostgreSQL under a lock, so that two processes never do it together."""
    async with database.engine.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        await connection.run_sync(_upgrade, name, revision)


def _upgrade(connection: Connection, name: str, revision: str) -> None:
    config = history(name)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def downgrade(database: Database, name: str, *, revision: str) -> None:
    """Go back to an older revision (`base`: before the first)."""
    async with database.engine.begin() as connection:
        await connection.run_sync(_downgrade, name, revision)


def _downgrade(connection: Connection, name: str, revision: str) -> None:
    config = history(name)
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


async def is_current(database: Database, name: str) -> bool:
    """Whether the tables are those of this release."""
    wanted = set(ScriptDirectory.from_config(history(name)).get_heads())
    async with database.reading() as session:
        connection = await session.connection()
        found = await connection.run_sync(_heads)
    return found == wanted


def _heads(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())
