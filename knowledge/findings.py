"""What the checks of the content say: where, how badly, and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

_PLACES_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """One thing to mend. An error must be mended before the content is published, a warning be looked at."""

    place: str
    severity: Severity
    reason: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.reason}"


def error(place: str, reason: str) -> Finding:
    """A finding that must be mended."""
    return Finding(place, "error", reason)


def warning(place: str, reason: str) -> Finding:
    """A finding that somebody should look at."""
    return Finding(place, "warning", reason)


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, errors first."""
    return sorted(dict.fromkeys(findings), key=lambda finding: finding.severity)


def tell_findings(by_profile: Mapping[str, Sequence[Finding]]) -> list[str]:
    """The findings of several profiles as lines, errors first: what is wrong in one text is told once.

    Profiles share the base layer, and many articles the way to the office.
    """
    places: dict[tuple[Severity, str], dict[str, list[str]]] = defaultdict(dict)
    for profile, findings in by_profile.items():
        for finding in findings:
            places[finding.severity, finding.reason].setdefault(finding.place, []).append(profile)
    return [
        f"{severity}: {_told_places(found, list(by_profile))}: {reason}"
        for (severity, reason), found in sorted(places.items(), key=lambda entry: entry[0][0])
    ]


def _told_places(found: Mapping[str, Sequence[str]], profiles: Sequence[str]) -> str:
    told = [
        place if len(seen) == len(profiles) else f"{place} ({', '.join(seen)})"
        for place, seen in list(found.items())[:_PLACES_NAMED]
    ]
    more = len(found) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")
