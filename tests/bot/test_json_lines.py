"""JSON lines: one object out for every line in, whatever the line, and the run goes on."""

import io
import json
from typing import Any

import pytest

from bot.json_lines import LONGEST_LINE, LineRefused, answer_lines, text_of
from tests.bot.doors import lines_of, strict

BAD_LINES = {
    "nothing": (b"\n", "bad_json"),
    "half an object": (b'{"id": 1\n', "bad_json"),
    "a word": (b"hello\n", "bad_json"),
    "an array": (b'[{"id": 1}]\n', "bad_line"),
    "a number": (b"1\n", "bad_line"),
    "null": (b"null\n", "bad_line"),
    "NaN": (b'{"id": 1, "text": NaN}\n', "bad_json"),
    "Infinity": (b'{"id": -Infinity}\n', "bad_json"),
    "a number too large for any machine": (b'{"id": 1e999}\n', "bad_json"),
    "5,000 digits": (b'{"id": ' + b"9" * 5000 + b"}\n", "bad_json"),
    "invalid UTF-8": (b'{"id": 1, "text": "\xff\xfe"}\n', "bad_json"),
    "UTF-16": ('{"id": 1}'.encode("utf-16"), "bad_json"),
    "a raw NUL": (b'{"id": "a\x00b"}\n', "bad_json"),
    "10,000 brackets": (b"[" * 10_000 + b"\n", "bad_json"),
    "2 MB": (b'{"id": 1, "text": "' + b"x" * 2_000_000 + b'"}\n', "too_long"),
    "no text": (b'{"id": 1}\n', "bad_line"),
    "a text that is a number": (b'{"id": 1, "text": 5}\n', "bad_line"),
    "a text that is null": (b'{"id": 1, "text": null}\n', "bad_line"),
}


async def echo(asked: dict[str, Any]) -> dict[str, Any]:
    if asked.get("text") == "break":
        raise ValueError("a secret of the resident")
    return {"id": asked.get("id"), "said": text_of(asked, "text")}


async def answers_to(*lines: bytes) -> list[dict[str, Any]]:
    out = io.BytesIO()
    await answer_lines(echo, iter(lines), out)
    return [strict(line) for line in lines_of(out.getvalue())]


@pytest.mark.parametrize(("line", "code"), BAD_LINES.values(), ids=BAD_LINES)
async def test_a_bad_line_gets_its_error_and_the_run_goes_on(line: bytes, code: str) -> None:
    good = b'{"id": "after", "text": "labdien"}\n'
    bad, after = await answers_to(line, good)
    assert set(bad) == {"id", "error"}
    assert set(bad["error"]) == {"code", "text"}
    assert bad["error"]["code"] == code
    assert after == {"id": "after", "said": "labdien"}


@pytest.mark.parametrize("line_id", [None, 7, -1.5, "x", ["a", 1], {"a": None}, "\ud800", "ā\u2028ž\n"])
async def test_the_id_comes_back_as_it_was_sent(line_id: Any) -> None:
    line = json.dumps({"id": line_id, "text": "labdien"}).encode() + b"\n"
    wrong = json.dumps({"id": line_id}).encode() + b"\n"
    right, refused = await answers_to(line, wrong)
    assert right["id"] == line_id
    assert refused["id"] == line_id


async def test_a_lone_surrogate_comes_back_as_its_escape() -> None:
    assert await answers_to(b'{"id": 1, "text": "a\\ud83d b"}\n') == [{"id": 1, "said": "a\ud83d b"}]


async def test_a_fault_of_ours_is_told_without_what_was_in_it() -> None:
    (answer,) = await answers_to(b'{"id": 3, "text": "break"}\n')
    assert answer == {"id": 3, "error": {"code": "internal", "text": "this line could not be answered"}}


async def test_a_line_of_the_longest_length_is_read() -> None:
    frame = b'{"text": ""}'
    line = frame[:-2] + b"x" * (LONGEST_LINE - len(frame)) + frame[-2:]
    (answer,) = await answers_to(line)
    assert len(answer["said"]) == LONGEST_LINE - len(frame)


async def test_the_last_line_needs_no_end() -> None:
    assert [one["id"] for one in await answers_to(b'{"id": 1, "text": "a"}\n', b'{"id": 2, "text": "b"}')] == [1, 2]


async def test_each_answer_is_out_before_the_next_line_is_read() -> None:
    out, seen = io.BytesIO(), []

    def lines() -> Any:
        for number in range(3):
            seen.append(out.getvalue().count(b"\n"))
            yield json.dumps({"id": number, "text": "x"}).encode() + b"\n"

    await answer_lines(echo, lines(), out)
    assert seen == [0, 1, 2]


def test_a_text_that_may_be_missing_has_its_default() -> None:
    assert text_of({}, "profile", default="bauska") == "bauska"
    with pytest.raises(LineRefused):
        text_of({"profile": 1}, "profile", default="bauska")
