"""The door `talk`: whole conversations, with what a phone would show and where the talk stands."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

import bot.dispatcher
from bot.channels.sms_text import count_segments
from bot.channels.terminal import Collector
from bot.house import House
from bot.json_lines import LineRefused
from bot.talking import Talking
from flows.engine import Plan, advance
from flows.turn import Turn
from tests.bot.doors import OpenDoor

KEYS = ["from", "replies", "flow", "step", "reference"]
START = "2026-11-24T10:00:00+02:00"
BAD_LINES = {
    "bad JSON": (b"{\n", "bad_json"),
    "an array": (b"[]\n", "bad_line"),
    "invalid UTF-8": (b'{"from": "anna", "text": "\xff"}\n', "bad_json"),
    "2 MB": (b'{"from": "anna", "text": "' + b"x" * 2_000_000 + b'"}\n', "too_long"),
    "NaN": (b'{"from": "anna", "text": NaN}\n', "bad_json"),
    "nothing said": ({"from": "anna"}, "bad_line"),
    "from nobody": ({"text": "labdien"}, "bad_line"),
    "a text that is a number": ({"from": "anna", "text": 1}, "bad_line"),
    "a choice that is a number": ({"from": "anna", "choice": 1}, "bad_line"),
    "a time that is none": ({"at": "tomorrow"}, "bad_line"),
    "a time that has passed": ({"at": "2026-11-23T10:00:00+02:00"}, "bad_line"),
}


@pytest.fixture(scope="module")
def door() -> Iterator[OpenDoor]:
    """One process for the whole module, its clock at ten on a Tuesday; its end is checked too."""
    opened = OpenDoor("talk", "--profile", "bauska", "--channel", "sms", "--now", START)
    yield opened
    ended = opened.close()
    assert (ended.answers, ended.status) == ([], 0)
    assert "Traceback" not in ended.told


def said(answer: dict[str, Any]) -> str:
    assert list(answer) == KEYS
    assert answer["replies"]
    for reply in answer["replies"]:
        assert list(reply) == ["text", "choices", "segments"]
        assert all(list(choice) == ["id", "label"] for choice in reply["choices"])
        assert reply["segments"] == count_segments(reply["text"]) >= 1
    return "\n".join(reply["text"] for reply in answer["replies"])


def where(answer: dict[str, Any]) -> tuple[str | None, str | None, bool]:
    return answer["flow"], answer["step"], answer["reference"] is not None


@pytest.mark.parametrize(
    ("who", "messages"),
    [
        ("anna", ["gribu pierakstīties", "1", "1", "Anna", "jā"]),
        ("olga", ["хочу записаться на приём", "1", "1", "Ольга", "да"]),
    ],
)
def test_a_resident_books_by_text_in_both_languages(door: OpenDoor, who: str, messages: list[str]) -> None:
    steps = [where(answer := door.ask({"from": who, "text": text})) for text in messages]
    assert steps == [
        ("book-appointment", "need", False),
        ("book-appointment", "time", False),
        ("book-appointment", "name", False),
        ("book-appointment", "confirm", False),
        (None, None, True),
    ]
    assert re.fullmatch(r"[A-Z0-9]{6}", answer["reference"])
    assert answer["reference"] in said(answer)
    assert bool(re.search("[а-я]", said(answer))) == (who == "olga")
    again = door.ask({"from": who, "text": messages[-1]})
    assert again["reference"] == answer["reference"]


@pytest.mark.parametrize(("who", "hello"), [("zane", "gribu pierakstīties"), ("ivan", "хочу записаться на приём")])
def test_a_resident_books_by_pressing_in_both_languages(door: OpenDoor, who: str, hello: str) -> None:
    answer = door.ask({"from": who, "text": hello})
    answer = door.ask({"from": who, "choice": "families"})
    answer = door.ask({"from": who, "choice": answer["replies"][-1]["choices"][1]["id"]})
    assert where(answer) == ("book-appointment", "name", False)
    door.ask({"from": who, "text": "Zane"})
    answer = door.ask({"from": who, "choice": "yes"})
    assert where(answer) == (None, None, True)
    assert said(answer)


def test_every_choice_of_an_sms_stands_in_its_text_with_its_number(door: OpenDoor) -> None:
    answer = door.ask({"from": "janis", "text": "gribu pierakstīties"})
    reply = answer["replies"][-1]
    numbered = [f"{number}) {choice['label']}" for number, choice in enumerate(reply["choices"], start=1)]
    assert len(numbered) == 9
    assert reply["text"].splitlines()[-len(numbered) :] == numbered


def test_an_sms_with_more_to_say_ends_with_how_to_get_it(door: OpenDoor) -> None:
    first = door.ask({"from": "juris", "text": "izvēlne"})["replies"][-1]
    shown = [f"{number}) {choice['label']}" for number, choice in enumerate(first["choices"], start=1)]
    assert first["text"].splitlines()[1:] == [*shown, "V) Vairāk"]
    second = door.ask({"from": "juris", "text": "v"})["replies"][-1]
    assert f"\n{len(shown) + 1}) " in second["text"]
    assert "9) " in second["text"]
    assert where(door.ask({"from": "juris", "text": "9"}))[0] == "talk-to-person"


@pytest.mark.parametrize(("line", "code"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_gets_its_error_and_the_talk_goes_on(
    door: OpenDoor, line: dict[str, Any] | bytes, code: str
) -> None:
    answer = door.ask(line)
    assert list(answer) == ["id", "error"]
    assert answer["error"]["code"] == code
    assert said(door.ask({"from": "zane", "text": "izvēlne"}))


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "a\x00b", "\ud800", "\u202elabdien", "x" * 70_000, "{{7*7}}%s"])
def test_any_text_gets_a_kind_answer(door: OpenDoor, text: str) -> None:
    assert "neizdevās" not in said(door.ask({"from": "liga", "text": text}))


@pytest.mark.parametrize(
    "choice",
    ["", "no-such-choice", "flow:no-such-flow", "check:no-such-benefit", "facet:x:y", "topic:", "x" * 5000, "\ud800"],
)
def test_a_made_up_choice_gets_a_kind_answer(door: OpenDoor, choice: str) -> None:
    assert "neizdevās" not in said(door.ask({"from": "liga", "choice": choice}))


async def booked(talking: Talking, who: str) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for text in ("gribu pierakstīties", "1", "4", "1", "3"):
        answer = await talking.answer({"from": who, "text": text})
    if answer["step"] == "part":
        await talking.answer({"from": who, "text": "1"})
    for text in ("1", "Anna", "jā"):
        answer = await talking.answer({"from": who, "text": text})
    return answer


@pytest.fixture
def talking(small_house: House, channel: Collector, now: datetime) -> Talking:
    return Talking(small_house, channel, now)


async def test_a_line_with_only_a_time_prints_what_falls_due(talking: Talking, now: datetime) -> None:
    reference = (await booked(talking, "anna"))["reference"]
    assert reference
    reminded = []
    for days in range(14):
        answer = await talking.answer({"at": (now + timedelta(days=days, hours=2)).isoformat()})
        assert list(answer) == KEYS
        reminded += [(reply["to"], answer["from"], answer["reference"], reply["text"]) for reply in answer["replies"]]
    ((to, who, shown, text),) = reminded
    assert (to, who, shown) == ("anna", "anna", reference)
    assert text.startswith("Pašvaldība atgādina")


async def test_a_time_without_a_zone_is_the_time_in_riga(talking: Talking) -> None:
    await talking.answer({"at": "2026-11-24T12:30"})
    assert talking.clock.isoformat() == "2026-11-24T10:30:00+00:00"


async def test_only_sms_counts_segments(talking: Talking) -> None:
    answer = await talking.answer({"from": "anna", "text": "labdien"})
    assert [reply["segments"] for reply in answer["replies"]] == [None] * len(answer["replies"])


async def test_a_reference_is_never_somebody_elses(talking: Talking, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await booked(talking, "anna"))["reference"]

    async def fails(turn: Turn) -> Plan:
        if turn.input.text == "zilonis":
            raise ValueError
        return await advance(turn)

    monkeypatch.setattr(bot.dispatcher, "advance", fails)
    answer = await talking.answer({"from": "janis", "text": "zilonis"})
    assert answer["reference"] is None


async def test_each_line_is_a_new_message_even_with_the_same_words(talking: Talking) -> None:
    for _ in range(3):
        assert (await talking.answer({"from": "anna", "text": "izvēlne"}))["replies"]


async def test_the_clock_never_runs_backwards(talking: Talking) -> None:
    await talking.answer({"at": "2026-11-25T10:00"})
    with pytest.raises(LineRefused):
        await talking.answer({"from": "anna", "text": "labdien", "at": "2026-11-25T09:59"})


async def test_a_long_talk_without_times_is_no_flood(talking: Talking) -> None:
    for number in range(45):
        answer = await talking.answer({"from": "anna", "text": f"kādi dokumenti vajadzīgi pabalstam nr. {number}?"})
        assert answer["replies"]
        assert "rakstāt tik bieži" not in answer["replies"][-1]["text"]
