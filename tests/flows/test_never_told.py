"""What only the office can tell is never answered here: the office is named, and no amount, verdict, hour or name."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from unittest.mock import create_autospec

import pytest

from booking.subjects import SecrecyLevel
from bot.database import Database
from bot.house import House
from flows.engine import Plan, advance
from flows.messages import Input
from flows.state import ConversationState
from flows.turn import Knowledge, Turn
from knowledge.catalogue import load_catalogue
from knowledge.search import Match, Matcher
from tests.flows.turns import SOMEBODY, cards_of, plan_turn, question_of, resident_at, texts_of
from tests.phone import Phone

NEW_TALK = ConversationState(greeted=True)
THE_OFFICE = re.compile(r"(?:klientu centrs|клиентский центр|Klientu centrs)[^\n]*\b\d{8}\b")
AMOUNT = re.compile(r"\d[\d.,]* ?(?:€|eiro|eur\b|евро|%)|€ ?\d", re.IGNORECASE)
HOUR = re.compile(
    r"\b\d{1,2}[.:]\d{2}\b(?!\.\d{4})|\b(?:no|с) \d{1,2} (?:līdz|до) \d{1,2}\b|plkst|pulksten", re.IGNORECASE
)
STREET = re.compile(r"\biel[aāu]\b|улиц", re.IGNORECASE)
VERDICT = re.compile(
    r"^(?:jā|nē|да|нет)\b|jums pienākas|jums nepienākas|jums noteikti|ir piešķirts\b|ir klient|nav klient"
    r"|вам положен|вам не положен|вам точно|назначено|является клиент|обязательно",
    re.IGNORECASE | re.MULTILINE,
)

Messages = Mapping[str, tuple[str, ...]]

LATVIAN: Messages = {
    "client": (
        "Vai mana kaimiņiene Aina ir jūsu kliente?",
        "vai mans bijusais vīrs jau griezies pie jums pec palidzibas",
    ),
    "decision": (
        "Labdien! Vai par manu iesniegumu lēmums jau ir pieņemts?",
        "kas notiek ar manu iesniegumu, iesniedzu pirms 2 ned.",
        "vai mammai pieskira to statusu",
    ),
    "payment": (
        "vai naudinja man jau ir parskaitita, kontā nulle",
        "Mans pabalsts vēl nav atnācis, kur palika mana nauda?",
    ),
    "queue": ("Kurā vietā rindā uz valsts aprūpes centru ir mans brālis?",),
    "worker": (
        "kad strada socialā darbiniece Ilze un kads vinai mobilais",
        "Kā sauc jūsu vadītāju, vārdu un uzvārdu lūdzu",
    ),
    "property-limits": (
        "Cik lieli uzkrājumi drīkst būt, lai dabūtu trūcīgās statusu?",
        "man vecs opelis, vai tāpēc trūcīgā statusu nedos",
        "2 ha zemes no tēva. Vai trūcīgās personas statusam tas traucē?",
    ),
    "low-income-threshold": ("kāds Bauskā ir maznodrošinātā slieksnis", "maznodr. robeza 1 cilv.?"),
    "crisis-amounts": ("Nodega šķūnis ar malku. Cik naudas dod krīzes pabalstā?",),
    "local-amounts": ("cik eiro iedod skolas sakumam uz 1 bernu",),
    "prices": ("Cik maksā aprūpe mājās stundā?", "cik jāpiemaksā par pansionātu mēnesī"),
    "hours": ("kads jums darba laiks piektdien", "Cikos sociālais dienests ver vaļā durvis un vai sestdienās strādā?"),
    "appeal-chances": ("Vai ir vērts apstrīdēt atteikumu, kādas man izredzes?",),
    "child-taken": ("ja es jums pateikšu ka dzeru, vai bērnus atņems?",),
    "family-law": ("Šķiramies. Ar kuru no mums paliks bērni, kam piešķirs aizgādību?",),
    "shelter-place": ("vai šonakt patversmē ir brīva vieta un vai mani pieņems",),
}
RUSSIAN: Messages = {
    "client": (
        "Скажите, моя соседка состоит у вас на учёте?",
        "Это правда, что мой бывший муж получает у вас пособие?",
    ),
    "decision": (
        "Подавала три недели назад. Решение по моему заявлению уже есть?",
        "chto tam s moim zajavleniem, rassmotreli?",
        "назначили ли маме статус малоимущей",
    ),
    "payment": ("мне уже перечислили деньги за октябрь?", "Где моё пособие? Должно было прийти пятого."),
    "queue": ("na kakom ja meste v ocheredi v pansionat",),
    "worker": ("Ольга Петровна сегодня принимает, соцработник наша? Дайте её номер", "как зовут вашу начальницу"),
    "property-limits": (
        "Сколько накоплений можно иметь, чтобы дали статус нуждающегося?",
        "mashina 2005 goda stoit vo dvore, status trucigs dadut?",
        "лежит на книжке 700 на похороны, из-за них откажут в статусе нуждающейся?",
    ),
    "low-income-threshold": (
        "Какой порог дохода у вас для малообеспеченных?",
        "maznodrošināts, до какого дохода дают?",
    ),
    "crisis-amounts": ("После пожара сколько дают кризисного пособия?",),
    "local-amounts": ("skolko dajut k shkole na odnogo rebjonka",),
    "prices": ("Скока стоит уход на дому в час?", "сколько доплачивать за кнопку безопасности"),
    "hours": ("до скольки вы работаете сегодня", "chasy raboty socialnoj sluzhby v pjatnicu"),
    "appeal-chances": ("Есть ли смысл обжаловать отказ, какие шансы?",),
    "child-taken": ("Если попрошу помощи, у меня отберут детей?",),
    "family-law": ("Мама подписала договор пожизненного содержания с соседом, это помешает статусу?",),
    "shelter-place": ("возьмут ли меня сегодня в ночлежку, есть ли свободные места",),
}
MESSAGES = [
    (kind, language, text)
    for language, by_kind in (("lv", LATVIAN), ("ru", RUSSIAN))
    for kind, texts in by_kind.items()
    for text in texts
]


def test_there_are_fifty_messages() -> None:
    assert [sum(language == one for _, language, _ in MESSAGES) for one in ("lv", "ru")] == [25, 25]


@pytest.mark.parametrize(("kind", "language", "text"), MESSAGES, ids=[text[:30] for _, _, text in MESSAGES])
async def test_only_the_way_to_the_office_is_told(
    still_house: House, now: datetime, kind: str, language: str, text: str
) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    outcome, said = plan.turn.outcome, texts_of(plan)
    assert (outcome.kind, plan.turn.language) == ("answer", language)
    assert outcome.topic in still_house.knowledge.catalogue.articles
    assert THE_OFFICE.search(said)
    for told in (AMOUNT, HOUR, VERDICT):
        assert not told.search(said), told.search(said)
    assert question_of(plan).choices[0].id == "talk-to-person"
    assert kind in [one.id for one in still_house.knowledge.catalogue.never.find(text)]


ORDINARY = (
    "kā pieteikties aprūpei mājās",
    "Vai es varu saņemt GMI, ja nestrādāju?",
    "Cik liels ir GMI vienam cilvēkam?",
    "kadi dokumenti vajadzigi majokla pabalstam",
    "kā apstrīdēt lēmumu",
    "cik ilgi jāgaida lēmums",
    "Kas redzēs, ko es jums rakstu?",
    "gribu pierakstīties pie psihologa",
    "kur atrodas Bauskas klientu centrs",
    "Kādi ir klienta pienākumi?",
    "mans pieraksts ir rīt, gribu pārcelt",
    "как оформить статус нуждающегося",
    "Кому положено пособие на жильё?",
    "kakie dokumenty nuzhny na gmi",
    "какой у вас телефон",
    "Могу ли я привести сына к психологу?",
    "в какой срок надо обжаловать отказ",
    "сгорел дом, куда обращаться",
    "хочу пожаловаться на работницу",
    "можно ли подать заявление через интернет",
)


def test_there_are_twenty_ordinary_questions() -> None:
    assert len(set(ORDINARY)) == 20


@pytest.mark.parametrize("text", ORDINARY)
async def test_an_ordinary_question_gets_its_ordinary_answer(still_house: House, now: datetime, text: str) -> None:
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    never = still_house.knowledge.catalogue.never
    texts = {told for kind in never.kinds for told in kind.told.values()} | set(never.person.values())
    assert not [told for told in texts if told in texts_of(plan)]


def knowing(house: House, match: Match, profile: str = "bauska") -> Knowledge:
    """The shipped content of a profile with a matcher that comes to this match, whatever is asked."""
    matcher = create_autospec(Matcher, instance=True)
    matcher.match.return_value = match
    return replace(house.knowledge, catalogue=load_catalogue(profile), matcher=matcher)


NOTHING = Match("unknown", None, None, (), 0.0)


async def test_when_nobody_knows_what_it_is_about_the_kind_has_a_topic_of_its_own(
    still_house: House, now: datetime
) -> None:
    unsure = knowing(still_house, NOTHING)
    for text, topic in (
        ("vai kaimiņš ir jūsu klients", "confidentiality"),
        ("vai mans iesniegums ir izskatīts", "decision-appeal"),
        ("отберут ли у меня ребёнка", "out-of-home-care"),
        ("на каком я месте в очереди", "office-contacts"),
    ):
        plan = await plan_turn(still_house, NEW_TALK, text, now=now, knowledge=unsure)
        assert (plan.turn.outcome.kind, plan.turn.outcome.topic) == ("answer", topic)


async def test_hours_and_land_of_somebody_else_stay_unknown(still_house: House, now: datetime) -> None:
    for text in ("cikos strādā muzejs", "vai drīkst cirst mežu savā zemē"):
        plan = await plan_turn(still_house, NEW_TALK, text, now=now, knowledge=knowing(still_house, NOTHING))
        assert plan.turn.outcome.kind == "unknown"


async def test_the_topic_and_its_side_are_counted_where_they_are_known(still_house: House, now: datetime) -> None:
    sure = knowing(still_house, Match("answer", "gmi-benefit", "when", (), 0.9))
    plan = await plan_turn(
        still_house, NEW_TALK, "vai GMI man jau pārskaitīts, kur mana nauda", now=now, knowledge=sure
    )
    assert (plan.turn.outcome.topic, plan.turn.outcome.facet) == ("gmi-benefit", "when")
    assert plan.turn.state.topic == "gmi-benefit"


async def test_another_and_oneself_hear_the_same_words(still_house: House, now: datetime) -> None:
    asked = ("vai es esmu jūsu kliente", "vai mana kaimiņiene ir jūsu kliente", "vai Jānis Liepa ir jūsu klients")
    plans = [await plan_turn(still_house, NEW_TALK, text, now=now) for text in asked]
    assert len({texts_of(plan) for plan in plans}) == 1


async def test_beside_money_one_hears_that_one_may_apply_today(still_house: House, now: datetime) -> None:
    for text, told in (
        ("cik lieli uzkrājumi drīkst būt trūcīgajam", "nodot jau šodien"),
        ("сколько накоплений можно нуждающемуся", "подать уже сегодня"),
    ):
        plan = await plan_turn(still_house, NEW_TALK, text, now=now)
        assert told in texts_of(plan)
        assert "topic:how-to-apply" in [choice.id for choice in question_of(plan).choices]


async def test_a_price_is_told_by_what_the_article_itself_says_and_the_office(
    still_house: House, now: datetime
) -> None:
    plan = await plan_turn(still_house, NEW_TALK, "cik maksā aprūpe mājās", now=now)
    section = {str(side): text for side, text in still_house.knowledge.catalogue.articles["home-care"].sections.items()}
    assert section["price"]["lv"].splitlines()[0] in texts_of(plan)
    assert plan.replies[0].source
    assert THE_OFFICE.search(texts_of(plan))


async def test_a_follow_up_on_the_amount_in_a_crisis_gets_none(still_house: House, now: datetime) -> None:
    before = await plan_turn(still_house, NEW_TALK, "kas ir pabalsts krīzes situācijā", now=now)
    after = await plan_turn(still_house, before.turn.state, "un cik dod?", now=now)
    assert (after.turn.outcome.topic, after.turn.outcome.facet) == ("emergency-benefit", "amount")
    assert THE_OFFICE.search(texts_of(after))
    assert not AMOUNT.search(texts_of(after))


async def test_an_amount_that_is_known_and_checked_is_told(still_house: House, now: datetime) -> None:
    sure = Match("answer", "newborn-benefit", "amount", (), 0.9)
    told = await plan_turn(still_house, NEW_TALK, "cik?", now=now, knowledge=knowing(still_house, sure, "kuldiga"))
    assert AMOUNT.search(texts_of(told))
    assert "nodošu" not in texts_of(told)
    kept = await plan_turn(still_house, NEW_TALK, "cik?", now=now, knowledge=knowing(still_house, sure, "bauska"))
    assert "200" not in texts_of(kept)
    assert THE_OFFICE.search(texts_of(kept))


@pytest.mark.parametrize("text", ["kāda ir krīzes centra adrese", "на какой улице кризисный центр"])
async def test_a_safe_place_is_told_by_numbers_and_never_by_a_street(
    still_house: House, now: datetime, text: str
) -> None:
    said = texts_of(await plan_turn(still_house, NEW_TALK, text, now=now))
    assert "112" in said
    assert not STREET.search(said)


async def test_danger_comes_first(still_house: House, now: datetime) -> None:
    plan = await plan_turn(still_house, NEW_TALK, "vīrs mani tagad sit, vai patversmē ir brīva vieta", now=now)
    assert cards_of(plan)
    assert plan.replies[0].is_danger_card
    assert plan.turn.outcome.kind == "crisis"
    assert not STREET.search(texts_of(plan))


async def test_a_complaint_about_a_worker_is_a_complaint(still_house: House, now: datetime) -> None:
    text = "gribu iesniegt sūdzību par darbinieci Ilzi Bērziņu"
    plan = await plan_turn(still_house, NEW_TALK, text, now=now)
    assert plan.turn.state.flow == "complaint-suggestion"


async def test_a_talk_one_asks_for_goes_before(still_house: House, now: datetime) -> None:
    sure = knowing(still_house, Match("answer", "my-appointments", "when", (), 0.9))
    text = "cikos sestdien strādā psihologs, kad ir mans pieraksts"
    plan = await plan_turn(still_house, NEW_TALK, text, now=now, knowledge=sure)
    assert (plan.turn.outcome.kind, plan.turn.outcome.topic) == ("flow", "my-appointments")


async def test_in_the_middle_of_a_form_it_is_said_beside_the_open_question(still_house: House, now: datetime) -> None:
    begun = await plan_turn(still_house, NEW_TALK, "gribu pierakstīties pie psihologa", now=now)
    asked = "cik maksā aprūpe mājās pensionāram?"
    plan = await plan_turn(still_house, begun.turn.state, asked, now=now)
    assert THE_OFFICE.search(plan.replies[0].text)
    assert not plan.replies[0].choices
    assert (plan.turn.state.flow, plan.turn.state.step) == (begun.turn.state.flow, begun.turn.state.step)


async def advance_without_address_book(
    database: Database, house: House, now: datetime, text: str, known: Knowledge
) -> Plan:
    """The plan where no office has been entered: only the contacts of the profile are known."""
    async with database.reading() as session:
        state = ConversationState(greeted=True)
        turn = Turn(session, now, state, Input(text, None, now), SOMEBODY, known, house.keyring.create)
        return await advance(turn)


@pytest.mark.parametrize("profile", ["daugavpils", "kuldiga", "kurzeme"])
async def test_without_an_address_book_the_contacts_of_the_profile_are_told(
    database: Database, still_house: House, now: datetime, profile: str
) -> None:
    known = knowing(still_house, NOTHING, profile)
    plan = await advance_without_address_book(database, still_house, now, "vai vīrs ir jūsu klients", known)
    assert known.catalogue.contacts.where["lv"] in texts_of(plan)


@pytest.mark.parametrize("profile", ["daugavpils", "kuldiga", "kurzeme"])
async def test_contacts_beside_a_safe_place_name_no_street(
    database: Database, still_house: House, now: datetime, profile: str
) -> None:
    known = knowing(still_house, NOTHING, profile)
    plan = await advance_without_address_book(database, still_house, now, "krīzes centra adrese?", known)
    said = texts_of(plan)
    assert "112" in said
    assert not STREET.search(said)
    assert re.search(r"\b\d{8}\b|@", said)


async def test_by_sms_the_way_to_the_office_comes_first(still_house: House, now: datetime) -> None:
    resident = resident_at(SecrecyLevel.UNKNOWN, "sms")
    text = "vai mans iesniegums jau izskatīts"
    plan = await plan_turn(still_house, NEW_TALK, text, now=now, resident=resident)
    assert THE_OFFICE.search(plan.replies[0].text)
    assert "nodošu" in plan.replies[0].details


async def test_the_question_can_be_passed_on_to_a_person(anna: Phone) -> None:
    await anna.says("labdien")
    said = await anna.says("Kurā vietā rindā uz valsts aprūpes centru ir mans brālis?")
    assert THE_OFFICE.search(said)
    assert await anna.presses("talk-to-person")
    assert (await anna.state()).flow == "talk-to-person"
