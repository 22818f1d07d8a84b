"""A throw-away service for the doors that need no real data: own databases, own secrets, gone afterwards."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import MetaData

from booking.places import load_demo
from bot.channels.base import Channel
from bot.database import Database
from bot.development import new_secret
from bot.house import House, build_house, load_knowledge
from bot.schema import KEYRING_METADATA, MAIN_METADATAS
from bot.settings import Settings
from flows.turn import Knowledge

MODELS = Path(tempfile.gettempdir()) / "paligs-models"


@cache
def shipped_knowledge(profile: str) -> Knowledge:
    """The shipped content of a profile; its model is kept between runs, by content."""
    return load_knowledge(profile, models_folder())


def models_folder() -> Path:
    """Where trained models are kept: beside the data when there is a data folder, else with temporary files."""
    beside_data = Path("var") / "models"
    return beside_data if beside_data.parent.is_dir() else MODELS


@asynccontextmanager
async def scratch_house(
    profile: str, channels: Mapping[str, Channel], *, now: datetime, database_url: str | None = None
) -> AsyncIterator[House]:
    """A service with empty databases and the profile's demo calendar; deleted when the block ends."""
    with tempfile.TemporaryDirectory(prefix="paligs-") as folder:
        settings = Settings.model_validate(
            {
                "profile": profile,
                "data_folder": folder,
                "database_url": database_url,
                "master_key": new_secret(),
                "index_secret": new_secret(),
                "audit_key": new_secret(),
            }
        )
        house = build_house(settings, channels, knowledge=shipped_knowledge(profile))
        try:
            await prepare(house, now)
            yield house
        finally:
            await house.close()


async def prepare(house: House, now: datetime) -> None:
    """Make the tables where there are none, and the demo calendar."""
    await _create(house.database, list(MAIN_METADATAS))
    await _create(house.keyring_database, [KEYRING_METADATA])
    async with house.database.writing() as session:
        await load_demo(session, house.settings.profile, now)


async def _create(database: Database, metadatas: list[MetaData]) -> None:
    async with database.engine.begin() as connection:
        for metadata in metadatas:
            await connection.run_sync(metadata.create_all)
