"""Did you mean, do not know, several needs at once, and whether it helped: never a guess, at last a person."""

import re
from datetime import datetime

import pytest
from sqlalchemy import select

from booking.subjects import SecrecyLevel
from bot.channels.terminal import Collector
from bot.house import House
from bot.models import Happening
from flows.state import ConversationState
from knowledge.search import Match, Matcher
from tests.flows.turns import Rehearsal, plan_turn, question_of, resident_at, texts_of
from tests.phone import Phone

GUESSES = ("gmi-benefit", "housing-benefit", "home-care")
FOUND = {
    "puse": Match("clarify", GUESSES[0], None, GUESSES, 0.3),
    "половина": Match("clarify", GUESSES[0], None, GUESSES, 0.3),
    "pavisam": Match("clarify", "client-duties", None, ("client-duties", "how-to-apply"), 0.3),
    "GMI": Match("answer", "gmi-benefit", None, (), 0.9),
    "ГМД": Match("answer", "gmi-benefit", None, (), 0.9),
}


@pytest.fixture
def _half_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A matcher that knows a few words and nothing else."""

    def match(_self: Matcher, text: str, *, topic_of_talk: str | None = None) -> Match:
        return next((found for word, found in FOUND.items() if word in text), Match("unknown", None, None, (), 0.0))

    monkeypatch.setattr(Matcher, "match", match)


def ids(phone: Phone) -> list[str]:
    return [choice.id for choice in phone.choices]


@pytest.mark.usefixtures("_half_deaf")
@pytest.mark.parametrize("text", ["puse ir saprotama", "половина понятна"])
async def test_the_same_guesses_are_not_made_twice_a_person_is_offered(rehearsal: Rehearsal, text: str) -> None:
    await rehearsal.says(text)
    assert ids(rehearsal)[:3] == [f"topic:{one}" for one in GUESSES]
    await rehearsal.presses("menu")
    await rehearsal.says(text)
    assert ids(rehearsal)[0] == "talk-to-person"
    assert not {f"topic:{one}" for one in GUESSES} & set(ids(rehearsal))


@pytest.mark.usefixtures("_half_deaf")
async def test_a_miss_after_something_else_offers_a_person_first_and_hands_over(anna: Phone) -> None:
    await anna.says("puse ir saprotama")
    await anna.presses("menu")
    await anna.says("gluži nesaprotami vārdi")
    assert ids(anna)[0] == "talk-to-person"
    assert "Nodots darbiniekam" in await anna.says("jā")


@pytest.mark.usefixtures("_half_deaf")
async def test_new_guesses_after_a_miss_come_with_a_person(rehearsal: Rehearsal) -> None:
    await rehearsal.says("puse ir saprotama")
    assert "talk-to-person" not in ids(rehearsal)
    await rehearsal.says("pavisam cita pus")
    assert ids(rehearsal) == ["topic:client-duties", "topic:how-to-apply", "talk-to-person", "menu"]


@pytest.mark.usefixtures("_half_deaf")
async def test_an_answer_in_between_starts_the_count_anew(rehearsal: Rehearsal) -> None:
    await rehearsal.says("puse ir saprotama")
    await rehearsal.presses("menu")
    await rehearsal.says("kas ir GMI")
    await rehearsal.says("nesaprotami vārdi šeit")
    assert ids(rehearsal)[0] == "menu"


@pytest.mark.parametrize(
    ("text", "first", "others"),
    [
        ("kādi dokumenti vajadzīgi GMI pabalstam? Un kam pienākas aprūpe mājās?", "gmi-benefit", ["home-care"]),
        ("kā saņemt mājokļa pabalstu un aprūpi mājās mammai", "housing-benefit", ["home-care"]),
        ("ka sanemt majokla pabalstu un apruupi majas mammai", "housing-benefit", ["home-care"]),
        ("как получить жилищное пособие и уход на дому для мамы", "housing-benefit", ["home-care"]),
    ],
)
async def test_the_first_of_several_needs_is_answered_and_the_others_are_offered(
    still_house: House, now: datetime, text: str, first: str, others: list[str]
) -> None:
    plan = await plan_turn(still_house, ConversationState(greeted=True), text, now=now)
    outcome = plan.turn.outcome
    assert (outcome.kind, outcome.topic) == ("answer", first)
    assert list(outcome.alternatives) == others
    assert [choice.id for choice in question_of(plan).choices][: len(others)] == [f"topic:{one}" for one in others]
    assert "Jautājāt arī par šo" in texts_of(plan) or "Вы спросили и об этом" in texts_of(plan)
    assert plan.replies[0].source


@pytest.mark.parametrize(
    "text",
    [
        "man ir maza pensija. kā saņemt mājokļa pabalstu?",
        "kam pienākas GMI pabalsts un kādi dokumenti vajadzīgi?",
        "kā saņemt mājokļa pabalstu un cik maksā",
        "у меня двое детей и маленькая зарплата, как получить жилищное пособие?",
    ],
)
async def test_one_need_with_a_story_or_two_sides_is_one_need(still_house: House, now: datetime, text: str) -> None:
    plan = await plan_turn(still_house, ConversationState(greeted=True), text, now=now)
    said = texts_of(plan)
    assert "Jautājāt arī" not in said
    assert "Вы спросили и" not in said


@pytest.mark.parametrize(
    "text", ["man ir maza pensija. kā saņemt mājokļa pabalstu?", "mājokļa rēķini un kādi dokumenti"]
)
async def test_what_is_only_told_or_asked_besides_is_no_second_need(
    still_house: House, now: datetime, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Even when each clause alone would be matched without doubt to another topic."""

    def match(_self: Matcher, text: str, *, topic_of_talk: str | None = None) -> Match:
        if "mājokļa" in text:
            return Match("answer", "housing-benefit", None, (), 0.9)
        follows = topic_of_talk if text.startswith("kādi dokumenti") else None
        return Match("answer", follows or "gmi-benefit", None, (), 0.9)

    monkeypatch.setattr(Matcher, "match", match)
    plan = await plan_turn(still_house, ConversationState(greeted=True), text, now=now)
    assert plan.turn.outcome.topic == "housing-benefit"
    assert "Jautājāt arī" not in texts_of(plan)


async def test_at_most_two_more_needs_are_offered(
    still_house: House, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = ("gmi-benefit", "housing-benefit", "home-care", "psychologist")

    def match(_self: Matcher, text: str, *, topic_of_talk: str | None = None) -> Match:
        found = next((topic for topic in topics if topic in text), None)
        return Match("answer" if found else "unknown", found, None, (), 0.9)

    monkeypatch.setattr(Matcher, "match", match)
    text = " ".join(f"vajag {topic} tagad?" for topic in topics)
    plan = await plan_turn(still_house, ConversationState(greeted=True), text, now=now)
    assert plan.turn.outcome.alternatives == topics[1:3]


async def test_beside_a_danger_card_no_other_needs_are_offered(still_house: House, now: datetime) -> None:
    text = "gribu nomirt. kā saņemt mājokļa pabalstu? Un cik maksā aprūpe mājās?"
    plan = await plan_turn(still_house, ConversationState(greeted=True), text, now=now)
    assert plan.replies[0].is_danger_card
    assert "Jautājāt arī" not in texts_of(plan)


@pytest.mark.usefixtures("_half_deaf")
@pytest.mark.parametrize(
    ("question", "thanks", "yes", "asked"),
    [("kas ir GMI", "paldies!", "jā", "Vai atbilde Jums palīdzēja?"), ("что такое ГМД", "spasibo", "да", "Помог ли")],
)
async def test_who_says_thanks_is_asked_once_whether_it_helped_and_only_that_is_counted(
    anna: Phone, small_house: House, question: str, thanks: str, yes: str, asked: str
) -> None:
    await anna.says(question)
    assert asked in await anna.says(thanks)
    await anna.says(yes)
    assert asked not in await anna.says(thanks)
    assert await counted(small_house) == [("helpful", "gmi-benefit")]


async def counted(house: House) -> list[tuple[str, str | None]]:
    async with house.database.reading() as session:
        noted = select(Happening).where(Happening.kind.in_(("helpful", "not-helpful")))
        return [(row.kind, row.topic) for row in await session.scalars(noted)]


@pytest.mark.usefixtures("_half_deaf")
@pytest.mark.parametrize("no", ["nē", "2", "нет"])
async def test_a_no_offers_a_person(anna: Phone, small_house: House, no: str) -> None:
    await anna.says("kas ir GMI")
    await anna.says("paldies")
    await anna.says(no)
    assert ids(anna)[0] == "talk-to-person"
    assert await counted(small_house) == [("not-helpful", "gmi-benefit")]


@pytest.mark.usefixtures("_half_deaf")
async def test_a_new_question_instead_of_yes_or_no_is_simply_answered(anna: Phone, small_house: House) -> None:
    await anna.says("kas ir GMI")
    await anna.says("paldies")
    await anna.says("puse ir saprotama")
    assert ids(anna)[0] == "topic:gmi-benefit"
    assert await counted(small_house) == []


@pytest.mark.usefixtures("_half_deaf")
async def test_nobody_is_asked_by_sms(still_house: House, now: datetime) -> None:
    by_sms = Rehearsal(still_house, Collector("sms"), now, resident=resident_at(SecrecyLevel.UNKNOWN, "sms"))
    await by_sms.says("kas ir GMI")
    assert "palīdzēja" not in await by_sms.says("paldies")


@pytest.mark.parametrize("topic", ["addiction-help", "violence-adult-rehab", "crisis-centre", "psychologist"])
async def test_nobody_is_asked_after_a_hard_topic(rehearsal: Rehearsal, topic: str) -> None:
    await rehearsal.presses(f"topic:{topic}")
    assert "palīdzēja" not in await rehearsal.says("paldies")


@pytest.mark.usefixtures("_half_deaf")
@pytest.mark.parametrize("cry", ["gribu nomirt", "virs mani sit", "меня бьёт муж"])
async def test_nobody_is_asked_in_a_talk_in_which_danger_was_spoken_of(rehearsal: Rehearsal, cry: str) -> None:
    await rehearsal.says("kas ir GMI")
    await rehearsal.says(cry)
    await rehearsal.says("kas ir GMI")
    said = await rehearsal.says("paldies")
    assert "palīdzēja" not in said
    assert "Помог ли" not in said


@pytest.mark.usefixtures("_half_deaf")
async def test_nobody_is_asked_about_what_was_not_answered(rehearsal: Rehearsal) -> None:
    await rehearsal.says("kas ir GMI")
    await rehearsal.says("nesaprotami vārdi šeit")
    assert "palīdzēja" not in await rehearsal.says("paldies")


@pytest.mark.parametrize(
    ("language", "text", "honest", "contacts"),
    [
        ("lv", "vai ir zupas virtuve", "man te nav ziņu: Zupas virtuve", "63922238"),
        ("ru", "где суповая кухня", "у меня здесь нет", "63922238"),
    ],
)
async def test_what_only_other_organisations_have_is_neither_told_of_nor_denied(
    still_house: House,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    text: str,
    honest: str,
    contacts: str,
) -> None:
    near = Match("clarify", "food-parcels", None, ("food-parcels",), 0.6, elsewhere="soup-kitchen")
    monkeypatch.setattr(Matcher, "match", lambda *_, **__: near)
    state = ConversationState(greeted=True, language=language)
    said = texts_of(plan := await plan_turn(still_house, state, text, now=now))
    assert honest in said
    assert contacts in said
    assert [choice.id for choice in question_of(plan).choices] == ["topic:food-parcels", "talk-to-person", "menu"]
    assert not re.search(r"\bnav pieejam|\bmums nav|у нас нет", said)
    assert (plan.turn.outcome.kind, plan.turn.outcome.alternatives) == ("clarify", ("food-parcels",))


async def test_a_crisis_place_of_others_brings_no_street_address(
    still_house: House, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Matcher, "match", lambda *_, **__: Match("unknown", None, None, (), 0.6, elsewhere="crisis-housing")
    )
    said = texts_of(await plan_turn(still_house, ConversationState(greeted=True), "kur ir patvērums", now=now))
    assert "112" in said
    assert "iela" not in said
