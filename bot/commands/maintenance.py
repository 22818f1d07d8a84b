"""Tables, backups and the first thing to run at night: `paligs check`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from booking.erasure_ledger import ErasureLedger, LedgerBroken, LedgerMissing
from bot.backup import BackupBroken, BackupImpossible, Stores, back_up
from bot.backup import restore as put_back
from bot.checks.checks import run_checks
from bot.commands.opening import read_settings, utc_now
from bot.database import Database
from bot.house import build_eraser, build_keyring
from bot.migrate import upgrade
from bot.settings import Settings, SettingsBroken

console = Console(highlight=False)
database = typer.Typer(no_args_is_help=True, help="The tables: upgrade.")

Folder = Annotated[Path, typer.Argument(help="The folder of the backups.")]


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.add_typer(database, name="db")
    app.command()(backup)
    app.command()(restore)
    app.command()(check)


@database.command(name="upgrade")
def upgrade_tables() -> None:
    """Bring the tables of both databases to this release."""
    asyncio.run(_upgrade(read_settings()))
    console.print("the tables are current")


async def _upgrade(settings: Settings) -> None:
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The keyring first: a key must have a place before the first row that needs it.
    for name, url in (("keyring", settings.keyring_address), ("main", settings.main_url)):
        opened = Database(url)
        try:
            await upgrade(opened, name)
        finally:
            await opened.close()


def backup(folder: Folder) -> None:
    """Copy both databases into a new folder below FOLDER, while the service runs."""
    settings = read_settings()
    with_faults_told(lambda: console.print(f"written: {asyncio.run(_back_up(settings, folder))}"))


async def _back_up(settings: Settings, folder: Path) -> Path:
    return await back_up(_stores(settings), folder, ledger=_ledger(settings), now=utc_now())


def restore(folder: Annotated[Path, typer.Argument(help="The folder that `paligs backup` wrote.")]) -> None:
    """Put a backup in the place of the databases; stop the service first. Erased people stay erased."""
    settings = read_settings()
    with_faults_told(lambda: console.print(f"restored; erased again: {asyncio.run(_restore(settings, folder))}"))


async def _restore(settings: Settings, folder: Path) -> int:
    async def erase_again(stores: Stores) -> int:
        staged = settings.model_copy(update={"database_url": stores.main, "keyring_url": stores.keyring})
        await _upgrade(staged)
        main, keyring_database = Database(stores.main), Database(stores.keyring)
        try:
            keyring = build_keyring(settings, keyring_database)
            return await build_eraser(settings, main, keyring_database, keyring).reapply(now=utc_now())
        finally:
            await main.close()
            await keyring_database.close()

    return await put_back(folder, _stores(settings), ledger=_ledger(settings), erase_again=erase_again)


def with_faults_told(work: Callable[[], None]) -> None:
    """Run; a known fault becomes one line that says what to do, and status 1."""
    try:
        work()
    except LedgerMissing:
        told = "the erasure ledger (erasures.jsonl in the data folder) is missing: bring it back, then try again"
    except (BackupBroken, BackupImpossible, LedgerBroken) as fault:
        told = str(fault)
    else:
        return
    typer.echo(told, err=True)
    raise typer.Exit(1)


def _stores(settings: Settings) -> Stores:
    return Stores(settings.main_url, settings.keyring_address)


def _ledger(settings: Settings) -> ErasureLedger:
    return ErasureLedger(settings.ledger_path, settings.index_secret.get_secret_value())


def check(
    fix: Annotated[bool, typer.Option(help="Set webhooks, menus and descriptions at the providers.")] = False,
) -> None:
    """Say what is wrong and how to mend it; status 1 when something is."""
    try:
        settings = read_settings()
    except SettingsBroken as broken:
        console.print(f"[red]settings[/red]  {broken}")
        raise typer.Exit(1) from None
    failed = 0
    for result in asyncio.run(run_checks(settings, utc_now(), fix=fix)):
        failed += not result.is_well
        mark = "[green]well[/green]" if result.is_well else "[red]MEND[/red]"
        console.print(f"{mark}  {result.name}: {result.words}", soft_wrap=True)
    if failed:
        raise typer.Exit(1)
