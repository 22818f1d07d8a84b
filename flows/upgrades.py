"""Lifts saved conversations of the last releases to today's shape; step names are a public interface."""

from collections.abc import Callable
from typing import Any

CURRENT_VERSION = 1

# From which version to the next: a function that changes the raw JSON. A renamed step gets a line here.
LIFTS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


class StateTooNew(Exception):
    """The state was saved by a newer release: wait for it, never guess."""


def upgrade(raw: dict[str, Any]) -> dict[str, Any]:
    """The raw state in today's version; raises StateTooNew."""
    version = raw.get("version", 1)
    if version > CURRENT_VERSION:
        raise StateTooNew(f"state version {version}, this release knows {CURRENT_VERSION}")
    while version < CURRENT_VERSION:
        raw = LIFTS[version](raw)
        version += 1
        raw["version"] = version
    return raw
