"""README names every command and every setting, as they are."""

import re
from pathlib import Path
from typing import Any

from typer.main import get_command

from bot.cli import app
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BETWEEN = re.compile(r"<!-- settings -->\n(.*?)<!-- /settings -->", re.DOTALL)


def settings_table() -> str:
    """The table of all settings, as it stands in the README."""
    rows = ["| setting | without it | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        without = (
            "must be set" if field.is_required() else f"`{field.default}`" if field.default is not None else "not set"
        )
        rows.append(f"| `{PREFIX}{name.upper()}` | {without} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_every_setting_is_documented_as_it_is() -> None:
    written = BETWEEN.search(README)
    assert written is not None
    assert written.group(1) == settings_table()


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_command_is_documented() -> None:
    command: Any = get_command(app)
    missing = [name for name in command.commands if f"`paligs {name}`" not in README]
    assert missing == []


def test_every_command_says_what_it_does() -> None:
    command: Any = get_command(app)
    pending = list(command.commands.items())
    while pending:
        name, one = pending.pop()
        assert one.help, name
        pending.extend(getattr(one, "commands", {}).items())


def test_nothing_committed_names_a_registry_or_a_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "http" + "s://" not in lock
