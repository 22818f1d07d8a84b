"""The door `precheck`: verdicts of one shape, in the order the talk would ask, and bad facts refused by name."""

from typing import Any

import pytest

from tests.bot.doors import Line, Spoken, speak

HOUSEHOLD = {"adults": 1, "children": 2, "income": 250, "savings": 0, "declared_here": True}
LINES: list[Line] = [
    {"id": "nothing known", "facts": {}},
    {"id": "one benefit", "facts": HOUSEHOLD, "scope": ["gmi-benefit"]},
    {"id": "a range", "facts": {**HOUSEHOLD, "income": [0, 5000]}, "scope": ["gmi-benefit"]},
    {"id": "rich", "facts": {**HOUSEHOLD, "income": 9000, "savings": 90000}},
    {"id": "no facts"},
    {"id": "no scope", "facts": {}, "scope": []},
    {"id": "unknown fact", "facts": {"horses": 3}},
    {"id": "a yes that is a word", "facts": {"declared_here": "yes"}},
    {"id": "a list for facts", "facts": [1]},
    {"id": "null for facts", "facts": None},
    {"id": "backwards", "facts": {"income": [300, 100]}},
    {"id": "below nothing", "facts": {"income": -5}},
    {"id": "unknown topic", "facts": {}, "scope": ["horse-benefit"]},
    {"id": "scope that is a word", "facts": {}, "scope": "gmi-benefit"},
    b'{"id": "infinite", "facts": {"income": 1e999}}\n',
    b'{"id": "nan", "facts": {"income": NaN}}\n',
    b"{\n",
    {"id": "one benefit again", "facts": HOUSEHOLD, "scope": ["gmi-benefit"]},
]
REFUSED = [
    "unknown fact", "a yes that is a word", "a list for facts", "null for facts", "backwards", "below nothing",
    "unknown topic", "scope that is a word",
]  # fmt: skip
BENEFITS = ["gmi-benefit", "needy-status", "low-income-status", "housing-benefit", "emergency-benefit"]


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    return speak("precheck", "--profile", "bauska", "--on", "2026-02-15", lines=LINES)


@pytest.fixture(scope="module")
def by_id(spoken: Spoken) -> dict[str, dict[str, Any]]:
    return {answer["id"]: answer for answer in spoken.answers if answer["id"] is not None}


def test_one_object_for_every_line(spoken: Spoken) -> None:
    assert (spoken.status, len(spoken.answers)) == (0, len(LINES))


def test_verdicts_have_the_shape_that_was_promised(spoken: Spoken) -> None:
    for answer in spoken.answers:
        if "error" in answer:
            assert set(answer) == {"id", "error"}
            assert set(answer["error"]) == {"code", "text"}
            continue
        assert list(answer) == ["id", "results", "asked"]
        assert all(isinstance(fact, str) for message in answer["asked"] for fact in message)
        for result in answer["results"].values():
            assert list(result) == ["verdict", "amount", "because", "needs"]
            assert result["verdict"] in {"likely", "depends", "unlikely"}
            assert result["amount"] is None or len(result["amount"]) == 2
            assert all(set(reason) == {"criterion", "state", "text"} for reason in result["because"])
            assert all(isinstance(fact, str) for fact in result["needs"])


def test_without_a_scope_everything_is_judged(by_id: dict[str, dict[str, Any]]) -> None:
    assert set(BENEFITS) <= set(by_id["rich"]["results"])
    assert list(by_id["one benefit"]["results"]) == ["gmi-benefit"]
    assert by_id["no scope"]["results"] == {}


def test_no_facts_are_the_same_as_facts_nobody_knows(by_id: dict[str, dict[str, Any]]) -> None:
    assert by_id["no facts"]["results"] == by_id["nothing known"]["results"]
    assert all(result["verdict"] == "depends" for result in by_id["nothing known"]["results"].values())
    assert by_id["nothing known"]["asked"]


def test_a_range_that_decides_nothing_depends(by_id: dict[str, dict[str, Any]]) -> None:
    assert by_id["a range"]["results"]["gmi-benefit"]["verdict"] == "depends"
    assert "income" in by_id["a range"]["results"]["gmi-benefit"]["needs"]


@pytest.mark.parametrize("line_id", REFUSED)
def test_facts_that_make_no_sense_are_refused(by_id: dict[str, dict[str, Any]], line_id: str) -> None:
    error = by_id[line_id]["error"]
    assert error["code"] != "internal"
    assert error["text"]


def test_numbers_that_are_none_are_refused(spoken: Spoken) -> None:
    codes = [answer["error"]["code"] for answer in spoken.answers[14:17]]
    assert codes == ["bad_json"] * 3


def test_the_run_goes_on_and_remembers_nothing(by_id: dict[str, dict[str, Any]]) -> None:
    first, again = by_id["one benefit"], by_id["one benefit again"]
    assert first["results"] == again["results"]


@pytest.mark.parametrize("options", [("--on", "yesterday"), ("--profile", "nowhere")])
def test_options_that_make_no_sense_are_refused_plainly(options: tuple[str, str]) -> None:
    refused = speak("precheck", *options, lines=[])
    assert refused.status != 0
    assert refused.answers == []
    assert "Traceback" not in refused.told
