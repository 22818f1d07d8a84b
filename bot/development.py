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


def secrets_path(folder: Path) -> Path:
    """Where the development secrets are kept."""
    return folder / "development-secrets.env"


def data_folder() -> Path:
    """Where the data of this installation are, before there are settings."""
    return Path(os.environ.get(f"{PREFIX}DATA_FOLDER", "var"))


def has_development_secrets() -> bool:
    """Whether this installation was begun with secrets for trying out."""
    return secrets_path(data_folder()).exists()


def use_development_secrets() -> None:
    """Make the secrets on the first run; set those that the environment does not give already."""
    folder = data_folder()
    path = secrets_path(folder)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = [f"{PREFIX}{name.upper()}={new_secret()}\n" for name in SECRETS]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines([MARK, *lines])
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        if name.startswith(PREFIX):
            os.environ.setdefault(name, value)
