"""Settings from the environment or `.env`: prefix PALIGS_, each also as NAME_FILE; no secret has a default."""

import base64
import binascii
import os
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretBytes, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "PALIGS_"
SECRET_BYTES = 32
SHORTEST_PROVIDER_SECRET = 32
NEEDED_FOR_SMS = ("twilio_account_sid", "twilio_auth_token", "twilio_number")


class SettingsBroken(Exception):
    """The settings cannot be used; the text says which one and how to mend it, never its value."""


def _secret(value: Any) -> Any:
    """32 random bytes written as base64."""
    if isinstance(value, str):
        try:
            decoded = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("must be base64 of 32 random bytes (make one with `paligs keys new`)") from None
        if len(decoded) != SECRET_BYTES or len(set(decoded)) < SECRET_BYTES // 4:
            raise ValueError("must be base64 of 32 random bytes (make one with `paligs keys new`)")
        return decoded
    return value


Secret = Annotated[SecretBytes, BeforeValidator(_secret)]


def _long_enough(value: SecretStr) -> SecretStr:
    """A provider's secret that nobody guesses: an empty or short one would let anyone in."""
    if len(value.get_secret_value().strip()) < SHORTEST_PROVIDER_SECRET:
        raise ValueError(f"must have at least {SHORTEST_PROVIDER_SECRET} characters")
    return value


LongSecret = Annotated[SecretStr, AfterValidator(_long_enough)]


class Settings(BaseSettings):
    """Everything that may be set. The descriptions are the documentation; README lists them from here."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    profile: str = Field("bauska", description="Which organisation this is: a folder of knowledge/content/profiles.")
    data_folder: Path = Field(Path("var"), description="Folder of the embedded databases, the model and the ledger.")
    database_url: str | None = Field(
        None,
        repr=False,
        description="Main database; without it SQLite in the data folder. Example: postgresql://user@host/paligs",
    )
    keyring_url: str | None = Field(
        None,
        repr=False,
        description="Keyring database, never the same as the main one; without it SQLite in the data folder.",
    )
    master_key: Secret = Field(description="Wraps every resident's key: base64 of 32 random bytes. Loss loses all.")
    old_master_key: Secret | None = Field(None, description="The master key before, while `paligs keys rotate` runs.")
    index_secret: Secret = Field(description="Finds addresses without storing them: base64 of 32 random bytes.")
    audit_key: Secret = Field(description="Seals the audit entries: base64 of 32 random bytes.")
    metrics_token: LongSecret | None = Field(
        None, description="Bearer token for /metrics; without it /metrics is shut."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the web server listens on.")
    public_url: str | None = Field(
        None, description="Where residents and staff reach this service, https://…; without it host and port."
    )
    twilio_account_sid: str | None = Field(None, description="Twilio's account SID (AC…); without it there is no SMS.")
    twilio_auth_token: LongSecret | None = Field(None, description="Twilio's auth token: sends, and proves webhooks.")
    old_twilio_auth_token: LongSecret | None = Field(
        None, description="The auth token before, still believed in webhooks while it is being changed."
    )
    twilio_number: str | None = Field(None, description="The SMS number residents write to, as +371…")
    twilio_url: str = Field("https://api.twilio.com", description="Where Twilio's API is; other values are for tests.")
    sms_plain_letters: bool = Field(
        False, description="Send SMS without Latvian diacritics: up to half the price, harder to read."
    )
    sms_segments_an_hour: int = Field(
        600, ge=1, description="SMS segments an hour; above it only danger cards and appointment changes go out."
    )
    sms_segments_a_day: int = Field(4000, ge=1, description="SMS segments a day; as above.")
    telegram_token: LongSecret | None = Field(None, description="The bot's token; without it there is no Telegram.")
    telegram_webhook_secret: LongSecret | None = Field(
        None, description="Proves Telegram's webhooks; without it the service asks Telegram for messages itself."
    )
    old_telegram_webhook_secret: LongSecret | None = Field(
        None, description="The webhook secret before, still believed while it is being changed."
    )
    telegram_url: str = Field("https://api.telegram.org", description="Where Telegram's API is; others are for tests.")
    embedding_sites: str = Field(
        "", description="Sites that may show the chat in a frame, with spaces between: https://www.example.lv"
    )
    demo: bool = Field(False, description="Load invented offices, specialists and a demo sign-in (development only).")

    @property
    def main_url(self) -> str:
        """The main database's address."""
        return self.database_url or f"sqlite:///{self.data_folder / 'paligs.db'}"

    @property
    def keyring_address(self) -> str:
        """The keyring's address."""
        return self.keyring_url or f"sqlite:///{self.data_folder / 'keyring.db'}"

    @property
    def address(self) -> str:
        """Where people reach this service."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def missing_for_sms(self) -> list[str]:
        """The variables that SMS still need: all of them where there are to be none, none where SMS are set up."""
        return [PREFIX + name.upper() for name in NEEDED_FOR_SMS if not getattr(self, name)]

    @property
    def is_embedded(self) -> bool:
        """Whether the main database is the SQLite file that `serve` migrates by itself."""
        return self.main_url.startswith("sqlite")

    @property
    def ledger_path(self) -> Path:
        """The append-only file of erasures, outside both databases."""
        return self.data_folder / "erasures.jsonl"


def load_settings(**given: Any) -> Settings:
    """The settings of this process; raises SettingsBroken with one line per fault."""
    try:
        settings = Settings(**{**_from_files(), **given})
    except ValidationError as error:
        raise SettingsBroken("\n".join(_fault(one) for one in error.errors(include_input=False))) from None
    _demand_different_secrets(settings)
    return settings


def _from_files() -> dict[str, str]:
    """What NAME_FILE's file holds, for every setting that has one and is not set itself.

    The values do not go into the environment: programs that are started from here have no business with them.
    """
    given = {**dotenv_values(".env"), **os.environ}
    found: dict[str, str] = {}
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        path = given.get(f"{variable}_FILE")
        if path and variable not in given:
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise SettingsBroken(f"{variable}_FILE: the file it names cannot be read as text") from None
    return found


def _demand_different_secrets(settings: Settings) -> None:
    """One secret in two places would fall with whichever place falls first."""
    names = ("master_key", "index_secret", "audit_key")
    values = [getattr(settings, name).get_secret_value() for name in names]
    for number, name in enumerate(names):
        if values[number] in values[:number]:
            raise SettingsBroken(f"{PREFIX}{name.upper()}: the same as another secret. Make it its own")


def _fault(error: Any) -> str:
    name = PREFIX + str(error["loc"][0]).upper()
    if error["type"] == "missing":
        return f"{name}: not set. Set it, or {name}_FILE to a file that holds it (`paligs keys new` makes a value)"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"
