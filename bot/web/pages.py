"""The template environment of all pages: everything that is printed is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import booking.portal
import knowledge.admin

FOLDERS = (
    Path(__file__).parent.parent / "templates",
    Path(booking.portal.__path__[0]) / "templates",
    Path(knowledge.admin.__path__[0]) / "templates",
)


def build_pages() -> Environment:
    """Templates of the chat and of the portal; a missing value is an error, never an empty space."""
    loader = FileSystemLoader([str(folder) for folder in FOLDERS])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
