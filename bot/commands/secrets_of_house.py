"""Keys and one resident's data."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.handovers import Handover
from booking.resident_export import export_resident
from bot.commands.opening import open_house, utc_now
from bot.development import new_secret
from bot.house import House
from bot.inbox import read_input
from bot.models import InboundMessage
from bot.unanswered import export_unanswered
from flows.models import Conversation

keys = typer.Typer(no_args_is_help=True, help="Secrets and residents' keys: new, rotate.")

Channel = Annotated[str, typer.Option(help="The channel the person writes on: web, telegram, sms.")]
Address = Annotated[str, typer.Option(help="Their address there: the number, the chat id, the token.")]


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.add_typer(keys, name="keys")
    app.command()(erase)
    app.command()(export)


@keys.command()
def new() -> None:
    """Print a new secret for PALIGS_MASTER_KEY, PALIGS_INDEX_SECRET or PALIGS_AUDIT_KEY."""
    typer.echo(new_secret())


@keys.command()
def rotate() -> None:
    """Wrap every key under PALIGS_MASTER_KEY; PALIGS_OLD_MASTER_KEY is needed until this has run."""
    typer.echo(f"{asyncio.run(_rotate())} keys wrapped anew")


async def _rotate() -> int:
    async with open_house() as house:
        return await house.keyring.rotate(utc_now())


def erase(channel: Channel, address: Address) -> None:
    """Delete everything about one person, for good; appointments to come are cancelled."""
    asyncio.run(_erase(channel, address))
    typer.echo("erased")


async def _erase(channel: str, address: str) -> None:
    async with open_house() as house:
        await house.eraser.erase(await _subject_id(house, channel, address), now=utc_now())


def export(channel: Channel, address: Address) -> None:
    """Print everything kept about one person as JSON. Make sure first that it is they who ask."""
    typer.echo(json.dumps(asyncio.run(_export(channel, address)), ensure_ascii=False, indent=2))


async def _export(channel: str, address: str) -> dict[str, Any]:
    async with open_house() as house:
        subject_id = await _subject_id(house, channel, address)
        async with house.database.reading() as session:
            parts = {"messages": _messages, "left_for_the_office": _left, "unanswered": export_unanswered}
            return await export_resident(session, house.keyring, subject_id, parts=parts, now=utc_now())


async def _subject_id(house: House, channel: str, address: str) -> str:
    known = await house.inbox.find(channel, house.inbox.address_index(channel, address))
    if known is None:
        typer.echo("nobody with this address is known", err=True)
        raise typer.Exit(1)
    return known[0].id


async def _messages(session: AsyncSession, subject_id: str, key: bytes) -> Sequence[dict[str, Any]]:
    talk = select(Conversation.id).where(Conversation.subject_id == subject_id)
    rows = await session.scalars(
        select(InboundMessage).where(InboundMessage.conversation_id.in_(talk)).order_by(InboundMessage.position)
    )
    return [{"received_at": row.received_at.isoformat(), "text": read_input(row, key).text} for row in rows]


async def _left(session: AsyncSession, subject_id: str, _key: bytes) -> Sequence[dict[str, Any]]:
    rows = await session.scalars(select(Handover).where(Handover.subject_id == subject_id))
    return [{"asked_at": row.asked_at.isoformat(), "kind": row.kind, "reference": row.reference} for row in rows]
