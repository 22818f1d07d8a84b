from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from knowledge.articles import build_article
from knowledge.catalogue import load_catalogue
from knowledge.check import check_article, check_content, find_repeated_questions
from tests.knowledge.test_articles import content, told

TWELVE = {
    "lv": [f"jautājums {place}" for place in "abcdefghijkl"],
    "ru": [f"вопрос {place}" for place in "абвгдежзикл"] + ["м"],
}


def findings(**changes: Any) -> list[str]:
    article = build_article(content(**{"questions": TWELVE, **changes}), "x.yaml")
    catalogue = load_catalogue("bauska")
    seen = replace(catalogue, articles={**catalogue.articles, article.topic: article})
    return [str(finding) for finding in check_article(article, seen)]


def test_the_shipped_content_has_no_error():
    assert [str(finding) for finding in check_content("bauska") if finding.severity == "error"] == []


def test_a_good_article_has_no_finding():
    assert findings() == []


FAULTS = [
    ({"short": told(lv="a" * 135)}, "error: gmi-benefit.lv: short: 135 characters", "more than two SMS segments"),
    ({"questions": {"lv": ["viens"], "ru": TWELVE["ru"]}}, "error: gmi-benefit.lv: questions: 1", "too few questions"),
    (
        {"sections": {"who": told(lv="vārds " * 21)}},
        "warning: gmi-benefit.lv: a sentence of 21 words",
        "a long sentence",
    ),
    ({"valid_to": date(2025, 1, 1)}, "valid_to: before valid_from", "dates the wrong way round"),
    ({"review_by": date(2025, 1, 1)}, "review_by: before valid_from", "dates the wrong way round"),
    ({"related": ["no-such"]}, "no such topic: no-such", "a related topic that does not exist"),
    ({"related": ["social-house"]}, "warning: gmi-benefit.related: social-house", "a related topic of others"),
    ({"sections": {"amount": told("{no_such} eiro", "{no_such} евро")}}, "no such amount: {no_such}", "unknown amount"),
    (
        {"sections": {"amount": told("{gmi_first_person}")}},
        "the languages name different amounts",
        "an amount forgotten",
    ),
    (
        {"topic": "respite-care", "sections": {"what": told(lv="Mēs piedāvājam atelpas brīdi.")}},
        "worded as available: “piedāvājam”",
        "only planned, yet offered",
    ),
    ({"topic": "respite-care"}, "no text names the year 2018", "planned, without its year"),
]


@pytest.mark.parametrize(("changes", "said", "reason"), FAULTS)
def test_a_fault_is_found_and_named(changes: dict[str, Any], said: str, reason: str):
    assert any(said in finding for finding in findings(**changes)), reason


def test_one_question_under_two_topics_is_found():
    one = build_article(content(), "x.yaml")
    other = build_article(
        content(topic="housing-benefit", questions={"lv": ["Kas ir GMI?"], "ru": ["другое"]}), "x.yaml"
    )
    assert [str(found) for found in find_repeated_questions([one, other])] == [
        "error: housing-benefit: questions: “Kas ir GMI?” stands in gmi-benefit too"
    ]


def test_a_profile_that_does_not_exist_is_a_finding():
    assert [finding.severity for finding in check_content("atlantis")] == ["error"]
