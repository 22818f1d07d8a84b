"""The template environment of all pages: everything that is printed is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import booking.portal

FOLDERS = (Path(__file__).parent / "templates", Path(booking.portal.__file__).parent / "templates")


def build_pages() -> Environment:
    """Templates of the chat and of the portal; a missing value is an error, never an empty space."""
    loader = FileSystemLoader([str(folder) for folder in FOLDERS])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
