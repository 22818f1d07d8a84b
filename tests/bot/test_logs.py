"""Logs hold names of events, ids and classes: twenty scenarios, half of them faults, leave no word of a person."""

import base64
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from booking.subjects import Subject
from bot.channels.base import DeliveryError, Failure, Outgoing
from bot.channels.terminal import Collector
from bot.checks.checks import run_checks
from bot.database import Database
from bot.development import new_secret
from bot.house import House
from bot.inbox import Received
from bot.json_lines import answer_lines
from bot.models import InboundMessage
from bot.runner import Runner, _kept_alive
from bot.scheduler import Scheduler
from bot.settings import Settings, SettingsBroken, load_settings
from bot.talking import Talking
from bot.web.health import measure
from flows.models import Conversation
from tests.phone import Phone

NAME = "Skaidrīte Ābeltiņa-Krastkalne"
WORDS = "mans zilonītis neēd makaronus"
CONTACT = "zvaniet vakarā uz +37126543219"
TOKEN = "CanaryTokenOfTheTalk0123456789abcdef"
PHONE = "+37126543218"
CANARIES = (NAME, "Skaidrīte", WORDS, "zilonītis", CONTACT, "+37126543219", "26543219", TOKEN, PHONE, "26543218")


@dataclass
class Scene:
    """What a scenario plays with."""

    house: House
    channel: Collector
    now: datetime
    folder: Path

    @property
    def skaidrite(self) -> Phone:
        return Phone(self.house, self.channel, self.now, address=TOKEN, sent=next_hundred())

    async def run(self, *texts: str) -> None:
        phone = self.skaidrite
        for text in texts:
            await phone.says(text)


_hundreds = iter(range(0, 100_000, 100))


def next_hundred() -> int:
    """Message ids that no scenario before has used."""
    return next(_hundreds)


Scenario = Callable[[Scene, pytest.MonkeyPatch], Awaitable[object]]
SCENARIOS: list[Scenario] = []


def scenario(play: Scenario) -> Scenario:
    SCENARIOS.append(play)
    return play


@scenario
async def a_question(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    await scene.run("labdien", WORDS, f"{WORDS} {PHONE}")


@scenario
async def a_booking(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    await scene.run("pierakstīties", "1", "1", NAME, "jā")


@scenario
async def a_booking_moved_and_cancelled(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    phone = scene.skaidrite
    await phone.says("mani pieraksti")
    await phone.presses_like("move-")
    await phone.presses_like(".")
    await phone.says("atcelt pierakstu")
    await phone.presses_like("cancel-")
    await phone.says("jā")


@scenario
async def a_wish_to_be_called(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    await scene.run("cilvēks", CONTACT)


@scenario
async def an_anonymous_complaint(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    await scene.run("gribu iesniegt sūdzību", "1", f"{WORDS}, {NAME}")


@scenario
async def a_pre_check(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    await scene.skaidrite.presses("check:gmi-benefit")
    await scene.run(WORDS, "2", NAME, "250", "0")


@scenario
async def danger(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    await scene.run(f"{WORDS} vīrs mani sit")


@scenario
async def a_repeat(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        await scene.house.inbox.accept(Received("web", TOKEN, "the same id", WORDS), now=scene.now)
    await Runner(scene.house, lambda: scene.now).settle()


@scenario
async def hostile_text(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    await scene.run(f"{WORDS}\x00\ud800" * 3000, "", "\u200b")


@scenario
async def the_clock(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    for days in (1, 2, 40):
        await Scheduler(scene.house).remind(scene.now + timedelta(days=days))
    await Scheduler(scene.house).tidy(scene.now + timedelta(days=2))


@scenario
async def a_turn_that_fails(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    async def fails(turn: object) -> None:
        raise ValueError(f"{WORDS} {turn}")

    patch.setattr("bot.dispatcher.advance", fails)
    await scene.run(WORDS)


@scenario
async def a_write_that_the_database_refuses(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    async def doubles(session: AsyncSession, conversation: Conversation, *_rest: object, **_options: object) -> None:
        await session.execute(insert(Subject).from_select(list(Subject.__table__.columns), select(Subject)))

    patch.setattr("bot.dispatcher.save_state", doubles)
    await scene.run(WORDS)


@scenario
async def a_state_that_does_not_open(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    async with scene.house.database.writing() as session:
        await session.execute(update(Conversation).values(state=b"\x01 neither sealed nor empty"))
    await scene.run(WORDS)
    async with scene.house.database.writing() as session:
        await session.execute(update(Conversation).values(state=None))


@scenario
async def a_message_that_does_not_open(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    talk = await scene.house.inbox.accept(Received("web", TOKEN, "unreadable", WORDS), now=scene.now)
    async with scene.house.database.writing() as session:
        mine = InboundMessage.conversation_id == talk.conversation_id
        await session.execute(update(InboundMessage).where(mine).values(body=b"\x01 neither sealed nor empty"))
    await Runner(scene.house, lambda: scene.now).settle()


@scenario
async def a_provider_that_refuses(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    async def refuses(message: Outgoing) -> None:
        raise DeliveryError("blocked", Failure.FOR_GOOD) from ValueError(message.address, message.reply.text)

    patch.setattr(scene.channel, "send", refuses)
    await scene.run(WORDS)


@scenario
async def a_provider_that_breaks(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    async def breaks(message: Outgoing) -> None:
        raise RuntimeError(message.address, message.reply.text)

    patch.setattr(scene.channel, "send", breaks)
    await scene.run(WORDS)


@scenario
async def a_database_that_goes_away(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def away() -> AsyncIterator[None]:
        raise ConnectionError(WORDS)
        yield

    await scene.house.inbox.accept(Received("web", TOKEN, "before it went", WORDS), now=scene.now)
    patch.setattr(scene.house.database, "writing", away)
    patch.setattr("bot.runner.LOOKS_AGAIN_AFTER", 0)
    await _kept_alive("settle", Runner(scene.house, lambda: scene.now).settle)


@scenario
async def a_keyring_that_goes_away(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    nowhere = Database(f"sqlite:///{scene.folder}/no such folder/{quote(NAME)}.db")
    patch.setattr(scene.house.keyring, "_reading", nowhere.reading)
    with pytest.raises(Exception, match="keyring") as error:
        await scene.house.inbox.accept(Received("web", TOKEN, "no key", WORDS), now=scene.now)
    assert not leaks(str(error.value))


@scenario
async def bad_lines(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    lines = [f'{{"from": "{TOKEN}", "text": "{WORDS}"'.encode(), json.dumps({"from": [NAME], "text": WORDS}).encode()]
    with (scene.folder / "out").open("wb") as out:
        await answer_lines(Talking(scene.house, scene.channel, scene.now).answer, iter(lines), out)


@scenario
async def a_wrong_setting(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PALIGS_MASTER_KEY", PHONE)
    with pytest.raises(SettingsBroken) as broken:
        load_settings()
    assert not leaks(str(broken.value))


@scenario
async def a_wrong_master_key(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    wrong = Settings.model_validate({**scene.house.settings.model_dump(), "master_key": new_secret()})
    assert not leaks(repr(await run_checks(wrong, scene.now)))


@scenario
async def figures(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    assert not leaks((await measure(scene.house, scene.now)).decode())


@scenario
async def an_erasure(scene: Scene, _patch: pytest.MonkeyPatch) -> None:
    phone = scene.skaidrite
    await phone.says("dzēst manus datus")
    await phone.says("jā")
    assert not leaks(scene.house.settings.ledger_path.read_text())


@pytest.fixture
def everything_logged() -> Iterator[list[str]]:
    """Every record of every library, at its most talkative."""
    told: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(f"{record.name} {self.format(record)} {record.args!r}")

    listener, root, engine = Listener(), logging.getLogger(), logging.getLogger("sqlalchemy")
    before, handlers = (root.level, engine.level), root.handlers
    root.handlers = [listener]
    for logger in (root, engine):
        logger.setLevel(logging.DEBUG)
    yield told
    root.handlers = handlers
    root.setLevel(before[0])
    engine.setLevel(before[1])


def spellings(canary: str) -> set[str]:
    """How a value may look after a library has written it."""
    raw = canary.encode()
    return {
        canary,
        canary.casefold(),
        quote(canary),
        repr(raw)[2:-1],
        ascii(canary)[1:-1],
        json.dumps(canary)[1:-1],
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("=")[:-1],
        " ".join(canary),
    }


SPELLINGS = frozenset(one for canary in CANARIES for one in spellings(canary))


def leaks(told: str) -> list[str]:
    return sorted(one for one in SPELLINGS if one in told)


async def test_no_scenario_and_no_fault_leaves_a_word_of_a_person_in_the_logs(
    small_house: House,
    channel: Collector,
    now: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    everything_logged: list[str],
) -> None:
    assert len(SCENARIOS) >= 20
    scene = Scene(small_house, channel, now, tmp_path)
    found: dict[str, list[str]] = {}
    lines = 0
    with capture_logs() as ours:
        for play in SCENARIOS:
            everything_logged.clear()
            ours.clear()
            with monkeypatch.context() as patch:
                await play(scene, patch)
            lines += len(everything_logged)
            if leaked := leaks("\n".join([*everything_logged, *map(repr, ours)])):
                found[play.__name__] = leaked
    assert found == {}
    assert lines > 1000, "the libraries were to be at their most talkative"


def test_the_search_itself_finds_what_it_must() -> None:
    for told in (
        f"x{WORDS}y",
        repr(WORDS.encode()),
        json.dumps({"a": NAME}),
        quote(PHONE),
        base64.b64encode(TOKEN.encode()),
    ):
        assert leaks(str(told))
    assert not leaks("turn_failed ValueError 0123456789abcdef")


async def test_faults_are_logged_by_their_class(
    small_house: House, channel: Collector, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_turn: object) -> None:
        raise ValueError(WORDS)

    monkeypatch.setattr("bot.dispatcher.advance", fails)
    with capture_logs() as ours:
        await Phone(small_house, channel, now, address=TOKEN).says(WORDS)
    assert [one["event"] for one in ours] == ["turn_failed"] * 3
    assert {one["error"] for one in ours} == {"ValueError"}
    assert all(set(one) == {"event", "log_level", "error", "conversation"} for one in ours)
