"""Accounts of staff members, and the family of commands that their talks belong to as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, NoReturn

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from booking import staff
from booking.models import Specialist
from booking.passwords import random_password
from bot.commands import staff_talks
from bot.commands.opening import open_house, utc_now

family = typer.Typer(no_args_is_help=True, help="Accounts of staff, and what they do in talks.")
staff_talks.add_to(family)

SignInName = Annotated[str, typer.Argument(help="The name the person signs in with.")]


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.add_typer(family, name="staff")


@asynccontextmanager
async def _writing() -> AsyncIterator[AsyncSession]:
    async with open_house() as house, house.database.writing() as session:
        yield session


@family.command()
def add(
    sign_in_name: SignInName,
    display_name: Annotated[str, typer.Argument(help="Their name as colleagues see it.")],
    role: Annotated[staff.Role, typer.Option(help="What the person may do.")],
    specialist: Annotated[str | None, typer.Option(help="The id of the specialist whose calendar is theirs.")] = None,
) -> None:
    """Make an account; its password is shown once."""
    asyncio.run(_add(sign_in_name, display_name, role, specialist))


async def _add(sign_in_name: str, display_name: str, role: staff.Role, specialist: str | None) -> None:
    password = random_password()
    async with _writing() as session:
        if specialist is not None and await session.get(Specialist, specialist) is None:
            _refuse("there is no specialist with that id")
        try:
            await staff.add_staff(
                session,
                sign_in_name=sign_in_name,
                display_name=display_name,
                role=role,
                password=password,
                now=utc_now(),
                specialist_id=specialist,
            )
        except staff.NameRefused:
            _refuse("that sign-in name is taken already or holds other signs than letters, digits, dot and hyphen")
    typer.echo(f"password, shown only now: {password}")


@family.command(name="list")
def list_accounts() -> None:
    """List the accounts: name, role, specialist, whether disabled."""
    asyncio.run(_list())


async def _list() -> None:
    async with open_house() as house, house.database.reading() as session:
        for one in await staff.all_staff(session):
            state = "disabled" if one.disabled_at else "active"
            typer.echo(f"{one.sign_in_name}\t{one.role}\t{one.specialist_id or '-'}\t{state}\t{one.display_name}")


@family.command()
def password(sign_in_name: SignInName) -> None:
    """Give an account a new password, shown once; it is signed out everywhere."""
    asyncio.run(_password(sign_in_name))


async def _password(sign_in_name: str) -> None:
    new = random_password()
    async with _writing() as session:
        await staff.set_password(session, (await _find(session, sign_in_name)).id, new)
    typer.echo(f"password, shown only now: {new}")


@family.command()
def disable(sign_in_name: SignInName) -> None:
    """Shut an account at once."""
    asyncio.run(_disable(sign_in_name))


async def _disable(sign_in_name: str) -> None:
    async with _writing() as session:
        await staff.disable_staff(session, (await _find(session, sign_in_name)).id, now=utc_now())
    typer.echo("disabled and signed out")


async def _find(session: AsyncSession, sign_in_name: str) -> staff.StaffMember:
    found = await staff.find_staff(session, sign_in_name)
    if found is None:
        _refuse("there is no account with that sign-in name")
    return found


def _refuse(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
