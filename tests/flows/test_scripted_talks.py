"""Whole talks as a municipality can read them, in tests/flows/talks/, each in both languages.

A line says words, presses a choice by the beginning of its id, or lets time pass; then it may list what is heard
in the answer and what must never be. At every line a copy of the talk is also interrupted by help and by back.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.terminal import Collector
from bot.house import House
from tests.flows.turns import plan_turn, resident_at, texts_of
from tests.phone import Phone

TALKS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("talks/*"))}
WORDS_OF_A_LINE = {"says", "presses", "waits", "hears", "never"}


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> Collector:
    return Collector(request.param)


@pytest.mark.parametrize("language", ["lv", "ru"])
@pytest.mark.parametrize(
    ("name", "channel"), [(name, talk.get("channel", "web")) for name, talk in TALKS.items()], indirect=["channel"]
)
async def test_a_talk_goes_as_it_is_written(anna: Phone, small_house: House, name: str, language: str) -> None:
    for place, line in enumerate(TALKS[name][language], start=1):
        answer = await _goes_on(anna, line)
        where = f"{name}, {language}, line {place}: {answer}"
        assert all(words in answer for words in line.get("hears", ())), where
        assert not any(words in answer for words in line.get("never", ())), where
        await _may_be_interrupted(anna, small_house)


async def _goes_on(phone: Phone, line: dict[str, Any]) -> str:
    """What is heard: texts and the labels of the choices."""
    if "waits" in line:
        answer = await phone.waits(**line["waits"])
    elif "presses" in line:
        answer = await phone.presses_like(line["presses"])
    else:
        answer = await phone.says(line["says"])
    return "\n".join([answer, *(choice.label for choice in phone.choices)])


async def _may_be_interrupted(phone: Phone, house: House) -> None:
    state = await phone.state()
    for word in ("palīdzība", "atpakaļ"):
        resident = resident_at(await _level(phone, house), phone.channel.name)
        plan = await plan_turn(house, state, word, now=phone.now, resident=resident)
        assert texts_of(plan).strip(), word


async def _level(phone: Phone, house: House) -> Any:
    known = await house.inbox.find(phone.channel.name, house.inbox.address_index(phone.channel.name, phone.address))
    assert known is not None
    return known[0].level


@pytest.mark.parametrize("name", TALKS)
def test_a_talk_is_written_in_both_languages_and_in_known_words(name: str) -> None:
    talk = TALKS[name]
    assert set(talk) <= {"title", "channel", "lv", "ru"}
    assert len(talk["lv"]) == len(talk["ru"])
    for language in ("lv", "ru"):
        for line in talk[language]:
            assert set(line) <= WORDS_OF_A_LINE, line
            assert len({"says", "presses", "waits"} & set(line)) == 1, line


def test_the_clock_of_the_talks_is_the_one_of_the_tests(now: datetime) -> None:
    """The days in the talks are those after a Tuesday in November."""
    assert now.isoformat() == "2026-11-24T08:00:00+00:00"
