"""The command `paligs`: one list of everything an operator can do."""

import logging
import os
import sys

import structlog
import typer
from sqlalchemy.exc import OperationalError

from bot.commands import calendar_staff, doors, knowledge, maintenance, running, secrets_of_house
from bot.commands.opening import TablesNotCurrent
from bot.settings import SettingsBroken

app = typer.Typer(
    name="paligs", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
for family in (running, doors, knowledge, calendar_staff, secrets_of_house, maintenance):
    family.add_to(app)


def main() -> None:
    """Run one command; a fault of the settings is told plainly, without a traceback."""
    os.umask(0o077)  # databases, ledger and backups are for this account alone
    set_up_logs("INFO")
    try:
        app()
    except SettingsBroken as broken:
        sys.stderr.write(f"{broken}\n")
        raise SystemExit(2) from None
    except OperationalError as error:
        sys.stderr.write(f"The database does not answer ({type(error).__name__}): is it running, its address right?\n")
        raise SystemExit(2) from None
    except TablesNotCurrent as stale:
        sys.stderr.write(f"The tables of {stale} are not those of this release: run `paligs db upgrade`\n")
        raise SystemExit(2) from None


def set_up_logs(level: str) -> None:
    """Logs go to standard error as JSON: names of events, ids and classes, never texts or addresses."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # These libraries write addresses, bodies or whole statements when they are talkative.
    for talkative in ("httpx", "httpcore", "sqlalchemy", "uvicorn.access", "asyncio", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
