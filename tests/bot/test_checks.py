"""`paligs check`: every fault turns one line red, and the line says how to mend it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

from booking import audit
from booking.audit import AuditEntry
from booking.models import Appointment, ClaimedCell, RotaRule, Specialist
from bot.channels.terminal import Collector
from bot.checks.check_result import CheckResult
from bot.checks.checks import run_checks
from bot.cli import app
from bot.development import new_secret, secrets_path
from bot.house import House
from bot.inbox import Received
from bot.models import OutboundMessage, OutboundStatus
from bot.settings import Settings
from tests.houses import make_settings
from tests.phone import Phone

NAMES = [
    "secrets", "keyring", "content", "tables of main", "tables of keyring",
    "calendar", "audit", "specialists",
    "answering", "sending", "undelivered", "delivery reports", "SMS budget", "clock", "keys",
    "SMS", "Telegram",
]  # fmt: skip


@pytest.fixture
async def lived_in(small_house: House, channel: Collector, now: datetime) -> House:
    """A house in which someone has booked, and staff have looked."""
    anna = Phone(small_house, channel, now)
    for text in ("pierakstīties", "1", "1", "Anna", "jā"):
        await anna.says(text)
    key = small_house.settings.audit_key.get_secret_value()
    async with small_house.database.writing() as session:
        await audit.record(session, actor="ilze-r", action="opened", key=key, now=now)
    return small_house


async def red_lines(settings: Settings, now: datetime) -> dict[str, str]:
    results = await run_checks(settings, now)
    assert [one.name for one in results] == NAMES
    assert all(one.words for one in results)
    return {one.name: one.words for one in results if not one.is_well}


async def test_a_house_in_order_has_no_red_line(lived_in: House, now: datetime) -> None:
    assert await red_lines(lived_in.settings, now + timedelta(minutes=1)) == {}


async def lose_a_cell(house: House, _now: datetime) -> None:
    async with house.database.writing() as session:
        cell = await session.scalar(select(ClaimedCell.cell).limit(1))
        await session.execute(delete(ClaimedCell).where(ClaimedCell.cell == cell))


async def change_the_audit(house: House, _now: datetime) -> None:
    async with house.database.writing() as session:
        await session.execute(update(AuditEntry).values(actor="somebody else"))


async def leave_unanswered(house: House, now: datetime) -> None:
    await house.inbox.accept(Received("web", "zane", "z-1", "vai dzirdat?"), now=now - timedelta(minutes=3))


async def leave_unsent(house: House, now: datetime) -> None:
    long_ago = now - timedelta(minutes=11)
    known = (await house.inbox.accept(Received("web", "zane", "z-1", "vai dzirdat?"), now=long_ago)).conversation_id
    await house.dispatcher.handle(known, long_ago)


async def send_everyone_away(house: House, _now: datetime) -> None:
    async with house.database.writing() as session:
        for table in (ClaimedCell, Appointment, RotaRule, Specialist):
            await session.execute(delete(table))


async def write_from_the_future(house: House, now: datetime) -> None:
    await house.inbox.accept(Received("web", "zane", "z-1", "vai dzirdat?"), now=now + timedelta(minutes=5))


async def lose_an_answer(house: House, now: datetime) -> None:
    await change_sent(house, channel="web", status=OutboundStatus.UNKNOWN, changed_at=now)


async def change_sent(house: House, **values: object) -> None:
    """Make everything that was sent look as these values say."""
    async with house.database.writing() as session:
        await session.execute(update(OutboundMessage).values(**values))


Fault = Callable[[House, datetime], Awaitable[None]]


@pytest.mark.parametrize(
    ("fault", "line", "mend"),
    [
        (lose_a_cell, "calendar", "keep a backup"),
        (change_the_audit, "audit", "tell the data protection officer"),
        (leave_unanswered, "answering", "`paligs serve`"),
        (leave_unsent, "sending", "provider"),
        (lose_an_answer, "undelivered", "call instead"),
        (write_from_the_future, "clock", "NTP"),
        (send_everyone_away, "specialists", "no specialist is entered"),
    ],
)
async def test_a_fault_in_the_database_turns_its_line_red(
    lived_in: House, now: datetime, fault: Fault, line: str, mend: str
) -> None:
    await fault(lived_in, now)
    red = await red_lines(lived_in.settings, now)
    assert list(red) == [line]
    assert mend in red[line]


async def test_sms_without_a_single_delivery_report_is_red(lived_in: House, now: datetime) -> None:
    settings = changed(lived_in.settings, twilio_account_sid="AC" + "0" * 32)
    assert "delivery reports" not in await red_lines(settings, now + timedelta(minutes=1))
    await change_sent(lived_in, channel="sms", status=OutboundStatus.SENT, changed_at=now - timedelta(hours=2))
    red = await red_lines(settings, now)
    assert "PALIGS_PUBLIC_URL" in red["delivery reports"]


@pytest.mark.parametrize(("hours_ago", "is_red"), [(0, True), (2, False)])
async def test_spent_money_is_red(lived_in: House, now: datetime, hours_ago: int, is_red: bool) -> None:
    then = now - timedelta(hours=hours_ago)
    await change_sent(lived_in, channel="sms", status=OutboundStatus.DELIVERED, segments=3, changed_at=then)
    red = await red_lines(changed(lived_in.settings, sms_segments_an_hour=9), now)
    assert list(red) == (["SMS budget"] if is_red else [])


@pytest.mark.parametrize(
    ("change", "line", "mend"),
    [
        ({"profile": "nowhere"}, "content", "`paligs knowledge check`"),
        ({"master_key": new_secret()}, "keys", "PALIGS_MASTER_KEY"),
        ({"audit_key": new_secret()}, "audit", "keep a backup"),
    ],
)
async def test_a_wrong_setting_turns_its_line_red(
    lived_in: House, now: datetime, change: dict[str, object], line: str, mend: str
) -> None:
    red = await red_lines(changed(lived_in.settings, **change), now)
    assert list(red) == [line]
    assert mend in red[line]


def changed(settings: Settings, **change: object) -> Settings:
    return Settings.model_validate({**settings.model_dump(), **change})


async def test_secrets_for_development_are_red_for_real_residents_only(lived_in: House, now: datetime) -> None:
    secrets_path(lived_in.settings.data_folder).write_text("# made for trying out")
    red = await red_lines(lived_in.settings, now)
    assert list(red) == ["secrets"]
    assert "`paligs keys new`" in red["secrets"]
    assert await red_lines(changed(lived_in.settings, demo=True), now) == {}


async def test_one_database_for_both_is_red(lived_in: House, now: datetime) -> None:
    settings = lived_in.settings
    red = await red_lines(changed(settings, keyring_url=settings.main_url), now)
    assert "PALIGS_KEYRING_URL" in red["keyring"]


async def test_old_tables_are_red(tmp_path: Path, now: datetime) -> None:
    settings = make_settings(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path)
    red = await red_lines(settings, now)
    assert "`paligs db upgrade`" in red["tables of main"]
    assert "`paligs db upgrade`" in red["tables of keyring"]


async def test_a_database_that_is_away_is_red_and_its_address_is_not_shown(tmp_path: Path, now: datetime) -> None:
    settings = make_settings("postgresql://someone:open-sesame@127.0.0.1:1/paligs", tmp_path)
    results: list[CheckResult] = await run_checks(settings, now)
    shown = {one.name: one.words for one in results if not one.is_well}
    assert "not reached" in shown["tables of main"]
    assert "open-sesame" not in repr(shown)


def test_the_command_ends_with_1_when_something_is_red(clean_environment: Path) -> None:
    environment = {f"PALIGS_{name}": new_secret() for name in ("MASTER_KEY", "INDEX_SECRET", "AUDIT_KEY")}
    environment["PALIGS_DATA_FOLDER"] = str(clean_environment)
    assert CliRunner().invoke(app, ["db", "upgrade"], env=environment).exit_code == 0
    result = CliRunner().invoke(app, ["check"], env=environment)
    assert result.exit_code == 1
    marks = [line.split()[0] for line in result.output.splitlines()]
    assert sorted(set(marks)) == ["MEND", "well"]
    assert marks.count("MEND") == 1
    assert "specialists: " in result.output


def test_the_command_names_a_missing_secret(clean_environment: Path) -> None:
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    assert "PALIGS_MASTER_KEY: not set" in result.output


async def test_sms_without_a_report_for_less_than_an_hour_are_told_as_sent(lived_in: House, now: datetime) -> None:
    settings = changed(lived_in.settings, twilio_account_sid="AC" + "0" * 32)
    await change_sent(lived_in, channel="sms", status=OutboundStatus.SENT, changed_at=now - timedelta(minutes=5))
    (line,) = [one for one in await run_checks(settings, now) if one.name == "delivery reports"]
    assert (line.is_well, line.words) == (True, "sent, no report yet")
