"""Secrets for trying Palīgs out: made once, kept in the data folder, and marked as not for real residents."""

import base64
import os
import secrets
from pathlib import Path

from bot.settings import PREFIX, SECRET_BYTES

SECRETS = ("master_key", "index_secret", "audit_key")
MARK = "# Made by `paligs serve --demo` for development. Never use these secrets for real residents.\n"


def new_secret() -> str:
    """32 random bytes as base64."""
    return base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secrets_path(data_folder: Path) -> Path:
    """Where the development secrets are kept."""
    return data_folder / "development-secrets.env"


def use_development_secrets(data_folder: Path) -> None:
    """Make the secrets on the first run; set those that the environment does not give already."""
    path = secrets_path(data_folder)
    if not path.exists():
        data_folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{PREFIX}{name.upper()}={new_secret()}\n" for name in SECRETS]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines([MARK, *lines])
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        if name.startswith(PREFIX):
            os.environ.setdefault(name, value)
