"""What every test may ask for: a clock that stands still and fresh databases of both kinds."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import MetaData, create_engine

from bot.database import Database
from bot.schema import KEYRING_METADATA, MAIN_METADATAS
from knowledge.catalogue import load_catalogue
from knowledge.training import load_or_train
from tests.postgres import Cluster, PostgresMissing

MODELS = Path(__file__).parent.parent / "var" / "models"
CLUSTER = pytest.StashKey[Cluster]()
POSTGRES = "PALIGS_TEST_POSTGRES"


def pytest_configure(config: pytest.Config) -> None:
    """One cluster and one trained model for the whole run; workers of pytest-xdist inherit both."""
    if os.environ.get(POSTGRES) or hasattr(config, "workerinput"):
        return
    load_or_train(load_catalogue("bauska"), MODELS)
    try:
        cluster = Cluster()
        cluster.start()
    except PostgresMissing as missing:
        if os.environ.get("CI"):
            raise pytest.UsageError(str(missing)) from missing
        return
    config.stash[CLUSTER] = cluster
    os.environ[POSTGRES] = cluster.url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop only what this run started."""
    cluster = config.stash.get(CLUSTER, None)
    if cluster:
        os.environ.pop(POSTGRES, None)
        cluster.stop()


@pytest.fixture
def now() -> datetime:
    """Tuesday, 24 November 2026, ten in the morning in Riga."""
    return datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty database, once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'main.db'}"
        return
    yield from postgres_url()


def postgres_url(template: str = "template0") -> Iterator[str]:
    """The address of a new PostgreSQL database, empty or a copy of another; dropped afterwards."""
    maintenance = os.environ.get(POSTGRES)
    if not maintenance:
        pytest.skip("PostgreSQL is not installed on this machine")
    name = sql.Identifier(f"paligs_{secrets.token_hex(6)}")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
    yield maintenance.rsplit("/", 1)[0] + f"/{name.as_string()[1:-1]}"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: quicker than making them for every test."""
    path = tmp_path_factory.mktemp("tables") / "empty.db"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def empty_postgres() -> Iterator[str | None]:
    """The name of a PostgreSQL database with all tables, to be copied; None where there is no PostgreSQL."""
    if not os.environ.get(POSTGRES):
        yield None
        return
    for url in postgres_url():
        make_tables(url.replace("postgresql://", "postgresql+psycopg://"))
        yield url.rsplit("/", 1)[1]


def make_tables(url: str) -> None:
    """All tables of the main database, as the models say."""
    engine = create_engine(url)
    for metadata in MAIN_METADATAS:
        metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_url(
    request: pytest.FixtureRequest, tmp_path: Path, empty_tables: Path, empty_postgres: str | None
) -> Iterator[str]:
    """The address of a new main database with all its tables, once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "main.db"
        shutil.copy(empty_tables, path)
        yield f"sqlite:///{path}"
        return
    yield from postgres_url(empty_postgres or "template0")


@pytest.fixture
async def database(filled_url: str) -> AsyncIterator[Database]:
    """A fresh main database with all tables, on SQLite and on PostgreSQL."""
    made = Database(filled_url)
    yield made
    await made.close()


@pytest.fixture
async def keyring_database(tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh keyring database."""
    async for made in make_database(f"sqlite:///{tmp_path / 'keyring.db'}", (KEYRING_METADATA,)):
        yield made


async def make_database(url: str, metadatas: tuple[MetaData, ...]) -> AsyncIterator[Database]:
    """A database with the given tables, closed afterwards."""
    made = Database(url)
    async with made.engine.begin() as connection:
        for metadata in metadatas:
            await connection.run_sync(metadata.create_all)
    yield made
    await made.close()
