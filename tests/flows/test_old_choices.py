"""A choice that stood under an earlier question: it may show something, it never answers and never changes anything."""

from datetime import datetime

import pytest

from bot.house import House
from flows.engine import Plan, advance
from flows.messages import Input
from flows.state import ConversationState
from flows.turn import Turn
from tests.flows.turns import SOMEBODY, Rehearsal, texts_of
from tests.flows.ways import reach

TALKING = ConversationState(greeted=True)


async def press_old(house: House, state: ConversationState, choice_id: str, now: datetime) -> Plan:
    """What is planned for a press on a message that is not the newest."""
    async with house.database.reading() as session:
        copy = ConversationState.from_json(state.as_json())
        said = Input("", choice_id, now, is_old=True)
        turn = Turn(session, now, copy, said, SOMEBODY, house.knowledge, house.keyring.create)
        return await advance(turn)


async def test_an_old_choice_answers_no_open_question_even_if_it_is_offered_again(rehearsal: Rehearsal) -> None:
    await reach(rehearsal, "complaint-suggestion", "anonymous")
    plan = await press_old(rehearsal.house, await rehearsal.state(), "yes", rehearsal.now)
    assert "Šis saraksts ir vecs" in texts_of(plan)
    assert (plan.turn.state.step, plan.turn.state.facts, plan.effects) == ("anonymous", {}, [])


@pytest.mark.parametrize("choice", ["old", "yes", "no", "flow:book-appointment", "yes-solved", "garbage", ""])
async def test_outside_a_form_an_old_choice_brings_the_menu(still_house: House, now: datetime, choice: str) -> None:
    plan = await press_old(still_house, TALKING, choice, now)
    assert "Šis saraksts ir vecs. Ar ko varu palīdzēt?" in texts_of(plan)
    assert (plan.turn.state.flow, plan.effects) == (None, [])


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        ("topic:gmi-benefit", "Avots"),
        ("facet:documents:gmi-benefit", "Avots"),
        ("group:money", "Par ko vēlaties uzzināt?"),
        ("menu", "Ar ko varu palīdzēt?"),
        ("talk-to-person", "Jums atbildēs dienesta darbinieks"),
    ],
)
async def test_an_old_choice_that_only_shows_something_still_works(
    still_house: House, now: datetime, choice: str, shown: str
) -> None:
    said = texts_of(await press_old(still_house, TALKING, choice, now))
    assert "saraksts ir vecs" not in said
    assert shown in said


async def test_a_second_press_of_the_yes_that_booked_gets_the_same_receipt(still_house: House, now: datetime) -> None:
    state = ConversationState(greeted=True, receipt="Pieraksts ir apstiprināts")
    plan = await press_old(still_house, state, "yes-only-me", now)
    assert [reply.text for reply in plan.replies] == ["Pieraksts ir apstiprināts"]
