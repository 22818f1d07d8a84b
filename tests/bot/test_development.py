"""Development secrets: made once, readable for their owner only, and marked as not for real residents."""

import os
import stat
from pathlib import Path

from bot.development import MARK, SECRETS, has_development_secrets, secrets_path, use_development_secrets
from bot.settings import PREFIX, load_settings

NAMES = [PREFIX + name.upper() for name in SECRETS]


def secrets_of(folder: Path) -> dict[str, str]:
    """What a start in this folder puts into the environment; taken out again."""
    os.environ["PALIGS_DATA_FOLDER"] = str(folder)
    use_development_secrets()
    return {name: os.environ.pop(name) for name in NAMES}


def test_development_secrets_are_made_once(clean_environment: Path) -> None:
    first = secrets_of(clean_environment)
    assert secrets_of(clean_environment) == first
    assert len(set(first.values())) == len(NAMES)


def test_development_secrets_are_private_and_marked(clean_environment: Path) -> None:
    before = os.umask(0)
    try:
        secrets_of(clean_environment / "var")
    finally:
        os.umask(before)
    path = secrets_path(clean_environment / "var")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text().startswith(MARK)
    assert "Never use these secrets for real residents" in MARK


def test_two_installations_never_share_development_secrets(clean_environment: Path) -> None:
    one, other = (secrets_of(clean_environment / name) for name in ("one", "other"))
    assert not set(one.values()) & set(other.values())


def test_a_secret_of_the_environment_is_left_alone(clean_environment: Path) -> None:
    own = secrets_of(clean_environment)["PALIGS_MASTER_KEY"]
    os.environ["PALIGS_MASTER_KEY"] = own[::-1]
    assert secrets_of(clean_environment)["PALIGS_MASTER_KEY"] == own[::-1]


def test_development_secrets_are_good_enough_to_start_with(clean_environment: Path) -> None:
    os.environ |= secrets_of(clean_environment)
    assert load_settings(demo=True).demo
    assert has_development_secrets()
