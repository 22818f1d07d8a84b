"""Reading never writes, and a savepoint goes with its transaction."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import DBAPIError

from bot.database import Database

PROBE = Table("probe", MetaData(), Column("number", Integer, primary_key=True))


async def make_probe(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(PROBE.metadata.create_all)


async def write_in_a_savepoint_and_fail(database: Database) -> None:
    async with database.writing() as session:
        async with session.begin_nested():
            await session.execute(insert(PROBE).values(number=1))
        raise ValueError("stop")


async def numbers(database: Database) -> list[int]:
    async with database.reading() as session:
        return list(await session.scalars(select(PROBE.c.number)))


async def test_a_writing_block_that_fails_leaves_nothing_behind(database: Database) -> None:
    await make_probe(database)
    with pytest.raises(ValueError, match="stop"):
        await write_in_a_savepoint_and_fail(database)
    assert await numbers(database) == []


async def test_a_savepoint_can_be_undone_without_losing_the_rest(database: Database) -> None:
    await make_probe(database)
    async with database.writing() as session:
        await session.execute(insert(PROBE).values(number=1))
        with pytest.raises(DBAPIError):
            async with session.begin_nested():
                await session.execute(insert(PROBE).values(number=1))
        await session.execute(insert(PROBE).values(number=2))
    assert sorted(await numbers(database)) == [1, 2]


async def test_a_reading_session_cannot_write(database: Database) -> None:
    await make_probe(database)
    with pytest.raises(DBAPIError):
        async with database.reading() as session:
            await session.execute(insert(PROBE).values(number=1))
