"""Figures on an evaluation file: `python -m knowledge.report --evaluation FILE`, every line with its own profile.

A line of the file: id, profile, lang, text, topic (an id, a list, or null), facet, style, expect (answer, unknown,
crisis, not-crisis).
"""

import argparse
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.articles import ContentBroken
from knowledge.catalogue import Catalogue, load_catalogue
from knowledge.catalogue import profiles as all_profiles
from knowledge.disturbed import CUSTOMS, in_latin_letters, with_slips, without_marks
from knowledge.language import detect
from knowledge.safety import Danger, look_for_danger
from knowledge.search import Match, Matcher
from knowledge.training import load_or_train

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Tried:
    """One line of the evaluation file and what the assistant made of it."""

    line: Line
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


def report(path: Path, profiles: Sequence[str], models: Path) -> str:
    """All figures on a file of messages, those written to the given profiles; then the misses.

    Raises ContentBroken for a file or a content that cannot be read.
    """
    lines = read_lines(path)
    tried: list[Tried] = []
    disturbed: dict[str, list[tuple[bool, bool]]] = {}
    for profile in profiles:
        catalogue = load_catalogue(profile)
        matcher = load_or_train(catalogue, models)
        found = try_lines([line for line in lines if line["profile"] == profile], catalogue, matcher)
        tried.extend(found)
        for name, pairs in _try_copies(found, matcher).items():
            disturbed.setdefault(name, []).extend(pairs)
    if not tried:
        raise ContentBroken(f"{path.name}: no line for {', '.join(profiles)}")
    start = measure_start(load_catalogue(profiles[0]), models)
    return "\n".join([*summarise(tried), *_losses(disturbed), start, "", *list_misses(tried)])


def try_lines(lines: Iterable[Line], catalogue: Catalogue, matcher: Matcher) -> list[Tried]:
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


def summarise(tried: Sequence[Tried]) -> list[str]:
    """The table of figures in percent, by language, style and profile, then the other figures."""
    answers = [one for one in tried if one.line["expect"] == "answer"]
    groups = {"all": answers}
    for key in ("lang", "style", "profile"):
        groups |= {name: [one for one in answers if one.line[key] == name] for name in _names(answers, key)}
    head = f"{'':24}{'n':>5}{'first':>8}{'shown':>8}{'outright':>9}{'wrong':>7}{'facet':>7}"
    return [head, *(_row(name, group) for name, group in groups.items() if group), *_other_figures(tried)]


def _names(answers: Iterable[Tried], key: str) -> list[str]:
    return sorted({str(one.line[key]) for one in answers})


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


def _try_copies(tried: Sequence[Tried], matcher: Matcher) -> dict[str, list[tuple[bool, bool]]]:
    """For each kind of disturbed copy: whether the topic was first before, and whether it still is."""
    answers = [one for one in tried if one.line["expect"] == "answer"]
    latvian = [one for one in answers if one.line["lang"] == "lv"]
    cyrillic = [one for one in answers if one.line["lang"] == "ru" and one.line["style"] != "translit"]
    kinds: dict[str, tuple[list[Tried], Callable[[str], str]]] = {
        "marks left off": (latvian, without_marks),
        "a slip in each long word": (answers, with_slips),
    }
    for custom in CUSTOMS:
        kinds[f"Latin letters, {custom}"] = (cyrillic, lambda text, custom=custom: in_latin_letters(text, custom))
    return {
        name: [(one.is_first, matcher.match(copy(one.line["text"])).topic in one.wanted) for one in group]
        for name, (group, copy) in kinds.items()
    }


def _losses(disturbed: Mapping[str, Sequence[tuple[bool, bool]]]) -> list[str]:
    lines = []
    for name, pairs in disturbed.items():
        if pairs:
            before, after = (100 * statistics.mean(firsts) for firsts in zip(*pairs, strict=True))
            lines.append(f"{name}: first {after:.1f} instead of {before:.1f}, {before - after:.1f} points lost")
    return lines


def measure_start(catalogue: Catalogue, models: Path) -> str:
    """How long a process waits for the stored matcher, and what it holds in memory after its first message."""
    started = time.perf_counter()
    load_or_train(catalogue, models).match("labdien")
    seconds = time.perf_counter() - started
    tracemalloc.start()
    matcher = load_or_train(catalogue, models)
    matcher.match("labdien")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"start with a stored model: {seconds:.2f} s, {held / 1e6:.0f} MB"


def list_misses(tried: Sequence[Tried]) -> list[str]:
    """A line for every wrong first guess, and for everything answered that should not be."""
    missed = [one for one in tried if one.line["expect"] == "answer" and not one.is_first]
    told = [one for one in tried if one.line["expect"] == "unknown" and one.is_answered]
    return ["misses:", *(f"  {_told(one)}: {one.line['text']}" for one in [*missed, *told])]


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
    """Prints the report on one file."""
    parser = argparse.ArgumentParser(prog="knowledge.report")
    parser.add_argument("--profile", choices=all_profiles(), help="only the messages written to this one")
    parser.add_argument("--evaluation", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    chosen = parser.parse_args(arguments)
    profiles = (chosen.profile,) if chosen.profile else all_profiles()
    sys.stdout.write(report(chosen.evaluation, profiles, chosen.models) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
