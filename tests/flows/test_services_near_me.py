"""What exists near me: the place is asked once, what is told is of 2010 and says so, and the office comes with it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from booking.subjects import SecrecyLevel
from bot.asking import Asking
from bot.channels.sms_text import MOST_SEGMENTS, as_sms, count_segments, fit_all
from bot.channels.terminal import Collector
from bot.house import House, build_house, load_knowledge
from bot.settings import Settings
from flows.messages import Choice
from flows.nearby_words import ADVICE, PLACE
from flows.state import ConversationState
from flows.turn import Knowledge
from knowledge.nearby import Nearby
from knowledge.region import ADVISED
from tests.conftest import MODELS
from tests.flows.turns import Rehearsal, plan_turn, resident_at, texts_of

pytestmark = pytest.mark.xdist_group("kurzeme")

ASKED = {"lv": "kādi pakalpojumi ir manā pašvaldībā", "ru": "какие услуги есть в моём самоуправлении"}
BY_THE_DOCUMENT = {"lv": "2010. gada dokument", "ru": "документ"}
CALL_FIRST = {"lv": "vispirms zvaniet", "ru": "сначала позвоните"}
NOTHING_KNOWN = {"lv": "Par pārējo man ziņu nav", "ru": "Об остальном у меня сведений нет"}
ONLY_ADVICE = {"lv": "tikai ieteikums", "ru": "только совет"}
AS_IF_TODAY = re.compile(r"\b(var saņemt|ir pieejam|darbojas|можно получить|доступн|работает)", re.IGNORECASE)
OLD_MONEY = re.compile(r"€|\b(ls|latu?|eiro|лат(а|ов)?|евро)\b", re.IGNORECASE)


@dataclass
class ByPhone(Rehearsal):
    """A resident with a button phone: what does not fit waits for a 9."""

    async def _send(self, text: str, choice_id: str | None) -> str:
        self.now += timedelta(seconds=5)
        said = text if choice_id is None else Choice(choice_id, "")
        plan = await plan_turn(self.house, await self.state(), said, now=self.now, resident=self.resident)
        self.heard = fit_all(plan.replies, plan.turn.state)
        self.kept = plan.turn.state.as_json()
        return "\n".join(as_sms(reply) for reply in self.heard)


@pytest.fixture(scope="session")
def region() -> Knowledge:
    """The shipped content of Kurzeme with its trained model."""
    return load_knowledge("kurzeme", MODELS)


@pytest.fixture
def nearby(region: Knowledge) -> Nearby:
    assert region.catalogue.nearby is not None
    return region.catalogue.nearby


@pytest.fixture
async def centre(still_settings: Settings, region: Knowledge) -> AsyncIterator[House]:
    """The service of Kurzeme's coordination centre, to plan turns in."""
    house = build_house(still_settings, {}, knowledge=region)
    yield house
    await house.close()


@pytest.fixture
def resident(centre: House, now: datetime) -> Rehearsal:
    """A resident of Kurzeme in the web chat who was greeted already."""
    return Rehearsal(centre, Collector("web"), now, kept=ConversationState(greeted=True).as_json())


@pytest.fixture
def grandmother(centre: House, now: datetime) -> ByPhone:
    sms = resident_at(SecrecyLevel.UNKNOWN, "sms")
    return ByPhone(centre, Collector("sms"), now, kept=ConversationState(greeted=True).as_json(), resident=sms)


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_the_place_is_asked_with_todays_municipalities(
    resident: Rehearsal, nearby: Nearby, language: str
) -> None:
    said = await resident.says(ASKED[language])
    assert len(resident.heard) == 1
    assert [choice.label for choice in resident.choices] == [
        {str(key): name for key, name in one.name.items()}[language] for one in nearby.municipalities.values()
    ]
    assert BY_THE_DOCUMENT[language] in said


@pytest.mark.parametrize(
    ("language", "answer", "told"),
    [
        ("lv", "1", ("Liepājā pēc 2010", "naktspatversme", "63489647", "2020.–2021. gada ziņas")),
        ("lv", "talsoss", ("Talsu novadā pēc 2010", "socialais.dienests@talsi.lv")),
        ("lv", "Grobinja", ("Grobiņa kopš 2021. gada ir Dienvidkurzemes novadā", "socialais.dienests@dkn.lv")),
        ("lv", "Brocēni", ("Brocēni kopš 2021. gada ir Saldus novadā", "tālruņa Saldus novadā man nav")),
        ("lv", "Ugāles pagasts", ("Ugāle ir Ventspils novadā", "tālruņa Ventspils novadā man nav")),
        ("lv", "Cīrava", ("Dienvidkurzemes novadā", "Aizputes novadā pēc 2010")),
        ("lv", "Skrunda", ("63350107", "Kalēju iela 4, Skrunda")),
        ("ru", "Салдус", ("в Салдусском крае по документу 2010 года", "центр дневного ухода")),
        ("ru", "в Мерсрагсе", ("Мерсрагс с 2021 года — в Талсинском крае", "ничего не сказано")),
        ("ru", "Kuldiga", ("в Кулдигском крае", "63350107")),
    ],
)
async def test_a_place_in_any_spelling_gets_what_was_there_and_its_office(
    resident: Rehearsal, language: str, answer: str, told: tuple[str, ...]
) -> None:
    await resident.says(ASKED[language])
    said = await resident.says(answer)
    for part in (*told, CALL_FIRST[language], NOTHING_KNOWN[language]):
        assert part in said
    assert (await resident.state()).flow is None


async def test_a_message_that_names_its_place_is_answered_at_once(resident: Rehearsal) -> None:
    said = await resident.says("kādi pakalpojumi ir Skrundā")
    assert "Skrundas novadā pēc 2010. gada dokumenta bija" in said


async def test_another_place_may_follow_in_a_word(resident: Rehearsal) -> None:
    await resident.says("kādi pakalpojumi ir Skrundā")
    assert "Saldus novadā pēc 2010. gada dokumenta bija" in await resident.says("un Saldū?")


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_no_answer_tells_of_today_or_of_advice_unasked(centre: House, nearby: Nearby, language: str) -> None:
    for spot in nearby.spots.values():
        plan = await plan_turn(
            centre,
            ConversationState(language=language, language_is_chosen=True, greeted=True),
            Choice(f"flow:services-near-me:{PLACE}:{spot.key}", ""),
            now=datetime.fromisoformat("2026-11-24T08:00:00+00:00"),
        )
        said = texts_of(plan)
        assert CALL_FIRST[language] in said, spot.key
        assert not AS_IF_TODAY.search(said), spot.key
        assert not OLD_MONEY.search(said), spot.key
        told = said.partition("Kurzemē bija arī" if language == "lv" else "В 2010 году в Курземе были также")[0]
        assert _names(nearby, "day-centre", language) not in told, spot.key
        assert _names(nearby, "safety-button", language) not in told, spot.key


def _names(nearby: Nearby, service: str, language: str) -> str:
    return {str(key): name for key, name in nearby.services[service].name.items()}[language]


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_advice_is_told_on_request_and_first_of_all_as_advice(
    resident: Rehearsal, nearby: Nearby, language: str
) -> None:
    await resident.says(ASKED[language])
    await resident.says("Nīca")
    said = await resident.presses_like(f":{ADVICE}:nica")
    assert said.index(ONLY_ADVICE[language]) < said.index(_names(nearby, "day-centre", language))
    for row in nearby.rows(nearby.spots["nica"].municipality, ADVISED):
        assert _names(nearby, row.service, language) in said
    assert CALL_FIRST[language] in said
    assert not AS_IF_TODAY.search(said)


@pytest.mark.parametrize(
    ("asked", "told", "never"),
    [
        ("kādi pakalpojumi ir Talsos, vai ir dienas centrs", ("man ziņu nav", "tikai ieteica"), "bija: dienas centrs"),
        ("kādi pakalpojumi ir Saldū, vai ir dienas aprūpes centrs", ("Saldū pēc 2010", "garīga rakstura"), "ieteica"),
        ("kādi pakalpojumi ir Nīcā, vai ir grupu māja", ("man ziņu nav", "dokumentā nav teikts"), "ieteica"),
        ("kādi pakalpojumi ir Rojā, vai ir dienas aprūpes centrs", ("man ziņu nav", "Ventspilī"), "ieteica"),
        ("kādi pakalpojumi ir Talsos, vai ir krīzes centrs", ("Talsos pēc 2010", "112"), "iela"),
    ],
)
async def test_a_service_named_with_its_place_gets_its_row(
    centre: House, nearby: Nearby, resident: Rehearsal, asked: str, told: tuple[str, ...], never: str
) -> None:
    await resident.says("kādi pakalpojumi ir manā pašvaldībā")
    said = await resident.says(asked)
    for part in (*told, "vispirms zvaniet"):
        assert part in said
    assert never not in said


async def test_a_service_waits_for_its_place(resident: Rehearsal) -> None:
    asked = ConversationState(
        greeted=True,
        flow="services-near-me",
        step="place",
        facts={"service": "shelter"},
        offered=[["at:talsi", "Talsu"]],
    )
    resident.kept = asked.as_json()
    assert "Ventspilī pēc 2010. gada dokumenta bija: naktspatversme." in await resident.says("ventspilī")


@pytest.mark.parametrize(
    ("language", "place", "told"),
    [
        ("lv", "Rīga", ("Rīga nav starp Kurzemes pašvaldībām", "deklarētā dzīvesvieta")),
        ("lv", "Tukumā", ("Tidaholmas iela 1", "2024. gada ziņas")),
        ("ru", "Рига", ("Рига не входит", "декларированного жительства")),
    ],
)
async def test_a_place_outside_the_region_is_told_so_and_how_to_find_its_office(
    resident: Rehearsal, language: str, place: str, told: tuple[str, ...]
) -> None:
    await resident.says(ASKED[language])
    said = await resident.says(place)
    for part in told:
        assert part in said


async def test_the_place_one_came_from_is_not_the_place_asked_about(resident: Rehearsal) -> None:
    said = await resident.says("pārcēlāmies no Rīgas uz Kurzemi, kādi pakalpojumi te ir pašvaldībā")
    assert "Rīga" not in said
    assert [choice.id for choice in resident.choices][:1] == ["at:liepaja"]


async def test_of_two_places_people_say_which(resident: Rehearsal) -> None:
    await resident.says(ASKED["lv"])
    await resident.says("Aizpute vai Kuldīga")
    assert [choice.id for choice in resident.choices] == ["at:aizpute", "at:kuldiga"]
    assert "Aizputes novadā pēc 2010" in await resident.says("1")


async def test_ventspils_offers_the_municipality_around_it(resident: Rehearsal) -> None:
    await resident.says(ASKED["lv"])
    assert "Ventspilī pēc 2010" in await resident.says("Ventspils.")
    assert "Ventspils novadā pēc 2010" in await resident.presses_like("Ventspils novads")


async def test_an_unknown_place_is_asked_again_and_do_not_know_gets_help(resident: Rehearsal) -> None:
    await resident.says(ASKED["lv"])
    assert "Šādu vietu nepazīstu" in await resident.says("Grmblštadte")
    said = await resident.says("nezinu")
    assert "Dienvidkurzemes novads: Aizpute" in said
    assert resident.choices[0].id == "at:liepaja"


async def test_another_question_leaves_the_question_for_the_place(resident: Rehearsal) -> None:
    await resident.says(ASKED["lv"])
    await resident.says("kas ir krīzes pabalsts")
    state = await resident.state()
    assert (state.flow, state.topic) == (None, "emergency-benefit")


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_every_part_fits_three_segments_and_nine_gives_the_rest(
    grandmother: ByPhone, nearby: Nearby, language: str
) -> None:
    await grandmother.says({"lv": "runājiet latviski", "ru": "говорите по-русски"}[language])
    await grandmother.says(ASKED[language])
    for place in ("Liepāja", "Nīca", "Dundaga"):
        parts = [await grandmother.says(place)]
        while (await grandmother.state()).rest:
            assert len(parts) < 10
            parts.append(await grandmother.says("9"))
        assert all(count_segments(part) <= MOST_SEGMENTS for part in parts)
        said = " ".join(parts)
        assert NOTHING_KNOWN[language] in said
        assert CALL_FIRST[language] in said
        await grandmother.says(ASKED[language])


async def test_a_nine_never_picks_a_municipality(grandmother: ByPhone, nearby: Nearby) -> None:
    await grandmother.says(ASKED["lv"])
    assert len(nearby.municipalities) < 9
    assert "2010. gada dokument" in await grandmother.says("9")


@pytest.mark.parametrize("text", [*ASKED.values(), "kādi pakalpojumi ir Skrundā", "pakalpojumi Talsos un citur"])
async def test_ask_calls_it_an_answer(centre: House, now: datetime, text: str) -> None:
    async with centre.database.reading() as session:
        answered = await Asking("kurzeme", session, now).answer({"id": 1, "text": text})
    assert (answered["outcome"], answered["topic"]) == ("answer", "services-near-me")


async def test_a_service_without_a_region_answers_with_words_alone(rehearsal: Rehearsal) -> None:
    assert rehearsal.house.knowledge.catalogue.nearby is None
    await rehearsal.presses("flow:services-near-me")
    assert (await rehearsal.state()).flow is None
