"""Where a talk stands survives saving, releases and repairs of the flows; it stays small and is never guessed at."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.house import House
from flows import upgrades
from flows.registry import FLOWS
from flows.state import CEILING_BYTES, ConversationState, StateTooLarge
from flows.steps import Flow
from flows.upgrades import CURRENT_VERSION, StateTooNew, upgrade
from tests.flows.keep_states import KEPT
from tests.flows.turns import plan_turn
from tests.flows.ways import ALL_STEPS, reach
from tests.phone import Phone

RELEASES = sorted(folder.name for folder in KEPT.iterdir() if folder.is_dir())
KEPT_STATES = {f"{path.parent.name}/{path.stem}": path.read_text("utf-8") for path in sorted(KEPT.glob("*/*.json"))}
WORDS = st.text(max_size=30)


@given(
    language=st.sampled_from(["lv", "ru"]),
    facts=st.dictionaries(WORDS, WORDS | st.integers() | st.booleans() | st.lists(WORDS, max_size=3), max_size=5),
    offered=st.lists(st.lists(WORDS, min_size=2, max_size=2), max_size=5),
    trail=st.lists(WORDS, max_size=4),
    misses=st.integers(0, 9),
)
def test_a_state_comes_back_from_json_as_it_was(
    language: str, facts: dict[str, Any], offered: list[list[str]], trail: list[str], misses: int
) -> None:
    state = ConversationState(language=language, facts=facts, offered=offered, trail=trail, misses=misses)
    assert ConversationState.from_json(state.as_json()) == state


def test_a_state_over_four_kilobytes_is_refused_not_cut() -> None:
    state = ConversationState(flow="book-appointment", step="name", facts={"name": "ā" * (CEILING_BYTES // 2)})
    with pytest.raises(StateTooLarge) as refusal:
        state.as_json()
    assert "ā" not in str(refusal.value)


def test_a_state_just_under_the_ceiling_is_kept() -> None:
    empty = len(ConversationState().as_json().encode())
    assert ConversationState(last_text="a" * (CEILING_BYTES - empty)).as_json()


def test_a_state_of_a_newer_release_waits_and_is_not_guessed() -> None:
    text = json.dumps({"version": CURRENT_VERSION + 1, "flow": "book-appointment", "step": "mood"})
    with pytest.raises(StateTooNew):
        ConversationState.from_json(text)


def test_every_lift_is_made_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrades, "CURRENT_VERSION", 3)
    lifts = {1: lambda raw: {**raw, "step": raw["step"] + "+"}, 2: lambda raw: {**raw, "step": raw["step"] + "!"}}
    monkeypatch.setattr(upgrades, "LIFTS", lifts)
    assert upgrade({"version": 1, "step": "name"}) == {"version": 3, "step": "name+!"}
    assert upgrade({"version": 2, "step": "name"}) == {"version": 3, "step": "name!"}


def test_forgetting_leaves_the_language_and_nothing_else_of_the_person() -> None:
    state = ConversationState(
        language="ru",
        language_is_chosen=True,
        flow="book-appointment",
        step="name",
        facts={"kind": "psychologist"},
        offered=[["a", "b"]],
        trail=["need"],
        topic="psychologist",
        last_text="gribu pie psihologa",
        receipt="Pieraksts ir apstiprināts",
        greeted=True,
    )
    state.forget()
    assert state == ConversationState(language="ru", language_is_chosen=True, greeted=True)


def test_a_state_of_every_step_was_kept_of_the_last_release() -> None:
    kept = {tuple(path.stem.split(".")) for path in (KEPT / RELEASES[-1]).glob("*.json")}
    assert kept == set(ALL_STEPS), "run: python -m tests.flows.keep_states <release>"


@pytest.mark.parametrize("kept", KEPT_STATES)
async def test_a_kept_state_loads_and_its_question_is_asked_again(still_house: House, now: datetime, kept: str) -> None:
    state = ConversationState.from_json(KEPT_STATES[kept])
    plan = await plan_turn(still_house, state, "paldies", now=now)
    assert (plan.turn.state.flow, plan.turn.state.step) == (state.flow, state.step)
    assert plan.replies[-1].text
    for said in ("1", "2", "nezinu", "kaut kas pavisam cits", "jā"):
        assert (await plan_turn(still_house, state, said, now=now)).replies, said


def without_step(flow: Flow, name: str) -> Flow:
    return Flow(flow.name, tuple(step for step in flow.steps if step.name != name), flow.begin, flow.undo)


async def test_a_removed_step_sends_the_talk_to_the_beginning_with_its_facts(
    anna: Phone, small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reach(anna, "book-appointment", "day")
    state = await anna.state()
    monkeypatch.setitem(FLOWS, "book-appointment", without_step(FLOWS["book-appointment"], "day"))
    plan = await plan_turn(small_house, state, "1", now=anna.now)
    after = plan.turn.state
    # The need was told already: it is not asked again.
    assert (after.flow, after.step, after.facts["kind"]) == ("book-appointment", "time", "social-assistance")
    assert plan.replies[-1].choices


async def test_a_removed_flow_sends_the_talk_to_the_menu(
    anna: Phone, small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reach(anna, "complaint-suggestion", "words")
    state = await anna.state()
    monkeypatch.delitem(FLOWS, "complaint-suggestion")
    plan = await plan_turn(small_house, state, "darbiniece bija nelaipna", now=anna.now)
    assert plan.turn.state.flow is None
    assert "talk-to-person" in [choice.id for choice in plan.replies[-1].choices]


@pytest.mark.parametrize(("flow", "step"), [("book-appointment", "confirm"), ("my-appointments", "sure")])
async def test_a_state_holds_only_what_the_flow_still_needs(anna: Phone, flow: str, step: str) -> None:
    await reach(anna, flow, step)
    assert len((await anna.state()).as_json().encode()) < CEILING_BYTES // 2
