"""Connections to a database: SQLite (embedded) or PostgreSQL, with one way to read and one way to write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA busy_timeout=30000",
)


class Database:
    """A main database or a keyring.

    `reading()` gives a session that can only read; `writing()` one that commits when its block ends well and
    rolls back otherwise. On SQLite there is a single writing connection: its queue in this process is fair,
    which SQLite's own lock is not once several writers wait.
    """

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        self.dialect = make_url(self.url).get_backend_name()
        if self.dialect == "sqlite":
            self._readers = _sqlite_engine(self.url, begin="BEGIN", size=4)
            self._writers = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", size=1)
        else:
            self._writers = create_async_engine(self.url, pool_size=10, max_overflow=10, hide_parameters=True)
            self._readers = self._writers.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def engine(self) -> AsyncEngine:
        """The engine that may write; for migrations and set-up."""
        return self._writers

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database and never takes the write lock."""
        async with AsyncSession(self._readers, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are committed together when the block ends, or not at all."""
        async with AsyncSession(self._writers, expire_on_commit=False) as session, session.begin():
            yield session

    async def scrub(self) -> None:
        """Empty SQLite's write-ahead log, which keeps what was deleted; PostgreSQL recycles its own."""
        if self.dialect != "sqlite":
            return
        async with self._writers.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await (await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()

    async def close(self) -> None:
        """Give all connections back."""
        await self._readers.dispose()
        await self._writers.dispose()


def async_url(url: str) -> str:
    """The address with the driver this project uses; accepts `sqlite:///file` and `postgresql://…`."""
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    parsed = make_url(url)
    return parsed.set(drivername=drivers[parsed.get_backend_name()]).render_as_string(hide_password=False)


def _sqlite_engine(url: str, *, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=size, max_overflow=0, pool_timeout=60, hide_parameters=True)

    def prepare(connection: Any, _record: object) -> None:
        # The driver's own transaction control lets a savepoint survive the rollback of its transaction
        # (seen with aiosqlite); with it off, the `begin` hook below opens every transaction.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        if begin == "BEGIN":
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", start)
    return engine
