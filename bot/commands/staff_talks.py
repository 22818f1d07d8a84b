"""Staff answer residents from the terminal: signed in by name and password, every opening audited."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, NoReturn

import typer

from booking.access import NotAllowed
from booking.handovers import Handover, HandoverReason
from booking.rota import RIGA
from booking.sign_in import SignInRefused, TooManyAttempts, check_password
from booking.staff import StaffMember
from bot import speakers
from bot.commands.opening import open_house, utc_now
from bot.house import House
from bot.staff_talks import Line, MayNotWrite, NoTalk, ReadTalk, StaffTalks

REFUSALS: dict[type[Exception], str] = {
    SignInRefused: "the name or the password is wrong, or the account is disabled",
    TooManyAttempts: "too many attempts: wait a minute and try again",
    NotAllowed: "there is no such talk, or it is not open to you",
    NoTalk: "nobody can be answered here: it was anonymous, or the person was forgotten",
    MayNotWrite: (
        "do not write there: it is a sign of danger and somebody else may hold the phone, messages do not arrive, "
        "or the resident wants none"
    ),
    speakers.AlreadyHeld: "a colleague speaks with this resident",
    speakers.NotHeld: "you do not speak with this resident, or no longer do",
    speakers.NoWords: "there are no words to send",
    speakers.NoLinksBySms: "links do not go by SMS, so nothing was sent: say it without the web address",
}

Reference = Annotated[str, typer.Argument(help="The number of the talk; to answer, also of an own appointment.")]
As = Annotated[str, typer.Option("--as", help="Your sign-in name; your password is asked for.")]
Words = Annotated[str, typer.Argument(help='What to say; "-" reads it from standard input, so that nobody sees it.')]

Work = Callable[[StaffTalks, StaffMember], Awaitable[list[str]]]


def add_to(family: typer.Typer) -> None:
    """Put these commands beside those for accounts."""
    family.command()(talks)
    family.command()(read)
    family.command()(answer)
    family.command(name="hand-back")(hand_back)


def talks(as_: As) -> None:
    """List what waits for a person: number, since when, why, kind, language, channel."""

    async def work(talks: StaffTalks, staff: StaffMember) -> list[str]:
        return [_described(each) for each in await talks.list_waiting(staff)]

    _run(as_, work)


def read(reference: Reference, as_: As) -> None:
    """Show one talk. That you opened it is recorded."""

    async def work(talks: StaffTalks, staff: StaffMember) -> list[str]:
        return _shown(await talks.read(staff, reference, now=utc_now()))

    _run(as_, work)


def answer(reference: Reference, text: Words, as_: As) -> None:
    """Say something to the resident; the assistant is silent until you hand back or half an hour passes."""

    async def work(talks: StaffTalks, staff: StaffMember) -> list[str]:
        words = sys.stdin.read() if text == "-" else text
        answered = await talks.answer(staff, reference, words, now=utc_now())
        return [f"queued in talk {answered.reference}", *_lines(answered.being_sent)]

    _run(as_, work)


def hand_back(reference: Reference, as_: As) -> None:
    """Let the assistant speak again; the resident is asked whether it was solved."""

    async def work(talks: StaffTalks, staff: StaffMember) -> list[str]:
        await talks.hand_back(staff, reference, now=utc_now())
        return ["handed back"]

    _run(as_, work)


def _run(sign_in_name: str, work: Work) -> None:
    password = typer.prompt("password", hide_input=True, err=True)
    try:
        for line in asyncio.run(_signed_in(sign_in_name, password, work)):
            typer.echo(line)
    except tuple(REFUSALS) as refused:
        _refuse(REFUSALS[type(refused)])


async def _signed_in(sign_in_name: str, password: str, work: Work) -> list[str]:
    async with open_house() as house:
        staff = await check_password(
            house.database.writing,
            sign_in_name=sign_in_name,
            password=password,
            index_secret=house.settings.index_secret.get_secret_value(),
            now=utc_now(),
        )
        return await work(talks_of(house), staff)


def talks_of(house: House) -> StaffTalks:
    """The talks of a house."""
    return StaffTalks(house.database, house.keyring, house.settings.audit_key.get_secret_value())


def _described(handover: Handover) -> str:
    asked = f"{handover.asked_at.astimezone(RIGA):%Y-%m-%d %H:%M}"
    taken = "taken" if handover.taken_at else "waiting"
    columns = (handover.reference, asked, handover.reason, handover.kind, handover.language, handover.channel or "-")
    return "\t".join((*columns, taken))


def _shown(talk: ReadTalk) -> list[str]:
    opened = talk.opened
    shown = [_described(opened.handover), f"level: {opened.level or '-'}"]
    if opened.phone:
        shown.append(f"phone: {opened.phone}")
    if opened.handover.reason == HandoverReason.DANGER:
        shown.append("Do not write first and do not call: somebody else may hold the phone.")
    return [*shown, opened.text or "no longer kept", *_lines(talk.lines)]


def _lines(lines: Iterable[Line]) -> list[str]:
    return [_line(line) for line in lines]


def _line(line: Line) -> str:
    sending = " (just being sent)" if line.is_being_sent else ""
    return f"{line.at.astimezone(RIGA):%H:%M} {line.speaker}{sending}: {line.text}"


def _refuse(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
