import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowledge import fitting, report
from knowledge.articles import ContentBroken
from knowledge.catalogue import Catalogue, load_catalogue
from knowledge.examples import collect_examples
from knowledge.model import Thresholds
from knowledge.search import Matcher
from tests.knowledge.test_search import cut

TOPICS = ("psychologist", "housing-benefit", "home-care")


@pytest.fixture(scope="module")
def small() -> Catalogue:
    return cut(load_catalogue("bauska"), TOPICS)


@pytest.fixture(scope="module")
def matcher(small: Catalogue) -> Matcher:
    model = fitting.fit(collect_examples(small))
    topics = replace(model.topics, sharpness=5.0)
    return Matcher(replace(model, topics=topics, thresholds=Thresholds(0.5, 0.0, 0.05)), small)


def line(text: str, topic: str | None, expect: str = "answer", **others: Any) -> dict[str, Any]:
    shape = {"id": text[:5], "profile": "bauska", "lang": "lv", "facet": None, "style": "clean"}
    return {**shape, "text": text, "topic": topic, "expect": expect, **others}


LINES = [
    line("vajag psihologu bērnam", "psychologist"),
    line("cik liels ir pabalsts par malku", "housing-benefit", facet="amount"),
    line("malkas pabalsts", "psychologist", style="short"),
    line("kā pagarināt pasi", None, "unknown"),
    line("gribu nomirt", "safety-emergency", "crisis"),
    line("пособие на дрова", "housing-benefit", lang="ru"),
    line("kas palīdzēs mājās", "home-care", profile="kurzeme"),
]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, small: Catalogue, matcher: Matcher) -> None:
    """The report with a catalogue learnt in a moment in place of the shipped ones."""
    monkeypatch.setattr(report, "load_catalogue", lambda profile: replace(small, profile=profile))
    monkeypatch.setattr(report, "load_or_train", lambda *_: matcher)


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(one) for one in lines), encoding="utf-8")
    return path


def test_the_table_counts_hits_by_language_style_and_profile(small: Catalogue, matcher: Matcher):
    rows = [row.split() for row in report.summarise(report.try_lines(LINES, small, matcher))]
    table = {row[0]: row[1:] for row in rows[1:10]}
    assert table["all"] == ["5", "80.0", "80.0", "80.0", "20.0", "100.0"]
    assert table["lv"][:2] == ["4", "75.0"]
    assert table["ru"][:2] == ["1", "100.0"]
    assert table["short"][:2] == ["1", "0.0"]
    assert table["kurzeme"][:2] == ["1", "100.0"]


def test_other_figures_are_counted_apart(small: Catalogue, matcher: Matcher):
    told = report.summarise(report.try_lines(LINES, small, matcher))
    assert "out of scope not answered: 1 of 1" in told
    assert "danger found: 1 of 1" in told
    assert "language right: 7 of 7" in told


def test_misses_are_listed_with_what_was_wanted_and_what_was_made_of_them(small: Catalogue, matcher: Matcher):
    misses = report.list_misses(report.try_lines(LINES, small, matcher))
    assert len(misses) == 2
    assert misses[1].endswith("got answer housing-benefit: malkas pabalsts")


def test_a_newer_topic_is_right_where_it_calls_the_label_near(small: Catalogue, matcher: Matcher):
    newer = small.topics["housing-benefit"].model_copy(update={"near": ("psychologist",)})
    catalogue = replace(small, topics={**small.topics, "housing-benefit": newer})
    assert len(report.list_misses(report.try_lines(LINES, catalogue, matcher))) == 1


@pytest.mark.usefixtures("served")
def test_the_report_tries_every_line_with_its_own_profile_and_its_copies(tmp_path: Path):
    told = report.report(write(tmp_path / "lines.jsonl", LINES), ("bauska", "kurzeme"), tmp_path)
    assert "kurzeme" in told
    assert "marks left off: first 75.0 instead of 75.0, 0.0 points lost" in told
    assert "Latin letters, phone: first 100.0 instead of 100.0, 0.0 points lost" in told
    assert "a slip in each long word" in told
    assert "start with a stored model" in told


@pytest.mark.usefixtures("served")
def test_lines_to_other_profiles_are_left_out(tmp_path: Path):
    told = report.report(write(tmp_path / "lines.jsonl", LINES), ("kurzeme",), tmp_path)
    assert "bauska" not in told


@pytest.mark.usefixtures("served")
def test_a_file_without_a_line_for_the_profile_is_refused(tmp_path: Path):
    with pytest.raises(ContentBroken, match="no line for kuldiga"):
        report.report(write(tmp_path / "lines.jsonl", LINES), ("kuldiga",), tmp_path)


def test_a_line_that_is_not_json_is_refused(tmp_path: Path):
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(line("a", None)) + "\nnot json\n", encoding="utf-8")
    with pytest.raises(ContentBroken, match=r"questions\.jsonl"):
        report.read_lines(path)
