"""Staff answer from the terminal, signed in as themselves; the commands refuse plainly and say nothing of a talk."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from booking.handovers import waiting
from booking.staff import Role, add_staff
from bot.channels.terminal import Collector
from bot.cli import app
from bot.development import new_secret
from bot.house import build_house
from bot.models import OutboundMessage, Purpose
from flows.turn import Knowledge
from tests.conftest import MODELS
from tests.flows.ways import reach
from tests.houses import make_settings, open_house
from tests.phone import Phone

PASSWORD = "zaļa laiva uz Mēmeles"
WORDS = "par mājokļa pabalstu, zvaniet 20000001"


class Terminal:
    """The terminal of Ilze, a coordinator, in a house where somebody asked for a person."""

    def __init__(self, folder: Path, knowledge: Knowledge) -> None:
        self.secrets = {name: new_secret() for name in ("master_key", "index_secret", "audit_key")}
        self.settings = make_settings(f"sqlite:///{folder / 'main.db'}", folder, **self.secrets)
        self.knowledge = knowledge
        self.reference = ""
        asyncio.run(self._set_up())
        (folder / "models").symlink_to(MODELS)

    async def _set_up(self) -> None:
        channel, now = Collector("web"), datetime.now(UTC)
        async for house in open_house(self.settings, channel, self.knowledge, now):
            async with house.database.writing() as session:
                await add_staff(
                    session,
                    sign_in_name="ilze",
                    display_name="Ilze Paraudziņa",
                    role=Role.COORDINATOR,
                    password=PASSWORD,
                    now=now,
                )
            phone = Phone(house, channel, now)
            await reach(phone, "talk-to-person", "contact")
            await phone.says(WORDS)
            async with house.database.reading() as session:
                self.reference = (await waiting(session))[0].reference

    def run(self, *words: str, password: str = PASSWORD, stdin: str = "") -> Result:
        """Type one command; the password first."""
        environment = {f"PALIGS_{name.upper()}": value for name, value in self.secrets.items()}
        environment |= {"PALIGS_DATA_FOLDER": str(self.settings.data_folder)}
        environment |= {"PALIGS_DATABASE_URL": f"sqlite:///{self.settings.data_folder / 'main.db'}"}
        return CliRunner().invoke(app, ["staff", *words, "--as", "ilze"], input=f"{password}\n{stdin}", env=environment)

    async def queued(self) -> list[str]:
        """The purposes of what waits to be sent."""
        house = build_house(self.settings, {}, knowledge=self.knowledge)
        async with house.database.reading() as session:
            rows = await session.scalars(select(OutboundMessage.purpose).order_by(OutboundMessage.position))
            found = list(rows)
        await house.close()
        return found


@pytest.fixture
def terminal(clean_environment: Path, knowledge: Knowledge) -> Terminal:
    return Terminal(clean_environment, knowledge)


def test_a_talk_is_listed_read_answered_and_handed_back(terminal: Terminal) -> None:
    listed = terminal.run("talks")
    assert terminal.reference in listed.stdout
    assert WORDS not in listed.stdout
    assert WORDS in terminal.run("read", terminal.reference).stdout
    answered = terminal.run("answer", terminal.reference.lower(), "-", stdin="Labdien, esmu klāt")
    assert answered.exit_code == 0, answered.output
    assert asyncio.run(terminal.queued())[-1] == Purpose.PERSON
    assert "staff: Dienesta darbinieks: Labdien, esmu klāt" in terminal.run("read", terminal.reference).stdout
    assert terminal.run("hand-back", terminal.reference).stdout.strip() == "handed back"
    assert terminal.run("talks").stdout.strip() == ""


def test_a_wrong_password_and_an_unknown_number_are_refused_plainly(terminal: Terminal) -> None:
    refused = terminal.run("read", terminal.reference, password="nepareiza parole")
    assert refused.exit_code == 1
    assert "the name or the password is wrong" in refused.stderr
    assert WORDS not in refused.output
    unknown = terminal.run("answer", "CCCCCC", "Labdien")
    assert unknown.exit_code == 1
    assert "there is no such talk" in unknown.stderr
    assert terminal.run("hand-back", terminal.reference).exit_code == 1
