from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from knowledge.articles import build_article
from knowledge.catalogue import load_catalogue
from knowledge.check import check_article, check_content, find_repeated_questions
from knowledge.questions import Question
from tests.knowledge.test_articles import content, told

PROFILES = ("bauska", "daugavpils", "kuldiga", "kurzeme")


def findings(**changes: Any) -> list[str]:
    article = build_article(content(**changes), "x.yaml")
    catalogue = load_catalogue("bauska")
    seen = replace(catalogue, articles={**catalogue.articles, article.topic: article})
    return [str(finding) for finding in check_article(article, seen)]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_shipped_content_has_no_error(profile: str):
    assert [str(finding) for finding in check_content(profile) if finding.severity == "error"] == []


def test_a_good_article_has_no_finding():
    assert findings() == []


FAULTS = [
    ({"short": told(lv="a" * 135)}, "error: gmi-benefit.lv: short: 135 characters", "more than two SMS segments"),
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
    questions = {"gmi-benefit": [Question("kas ir gmi", "lv")], "housing-benefit": [Question("Kas ir GMI?", "lv")]}
    assert [str(found) for found in find_repeated_questions(questions)] == [
        "error: housing-benefit: questions: “Kas ir GMI?” stands in gmi-benefit too"
    ]


def test_a_profile_that_does_not_exist_is_a_finding():
    assert [finding.severity for finding in check_content("atlantis")] == ["error"]
