"""With the database away: danger words still get their card, everybody else a plain word, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from booking.staff import Role
from bot import web_talk
from flows.turn import Knowledge
from tests.bot.web_service import MESSAGES, METRICS_TOKEN, Talk, Web, new_database, open_web
from tests.conftest import POSTGRES

CANARY = "kanarijputniņš"


@dataclass
class Fragile:
    """A service whose main database can be taken away and brought back."""

    web: Web
    url: str
    folder: Path

    async def take_away(self) -> None:
        """As when its machine fails: connections break and no new one is made."""
        if self.web.house.database.dialect == "postgresql":
            self._allow(connections=False)
            return
        await self.web.house.close()
        self.folder.rename(self.folder.with_name("elsewhere"))

    async def bring_back(self) -> None:
        """Everything as it was."""
        if self.web.house.database.dialect == "postgresql":
            self._allow(connections=True)
            return
        self.folder.with_name("elsewhere").rename(self.folder)

    def _allow(self, *, connections: bool) -> None:
        name = make_url(self.url).database or ""
        with psycopg.connect(pytest.MonkeyPatch().__class__ and maintenance(), autocommit=True) as connection:
            change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            connection.execute(change.format(sql.Identifier(name), sql.Literal(connections)))
            if not connections:
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                connection.execute(end, [name])
