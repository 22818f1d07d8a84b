"""Backup and restore: whole or refused, and never a way back for someone who was erased."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from booking.confidentiality import new_id
from booking.erasure import Eraser
from booking.erasure_ledger import ErasureLedger, LedgerMissing
from booking.keyring import KeyGone
from booking.subjects import Subject, open_address
from bot.backup import BackupBroken, BackupImpossible, Stores, back_up, check_backup, restore
from bot.database import Database
from bot.schema import KEYRING_METADATA, MAIN_METADATAS
from tests.booking.residents import NOW, PHONE, SECRET, add_resident, bytes_of, make_keyring
from tests.conftest import make_database

LATER = NOW + timedelta(days=1)


@dataclass
class House:
    """The databases of one installation, their backups and the ledger."""

    main: Database
    keyring_database: Database
    ledger: ErasureLedger
    backups: Path

    @property
    def stores(self) -> Stores:
        return Stores(self.main.url, self.keyring_database.url)

    async def back_up(self) -> Path:
        return await back_up(self.stores, self.backups, ledger=self.ledger, now=NOW)

    async def restore(self, folder: Path) -> int:
        await self.close()
        return await restore(folder, self.stores, ledger=self.ledger, erase_again=self.erase_again)

    async def erase_again(self, stores: Stores) -> int:
        main, keyring_database = Database(stores.main), Database(stores.keyring)
        try:
            return await make_eraser(main, keyring_database, self.ledger).reapply(now=LATER)
        finally:
            await main.close()
            await keyring_database.close()

    async def erase(self, subject: Subject) -> None:
        await make_eraser(self.main, self.keyring_database, self.ledger).erase(subject.id, now=LATER)

    async def add(self, address: str = PHONE) -> tuple[Subject, bytes]:
        return await add_resident(self.main, make_keyring(self.keyring_database), address=address)

    async def addresses(self) -> set[str]:
        """Of everybody in the main database, opened with the keys of the keyring."""
        keyring = make_keyring(self.keyring_database)
        async with self.main.reading() as session:
            subjects = (await session.scalars(select(Subject))).all()
        return {open_address(subject, await keyring.open(subject.key_id)) for subject in subjects}

    async def close(self) -> None:
        await self.main.close()
        await self.keyring_database.close()


def make_eraser(main: Database, keyring_database: Database, ledger: ErasureLedger) -> Eraser:
    keyring = make_keyring(keyring_database)
    scrub = [main.scrub, keyring_database.scrub]
    return Eraser(main.writing, keyring, ledger=ledger, forget=[], scrub=scrub)


def mode_of(path: Path | str | None) -> int:
    return Path(str(path)).stat().st_mode & 0o777


@pytest.fixture
def ledger(tmp_path: Path) -> ErasureLedger:
    made = ErasureLedger(tmp_path / "erasures.jsonl", SECRET)
    made.ensure()
    return made


@pytest.fixture
def house(database: Database, keyring_database: Database, ledger: ErasureLedger, tmp_path: Path) -> House:
    return House(database, keyring_database, ledger, tmp_path / "backups")


@pytest.fixture
async def embedded(ledger: ErasureLedger, tmp_path: Path) -> AsyncIterator[House]:
    """The same on SQLite files alone, for tests about files."""
    data = tmp_path / "data"
    data.mkdir()
    async for main in make_database(f"sqlite:///{data / 'main.db'}", MAIN_METADATAS):
        async for keyring in make_database(f"sqlite:///{data / 'keyring.db'}", (KEYRING_METADATA,)):
            yield House(main, keyring, ledger, tmp_path / "backups")


async def test_a_restore_brings_back_what_was_there_and_nothing_that_came_later(house: House) -> None:
    await house.add()
    folder = await house.back_up()
    await house.add("+37120000002")
    assert await house.restore(folder) == 0
    assert await house.addresses() == {PHONE}


async def test_someone_erased_after_the_backup_stays_erased_when_it_is_restored(house: House) -> None:
    subject, _ = await house.add()
    await house.add("+37120000002")
    folder = await house.back_up()
    await house.erase(subject)
    assert await house.restore(folder) == 1
    assert await house.addresses() == {"+37120000002"}
    with pytest.raises(KeyGone):
        await make_keyring(house.keyring_database).open(subject.key_id)


async def test_an_empty_place_can_be_restored_into(embedded: House) -> None:
    await embedded.add()
    folder = await embedded.back_up()
    await embedded.close()
    for path in Path(embedded.stores.url("main").database or "").parent.iterdir():
        path.unlink()
    await embedded.restore(folder)
    assert await embedded.addresses() == {PHONE}


async def test_nobody_erased_lies_in_the_files_at_any_moment_of_a_restore(embedded: House) -> None:
    subject, _ = await embedded.add()
    folder = await embedded.back_up()
    await embedded.erase(subject)
    await embedded.restore(folder)
    data = Path(embedded.stores.url("main").database or "").parent
    assert subject.address not in bytes_of(data)
    assert {path.name for path in data.iterdir()} == {"main.db", "keyring.db"}


async def test_a_restore_that_fails_leaves_the_present_data_and_no_copies(embedded: House) -> None:
    await embedded.add()
    folder = await embedded.back_up()
    await embedded.add("+37120000002")
    await embedded.close()

    async def fail(_stores: Stores) -> int:
        raise KeyError

    with pytest.raises(KeyError):
        await restore(folder, embedded.stores, ledger=embedded.ledger, erase_again=fail)
    data = Path(embedded.stores.url("main").database or "").parent
    assert [path.name for path in data.iterdir() if "restoring" in path.name] == []
    assert await embedded.addresses() == {PHONE, "+37120000002"}


async def test_a_restore_refuses_without_the_ledger(house: House) -> None:
    await house.add()
    folder = await house.back_up()
    await house.add("+37120000002")
    house.ledger.path.unlink()
    with pytest.raises(LedgerMissing):
        await house.restore(folder)
    assert len(await house.addresses()) == 2


async def test_a_restore_refuses_a_ledger_older_than_the_backup(house: House) -> None:
    subject, _ = await house.add()
    older = house.ledger.path.read_bytes()
    await house.erase(subject)
    folder = await house.back_up()
    house.ledger.path.write_bytes(older)
    with pytest.raises(BackupImpossible, match="older"):
        await house.restore(folder)


async def test_a_restore_refuses_a_ledger_begun_anew_after_the_old_one_was_lost(house: House) -> None:
    await house.add()
    folder = await house.back_up()
    house.ledger.path.unlink()
    house.ledger.ensure()
    with pytest.raises(BackupImpossible, match="another installation"):
        await house.restore(folder)


async def test_a_restore_refuses_while_the_service_runs(embedded: House) -> None:
    await embedded.add()
    folder = await embedded.back_up()
    with pytest.raises(BackupImpossible, match="stop the service"):
        await restore(folder, embedded.stores, ledger=embedded.ledger, erase_again=embedded.erase_again)


async def test_a_backup_is_made_while_someone_writes(embedded: House) -> None:
    await embedded.add()
    async with embedded.main.writing() as session:
        (await session.scalars(select(Subject))).one().language = "ru"
        await session.flush()
        folder = await embedded.back_up()
    with closing(sqlite3.connect(folder / "main.sqlite")) as copy:
        assert copy.execute("SELECT count(*), max(language) FROM subject").fetchone() == (1, None)


async def test_every_person_of_the_main_copy_has_a_key_in_the_later_copy_of_the_keyring(
    embedded: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of the two copies: whoever arrives in between has a key too many, never one too few."""
    keyring = make_keyring(embedded.keyring_database)
    copy_out = back_up.__globals__["_copy_out"]

    async def arrive_between(url: object, target: Path) -> dict[str, str]:
        copied = await copy_out(url, target)
        await add_resident(embedded.main, keyring, address=f"+3712{new_id()[:7]}")
        return copied

    monkeypatch.setitem(back_up.__globals__, "_copy_out", arrive_between)
    folder = await embedded.back_up()
    await embedded.restore(folder)
    assert await embedded.addresses() == set()
    async with embedded.keyring_database.reading() as session:
        keys = select(func.count()).select_from(KEYRING_METADATA.tables["wrapped_key"])
        assert await session.scalar(keys) == 1


async def test_one_flipped_byte_anywhere_is_found(embedded: House) -> None:
    await embedded.add()
    folder = await embedded.back_up()
    check_backup(folder)
    for name in ("main.sqlite", "keyring.sqlite"):
        whole = (folder / name).read_bytes()
        for position in (0, len(whole) // 2, len(whole) - 1):
            flipped = bytearray(whole)
            flipped[position] ^= 1
            (folder / name).write_bytes(flipped)
            with pytest.raises(BackupBroken, match=name.split(".", maxsplit=1)[0]):
                await embedded.restore(folder)
        (folder / name).write_bytes(whole)
    check_backup(folder)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (None, "the backup was cut short"),
        ("", "the manifest is empty"),
        ("[]", "not a manifest"),
        ('{"files": {"main": {"file": "../../main.db", "sha256": ""}}}', "a file outside the folder"),
    ],
)
async def test_a_folder_without_a_whole_manifest_is_no_backup(
    embedded: House, manifest: str | None, reason: str
) -> None:
    folder = await embedded.back_up()
    (folder / "manifest.json").unlink()
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest)
    with pytest.raises(BackupBroken):
        await embedded.restore(folder)


async def test_a_backup_that_failed_leaves_nothing_behind(embedded: House) -> None:
    stores = Stores(embedded.stores.main, embedded.stores.keyring + "-that-is-not-there")
    with pytest.raises(BackupImpossible, match="no database file"):
        await back_up(stores, embedded.backups, ledger=embedded.ledger, now=NOW)
    assert list(embedded.backups.iterdir()) == []


async def test_a_second_backup_of_the_same_second_does_not_overwrite_the_first(embedded: House) -> None:
    await embedded.back_up()
    with pytest.raises(BackupImpossible, match="already"):
        await embedded.back_up()


async def test_only_the_owner_can_read_backups_and_restored_databases(house: House) -> None:
    await house.add()
    folder = await house.back_up()
    assert mode_of(folder) == 0o700
    assert {mode_of(path) for path in folder.iterdir()} == {0o600}
    await house.restore(folder)
    assert mode_of(house.stores.url("keyring").database) == 0o600


async def test_a_backup_alone_reveals_nobody(house: House) -> None:
    _, key = await house.add()
    folder = await house.back_up()
    content = bytes_of(folder)
    assert PHONE[4:].encode() not in content
    assert key not in content


async def test_a_backup_of_another_kind_of_database_is_refused_before_anything_changes(
    embedded: House,
) -> None:
    folder = await embedded.back_up()
    stores = Stores("postgresql://nobody@127.0.0.1:1/nothing", embedded.stores.keyring)
    with pytest.raises(BackupImpossible, match="another kind"):
        await restore(folder, stores, ledger=embedded.ledger, erase_again=embedded.erase_again)


async def test_missing_client_programs_are_named(
    embedded: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    stores = Stores("postgresql://nobody@127.0.0.1:1/nothing", embedded.stores.keyring)
    with pytest.raises(BackupImpossible, match="pg_dump is not installed"):
        await back_up(stores, embedded.backups, ledger=embedded.ledger, now=NOW)
