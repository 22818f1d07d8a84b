"""Backup and restore of the two databases.

A backup holds the main database, then the keyring (in this order: a key made in between is merely unused,
while a person without a key would be unreadable), and a manifest with the SHA-256 of both. The files need no
encryption of their own: personal values are sealed in the main database already, and the keyring holds only
keys wrapped under the master key, which is in neither. Whoever has the backup and the master key can read
everything, so the two are kept apart.

The erasure ledger is never part of a backup. A restore refuses without it, checks that it goes on from where
it stood when the backup was made, and erases everybody in it again before the restored data are put in place.

SQLite is copied while the service runs (online backup); a restore demands that the service is stopped.
PostgreSQL is left to pg_dump and pg_restore.
"""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, make_url

from booking.erasure_ledger import ErasureLedger, LedgerMark

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
NAMES: Final = ("main", "keyring")
"""In the order in which they are copied."""

SUFFIXES: Final = {"sqlite": ".sqlite", "postgresql": ".pgdump"}
RESTORE_OPTIONS: Final = ("--clean", "--if-exists", "--no-owner", "--single-transaction")


class BackupImpossible(Exception):
    """The backup cannot be made or put back; the text says what to do."""


class BackupBroken(Exception):
    """The backup is not what was written: a file is missing, cut or changed."""


@dataclass(frozen=True)
class Stores:
    """The addresses of the two databases."""

    main: str
    keyring: str

    def url(self, name: str) -> URL:
        """The address of "main" or "keyring"."""
        return make_url(getattr(self, name))


EraseAgain = Callable[[Stores], Awaitable[int]]
"""Brings restored databases to the present schema, erases everybody in the ledger, and says how many."""


async def back_up(stores: Stores, folder: Path, *, ledger: ErasureLedger, now: datetime) -> Path:
    """Write a new backup into its own folder below `folder` and give that folder; all files 0600.

    Raises BackupImpossible or LedgerMissing. A backup cut short has no manifest and is no backup.
    """
    target = folder / f"paligs-{now:%Y%m%dT%H%M%SZ}"
    mark = await asyncio.to_thread(ledger.mark)
    await asyncio.to_thread(_make_folder, target)
    try:
        files = {name: await _copy_out(stores.url(name), target / name) for name in NAMES}
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, target)
        raise
    manifest = {"format": FORMAT, "made_at": now.isoformat(), "files": files, "ledger": mark._asdict()}
    await asyncio.to_thread(_write_manifest, target / MANIFEST, manifest)
    return target


def check_backup(folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are exactly as they were written; raises BackupBroken."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        changed = [name for name in NAMES if _is_changed(folder, **manifest["files"][name])]
        LedgerMark(**manifest["ledger"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupBroken("the backup has no complete manifest or a file of it is missing") from None
    if changed or manifest["format"] != FORMAT:
        raise BackupBroken(f"the backup was changed after it was written: {', '.join(changed) or 'format'}")
    return manifest


async def restore(folder: Path, stores: Stores, *, ledger: ErasureLedger, erase_again: EraseAgain) -> int:
    """Put a backup in the place of the present databases; says how many people were erased again.

    Raises BackupBroken, LedgerMissing or BackupImpossible before anything is changed. Stop the service first.
    On SQLite people are erased from copies beside the databases, which then take their place; should the
    computer stop between the two, run it again. On PostgreSQL the databases themselves are restored and
    then erased from, so the service must not be started before this returns.
    """
    manifest = await asyncio.to_thread(check_backup, folder)
    if not await asyncio.to_thread(ledger.continues, LedgerMark(**manifest["ledger"])):
        raise BackupImpossible(
            "the erasure ledger is older than the backup or belongs to another installation: put the newest "
            "ledger of this installation in its place"
        )
    for name in NAMES:
        await asyncio.to_thread(_demand_fitting, manifest["files"][name]["file"], stores.url(name))
    try:
        staged = Stores(*[await _stage(folder, manifest, stores.url(name), name) for name in NAMES])
        erased = await erase_again(staged)
        for name in NAMES:
            await asyncio.to_thread(_put_in_place, stores.url(name))
    finally:
        for name in NAMES:
            await asyncio.to_thread(_clear_away, stores.url(name))
    return erased


async def _copy_out(url: URL, target: Path) -> dict[str, str]:
    path = target.with_suffix(SUFFIXES[url.get_backend_name()])
    if _is_file(url):
        await asyncio.to_thread(_copy_live, _file(url), path)
    else:
        path.touch(mode=0o600)
        await _run("pg_dump", url, "--format=custom", f"--file={path}")
    return {"file": path.name, "sha256": await asyncio.to_thread(_protect, path)}


async def _stage(folder: Path, manifest: dict[str, Any], url: URL, name: str) -> str:
    """Bring one database to where people are erased from it; gives that address."""
    source = folder / manifest["files"][name]["file"]
    if not _is_file(url):
        await _run("pg_restore", url, *RESTORE_OPTIONS, str(source))
        return url.render_as_string(hide_password=False)
    await asyncio.to_thread(_clear_away, url)
    await asyncio.to_thread(_copy_closed, source, _staged(url))
    return url.set(database=str(_staged(url))).render_as_string(hide_password=False)


def _demand_fitting(file: str, url: URL) -> None:
    if Path(file).suffix != SUFFIXES[url.get_backend_name()]:
        raise BackupImpossible("the backup is of another kind of database than the settings name")
    if _is_file(url):
        _demand_stopped(_file(url))
    else:
        _find_program("pg_restore")


def _copy_live(source: Path, target: Path) -> None:
    """The online backup of SQLite: one consistent state, while others read and write."""
    if not source.exists():
        raise BackupImpossible(f"there is no database file named {source.name}")
    target.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)


def _copy_closed(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    shutil.copyfile(source, target)


def _demand_stopped(path: Path) -> None:
    """When the last user closes a SQLite database its log disappears; one that stays has another user."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if path.with_name(f"{path.name}-wal").exists():
        raise BackupImpossible("the database is in use: stop the service and restore again")


def _put_in_place(url: URL) -> None:
    if not _is_file(url):
        return
    for path in (_file(url), _staged(url)):
        _demand_stopped(path)
    _protect(_staged(url))
    _staged(url).replace(_file(url))


def _clear_away(url: URL) -> None:
    """Copies that did not take their place hold people's data and must not be left lying about."""
    if _is_file(url):
        for path in _file(url).parent.glob(f"{_staged(url).name}*"):
            path.unlink()


async def _run(program: str, url: URL, *arguments: str) -> None:
    """Call a program of PostgreSQL, the password by the environment, where `ps` does not show it.

    What it says on stderr is dropped: it may quote rows.
    """
    password = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    address = url.set(drivername="postgresql", password=None).render_as_string()
    process = await asyncio.create_subprocess_exec(
        _find_program(program),
        f"--dbname={address}",
        *arguments,
        env=os.environ | password,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if await process.wait():
        raise BackupImpossible(f"{program} ended with an error (code {process.returncode})")


def _find_program(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BackupImpossible(f"{program} is not installed: install the client programs of PostgreSQL")
    return found


def _make_folder(target: Path) -> None:
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupImpossible(f"there is a backup named {target.name} already") from None


def _protect(path: Path) -> str:
    """Make a finished file private and lasting; gives its digest."""
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _is_changed(folder: Path, *, file: str, sha256: str) -> bool:
    if Path(file).name != file:
        raise ValueError("a file of a backup lies in its folder")
    return _digest(folder / file) != sha256


def _write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(manifest, indent=1) + "\n")
    _protect(path)


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _file(url: URL) -> Path:
    return Path(str(url.database))


def _staged(url: URL) -> Path:
    return _file(url).with_name(f"{_file(url).name}.restoring")
