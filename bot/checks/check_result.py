"""One line of `paligs check`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """What was looked at, whether it is well, and if not, how to mend it."""

    name: str
    is_well: bool
    words: str
