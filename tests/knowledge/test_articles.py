from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.articles import ContentBroken, build_article, in_language, merge, read_yaml


def told(lv: str = "teksts", ru: str = "текст") -> dict[str, str]:
    return {"lv": lv, "ru": ru}


def content(**changes: Any) -> dict[str, Any]:
    return {
        "topic": "gmi-benefit",
        "specialist": "social-assistance",
        "related": ["how-to-apply"],
        "sources": [{"name": told(), "place": "3. lpp.", "dated_on": date(2016, 1, 1)}],
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
        "review_by": date(2026, 12, 1),
        "owner": "social-assistance",
        "title": told(),
        "short": told(),
        "sections": {"who": told()},
        **changes,
    }


def test_an_article_is_read_from_its_content():
    article = build_article(content(), "gmi-benefit.yaml")
    assert article.topic == "gmi-benefit"
    assert article.texts("ru") == ["текст", "текст", "текст"]


BROKEN = [
    ({"sumary": told()}, "sumary", "a mistyped key"),
    ({"title": {"lv": "tikai latviski"}}, "missing or empty: ru", "one language only"),
    ({"title": {"lv": "a", "ru": " "}}, "ru", "an empty text"),
    ({"sections": {"whom": told()}}, "whom", "a facet that does not exist"),
    ({"sources": []}, "sources", "no source"),
    ({"specialist": "plumber"}, "specialist", "a specialist kind that does not exist"),
    ({"valid_from": "soon"}, "valid_from", "not a day"),
]


@pytest.mark.parametrize(("changes", "named", "reason"), BROKEN)
def test_a_broken_article_is_refused_with_file_and_reason(changes: dict[str, Any], named: str, reason: str):
    with pytest.raises(ContentBroken, match=named) as refused:
        build_article(content(**changes), "gmi-benefit.yaml")
    assert str(refused.value).startswith("gmi-benefit.yaml"), reason


@pytest.mark.parametrize(
    ("on", "is_valid"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_an_article_is_valid_from_its_first_to_its_last_day(on: date, is_valid: bool):
    assert build_article(content(), "gmi-benefit.yaml").is_valid(on) is is_valid


def test_the_profile_overrides_key_by_key_and_keeps_the_rest():
    own = {"title": {"lv": "cits"}, "sections": {"who": None, "where": told("tur", "там")}}
    merged = merge(content(), own)
    assert merged["title"] == {"lv": "cits", "ru": "текст"}
    assert merged["sections"] == {"where": told("tur", "там")}
    assert merged["owner"] == "social-assistance"


def test_a_repeated_key_is_refused(tmp_path: Path):
    path = tmp_path / "gmi-benefit.yaml"
    path.write_text("title: a\ntitle: b\n", encoding="utf-8")
    with pytest.raises(ContentBroken, match=r"gmi-benefit\.yaml.*repeated key: title"):
        read_yaml(path)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", ""])
def test_a_file_that_is_not_keys_and_values_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentBroken, match=r"x\.yaml"):
        read_yaml(path)


def test_yaml_builds_no_objects(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text("a: !!python/object/apply:os.getcwd []\n", encoding="utf-8")
    with pytest.raises(ContentBroken):
        read_yaml(path)


def test_a_language_nobody_wrote_is_told_in_latvian():
    assert in_language({"lv": "a", "ru": "б"}, "en") == "a"
    assert in_language({"lv": "a", "ru": "б"}, "ru") == "б"
