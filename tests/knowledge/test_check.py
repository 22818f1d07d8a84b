"""The shipped content as a whole, and what is checked across its articles."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from knowledge import check
from knowledge.articles import build_article
from knowledge.catalogue import Catalogue, load_catalogue, profiles
from knowledge.check import check_article, check_content, contact_phones
from knowledge.findings import Finding, error, sort_findings, tell_findings, warning
from knowledge.never import NeverSaid
from knowledge.questions import Question
from knowledge.spelling import DictionariesMissing
from tests.knowledge.test_articles import content

ON = date(2026, 11, 24)


def findings(**changes: Any) -> list[str]:
    """What is found in an article of Bauska that is right but for the changes."""
    article = build_article(content(**{"review_by": date(2026, 12, 31), **changes}), "x.yaml")
    catalogue = load_catalogue("bauska")
    seen = replace(catalogue, articles={**catalogue.articles, article.topic: article})
    return [str(finding) for finding in check_article(article, seen, on=ON)]


@pytest.mark.parametrize("profile", profiles())
def test_the_shipped_content_has_no_error(profile: str) -> None:
    """Spelling included: without its dictionaries this is an error where CI=true."""
    assert [str(finding) for finding in check_content(profile, on=ON) if finding.severity == "error"] == []


def test_a_good_article_has_no_finding() -> None:
    assert findings() == []


def test_a_profile_that_does_not_exist_is_a_finding() -> None:
    assert [finding.severity for finding in check_content("atlantis", on=ON)] == ["error"]


RELATED = [
    (["no-such"], "error: gmi-benefit.related: no such topic: no-such"),
    (["gmi-benefit"], "error: gmi-benefit.related: names itself"),
]


@pytest.mark.parametrize(("related", "said"), RELATED)
def test_a_related_topic_must_exist_and_be_another(related: list[str], said: str) -> None:
    assert findings(related=related) == [said]


def test_a_related_topic_that_only_others_answer_is_told() -> None:
    assert "warning: bath-benefit.related: no profile answers both this and soup-kitchen" in findings(
        topic="bath-benefit", related=["soup-kitchen"]
    )


def shelters(**changes: Any) -> Catalogue:
    """Bauska's content cut down to its shelter, so that a check is quick, and changed."""
    catalogue = load_catalogue("bauska")
    articles = {"shelter": catalogue.articles["shelter"]}
    return replace(catalogue, **{"articles": articles, "questions": {}, **changes})


def found_in(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """What is found in a profile's content when it is this."""
    monkeypatch.setattr(check, "load_catalogue", lambda _: catalogue)
    monkeypatch.setattr(check, "read_articles", lambda *_: (catalogue.articles, []))
    return [str(finding) for finding in check_content("bauska", on=ON)]


def test_a_topic_without_an_article_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    found = found_in(shelters(), monkeypatch)
    assert "error: gmi-benefit: the profile lists the topic and has no article for it" in found
    assert not any(line.startswith("error: shelter: the profile lists") for line in found)


def test_everything_a_resident_reads_is_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in an article, a source, a card or the way to the office is handed to the dictionaries."""
    seen: dict[str, list[str]] = {}
    monkeypatch.setattr(check, "find_misspelt", lambda texts: seen.update(texts) or [("palidzība", "shelter.lv")])
    catalogue = shelters()
    found = found_in(catalogue, monkeypatch)
    shelter = catalogue.articles["shelter"]
    assert {shelter.title["lv"], shelter.sections["how"]["lv"], shelter.sources[0].name["lv"]} <= {*seen["shelter.lv"]}
    assert catalogue.cards.danger["suicide"]["ru"] in seen["cards.suicide.ru"]
    assert catalogue.contacts.where["ru"] in seen["contacts.ru"]
    assert any(line.startswith("error: shelter.lv: spelling: “palidzība”") for line in found)


@pytest.mark.parametrize(("ci", "severity"), [("true", "error"), ("", "warning")])
def test_spelling_that_cannot_be_checked_is_said_and_where_it_must_be_an_error(
    monkeypatch: pytest.MonkeyPatch, ci: str, severity: str
) -> None:
    def missing(texts: object) -> None:
        raise DictionariesMissing

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(check, "find_misspelt", missing)
    [told] = [line for line in found_in(shelters(), monkeypatch) if "spelling" in line]
    assert told.startswith(f"{severity}: spelling: NOT checked: install hunspell")


def test_a_broken_word_list_of_danger_is_a_finding_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(model: object, name: str) -> None:
        raise check.ContentBroken(f"base/{name}: groups: not right")

    monkeypatch.setattr(check, "load_base_file", broken)
    assert "error: safety.yaml: base/safety.yaml: groups: not right" in found_in(shelters(), monkeypatch)


def test_the_phones_of_contacts_offices_and_hotlines_may_be_named() -> None:
    assert {"63922238", "63963977", "112", "116123"} <= contact_phones(load_catalogue("bauska"))


def test_findings_are_told_once_errors_first_with_the_profiles_they_are_in() -> None:
    shared, own = error("gmi-benefit", "wrong"), warning("shelter", "odd")
    assert tell_findings({"bauska": [own, shared], "kuldiga": [shared]}) == [
        "error: gmi-benefit: wrong",
        "warning: shelter (bauska): odd",
    ]


def test_the_same_fault_in_many_articles_is_one_line() -> None:
    """The way to the office stands in every article of a profile."""
    faults = [error(f"topic-{number}.lv", "a long sentence") for number in range(40)]
    assert tell_findings({"bauska": faults}) == [
        "error: topic-0.lv, topic-1.lv, topic-2.lv and 37 more: a long sentence"
    ]


def test_findings_are_sorted_and_none_is_there_twice() -> None:
    assert sort_findings([warning("a", "x"), error("b", "y"), warning("a", "x")]) == [
        Finding("b", "error", "y"),
        Finding("a", "warning", "x"),
    ]


def test_too_few_example_questions_of_a_language_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    found = found_in(shelters(questions={"shelter": (Question("kur naktspatversme", "lv"),)}), monkeypatch)
    assert "error: shelter.lv: questions: 1, at least 12" in found
    assert "error: shelter.ru: questions: 0, at least 12" in found


def test_what_only_the_office_can_tell_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    said = NeverSaid("shelter.what.lv", "shelter-admission: a place is promised: “vieta ir”")
    monkeypatch.setattr(check, "check_never", lambda articles, kinds: [said] if articles and kinds else [])
    assert f"error: {said.place}: {said.reason}" in found_in(shelters(), monkeypatch)
