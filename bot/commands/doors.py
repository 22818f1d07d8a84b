"""Doors for other programs: JSON lines in, JSON lines out."""

import asyncio
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.asking import Asking
from bot.channels.terminal import Collector
from bot.commands.opening import utc_now
from bot.json_lines import answer_lines
from bot.prechecking import Prechecking
from bot.scratch import scratch_house
from bot.talking import Talking
from knowledge.articles import ContentBroken
from knowledge.catalogue import load_catalogue
from knowledge.rules import load_rules

RIGA = ZoneInfo("Europe/Riga")


def _known_profile(profile: str) -> str:
    try:
        load_catalogue(profile)
    except ContentBroken as broken:
        raise typer.BadParameter(str(broken)) from None
    return profile


Profile = Annotated[
    str,
    typer.Option(help="Which organisation's content: a folder of knowledge/content/profiles.", callback=_known_profile),
]
DatabaseUrl = Annotated[str | None, typer.Option(help="Use this database instead of a throw-away one.")]


class TalkChannel(StrEnum):
    """How replies are shown and counted."""

    SMS = "sms"
    TELEGRAM = "telegram"
    WEB = "web"


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.command()(ask)
    app.command()(talk)
    app.command()(precheck)


def ask(profile: Profile = "bauska", database: DatabaseUrl = None) -> None:
    """Answer questions, each line a new talk: {"id", "text", "profile"?} in, one object out."""
    asyncio.run(_ask(profile, database))


async def _ask(profile: str, database: str | None) -> None:
    now = utc_now()
    async with (
        scratch_house(profile, {}, now=now, database_url=database) as house,
        house.database.reading() as session,
    ):
        await answer_lines(Asking(profile, session, now).answer)


def talk(
    profile: Profile = "bauska",
    channel: Annotated[TalkChannel, typer.Option(help="How replies are shown.")] = TalkChannel.WEB,
    now: Annotated[str | None, typer.Option(help="The clock at the start, ISO; without it the real one.")] = None,
    database: DatabaseUrl = None,
) -> None:
    """Hold whole talks: {"from", "text"|"choice", "at"?} in, the replies and where the talk stands out."""
    asyncio.run(_talk(profile, channel, now, database))


async def _talk(profile: str, channel: TalkChannel, now: str | None, database: str | None) -> None:
    clock = _clock(now)
    collector = Collector(channel.value)
    async with scratch_house(profile, {channel.value: collector}, now=clock, database_url=database) as house:
        await answer_lines(Talking(house, collector, clock).answer)


def _clock(now: str | None) -> datetime:
    if now is None:
        return utc_now()
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise typer.BadParameter("a time like 2026-11-24T10:00:00+02:00", param_hint="--now") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=RIGA)).astimezone(UTC)


def precheck(
    profile: Profile = "bauska",
    on: Annotated[str | None, typer.Option(help="The day whose rules count, YYYY-MM-DD; without it today.")] = None,
) -> None:
    """Judge households: {"id", "facts", "scope"?} in, verdicts with reasons out."""
    try:
        day = date.fromisoformat(on) if on else utc_now().astimezone(RIGA).date()
    except ValueError:
        raise typer.BadParameter("a day like 2026-02-15", param_hint="--on") from None
    asyncio.run(answer_lines(Prechecking(load_rules(profile), day).answer))
