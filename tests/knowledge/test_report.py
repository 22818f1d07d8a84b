import json
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge import fitting
from knowledge.articles import ContentBroken
from knowledge.catalogue import load_catalogue
from knowledge.examples import collect_examples
from knowledge.report import read_lines, summarise, try_lines
from knowledge.search import Matcher


def line(text: str, topic: str | None, expect: str = "answer", facet: str | None = None) -> dict[str, object]:
    return {
        "id": text[:5],
        "profile": "bauska",
        "lang": "lv",
        "text": text,
        "topic": topic,
        "facet": facet,
        "style": "clean",
        "expect": expect,
    }


def test_the_report_counts_hits_and_lists_misses():
    catalogue = load_catalogue("bauska")
    small = replace(
        catalogue, articles={topic: catalogue.articles[topic] for topic in ("psychologist", "housing-benefit")}
    )
    matcher = Matcher(fitting.train(collect_examples(small)), small.lexicon)
    lines = [
        line("vajag psihologu bērnam", "psychologist"),
        line("cik liels ir pabalsts par malku", "housing-benefit", facet="amount"),
        line("malkas pabalsts", "psychologist"),
        line("kā pagarināt pasi", None, "unknown"),
        line("gribu nomirt", "safety-emergency", "crisis"),
        line("aprūpe mājās", "home-care"),
    ]
    report = summarise(try_lines(lines, small, matcher), small)
    assert "all" + " " * 21 + "    3    66.7" in report
    assert "out of scope not answered: 1 of 1" in report
    assert "danger found: 1 of 1" in report
    assert "got answer housing-benefit: malkas pabalsts" in report
    assert "aprūpe mājās" not in report


def test_a_line_that_is_not_json_is_refused(tmp_path: Path):
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(line("a", None)) + "\nnot json\n", encoding="utf-8")
    with pytest.raises(ContentBroken, match=r"questions\.jsonl"):
        read_lines(path)
