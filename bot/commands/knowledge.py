"""What the knowledge base holds, what is wrong with it, and how well messages are understood."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.commands.opening import open_house, utc_now
from bot.scratch import models_folder
from bot.unanswered import Unanswered, list_unanswered
from flows.turn import RIGA
from knowledge.articles import ContentBroken
from knowledge.catalogue import load_catalogue, profiles
from knowledge.check import check_content
from knowledge.findings import Finding, tell_findings
from knowledge.report import report as tell_figures
from knowledge.training import load_or_train

family = typer.Typer(no_args_is_help=True, help="The knowledge base: check it, measure it, list it.")
progress = Console(stderr=True)

OneProfile = Annotated[str | None, typer.Option("--profile", help="Only this organisation; all without it.")]


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.add_typer(family, name="knowledge")


@family.command()
def check(profile: OneProfile = None) -> None:
    """Name place and reason of everything an editor should mend; status 1 when something must be mended."""
    found = {name: _findings_of(name) for name in _chosen(profile)}
    for line in tell_findings(found):
        typer.echo(line)
    errors = {finding for findings in found.values() for finding in findings if finding.severity == "error"}
    warnings = {finding for findings in found.values() for finding in findings if finding.severity == "warning"}
    typer.echo(f"{', '.join(found)}: {len(errors)} errors, {len(warnings)} warnings")
    if errors:
        raise typer.Exit(1)


def _chosen(profile: str | None) -> tuple[str, ...]:
    return profiles() if profile is None else (profile,)


def _findings_of(profile: str) -> list[Finding]:
    on = utc_now().astimezone(RIGA).date()
    try:
        catalogue = load_catalogue(profile)
    except ContentBroken:
        return check_content(profile, on=on)
    with progress.status(f"{profile}: learning or loading what messages mean"):
        matcher = load_or_train(catalogue, models_folder())
    return check_content(profile, matcher, on=on)


@family.command()
def report(
    evaluation: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="A file of messages with their right answers, JSON lines.")
    ],
    profile: OneProfile = None,
) -> None:
    """Print how many messages of an evaluation file are understood, by language and style, and the misses."""
    try:
        typer.echo(tell_figures(evaluation, _chosen(profile), models_folder()))
    except ContentBroken as broken:
        typer.echo(str(broken), err=True)
        raise typer.Exit(1) from None


@family.command()
def unanswered() -> None:
    """List the messages of 30 days that got no sure answer, newest first, one JSON object a line; never whose."""
    for row in asyncio.run(_unanswered()):
        typer.echo(json.dumps({**asdict(row), "asked_on": row.asked_on.isoformat()}, ensure_ascii=False))


async def _unanswered() -> list[Unanswered]:
    async with open_house() as house, house.database.reading() as session:
        return await list_unanswered(session, house.keyring, utc_now())


@family.command(name="list")
def list_articles(profile: str = "bauska") -> None:
    """List the articles with their review date, one JSON object a line."""
    for topic, article in sorted(load_catalogue(profile).articles.items()):
        row = {"topic": topic, "title": article.title, "review_by": article.review_by.isoformat()}
        typer.echo(json.dumps(row, ensure_ascii=False))
