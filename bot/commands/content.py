"""What the knowledge base holds and how well it is understood."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.scratch import models_folder
from knowledge.catalogue import load_catalogue
from knowledge.check import check_content
from knowledge.report import read_lines, summarise, try_lines
from knowledge.training import load_or_train

console = Console(highlight=False)
family = typer.Typer(no_args_is_help=True, help="The knowledge base: check it, measure it, list it.")


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.add_typer(family, name="knowledge")


@family.command()
def check(profile: str = "bauska") -> None:
    """Name file and reason of everything an editor should mend; status 1 when something must be mended."""
    findings = check_content(profile)
    for finding in findings:
        console.print(str(finding), soft_wrap=True)
    console.print(f"{len(findings)} findings")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@family.command()
def report(
    evaluation: Annotated[Path, typer.Option(help="A file of messages with their right answers, JSON lines.")],
    profile: str = "bauska",
) -> None:
    """Print how many messages of an evaluation file are understood, by language and style, and the misses."""
    catalogue = load_catalogue(profile)
    matcher = load_or_train(catalogue, models_folder())
    lines = [line for line in read_lines(evaluation) if line.get("profile", profile) == profile]
    console.print(summarise(try_lines(lines, catalogue, matcher), catalogue), soft_wrap=True)


@family.command(name="list")
def list_articles(profile: str = "bauska") -> None:
    """List the articles with their review date, one JSON object a line."""
    for topic, article in sorted(load_catalogue(profile).articles.items()):
        row = {"topic": topic, "title": article.title, "review_by": article.review_by.isoformat()}
        typer.echo(json.dumps(row, ensure_ascii=False))
