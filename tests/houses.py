"""Whole services for tests, and the residents who write to them."""

import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from booking.places import load_demo
from bot.channels.terminal import Collector
from bot.development import new_secret
from bot.house import House, build_house, load_knowledge
from bot.migrate import upgrade
from bot.settings import Settings
from flows.turn import Knowledge
from tests.conftest import MODELS
from tests.phone import Phone


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The shipped content of Bauska with its trained model."""
    return load_knowledge("bauska", MODELS)


def make_settings(database_url: str, folder: Path, **others: object) -> Settings:
    """Settings with fresh secrets, their keyring and ledger in a folder of the test."""
    secrets_of_test = {name: new_secret() for name in ("master_key", "index_secret", "audit_key")}
    given = {"data_folder": folder, "database_url": database_url, **secrets_of_test, **others}
    return Settings.model_validate(given)


async def open_house(
    settings: Settings, channel: Collector, knowledge: Knowledge, now: datetime
) -> AsyncIterator[House]:
    """A service with the demo calendar; its databases are brought up by the real migrations."""
    house = build_house(settings, {channel.name: channel}, knowledge=knowledge)
    await upgrade(house.keyring_database, "keyring")
    await upgrade(house.database, "main")
    async with house.database.writing() as session:
        await load_demo(session, settings.profile, now)
    yield house
    await house.close()


@pytest.fixture
def channel() -> Collector:
    """A web chat that keeps what it is given."""
    return Collector("web")


@pytest.fixture
async def house(
    database_url: str, tmp_path: Path, channel: Collector, knowledge: Knowledge, now: datetime
) -> AsyncIterator[House]:
    """A whole service, on SQLite and on PostgreSQL."""
    async for made in open_house(make_settings(database_url, tmp_path), channel, knowledge, now):
        yield made


@pytest.fixture(scope="session")
def mould(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the databases of one new service are kept to be copied: quicker than migrating for every test."""
    return tmp_path_factory.mktemp("mould")


@pytest.fixture
async def small_house(
    tmp_path: Path, mould: Path, channel: Collector, knowledge: Knowledge, now: datetime
) -> AsyncIterator[House]:
    """A whole service on SQLite, for promises that no database decides."""
    if not (mould / "main.db").exists():
        async for _ in open_house(make_settings(f"sqlite:///{mould / 'main.db'}", mould), channel, knowledge, now):
            pass
    for name in ("main.db", "keyring.db"):
        shutil.copy(mould / name, tmp_path / name)
    settings = make_settings(f"sqlite:///{tmp_path / 'main.db'}", tmp_path)
    made = build_house(settings, {channel.name: channel}, knowledge=knowledge)
    yield made
    await made.close()


@pytest.fixture
def anna(small_house: House, channel: Collector, now: datetime) -> Phone:
    """Anna, a resident in the web chat."""
    return Phone(small_house, channel, now)
