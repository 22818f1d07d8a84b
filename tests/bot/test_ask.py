"""The door `ask`, as a program uses it: every line a new talk, every answer of one shape."""

from typing import Any

import pytest

from knowledge.catalogue import load_catalogue
from tests.bot.doors import Line, Spoken, speak

KEYS = ["id", "lang", "outcome", "topic", "facet", "alternatives", "reply", "ms"]
FACETS = {None, "who", "amount", "documents", "how", "where", "when", "price", "what"}
LINES: list[tuple[Line, str]] = [
    ({"id": 1, "text": "Kā saņemt GMI pabalstu?"}, "answer"),
    ({"id": 2, "text": "как получить пособие гми"}, "answer"),
    ({"id": 3, "text": "gribu pierakstīties pie psihologa"}, "flow"),
    ({"id": 4, "text": "mani pieraksti"}, "flow"),
    ({"id": 5, "text": "gribu iesniegt sūdzību"}, "flow"),
    ({"id": 6, "text": "vīrs mani sit, kur palikt ar bērniem"}, "crisis"),
    ({"id": 7, "text": "es gribu nomirt"}, "crisis"),
    ({"id": "7 ru", "text": "хочу умереть"}, "crisis"),
    ({"id": "7 life", "text": "negribu vairs dzīvot"}, "crisis"),
    ({"id": 8, "text": "qwrtp zxcvb"}, "unknown"),
    ({"id": 9, "text": ""}, "any"),
    ({"id": 10, "text": "   \u200b "}, "any"),
    ({"id": 11, "text": "a\x00b \ud800 \u202e"}, "any"),
    ({"id": 12, "text": "pabalsts " * 8000}, "any"),
    ({"id": 13, "text": "{{7*7}} ${x} %s <b>"}, "any"),
    ({"id": 14, "text": "labdien", "profile": "bauska"}, "any"),
    ({"text": "labdien"}, "any"),
    ({"id": 16, "text": "x", "profile": "nowhere"}, "unknown_profile"),
    ({"id": 17, "text": "x", "profile": "../../etc"}, "unknown_profile"),
    ({"id": 18, "text": "x", "profile": "a\x00b"}, "unknown_profile"),
    ({"id": 19, "text": "x", "profile": 5}, "bad_line"),
    ({"id": 20}, "bad_line"),
    (b"{broken\n", "bad_json"),
    (b'{"id": 22, "text": "\xff"}\n', "bad_json"),
    (b'["text"]\n', "bad_line"),
    (b'{"id": 24, "text": "' + b"x" * 2_000_000 + b'"}\n', "too_long"),
    ({"id": 25, "text": "Kā saņemt GMI pabalstu?"}, "answer"),
]
"""Each line with its outcome, or the code of its error."""


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    return speak("ask", "--profile", "bauska", lines=[line for line, _ in LINES])


@pytest.fixture(scope="module")
def answers(spoken: Spoken) -> list[dict[str, Any]]:
    return [answer for answer in spoken.answers if "error" not in answer]


def test_every_line_has_its_answer_in_its_place(spoken: Spoken) -> None:
    assert spoken.status == 0
    assert len(spoken.answers) == len(LINES)
    for (line, wanted), answer in zip(LINES, spoken.answers, strict=True):
        assert answer["id"] == (line.get("id") if isinstance(line, dict) and "error" not in line else answer["id"])
        got = answer["error"]["code"] if "error" in answer else answer["outcome"]
        assert got == wanted or (wanted == "any" and "error" not in answer), line


def test_answers_have_the_shape_that_was_promised(answers: list[dict[str, Any]]) -> None:
    topics = {*load_catalogue("bauska").articles, "book-appointment", "my-appointments", "complaint-suggestion"}
    for answer in answers:
        assert list(answer) == KEYS
        assert answer["lang"] in {"lv", "ru", "uk", "en"}
        assert answer["outcome"] in {"answer", "clarify", "unknown", "crisis", "flow"}
        assert answer["facet"] in FACETS
        assert answer["reply"].strip()
        assert isinstance(answer["ms"], float | int)
        assert len(answer["alternatives"]) <= 3
        assert {answer["topic"], *answer["alternatives"]} - {None} <= topics | {"safety-emergency"}


def test_the_topic_is_told_as_promised(answers: list[dict[str, Any]]) -> None:
    by_id = {answer["id"]: answer for answer in answers}
    assert (by_id[1]["topic"], by_id[1]["lang"]) == ("gmi-benefit", "lv")
    assert (by_id[2]["topic"], by_id[2]["lang"]) == ("gmi-benefit", "ru")
    assert [by_id[number]["topic"] for number in (3, 4, 5)] == [
        "book-appointment", "my-appointments", "complaint-suggestion",
    ]  # fmt: skip
    assert by_id[6]["topic"] is not None
    assert by_id[8]["topic"] is None
    assert all(answer["topic"] for answer in answers if answer["outcome"] in ("answer", "clarify", "crisis"))


def test_each_line_is_a_new_talk(answers: list[dict[str, Any]]) -> None:
    first, again = ({**answer, "id": 0, "ms": 0} for answer in answers if answer["id"] in (1, 25))
    assert first == again


def test_the_danger_card_comes_first(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        if answer["outcome"] == "crisis":
            assert "112" in answer["reply"] or "116" in answer["reply"]


@pytest.mark.parametrize("line_id", [7, "7 ru", "7 life"])
def test_who_wants_to_die_is_told_of_no_benefit(answers: list[dict[str, Any]], line_id: int | str) -> None:
    (answer,) = [answer for answer in answers if answer["id"] == line_id]
    assert answer["topic"] in {"safety-emergency", "hotlines", "psychologist", "crisis-centre"}
    assert "apbed" not in answer["reply"]
    assert "похорон" not in answer["reply"]


def test_nothing_that_was_asked_is_told_to_the_operator(spoken: Spoken) -> None:
    for words in ("psiholog", "vīrs", "nomirt", "qwrtp", "Traceback"):
        assert words not in spoken.told


def test_a_profile_of_the_command_that_does_not_exist_is_refused_plainly() -> None:
    refused = speak("ask", "--profile", "nowhere", lines=[])
    assert refused.status != 0
    assert refused.answers == []
    assert "nowhere" in refused.told
    assert "Traceback" not in refused.told
