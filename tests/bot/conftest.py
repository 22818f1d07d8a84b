"""The running service is tested whole, and its parts on real databases."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.database import Database
from bot.schema import MAIN_METADATAS
from bot.settings import PREFIX
from tests.bot.posts import any_post, post
from tests.conftest import make_database
from tests.houses import anna, channel, house, knowledge, mould, small_house

__all__ = ["anna", "any_post", "channel", "house", "knowledge", "mould", "post", "small_house"]


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in and no setting of Palīgs; whatever the test leaves behind goes again."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh main database on SQLite, for promises that no database decides."""
    async for made in make_database(f"sqlite:///{tmp_path / 'main.db'}", MAIN_METADATAS):
        yield made
