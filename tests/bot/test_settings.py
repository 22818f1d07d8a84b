"""Settings: no secret has a default, a bad one is refused by name, and none of them is ever shown."""

import base64
import os
import sys
from pathlib import Path

import pytest
import structlog

from bot import cli
from bot.development import new_secret
from bot.settings import PREFIX, Settings, SettingsBroken, load_settings

SECRETS = ("PALIGS_MASTER_KEY", "PALIGS_INDEX_SECRET", "PALIGS_AUDIT_KEY")
BAD_SECRETS = {
    "empty": "",
    "only spaces": "   ",
    "a word": "changeme",
    "dashes, the default of others": "---",
    "not base64": "this is not base64 at all, it is a sentence",
    "16 bytes": base64.b64encode(bytes(range(16))).decode(),
    "31 bytes": base64.b64encode(bytes(range(31))).decode(),
    "33 bytes": base64.b64encode(bytes(range(33))).decode(),
    "all bytes equal": base64.b64encode(b"\x07" * 32).decode(),
    "two bytes in turn": base64.b64encode(b"ab" * 16).decode(),
    "hexadecimal digits": "0f" * 32,
}
VALUES = {
    "profile": "kuldiga",
    "data_folder": "elsewhere",
    "database_url": "postgresql://someone@db/paligs",
    "keyring_url": "postgresql://someone@db/keyring",
    "master_key": new_secret(),
    "old_master_key": new_secret(),
    "index_secret": new_secret(),
    "audit_key": new_secret(),
    "metrics_token": "a token of thirty-two characters",
    "host": "0.0.0.0",
    "port": "9000",
    "public_url": "https://paligs.example",
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "a-token-of-the-test-that-is-long-enough",
    "old_twilio_auth_token": "another-token-of-the-test-long-enough",
    "twilio_number": "+37120000001",
    "twilio_url": "http://127.0.0.1:1",
    "sms_plain_letters": "true",
    "sms_segments_an_hour": "7",
    "sms_segments_a_day": "8",
    "telegram_token": "1:a-token-of-the-test-that-is-long-enough",
    "telegram_webhook_secret": "a-secret-of-the-test-that-is-long-enough",
    "old_telegram_webhook_secret": "another-secret-of-the-test-long-enough",
    "telegram_url": "http://127.0.0.1:2",
    "embedding_sites": "https://www.example.lv",
    "demo": "true",
}
"""For every setting a value that is not its default."""

pytestmark = pytest.mark.usefixtures("clean_environment")


def set_secrets() -> None:
    for name in SECRETS:
        os.environ[name] = new_secret()


def refusal() -> list[str]:
    with pytest.raises(SettingsBroken) as broken:
        load_settings()
    return str(broken.value).splitlines()


def test_no_secret_has_a_default() -> None:
    lines = refusal()
    assert [line.partition(":")[0] for line in lines] == list(SECRETS)
    assert all("paligs keys new" in line and "_FILE" in line for line in lines)


@pytest.mark.parametrize("name", [*SECRETS, "PALIGS_OLD_MASTER_KEY"])
@pytest.mark.parametrize("value", BAD_SECRETS.values(), ids=BAD_SECRETS)
def test_a_bad_secret_is_refused_by_name_and_never_shown(name: str, value: str) -> None:
    set_secrets()
    os.environ[name] = value
    (line,) = refusal()
    assert line.startswith(f"{name}: ")
    assert "paligs keys new" in line
    assert not value.strip() or value not in line


def test_two_secrets_are_never_the_same() -> None:
    set_secrets()
    os.environ["PALIGS_AUDIT_KEY"] = os.environ["PALIGS_INDEX_SECRET"]
    (line,) = refusal()
    assert line.startswith("PALIGS_AUDIT_KEY: ")
    assert os.environ["PALIGS_AUDIT_KEY"] not in line


@pytest.mark.parametrize(
    "name",
    ["PALIGS_METRICS_TOKEN", "PALIGS_TWILIO_AUTH_TOKEN", "PALIGS_TELEGRAM_TOKEN", "PALIGS_TELEGRAM_WEBHOOK_SECRET"],
)
@pytest.mark.parametrize("value", ["", " " * 40, "short", "x" * 31])
def test_a_secret_of_a_provider_that_is_empty_or_short_is_refused(name: str, value: str) -> None:
    set_secrets()
    os.environ[name] = value
    (line,) = refusal()
    assert line.startswith(f"{name}: ")
    assert "32" in line


def test_what_a_file_holds_is_not_handed_on_to_other_programs(clean_environment: Path) -> None:
    set_secrets()
    (clean_environment / "audit").write_text(new_secret())
    del os.environ["PALIGS_AUDIT_KEY"]
    os.environ["PALIGS_AUDIT_KEY_FILE"] = str(clean_environment / "audit")
    load_settings()
    assert "PALIGS_AUDIT_KEY" not in os.environ


@pytest.mark.parametrize("value", ["0", "70000", "eight thousand"])
def test_a_port_that_is_none_is_refused_without_its_value(value: str) -> None:
    set_secrets()
    os.environ["PALIGS_PORT"] = value
    (line,) = refusal()
    assert line.startswith("PALIGS_PORT: ")
    assert value not in line.replace("greater than or equal to 1", "").replace("65535", "")


def test_every_setting_is_in_the_table_of_this_test() -> None:
    assert set(VALUES) == set(Settings.model_fields)


@pytest.mark.parametrize("name", VALUES)
def test_every_setting_can_come_from_a_file(name: str, clean_environment: Path) -> None:
    set_secrets()
    variable = PREFIX + name.upper()
    os.environ.pop(variable, None)
    path = clean_environment / "value"
    path.write_text(f"{VALUES[name]}\n", encoding="utf-8")
    os.environ[f"{variable}_FILE"] = str(path)
    from_file = getattr(load_settings(), name)
    del os.environ[f"{variable}_FILE"]
    os.environ[variable] = VALUES[name]
    assert from_file == getattr(load_settings(), name)
    assert from_file != Settings.model_fields[name].default


def test_a_value_that_is_set_beats_its_file(clean_environment: Path) -> None:
    set_secrets()
    (clean_environment / "profile").write_text("kuldiga")
    os.environ |= {"PALIGS_PROFILE": "daugavpils", "PALIGS_PROFILE_FILE": str(clean_environment / "profile")}
    assert load_settings().profile == "daugavpils"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00 raw bytes instead of base64 \x80"], ids=["missing", "bytes"])
def test_a_file_that_cannot_be_read_is_named_by_its_setting(clean_environment: Path, content: bytes | None) -> None:
    set_secrets()
    path = clean_environment / "master"
    if content is not None:
        path.write_bytes(content)
    del os.environ["PALIGS_MASTER_KEY"]
    os.environ["PALIGS_MASTER_KEY_FILE"] = str(path)
    (line,) = refusal()
    assert line.startswith("PALIGS_MASTER_KEY_FILE: ")


def test_settings_can_be_kept_in_a_file_named_env(clean_environment: Path) -> None:
    lines = [f"{name}={new_secret()}\n" for name in SECRETS]
    (clean_environment / ".env").write_text("".join([*lines, "PALIGS_PORT=9000\n"]))
    assert load_settings().port == 9000


def test_shown_settings_hold_no_secret() -> None:
    set_secrets()
    os.environ["PALIGS_METRICS_TOKEN"] = "a token of thirty-two characters"
    os.environ["PALIGS_DATABASE_URL"] = "postgresql://someone:open-sesame@db/paligs"
    os.environ["PALIGS_KEYRING_URL"] = "postgresql://someone:close-sesame@db/keyring"
    settings = load_settings()
    shown = f"{settings!r} {settings!s}"
    raw = [base64.b64decode(os.environ[name]) for name in SECRETS]
    hidden = [os.environ[name] for name in SECRETS] + [repr(one) for one in raw]
    hidden += [os.environ["PALIGS_METRICS_TOKEN"], "open-sesame", "close-sesame"]
    assert [one for one in hidden if one in shown] == []


def test_main_and_keyring_are_two_files_when_nothing_is_set() -> None:
    set_secrets()
    settings = load_settings()
    assert settings.is_embedded
    assert settings.main_url != settings.keyring_address


def test_a_command_tells_a_broken_setting_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["paligs", "keys", "rotate"])
    os.environ["PALIGS_MASTER_KEY"] = "changeme"
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        structlog.reset_defaults()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (2, "")
    assert shown.err.startswith("PALIGS_MASTER_KEY: ")
    assert "Traceback" not in shown.err
    assert "changeme" not in shown.err
