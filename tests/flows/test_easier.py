"""Whoever asks for simpler words gets them, or a person; and related topics are only those answered here."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.house import House
from flows.messages import Choice
from flows.state import ConversationState
from flows.turn import Knowledge
from knowledge.articles import in_language
from tests.flows.turns import SOMEBODY, Rehearsal, plan_turn, question_of
from tests.flows.ways import reach

CLIENT_DUTIES = Choice("topic:client-duties", "")
EASY = {"lv": "Dienests palīdz ar naudu. Nāciet pie mums.", "ru": "Служба поможет деньгами. Приходите к нам."}
WORDS = {
    "lv": ("vienkāršāk", "vienkarsak ludzu", "Nesaprotu!", "viegli lasīt"),
    "ru": ("проще", "попроще, пожалуйста", "не понимаю", "prostimi slovami"),
}


def knowing(house: House, topic: str, **changes: object) -> Knowledge:
    catalogue = house.knowledge.catalogue
    article = catalogue.articles[topic].model_copy(update=changes)
    return replace(house.knowledge, catalogue=replace(catalogue, articles={**catalogue.articles, topic: article}))


@pytest.mark.parametrize(("language", "word"), [(lang, word) for lang, words in WORDS.items() for word in words])
async def test_the_last_answer_is_told_in_simpler_words(
    still_house: House, now: datetime, language: str, word: str
) -> None:
    state = ConversationState(greeted=True, language=language, topic="gmi-benefit")
    plan = await plan_turn(still_house, state, word, now=now, knowledge=knowing(still_house, "gmi-benefit", easy=EASY))
    assert plan.replies[0].text == EASY[language]
    assert plan.replies[0].source
    assert "talk-to-person" in [choice.id for choice in question_of(plan).choices]
    assert (plan.turn.outcome.kind, plan.turn.outcome.topic) == ("answer", "gmi-benefit")


@pytest.mark.parametrize(("language", "offer"), [("lv", "darbinieks Jums paskaidros"), ("ru", "объяснит сотрудник")])
async def test_without_simpler_words_the_short_answer_and_a_person_come(
    still_house: House, now: datetime, language: str, offer: str
) -> None:
    plain = knowing(still_house, "gmi-benefit", easy=None)
    state = ConversationState(greeted=True, language=language, topic="gmi-benefit")
    plan = await plan_turn(still_house, state, WORDS[language][0], now=now, knowledge=plain)
    short = in_language(still_house.knowledge.catalogue.articles["gmi-benefit"].short, language)
    assert short[:30] in plan.replies[0].text
    assert offer in plan.replies[0].text
    assert plan.replies[0].choices[0].id == "talk-to-person"


async def test_simpler_words_are_offered_only_where_they_exist(still_house: House, now: datetime) -> None:
    state = ConversationState(greeted=True)
    for easy, offered in ((EASY, True), (None, False)):
        known = knowing(still_house, "gmi-benefit", easy=easy)
        plan = await plan_turn(still_house, state, "kas ir GMI pabalsts", now=now, knowledge=known)
        assert ("easier" in [choice.id for choice in question_of(plan).choices]) is offered


@pytest.mark.parametrize("word", ["nesaprotu", "не понимаю"])
async def test_with_nothing_to_say_more_simply_a_person_is_offered(rehearsal: Rehearsal, word: str) -> None:
    await rehearsal.says(word)
    assert rehearsal.choices[0].id == "talk-to-person"
    await rehearsal.says("kas ir GMI pabalsts")
    await rehearsal.says("zzz ppp kkk ttt")
    # What was not understood is not the benefit that was told of before.
    assert "GMI" not in await rehearsal.says(word)


@pytest.mark.parametrize("word", ["nesaprotu", "проще"])
async def test_in_a_form_the_question_comes_again_with_a_way_to_a_person(rehearsal: Rehearsal, word: str) -> None:
    await reach(rehearsal, "complaint-suggestion", "anonymous")
    before = rehearsal.heard[-1].choices
    said = await rehearsal.says(word)
    assert "CILVĒKS" in said or "ЧЕЛОВЕК" in said
    assert [one.id for one in rehearsal.heard[-1].choices] == [one.id for one in before]


async def test_related_topics_of_other_organisations_are_never_offered(still_house: House, now: datetime) -> None:
    related = ("social-house", "soup-kitchen", "how-to-apply")
    known = knowing(still_house, "client-duties", related=related)
    sms = replace(SOMEBODY, channel="sms")
    state = ConversationState(greeted=True)
    plan = await plan_turn(still_house, state, CLIENT_DUTIES, now=now, knowledge=known)
    offered = [choice.id for choice in question_of(plan).choices]
    assert "topic:how-to-apply" in offered
    assert not {"topic:social-house", "topic:soup-kitchen"} & set(offered)
    by_sms = await plan_turn(still_house, state, CLIENT_DUTIES, now=now, knowledge=known, resident=sms)
    assert "topic:how-to-apply" not in [choice.id for choice in question_of(by_sms).choices]
