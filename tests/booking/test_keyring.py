"""The keyring: keys that commit before their use, and are gone when destroyed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from booking.base import Base as MainBase
from booking.keyring import Base, KeyGone, Keyring, KeyringUnavailable, WrappedKey
from bot.database import Database
from tests.booking.residents import MASTER_KEYS, bytes_of, make_keyring


@pytest.fixture
def keyring(keyring_database: Database) -> Keyring:
    return make_keyring(keyring_database)


async def test_a_key_is_committed_as_soon_as_it_is_made(
    keyring: Keyring, keyring_database: Database, now: datetime
) -> None:
    key_id, key = await keyring.create(now)
    assert len(key) == 32
    assert await make_keyring(keyring_database).open(key_id) == key


async def test_two_people_never_have_the_same_key(keyring: Keyring, now: datetime) -> None:
    made = [await keyring.create(now) for _ in range(20)]
    assert len({key_id for key_id, _ in made}) == len({key for _, key in made}) == 20


async def test_a_destroyed_key_is_gone_and_destroying_it_again_is_no_error(keyring: Keyring, now: datetime) -> None:
    key_id, _ = await keyring.create(now)
    await keyring.destroy(key_id)
    await keyring.destroy(key_id)
    with pytest.raises(KeyGone):
        await keyring.open(key_id)


async def test_the_files_hold_no_data_key_and_after_destroying_not_even_the_wrapped_one(
    keyring: Keyring, keyring_database: Database, now: datetime, tmp_path: Path
) -> None:
    key_id, key = await keyring.create(now)
    wrapped = aes_key_wrap(MASTER_KEYS["2026-1"], key)
    assert key not in bytes_of(tmp_path)
    assert wrapped in bytes_of(tmp_path)
    await keyring.destroy(key_id)
    await keyring_database.scrub()
    assert wrapped not in bytes_of(tmp_path)


async def test_after_rotation_the_old_master_key_can_be_thrown_away(
    keyring: Keyring, keyring_database: Database, now: datetime
) -> None:
    keys = dict([await keyring.create(now) for _ in range(1203)])
    rotating = make_keyring(keyring_database, newest="2027-1")
    newest_of_all = await rotating.create(now)
    assert await rotating.rotate(now) == 1203
    assert await rotating.rotate(now) == 0

    only_new = {"2027-1": MASTER_KEYS["2027-1"]}
    without_old = Keyring(keyring_database.reading, keyring_database.writing, only_new, "2027-1")
    keys |= dict([newest_of_all])
    assert {key_id: await without_old.open(key_id) for key_id in keys} == keys


async def test_a_rotation_killed_midway_leaves_every_key_readable_and_goes_on_later(
    keyring: Keyring, keyring_database: Database, now: datetime
) -> None:
    keys = dict([await keyring.create(now) for _ in range(600)])
    allowed = iter([True, False])

    @asynccontextmanager
    async def killed_later() -> AsyncIterator[AsyncSession]:
        async with keyring_database.writing() as session:
            yield session
            if not next(allowed):
                raise InterruptedError

    dying = Keyring(keyring_database.reading, killed_later, MASTER_KEYS, "2027-1")
    with pytest.raises(KeyringUnavailable):
        await dying.rotate(now)
    rotating = make_keyring(keyring_database, newest="2027-1")
    assert {key_id: await rotating.open(key_id) for key_id in keys} == keys
    assert await rotating.rotate(now) == 100


async def test_a_key_destroyed_while_rotation_runs_stays_destroyed(
    keyring: Keyring, keyring_database: Database, now: datetime
) -> None:
    key_id, _ = await keyring.create(now)

    @asynccontextmanager
    async def after_an_erasure() -> AsyncIterator[AsyncSession]:
        await keyring.destroy(key_id)
        async with keyring_database.writing() as session:
            yield session

    await Keyring(keyring_database.reading, after_an_erasure, MASTER_KEYS, "2027-1").rotate(now)
    with pytest.raises(KeyGone):
        await keyring.open(key_id)


async def test_only_keys_unused_for_a_day_are_swept(keyring: Keyring, now: datetime) -> None:
    day = timedelta(days=1)
    used, _ = await keyring.create(now - 2 * day)
    unused, _ = await keyring.create(now - day - timedelta(seconds=1))
    fresh, _ = await keyring.create(now - day + timedelta(seconds=1))
    assert await keyring.sweep({used}, now) == 1
    assert await keyring.open(used)
    assert await keyring.open(fresh)
    with pytest.raises(KeyGone):
        await keyring.open(unused)


async def test_sweeping_takes_more_than_one_batch_in_one_call(
    keyring: Keyring, keyring_database: Database, now: datetime
) -> None:
    for _ in range(501):
        await keyring.create(now - timedelta(days=3))
    assert await keyring.sweep(set(), now) == 501
    async with keyring_database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(WrappedKey)) == 0


@pytest.mark.parametrize(
    ("master_keys", "reason"),
    [
        ({"2027-1": MASTER_KEYS["2027-1"]}, "the old master key was thrown away before rotating"),
        ({"2026-1": bytes(32), "2027-1": MASTER_KEYS["2027-1"]}, "the file holds another key"),
    ],
)
async def test_a_missing_or_wrong_master_key_is_named_and_nothing_opens(
    keyring: Keyring, keyring_database: Database, now: datetime, master_keys: dict[str, bytes], reason: str
) -> None:
    key_id, _ = await keyring.create(now)
    other = Keyring(keyring_database.reading, keyring_database.writing, master_keys, "2027-1")
    with pytest.raises(KeyringUnavailable, match="2026-1"):
        await other.open(key_id)


async def test_a_keyring_that_does_not_answer_is_said_clearly_and_without_details(now: datetime) -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[AsyncSession]:
        raise OperationalError("SELECT secret", {}, Exception("password=abc"))
        yield

    keyring = Keyring(broken, broken, MASTER_KEYS, "2026-1")
    for attempt in (keyring.create(now), keyring.open("x"), keyring.destroy("x"), keyring.rotate(now)):
        with pytest.raises(KeyringUnavailable, match=r"^the keyring database does not answer$"):
            await attempt


@pytest.mark.parametrize(
    ("master_keys", "newest"),
    [({}, "2026-1"), ({"2026-1": b"short"}, "2026-1"), ({"2026-1": bytes(16)}, "2026-1")],
)
async def test_a_keyring_without_proper_master_keys_is_refused(
    keyring_database: Database, master_keys: dict[str, bytes], newest: str
) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(keyring_database.reading, keyring_database.writing, master_keys, newest)


def test_the_keyring_has_no_table_in_the_main_database() -> None:
    assert set(Base.metadata.tables) == {"wrapped_key"}
    assert "wrapped_key" not in MainBase.metadata.tables
