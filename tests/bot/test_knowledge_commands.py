"""`paligs knowledge`: what an editor types, and what it prints."""

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.channels.terminal import Collector
from bot.cli import app
from bot.commands import knowledge as commands
from bot.development import new_secret
from flows.turn import Knowledge
from knowledge.catalogue import profiles
from knowledge.findings import Finding, error, warning
from knowledge.search import Matcher
from tests.conftest import MODELS
from tests.houses import make_settings, open_house
from tests.phone import Phone

UNKNOWN = "qwrtp zxcvb \x1b[31m"


def run(*words: str, **environment: str) -> Result:
    """Type one command."""
    return CliRunner().invoke(app, ["knowledge", *words], env=environment)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models that are trained already."""
    monkeypatch.setattr(commands, "models_folder", lambda: MODELS)


def test_check_of_one_profile_asks_the_matcher_and_ends_well() -> None:
    checked = run("check", "--profile", "bauska")
    assert checked.exit_code == 0, checked.stdout
    assert checked.stdout.splitlines()[-1].startswith("bauska: 0 errors, ")


def test_check_of_a_profile_that_does_not_exist_says_so() -> None:
    checked = run("check", "--profile", "atlantis")
    assert checked.exit_code == 1
    assert "no such profile: atlantis" in checked.stdout


@pytest.mark.parametrize(("found", "status"), [([error("a", "x")], 1), ([warning("a", "x")], 0), ([], 0)])
def test_check_asks_all_profiles_and_only_an_error_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, found: list[Finding], status: int
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(commands, "_findings_of", lambda profile: asked.append(profile) or found)
    checked = run("check")
    assert (checked.exit_code, tuple(asked)) == (status, profiles())
    lines = [f"{found[0]}"] if found else []
    counts = f"{int(bool(status))} errors, {len(found) - status} warnings"
    assert checked.stdout.splitlines() == [*lines, f"{', '.join(profiles())}: {counts}"]


def test_check_hands_its_matcher_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Matcher | None] = []

    def look(profile: str, matcher: Matcher | None = None, *, on: date) -> list[Finding]:
        assert (profile, on.year >= 2026) == ("bauska", True)
        seen.append(matcher)
        return []

    monkeypatch.setattr(commands, "check_content", look)
    assert run("check", "--profile", "bauska").exit_code == 0
    assert isinstance(seen[0], Matcher)


@pytest.mark.parametrize(("words", "asked"), [((), profiles()), (("--profile", "kuldiga"), ("kuldiga",))])
def test_report_measures_all_profiles_or_the_one_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    monkeypatch.setattr(commands, "tell_figures", lambda path, of, models: f"{path.name}: {', '.join(of)}: {models}")
    file = tmp_path / "lines.jsonl"
    file.touch()
    reported = run("report", "--evaluation", str(file), *words)
    assert (reported.exit_code, reported.stdout) == (0, f"lines.jsonl: {', '.join(asked)}: {MODELS}\n")


def test_a_file_that_cannot_be_read_is_refused_plainly(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{not json\n", encoding="utf-8")
    refused = run("report", "--evaluation", str(broken))
    assert (refused.exit_code, refused.stderr) == (1, "broken.jsonl: not lines of JSON\n")
    assert run("report", "--evaluation", str(tmp_path / "nowhere.jsonl")).exit_code == 2


def test_list_prints_every_article_with_its_review() -> None:
    rows = [json.loads(line) for line in run("list", "--profile", "kuldiga").stdout.splitlines()]
    assert {"topic", "title", "review_by"} == set(rows[0])
    assert "gmi-benefit" in {row["topic"] for row in rows}


def test_unanswered_lists_what_was_not_understood_and_never_by_whom(
    clean_environment: Path, knowledge: Knowledge
) -> None:
    secrets = {name: new_secret() for name in ("master_key", "index_secret", "audit_key")}
    url = f"sqlite:///{clean_environment / 'main.db'}"
    settings = make_settings(url, clean_environment, **secrets)

    async def talk() -> None:
        channel, now = Collector("web"), datetime.now(UTC)
        async for house in open_house(settings, channel, knowledge, now):
            await Phone(house, channel, now, address="visitor-7").says(UNKNOWN)

    asyncio.run(talk())
    (clean_environment / "models").symlink_to(MODELS)
    environment = {f"PALIGS_{name.upper()}": value for name, value in secrets.items()}
    listed = run("unanswered", **environment, PALIGS_DATA_FOLDER=str(clean_environment), PALIGS_DATABASE_URL=url)
    assert listed.exit_code == 0, listed.output
    [row] = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (row["text"].split()[0], row["outcome"], row["channel"]) == ("qwrtp", "unknown", "web")
    assert "visitor-7" not in listed.stdout
    assert "\x1b" not in listed.stdout, "what people write must not steer the terminal"
