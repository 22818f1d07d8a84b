"""Answers come from published articles only, with their source; below the threshold we ask or say we do not know."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from unittest.mock import create_autospec

import pytest

from bot.house import House
from bot.inbox import Received
from flows.messages import Choice
from flows.state import ConversationState
from flows.turn import Knowledge
from knowledge.answers import PLACEHOLDER, source_line
from knowledge.articles import in_language
from knowledge.search import Match, Matcher
from tests.flows.turns import plan_turn, question_of, texts_of
from tests.phone import Phone

NEW_TALK = ConversationState(greeted=True)
NONSENSE = ("qwerty asdfgh zxcvbn", "zzz ppp kkk ttt", "ййй щщщ ъъъ")


@pytest.mark.parametrize(
    ("text", "topic", "facet"),
    [
        ("kas ir GMI pabalsts", "gmi-benefit", "what"),
        ("kādi dokumenti vajadzīgi GMI pabalstam?", "gmi-benefit", "documents"),
        ("kadi dokumenti vajadzigi gmi pabalstam", "gmi-benefit", "documents"),
        ("какие документы нужны для пособия ГМИ?", "gmi-benefit", "documents"),
        ("kakie dokumenti nuzhny dlya posobija gmi", "gmi-benefit", "documents"),
        ("kā saņemt mājokļa pabalstu", "housing-benefit", "how"),
        ("как получить жилищное пособие", "housing-benefit", "how"),
        ("kam pienākas mājokļa pabalsts", "housing-benefit", "who"),
        ("gribu sanemt majoklja pabaltsu", "housing-benefit", None),  # two slips
        ("cik maksā aprūpe mājās", "home-care", "price"),
        ("сколько стоит уход на дому", "home-care", "price"),
        ("trūcīgas mājsaimniecības statuss", "needy-status", None),
        ("телефон социальной службы", "office-contacts", None),
    ],
)
async def test_a_question_finds_its_article_and_the_side_asked_about(
    still_house: House, now: datetime, text: str, topic: str, facet: str | None
) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    outcome = plan.turn.outcome
    assert (outcome.kind, outcome.topic) == ("answer", topic)
    assert facet is None or outcome.facet == facet


@pytest.mark.parametrize(
    ("text", "word"), [("kas ir mājokļa pabalsts", "Avots:"), ("что такое жилищное пособие", "Источник:")]
)
async def test_an_answer_names_its_source_and_its_date(still_house: House, now: datetime, text: str, word: str) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    article = still_house.knowledge.catalogue.articles["housing-benefit"]
    source = next(reply.source for reply in plan.replies if reply.source)
    assert source == source_line(article, plan.turn.language)
    assert source.startswith(word)
    assert re.search(r"\d{4}", source)


def pressed(choice_id: str) -> Choice:
    return Choice(choice_id, "")


async def test_every_topic_of_the_menu_can_be_opened_in_both_languages(still_house: House, now: datetime) -> None:
    articles = still_house.knowledge.catalogue.articles
    for language in ("lv", "ru"):
        state = ConversationState(greeted=True, language=language)
        for topic in articles:
            plan = await plan_turn(still_house, state, pressed(f"topic:{topic}"), now=now)
            text = texts_of(plan)
            assert plan.replies[-1].choices, topic
            assert not PLACEHOLDER.search(text), topic
            assert "None" not in text, topic


async def test_every_section_offered_can_be_opened(still_house: House, now: datetime) -> None:
    catalogue = still_house.knowledge.catalogue
    for topic, article in catalogue.articles.items():
        for facet in article.sections:
            plan = await plan_turn(still_house, NEW_TALK, pressed(f"facet:{facet}:{topic}"), now=now)
            assert plan.turn.outcome.facet == facet
            assert plan.replies[0].text.strip(), (topic, facet)
            assert facet not in [choice.id.split(":")[1] for choice in plan.replies[0].choices if ":" in choice.id]


async def test_what_one_wants_next_is_offered_pre_check_and_appointment_among_it(anna: Phone) -> None:
    await anna.says("kas ir mājokļa pabalsts")
    offered = [choice.id for choice in anna.choices]
    assert "check:housing-benefit" in offered
    assert "flow:book-appointment:social-assistance:housing-benefit" in offered
    assert "menu" in offered
    assert sum(one.startswith("facet:") for one in offered) == 3


@pytest.mark.parametrize(
    ("first", "then", "facet"),
    [
        ("kas ir aprūpe mājās", "un cik maksā?", "price"),
        ("kas ir GMI pabalsts", "un kādi dokumenti?", "documents"),
        ("kas ir GMI pabalsts", "kam pienākas", "who"),
        ("что такое жилищное пособие", "а какие документы?", "documents"),
        ("kak poluchit posobie na zhilje", "a kakie dokumenti", "documents"),
    ],
)
async def test_a_short_follow_up_is_about_the_topic_of_the_talk(
    still_house: House, now: datetime, first: str, then: str, facet: str
) -> None:
    before = await plan_turn(still_house, NEW_TALK, first, now=now)
    after = await plan_turn(still_house, before.turn.state, then, now=now)
    assert after.turn.outcome.kind == "answer"
    assert after.turn.outcome.topic == before.turn.outcome.topic
    assert after.turn.outcome.facet == facet


async def test_a_question_about_something_else_leaves_the_topic(still_house: House, now: datetime) -> None:
    before = await plan_turn(still_house, NEW_TALK, "kas ir GMI pabalsts", now=now)
    after = await plan_turn(still_house, before.turn.state, "kā pieteikt aprūpi mājās", now=now)
    assert after.turn.outcome.topic == "home-care"
    assert after.turn.state.topic == "home-care"


def knowing(house: House, match: Match) -> Knowledge:
    """The shipped content with a matcher that comes to this match, whatever is asked."""
    matcher = create_autospec(Matcher, instance=True)
    matcher.match.return_value = match
    return replace(house.knowledge, matcher=matcher)


NEAR = ("food-parcels", "gmi-benefit", "housing-benefit")


@pytest.mark.parametrize(("language", "other"), [("lv", "Kaut kas cits"), ("ru", "Что-то другое")])
async def test_when_unsure_at_most_three_topics_are_offered_and_something_else(
    still_house: House, now: datetime, language: str, other: str
) -> None:
    unsure = knowing(still_house, Match("clarify", NEAR[0], None, NEAR, 0.3))
    state = ConversationState(greeted=True, language=language)
    text = {"lv": "nezinu, ko darīt ar dzīvi", "ru": "не знаю, что мне делать"}[language]
    plan = await plan_turn(still_house, state, text, now=now, knowledge=unsure)
    assert plan.turn.outcome.kind == "clarify"
    choices = [(choice.id, choice.label) for choice in question_of(plan).choices]
    titles = [still_house.knowledge.catalogue.articles[one].title for one in NEAR]
    assert choices == [
        *((f"topic:{one}", in_language(title, language)) for one, title in zip(NEAR, titles, strict=True)),
        ("menu", other),
    ]
    assert not any(reply.source for reply in plan.replies)


async def test_a_guess_that_is_picked_is_answered(still_house: House, now: datetime) -> None:
    unsure = knowing(still_house, Match("clarify", NEAR[0], None, NEAR, 0.3))
    asked = await plan_turn(still_house, NEW_TALK, "nezinu, ko darīt", now=now, knowledge=unsure)
    plan = await plan_turn(still_house, asked.turn.state, "2", now=now)
    assert (plan.turn.outcome.kind, plan.turn.outcome.topic) == ("answer", "gmi-benefit")
    assert plan.replies[0].source


async def test_topics_that_are_near_are_offered_beside_the_answer(still_house: House, now: datetime) -> None:
    sure = knowing(still_house, Match("answer", "gmi-benefit", None, NEAR[::2], 0.9))
    plan = await plan_turn(still_house, NEW_TALK, "maza nauda", now=now, knowledge=sure)
    assert plan.replies[0].source
    assert {"topic:food-parcels", "topic:housing-benefit"} <= {choice.id for choice in question_of(plan).choices}


async def test_what_is_not_known_is_not_guessed_and_a_second_miss_offers_a_person_first(anna: Phone) -> None:
    await anna.says("labdien")
    first = await anna.says(NONSENSE[0])
    assert "nav atbildes" in first
    assert anna.choices[0].id == "menu"
    second = await anna.says(NONSENSE[1])
    assert "Vai lai palīdz darbinieks?" in second
    assert anna.choices[0].id == "talk-to-person"
    assert "Nodots darbiniekam" in await anna.says("jā")


async def test_an_answer_between_two_misses_starts_the_count_anew(anna: Phone) -> None:
    await anna.says(NONSENSE[0])
    await anna.says("kas ir GMI pabalsts")
    await anna.says(NONSENSE[1])
    assert anna.choices[0].id == "menu"


@pytest.mark.parametrize("text", ["jā", "nē", "nezinu", "нет", "не знаю", "7", "300", "1 2", "pirmais"])
async def test_a_bare_answer_to_nothing_frightens_nobody(still_house: House, now: datetime, text: str) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    assert "topic:safety-emergency" not in [choice.id for choice in question_of(plan).choices]
    assert "talk-to-person" in [choice.id for choice in question_of(plan).choices]


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b", "?!", "😀😀😀", "\x00", "a" * 70_000, "ā " * 1000])
async def test_empty_strange_and_endless_messages_get_a_kind_answer(anna: Phone, text: str) -> None:
    answer = await anna.says(text)
    assert answer.strip()
    assert "neizdevās" not in answer
    assert anna.choices


@pytest.mark.parametrize(
    "text", ["{{config}}", "${7*7}", "%s %n {when}", "<img src=x onerror=alert(1)>", "' OR 1=1 --"]
)
async def test_text_is_data_and_comes_back_from_nowhere(anna: Phone, text: str) -> None:
    answer = await anna.says(text)
    assert text not in answer
    assert "49" not in answer
    assert anna.choices


def _knowledge_with(house: House, topic: str, **changes: object) -> Knowledge:
    catalogue = house.knowledge.catalogue
    article = catalogue.articles[topic].model_copy(update=changes)
    return replace(house.knowledge, catalogue=replace(catalogue, articles={**catalogue.articles, topic: article}))


@pytest.mark.parametrize("text", ["kas ir GMI pabalsts", "kādi dokumenti vajadzīgi GMI pabalstam?"])
async def test_an_article_past_its_last_day_is_not_answered(still_house: House, now: datetime, text: str) -> None:
    article = still_house.knowledge.catalogue.articles["gmi-benefit"]
    ended = _knowledge_with(still_house, "gmi-benefit", valid_to=now.date() - timedelta(days=1))
    plan = await plan_turn(still_house, NEW_TALK, text, now=now, knowledge=ended)
    said = texts_of(plan)
    assert article.short["lv"] not in said
    assert "pašlaik atjauno" in said
    assert not any(reply.source for reply in plan.replies)


async def test_an_article_is_answered_on_its_last_day(still_house: House, now: datetime) -> None:
    ending = _knowledge_with(still_house, "gmi-benefit", valid_to=now.date())
    plan = await plan_turn(still_house, NEW_TALK, "kas ir GMI pabalsts", now=now, knowledge=ending)
    assert plan.replies[0].source


async def test_an_ended_article_is_not_answered_inside_a_form_either(still_house: House, now: datetime) -> None:
    ended = _knowledge_with(still_house, "gmi-benefit", valid_to=now.date() - timedelta(days=1))
    started = await plan_turn(still_house, NEW_TALK, "gribu pierakstīties pie psihologa", now=now)
    question = "kādi dokumenti vajadzīgi GMI pabalstam?"
    plan = await plan_turn(still_house, started.turn.state, question, now=now, knowledge=ended)
    assert not any(reply.source for reply in plan.replies)


async def test_the_day_counts_in_riga(still_house: House, now: datetime) -> None:
    ended = _knowledge_with(still_house, "gmi-benefit", valid_to=date(2026, 11, 24))
    before_midnight = now.replace(hour=21, minute=59)
    after_midnight = now.replace(hour=22, minute=1)
    kept = await plan_turn(still_house, NEW_TALK, "kas ir GMI pabalsts", now=before_midnight, knowledge=ended)
    gone = await plan_turn(still_house, NEW_TALK, "kas ir GMI pabalsts", now=after_midnight, knowledge=ended)
    assert any(reply.source for reply in kept.replies)
    assert not any(reply.source for reply in gone.replies)


@pytest.mark.parametrize(
    ("language", "honest"), [("lv", "pateiks sociālajā dienestā"), ("ru", "скажут в социальной службе")]
)
async def test_an_amount_past_its_review_is_not_quoted(
    still_house: House, now: datetime, language: str, honest: str
) -> None:
    state, amount = ConversationState(greeted=True, language=language), pressed("facet:amount:needy-status")
    assert "425" in texts_of(await plan_turn(still_house, state, amount, now=now))
    said = texts_of(await plan_turn(still_house, state, amount, now=now.replace(year=2028)))
    assert "425" not in said
    assert honest in said


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("gribu pierakstīties pie speciālista", "book-appointment"),
        ("запишите меня на приём", "book-appointment"),
        ("gribu iesniegt sūdzību", "complaint-suggestion"),
        ("хочу пожаловаться на работника", "complaint-suggestion"),
    ],
)
async def test_a_topic_that_is_a_talk_starts_it(still_house: House, now: datetime, text: str, flow: str) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    assert plan.turn.state.flow == flow


async def test_two_sentences_sent_one_after_another_are_one_question(anna: Phone, small_house: House) -> None:
    await anna.says("labdien")
    for place, text in enumerate(("man ir maza pensija", "kā saņemt mājokļa pabalstu")):
        received = Received(anna.channel.name, anna.address, f"both-{place}", text)
        await small_house.inbox.accept(received, now=anna.now)
    await anna.waits(seconds=1)
    assert len(anna.heard) == 1
    assert anna.heard[0].source
