"""Accounts of staff members."""

import asyncio
import secrets
from typing import Annotated

import typer

from booking import staff
from bot.commands.opening import open_house, utc_now

family = typer.Typer(no_args_is_help=True, help="Accounts of staff: add, list, new password, disable.")


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.add_typer(family, name="staff")


@family.command()
def add(
    sign_in_name: str,
    display_name: str,
    role: Annotated[staff.Role, typer.Option(help="What the person may do.")],
    specialist: Annotated[str | None, typer.Option(help="The specialist whose calendar is theirs.")] = None,
) -> None:
    """Make an account; its password is shown once."""
    typer.echo(asyncio.run(_add(sign_in_name, display_name, role, specialist)))


async def _add(sign_in_name: str, display_name: str, role: staff.Role, specialist: str | None) -> str:
    password = secrets.token_urlsafe(15)
    async with open_house() as house, house.database.writing() as session:
        await staff.add_staff_member(
            session,
            sign_in_name=sign_in_name,
            display_name=display_name,
            role=role,
            specialist_id=specialist,
            password=password,
            now=utc_now(),
        )
    return password
