"""The whole application in this process: its doors without a port, on a real database, with a clock that stands."""

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from booking.places import load_demo
from booking.portal.security import Cookies, form_token
from booking.sign_in import start_session
from booking.staff import Role, add_staff
from bot.app import build_app
from bot.channels.web_chat import NAME, WebChat
from bot.doors.providers import Providers
from bot.house import House, build_house
from bot.migrate import upgrade
from bot.runner import Runner
from bot.schema import KEYRING_METADATA, MAIN_METADATAS
from flows.turn import Knowledge
from tests.conftest import postgres_url
from tests.houses import make_settings

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MESSAGES = "/chat/messages"
METRICS_TOKEN = "a token that only the monitoring knows"
PASSWORD = "zaļa laiva uz Mēmeles"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Web:
    """The application and one browser without cookies."""

    house: House
    channel: WebChat
    app: FastAPI
    client: httpx.AsyncClient
    sessions: dict[Role, str] = field(default_factory=dict)

    async def settle(self) -> None:
        """Answer and send everything that waits."""
        await Runner(self.house, lambda: NOW).settle()

    def browser(self, role: Role | None = None) -> httpx.AsyncClient:
        """A browser, signed in with one of the accounts made by `hire`."""
        client = open_client(self.app)
        if role is not None:
            client.cookies.set(Cookies(secure=False).session, self.sessions[role])
        return client

    def own_form(self, role: Role) -> dict[str, str]:
        """The hidden field that makes a form ours."""
        return {"form_token": form_token(self.sessions[role])}

    async def hire(self, *roles: Role) -> None:
        """An account for each role, signed in; a specialist has the calendar of the first one of the profile."""
        async with self.house.database.writing() as session:
            for role in roles:
                staff = await add_staff(
                    session,
                    sign_in_name=f"konts-{role}",
                    display_name=f"Persona {role}",
                    role=role,
                    password=PASSWORD,
                    now=NOW,
                    specialist_id=None,
                )
                self.sessions[role] = await start_session(session, staff.id, now=NOW)

    async def rows(self) -> dict[str, list[str]]:
        """Everything that is stored, in both databases."""
        found: dict[str, list[str]] = {}
        kept = ((self.house.database, MAIN_METADATAS), (self.house.keyring_database, (KEYRING_METADATA,)))
        for database, metadatas in kept:
            async with database.reading() as session:
                for table in (table for metadata in metadatas for table in metadata.sorted_tables):
                    rows = (await session.execute(select(table))).all()
                    found[table.name] = sorted(map(repr, rows))
        return found


@dataclass
class Talk:
    """One tab with the chat page."""

    web: Web
    token: str = field(default_factory=lambda: secrets.token_hex(32))

    async def says(self, text: str = "", **other: Any) -> httpx.Response:
        """Send one message as the page does."""
        message = {"token": self.token, "id": secrets.token_hex(16), "text": text, **other}
        body = json.dumps(message).encode()
        return await self.web.client.post(MESSAGES, content=body, headers={"content-type": "application/json"})

    async def asks(self, **query: str) -> httpx.Response:
        """Ask what is new."""
        return await self.web.client.get(MESSAGES, params=query, headers={"X-Talk": self.token})

    async def hears(self, text: str, **other: Any) -> list[dict[str, Any]]:
        """Send one message and wait for what is said to it, without what was said before."""
        before = (await self.asks()).json()["messages"]
        assert (await self.says(text, **other)).status_code == 202
        await self.web.settle()
        return (await self.asks(after=before[-1]["id"] if before else "")).json()["messages"]


def open_client(app: FastAPI) -> httpx.AsyncClient:
    """A browser; a fault of the application comes out as the 500 that a person would see."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://paligs.test")


@asynccontextmanager
async def open_web(url: str, folder: Path, knowledge: Knowledge) -> AsyncIterator[Web]:
    """The service of Bauska with its demo calendar."""
    channel = WebChat()
    settings = make_settings(url, folder, metrics_token=METRICS_TOKEN)
    house = build_house(settings, {NAME: channel}, knowledge=knowledge)
    await upgrade(house.keyring_database, "keyring")
    await upgrade(house.database, "main")
    async with house.database.writing() as session:
        await load_demo(session, settings.profile, NOW)
    app = build_app(house, Providers(channel), lambda: NOW)
    async with open_client(app) as client:
        yield Web(house, channel, app, client)
    await house.close()


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty main database of one kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'main.db'}"
        return
    yield from postgres_url()
