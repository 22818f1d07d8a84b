"""Running the service, and talking to it in a terminal."""

import asyncio
import signal
import sys
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from booking.demo_staff import create_demo_staff
from booking.places import load_demo
from bot.app import build_app
from bot.channels.terminal import Terminal
from bot.commands.opening import ensure_tables, open_house, read_settings, utc_now
from bot.development import use_development_secrets
from bot.doors.providers import Providers, open_providers
from bot.house import House, build_house
from bot.inbox import Received
from bot.runner import Runner
from bot.settings import Settings, SettingsBroken
from flows.messages import Reply

console = Console(highlight=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Put this family into the list of commands."""
    app.command()(serve)
    app.command()(worker)
    app.command()(chat)


def serve(
    demo: Annotated[
        bool, typer.Option(help="Invented offices and staff, development secrets; for trying it out.")
    ] = False,
) -> None:
    """Run everything in one process: the web chat, the portal, answering, sending, reminders."""
    settings = _settings(demo=demo)
    providers = open_providers(settings)
    house = asyncio.run(_prepare(settings, providers, demo=settings.demo))
    uvicorn.run(
        build_app(house, providers, utc_now),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


def _settings(*, demo: bool) -> Settings:
    if demo:
        use_development_secrets()
    return read_settings()


async def _prepare(settings: Settings, providers: Providers, *, demo: bool) -> House:
    """Tables, demo data, the model; and where to go, printed once everything is there."""
    await ensure_tables(settings)
    console.print("Reading the knowledge base; a new edition is learnt first, which takes about a minute.")
    house = build_house(settings, providers.channels)
    sign_ins: list[tuple[str, str, str]] = []
    if demo:
        async with house.database.writing() as session:
            await load_demo(session, settings.profile, utc_now())
            sign_ins = await create_demo_staff(session, settings.profile, utc_now())
    # The server runs in an event loop of its own; connections must not stay with this one.
    await house.close()
    _welcome(settings, sign_ins)
    return house


def _welcome(settings: Settings, sign_ins: list[tuple[str, str, str]]) -> None:
    console.print(f"\nPalīgs · {settings.profile}\n")
    console.print(f"  Web chat      {settings.address}/")
    console.print(f"  Staff portal  {settings.address}/staff")
    console.print("  Terminal      .venv/bin/paligs chat" if settings.demo else "  Terminal      paligs chat")
    if sign_ins:
        console.print(f"\n  Demo sign-in, shown only this once. Password for all of them: {sign_ins[0][1]}")
        for name, _, person in sign_ins:
            console.print(f"    {name:<24} {person}")
    elif settings.demo:
        console.print("\n  A demo sign-in exists already; a new password: .venv/bin/paligs staff password NAME")
    if settings.demo:
        console.print("\n  The secrets in the data folder are for development only, never for real residents.\n")


def worker() -> None:
    """Answer and send without the web; beside `serve`, on PostgreSQL."""
    if read_settings().is_embedded:
        raise SettingsBroken(
            "PALIGS_DATABASE_URL: not set. With the embedded database `paligs serve` does all by itself"
        )
    asyncio.run(_work(open_providers(read_settings())))


async def _work(providers: Providers) -> None:
    async with open_house(providers.channels) as house:
        runner = Runner(house, utc_now)
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        runner.start()
        await stopped.wait()
        await runner.stop()
        await providers.close()


def chat() -> None:
    """Talk in the terminal; an empty line or Ctrl-D ends it."""
    asyncio.run(_chat())


async def _chat() -> None:
    def show(reply: Reply) -> None:
        console.print(f"\n[bold]Palīgs[/bold]  {_plain(reply.text)}", soft_wrap=True)
        for number, choice in enumerate(reply.choices, start=1):
            console.print(f"  {number}  {_plain(choice.label)}", soft_wrap=True)
        for more in filter(None, (reply.details, reply.source)):
            console.print(_plain(more), style="dim", soft_wrap=True)

    async with open_house({"terminal": Terminal(show)}) as house:
        runner = Runner(house, utc_now)
        talk = f"terminal-{utc_now().timestamp()}"
        number = 0
        while text := (await asyncio.to_thread(_read_line)).strip():
            number += 1
            await house.inbox.accept(Received("terminal", talk, f"{talk}-{number}", text), now=utc_now())
            await _until_answered(runner)


async def _until_answered(runner: Runner) -> None:
    """Settle; another process on the same database may be quicker with the answer, never with the sending."""
    for _ in range(20):
        await runner.settle()
        await asyncio.sleep(0.05)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _read_line() -> str:
    try:
        return input("\n> ")
    except EOFError:
        sys.stdout.write("\n")
        return ""
