"""Migrations and models say the same on both databases, and every column is in the data inventory."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from bot.database import Database
from bot.migrate import downgrade, is_current, upgrade
from bot.schema import KEYRING_METADATA, MAIN_METADATAS

HISTORIES = [("main", MAIN_METADATAS), ("keyring", (KEYRING_METADATA,))]
KINDS = {"no", "sealed", "index", "clear"}


def differences(connection: Connection, metadatas: tuple[MetaData, ...]) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": list(metadatas)})
    merged = MetaData()
    for metadata in metadatas:
        for table in metadata.tables.values():
            table.to_metadata(merged)
    return list(compare_metadata(context, merged))


@pytest.mark.parametrize(("name", "metadatas"), HISTORIES)
async def test_migrations_make_what_the_models_say(
    database_url: str, name: str, metadatas: tuple[MetaData, ...]
) -> None:
    database = Database(database_url)
    await upgrade(database, name)
    async with database.engine.begin() as connection:
        assert await connection.run_sync(differences, metadatas) == []
    assert await is_current(database, name)
    await database.close()


@pytest.mark.parametrize("name", ["main", "keyring"])
async def test_migrations_go_down_and_up_again(database_url: str, name: str) -> None:
    database = Database(database_url)
    await upgrade(database, name)
    await downgrade(database, name, revision="base")
    assert not await is_current(database, name)
    await upgrade(database, name)
    assert await is_current(database, name)
    await database.close()


@pytest.mark.parametrize("metadata", [*MAIN_METADATAS, KEYRING_METADATA])
def test_every_column_is_in_the_inventory(metadata: MetaData) -> None:
    unmarked = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.info.get("personal") not in KINDS
    ]
    assert unmarked == []


@pytest.mark.parametrize("metadata", [*MAIN_METADATAS, KEYRING_METADATA])
def test_sealed_columns_hold_bytes(metadata: MetaData) -> None:
    text_columns = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.info.get("personal") in ("sealed", "index") and column.type.python_type is not bytes
    ]
    assert text_columns == []
