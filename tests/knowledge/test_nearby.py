"""The directory of a region: every place is found as people write it, and no row says more than its document."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.articles import ContentBroken
from knowledge.catalogue import load_topics, profile_folder
from knowledge.nearby import Nearby, load_nearby
from knowledge.region import ADVISED, EXISTED, UNKNOWN

Break = Callable[[str, str, str], Path]

BELONGS = {
    "dienvidkurzeme": {"aizpute", "durbe", "grobina", "nica", "pavilosta", "priekule", "rucava", "vainode"},
    "kuldiga": {"skrunda", "alsunga"},
    "saldus": {"broceni"},
    "talsi": {"dundaga", "roja", "mersrags"},
}
WRITTEN = [
    ("Talsi", "talsi"), ("talsos", "talsi"), ("Talsu novads", "talsi"), ("в Талси", "talsi"),
    ("Талсинском крае", "talsi"), ("talsah", "talsi"), ("Saldū", "saldus"), ("saldu", "saldus"),
    ("в Салдусе", "saldus"), ("Салдусский край", "saldus"), ("Kuldīgā", "kuldiga"), ("kudliga", "kuldiga"),
    ("Кулдиги", "kuldiga"), ("Kuldyga", "kuldiga"), ("Liepājas", "liepaja"), ("lipaja", "liepaja"),
    ("v Liepae", "liepaja"), ("в Лиепае", "liepaja"), ("Ventspilī", "ventspils"), ("Вентспилс", "ventspils"),
    ("ventspils novada", "ventspils-novads"), ("в Вентспилсском крае", "ventspils-novads"),
    ("Dienvidkurzeme", "dienvidkurzeme"), ("южнокурземский край", "dienvidkurzeme"), ("grobina", "grobina"),
    ("Гробине", "grobina"), ("Grobnia", "grobina"), ("Brocēnos", "broceni"), ("в Броценах", "broceni"),
    ("Skrundā", "skrunda"), ("skrnda", "skrunda"), ("Rojā", "roja"), ("Роя", "roja"), ("Mērsragā", "mersrags"),
    ("Nīca", "nica"), ("Вайнёде", "vainode"), ("vainode", "vainode"), ("Айзпуте", "aizpute"),
    ("Sabilē", "Sabile"), ("Сабиле", "Sabile"), ("Piltene", "Piltene"), ("Cīravas pagasts", "Cīrava"),
    ("цирава", "Cīrava"), ("ugale", "Ugāle"), ("Pope", "Pope"),
]  # fmt: skip


@pytest.fixture(scope="module")
def nearby() -> Nearby:
    """The directory of Kurzeme."""
    found = load_nearby(profile_folder("kurzeme"), load_topics())
    assert found is not None
    return found


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    """A copy of the directory's files with one thing in one file put differently."""

    def put(file: str, before: str, instead: str) -> Path:
        for name in ("municipalities.yaml", "services.yaml"):
            shutil.copy(profile_folder("kurzeme") / name, tmp_path / name)
        text = (tmp_path / file).read_text("utf-8")
        assert before in text
        (tmp_path / file).write_text(text.replace(before, instead, 1), "utf-8")
        return tmp_path

    return put


@pytest.mark.parametrize(("written", "key"), WRITTEN)
def test_a_place_is_found_as_people_write_it(nearby: Nearby, written: str, key: str) -> None:
    assert [spot.key for spot in nearby.find_spots(written, is_answer=True)] == [key]


def test_every_place_is_found_by_its_own_name_in_both_languages(nearby: Nearby) -> None:
    for spot in nearby.spots.values():
        for name in (spot.name["lv"], spot.name["ru"]):
            assert spot in nearby.find_spots(name, is_answer=True), name


def test_every_service_is_found_by_its_own_forms(nearby: Nearby) -> None:
    for service in nearby.services.values():
        assert [nearby.find_service(form) for form in service.forms] == [service] * len(service.forms)


@pytest.mark.parametrize("written", ["nezinu", "kas jums ir", "не знаю", "sociālais taksometrs", "есть ли такси", "1"])
def test_ordinary_words_are_no_place(nearby: Nearby, written: str) -> None:
    assert nearby.find_spots(written, is_answer=False) == ()


def test_a_parish_with_an_everyday_name_counts_only_where_a_parish_is_meant(nearby: Nearby) -> None:
    said = "kaimiņiene saka, ka Rumbā dejo"
    assert nearby.find_spots(said, is_answer=False) == ()
    assert [spot.key for spot in nearby.find_spots("kas ir Sakas pagastā", is_answer=False)] == ["Saka"]


@pytest.mark.parametrize(
    ("written", "key"), [("Rīgā", "riga"), ("из Риги", "riga"), ("Tukumā", "tukums"), ("в Бауске", "bauska")]
)
def test_a_place_outside_the_region_is_known_as_such(nearby: Nearby, written: str, key: str) -> None:
    assert nearby.find_spots(written, is_answer=True) == ()
    place = nearby.find_elsewhere(written)
    assert place is not None
    assert place.id == key


def test_former_municipalities_belong_to_those_of_2021(nearby: Nearby) -> None:
    found: dict[str, set[str]] = {}
    for former in nearby.places.former:
        assert former.since.year == 2021
        found.setdefault(former.belongs_to, set()).add(former.id)
    assert found == BELONGS


def test_people_of_a_former_municipality_get_the_office_of_todays(nearby: Nearby) -> None:
    for former in nearby.places.former:
        own = nearby.office(former)
        todays = nearby.office(nearby.today(former))
        assert (own and (own.phones, own.email)) == (todays and (todays.phones, todays.email)), former.id


def test_the_tables_of_advice_are_never_told_as_existing(nearby: Nearby) -> None:
    advised = [row for row in nearby.directory.rows if row.source.startswith(("2.-1.", "2.-2."))]
    assert len(advised) > 100
    assert {row.mark for row in advised} == {ADVISED}


def test_what_the_document_names_with_its_place_is_there(nearby: Nearby) -> None:
    existed = {(row.place, row.service) for row in nearby.directory.rows if row.mark == EXISTED}
    alone = {(place, service) for place, service in existed if service != "social-service"}
    assert alone == {
        ("liepaja", "home-care"), ("liepaja", "day-care-centre"), ("liepaja", "shelter"),
        ("liepaja", "addiction-help"), ("liepaja", "hiv-support"), ("ventspils", "day-care-centre"),
        ("ventspils", "shelter"), ("ventspils", "crisis-centre"), ("saldus", "day-care-centre"),
        ("kuldiga", "shelter"), ("talsi", "shelter"), ("talsi", "crisis-centre"),
    }  # fmt: skip
    assert len(existed - alone) == 19


def test_every_municipality_of_the_document_was_advised_its_four_services(nearby: Nearby) -> None:
    wanted = {"home-care", "safety-button", "day-centre", "foster-guardianship"}
    places = {row.place for row in nearby.directory.rows if row.service == "social-service"}
    assert len(places) == 19
    for place in places:
        rows = {row.service for row in nearby.directory.rows if row.place == place and row.mark != UNKNOWN}
        assert wanted <= rows, place


def test_the_rows_of_todays_municipality_hold_those_of_its_former_ones(nearby: Nearby) -> None:
    places = {row.place for row in nearby.rows(nearby.municipalities["talsi"], EXISTED)}
    assert places == {"talsi", "dundaga", "roja"}


def test_a_profile_without_a_region_has_no_directory() -> None:
    assert load_nearby(profile_folder("bauska"), load_topics()) is None


ROW = "{place: liepaja, service: home-care, mark: existed-2010, "
ADVICE = "service: day-centre, mark: recommended, "


@pytest.mark.parametrize(
    ("file", "before", "instead", "fault"),
    [
        ("municipalities.yaml", "belongs_to: saldus, since", "belongs_to: dobele, since", "none of today's"),
        ("municipalities.yaml", "{belongs_to: dundaga,", "{belongs_to: kolka,", "no municipality kolka"),
        ("municipalities.yaml", "namesake: ventspils-novads", "namesake: vecpils", "no namesake vecpils"),
        ("services.yaml", "topic: day-centre,", "topic: day-center,", "topic day-center is not in topics.yaml"),
        ("services.yaml", 'name: {lv: "dienas centrs", ru: "дневной центр"}', 'name: {lv: "dienas centrs"}', "ru"),
        ("services.yaml", "place: durbe, service", "place: durba, service", "no such municipality"),
        ("services.yaml", "place: durbe, service: social", "place: durbe, service: sicoal", "no such service"),
        ("services.yaml", ROW + 'where: {lv: "Liepājā", ru: "в Лиепае"}, ', ROW, "say where"),
        ("services.yaml", ROW, ROW + 'cost: {lv: "54 Ls", ru: "54 лата"}, ', "an amount"),
        ("services.yaml", ROW, ROW + 'cost: {lv: "76 eiro", ru: "76"}, ', "an amount"),
        ("services.yaml", ROW, ROW + 'places: {lv: "12 vietas 2009. gadā", ru: "12 мест"}, ', "an amount or a figure"),
        ("services.yaml", ADVICE, ADVICE.replace("day-centre", "safety-button"), "2 rows"),
        ("services.yaml", ADVICE, ADVICE + 'where: {lv: "Talsos", ru: "в Талси"}, ', "only advised"),
    ],
)  # fmt: skip
def test_a_fault_in_the_files_is_named(broken: Break, file: str, before: str, instead: str, fault: str) -> None:
    with pytest.raises(ContentBroken, match=fault):
        load_nearby(broken(file, before, instead), load_topics())
