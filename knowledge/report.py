"""Figures on an evaluation file: `python -m knowledge.report --profile bauska --evaluation FILE`.

A line of the file: id, profile, lang, text, topic (an id, a list, or null), facet, style, expect (answer, unknown,
crisis, not-crisis). Only lines whose topic the profile has an article for are counted among the answers.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.articles import ContentBroken
from knowledge.catalogue import Catalogue, load_catalogue
from knowledge.language import detect
from knowledge.safety import Danger, look_for_danger
from knowledge.search import Match, Matcher
from knowledge.training import load_or_train


@dataclass(frozen=True)
class Tried:
    """One line of the evaluation file and what the assistant made of it."""

    line: Mapping[str, Any]
    wanted: frozenset[str]
    match: Match
    danger: Danger | None
    language: str
    ms: float

    @property
    def is_first(self) -> bool:
        """The right topic is the best guess."""
        return self.match.topic in self.wanted

    @property
    def is_shown(self) -> bool:
        """The right topic is the best guess or among the offered."""
        return not self.wanted.isdisjoint({self.match.topic, *self.match.alternatives})

    @property
    def is_answered(self) -> bool:
        """Something was answered outright."""
        return self.match.outcome == "answer"

    @property
    def is_alarmed(self) -> bool:
        """A danger card or a warm line would come first."""
        return self.danger is not None and self.danger.is_alarm


def try_lines(lines: Iterable[Mapping[str, Any]], catalogue: Catalogue, matcher: Matcher) -> list[Tried]:
    """What the matcher makes of every line, each as the first of its talk."""
    tried = []
    for line in lines:
        started = time.perf_counter()
        danger, language = look_for_danger(line["text"]), detect(line["text"])
        match = matcher.match(line["text"])
        ms = (time.perf_counter() - started) * 1000
        tried.append(Tried(line, _wanted(line["topic"], catalogue), match, danger, language, ms))
    return tried


def _wanted(topic: str | Sequence[str] | None, catalogue: Catalogue) -> frozenset[str]:
    """The labels, and the newer topics that list one of them as near."""
    labels = {topic} if isinstance(topic, str) else set(topic or ())
    return frozenset(labels | {entry.id for entry in catalogue.topics.values() if labels & set(entry.near)})


def summarise(tried: Sequence[Tried], catalogue: Catalogue, *, only_own: bool = True) -> str:
    """The table of figures, then the list of misses, as lines of text."""
    answers = [
        one
        for one in tried
        if one.line["expect"] == "answer"
        and one.wanted & catalogue.articles.keys()
        and (not only_own or one.line["profile"] == catalogue.profile)
    ]
    lines = [f"{'':24}{'n':>5}{'first':>8}{'shown':>8}{'outright':>9}{'wrong':>7}{'facet':>7}"]
    groups = {"all": answers} | _grouped(answers, "lang") | _grouped(answers, "style")
    lines.extend(_row(name, group) for name, group in groups.items() if group)
    lines.extend(_other_figures(tried))
    lines.extend(_misses(answers, tried))
    return "\n".join(lines)


def _grouped(answers: Sequence[Tried], key: str) -> dict[str, list[Tried]]:
    names = sorted({str(one.line[key]) for one in answers})
    return {name: [one for one in answers if one.line[key] == name] for name in names}


def _row(name: str, group: Sequence[Tried]) -> str:
    def share(is_so: Callable[[Tried], bool]) -> float:
        return 100 * statistics.mean(is_so(one) for one in group)

    asked = [one for one in group if one.line["facet"] and one.is_first]
    facet = 100 * statistics.mean(one.match.facet == one.line["facet"] for one in asked) if asked else float("nan")
    return (
        f"{name:24}{len(group):5}{share(lambda one: one.is_first):8.1f}{share(lambda one: one.is_shown):8.1f}"
        f"{share(lambda one: one.is_answered and one.is_first):9.1f}"
        f"{share(lambda one: one.is_answered and not one.is_first):7.1f}{facet:7.1f}"
    )


def _other_figures(tried: Sequence[Tried]) -> list[str]:
    def share(expect: str, is_so: Callable[[Tried], bool]) -> str:
        group = [one for one in tried if one.line["expect"] == expect]
        return f"{sum(map(is_so, group))} of {len(group)}"

    ms = sorted(one.ms for one in tried)
    return [
        f"out of scope not answered: {share('unknown', lambda one: not one.is_answered)}",
        f"danger found: {share('crisis', lambda one: one.is_alarmed)}",
        f"false alarms: {share('not-crisis', lambda one: one.is_alarmed)} harmless, "
        f"{share('answer', lambda one: one.is_alarmed)} questions, "
        f"{share('unknown', lambda one: one.is_alarmed)} out of scope",
        f"language right: {sum(one.language == one.line['lang'] for one in tried)} of {len(tried)}",
        f"time per message: median {statistics.median(ms):.2f} ms, p95 {ms[int(len(ms) * 0.95)]:.2f} ms",
    ]


def _misses(answers: Sequence[Tried], tried: Sequence[Tried]) -> list[str]:
    lines = ["", "misses:"]
    for one in [*answers, *(one for one in tried if one.line["expect"] == "unknown" and one.is_answered)]:
        if not one.is_first:
            lines.append(f"  {_told(one)}: {one.line['text']}")
    return lines


def _told(one: Tried) -> str:
    shown = "shown" if one.wanted and one.is_shown else "lost"
    wanted = "/".join(sorted(one.wanted)) or "nothing"
    return f"{one.line['id']} {shown}, wanted {wanted}, got {one.match.outcome} {one.match.topic}"


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of an evaluation file. Raises ContentBroken for a line that is not JSON."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ContentBroken(f"{path.name}: not lines of JSON") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the report of one profile on one file."""
    parser = argparse.ArgumentParser(prog="knowledge.report")
    parser.add_argument("--profile", required=True)
    parser.add_argument("--evaluation", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    parser.add_argument("--all-profiles", action="store_true", help="count messages written to other profiles too")
    chosen = parser.parse_args(arguments)
    catalogue = load_catalogue(chosen.profile)
    matcher = load_or_train(catalogue, chosen.models)
    tried = try_lines(read_lines(chosen.evaluation), catalogue, matcher)
    sys.stdout.write(summarise(tried, catalogue, only_own=not chosen.all_profiles) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
