"""What only the office can tell: the kinds of such questions, and the lint that keeps answers out of the articles."""

import re

import pytest
from pydantic import ValidationError

from knowledge.articles import Article
from knowledge.catalogue import SECRET_PLACES, Catalogue, load_catalogue, load_never, load_something_else, profiles
from knowledge.never import NeverFile, check_never

KINDS = {
    "child-taken", "crisis-place", "shelter-place", "family-law", "appeal-chances", "client", "decision", "payment",
    "queue", "worker", "property-limits", "low-income-threshold", "crisis-amounts", "local-amounts", "prices", "hours",
}  # fmt: skip
EMERGENCY = {"112", "110", "116006"}
MOST_OF_OTHERS_FOUND = 4


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue("bauska")


def with_line(catalogue: Catalogue, topic: str, facet: str, language: str, line: str) -> Article:
    """The shipped article with one more line in a section of one language, the other language left alone."""
    article = catalogue.articles[topic]
    parts = {str(name): text for name, text in article.sections.items()}
    section = dict(parts.get(facet, article.short))
    section["lv" if language == "lv" else "ru"] += f"\n{line}"
    return article.model_copy(update={"sections": {**parts, facet: section}})


def test_every_kind_the_issue_names_is_kept() -> None:
    assert {kind.id for kind in load_never().kinds} == KINDS


def test_every_kind_counts_under_a_topic_that_exists(catalogue: Catalogue) -> None:
    for kind in load_never().kinds:
        assert {kind.topic, *kind.topics, *kind.except_topics} <= catalogue.topics.keys(), kind.id


def test_no_text_tells_a_figure_but_the_numbers_for_an_emergency() -> None:
    never = load_never()
    for text in (never.application, never.person, *(kind.told for kind in never.kinds)):
        for words in text.values():
            assert set(re.findall(r"\d+", words)) <= EMERGENCY, words


@pytest.mark.parametrize("profile", profiles())
def test_no_shipped_article_tells_what_only_the_office_can_tell(profile: str) -> None:
    articles = load_catalogue(profile).articles.values()
    assert list(check_never(articles, load_never().kinds)) == []


@pytest.mark.parametrize(
    ("kind", "topic", "facet", "language", "line"),
    [
        ("crisis-amounts", "emergency-benefit", "amount", "lv", "Pabalsts ir līdz 500 eiro."),
        ("crisis-amounts", "emergency-benefit", "what", "ru", "Платят до 720 евро."),
        ("crisis-amounts", "emergency-benefit", "amount", "lv", "Maksā vienu minimālo mēnešalgu."),
        ("hours", "office-contacts", "when", "lv", "Pirmdienās 8.00-17.00"),
        ("hours", "office-contacts", "when", "lv", "Darba laiks: 8-17"),
        ("hours", "departments", "when", "ru", "Принимаем с 9 до 12."),
        ("hours", "psychologist", "when", "ru", "Во вторник 9–12"),
        ("crisis-place", "crisis-centre", "where", "lv", "Centrs ir Dārza ielā 5."),
        ("crisis-place", "crisis-housing", "where", "ru", "Квартира на улице 5, Бауска."),
        ("crisis-place", "crisis-housing", "where", "ru", "Это Kalna iela, второй подъезд."),
        ("decision", "gmi-benefit", "what", "lv", "Viņai ir lēmums par pabalstu."),
        ("decision", "gmi-benefit", "who", "lv", "Jums noteikti piešķirs šo pabalstu."),
        ("decision", "gmi-benefit", "who", "ru", "Вам точно не положено."),
        ("client", "confidentiality", "what", "lv", "Viņa ir dienesta kliente."),
        ("client", "confidentiality", "what", "ru", "Она уже наша клиентка."),
        ("payment", "gmi-benefit", "when", "lv", "Nauda Jums jau ir pārskaitīta."),
        ("queue", "state-care-centre", "when", "lv", "Rindā gaida 120 cilvēku."),
        ("queue", "state-care-centre", "when", "ru", "Вы 14-й в очереди."),
        ("property-limits", "needy-status", "who", "lv", "Uzkrājumi nedrīkst būt lielāki par 272 eiro."),
        ("property-limits", "needy-status", "who", "lv", "Uzkrājumi līdz {needy_threshold_first_person} eiro."),
        ("property-limits", "needy-status", "who", "ru", "Можно иметь одну машину."),
        ("property-limits", "needy-status", "who", "lv", "Zemes drīkst būt līdz 5 ha."),
        ("low-income-threshold", "low-income-status", "amount", "lv", "Bauskā slieksnis ir 553 eiro."),
        ("local-amounts", "school-start-benefit", "amount", "lv", "Par bērnu maksā 50 eiro."),
        ("local-amounts", "newborn-benefit", "amount", "ru", "Платят 400 евро на ребёнка."),
        ("prices", "home-care", "what", "lv", "Aprūpe maksā 7,10 eiro stundā."),
        ("prices", "care-home", "price", "ru", "Доплата — 10 % от пенсии."),
        ("appeal-chances", "decision-appeal", "what", "lv", "Apstrīdēšana parasti izdodas."),
        ("child-taken", "out-of-home-care", "what", "lv", "Par parādiem bērnu neatņems."),
        ("child-taken", "out-of-home-care", "what", "ru", "За долги детей не отберут."),
        ("family-law", "legal-aid", "what", "lv", "Bērns parasti paliek pie mātes."),
        ("shelter-place", "shelter", "who", "lv", "Jūs vienmēr uzņems."),
        ("shelter-place", "shelter", "who", "ru", "Вас обязательно примут."),
        ("worker", "departments", "what", "lv", "Par to atbild vadītāja Anna Bērziņa."),
        ("worker", "departments", "what", "ru", "Принимает специалист Ольга Иванова."),
    ],
)
def test_an_article_that_tells_it_is_found(
    catalogue: Catalogue, kind: str, topic: str, facet: str, language: str, line: str
) -> None:
    found = list(check_never([with_line(catalogue, topic, facet, language, line)], load_never().kinds))
    assert {one.place for one in found} == {f"{topic}.{facet}.{language}"}
    assert {one.reason.partition(":")[0] for one in found} == {kind}


@pytest.mark.parametrize(
    ("topic", "facet", "language", "line"),
    [
        ("needy-status", "amount", "lv", "Slieksnis ir {needy_threshold_first_person} eiro mēnesī."),
        ("school-start-benefit", "amount", "lv", "2015. gadā par bērnu maksāja 30 eiro."),
        ("crisis-centre", "when", "lv", "116006 atbild katru dienu no 12 līdz 22."),
        ("psychologist", "who", "ru", "Это для детей с 7 до 17 лет."),
        ("shelter", "who", "lv", "Vai Jūs uzņems, izlemj tur."),
        ("office-contacts", "where", "lv", "Bauskā Uzvaras ielā 1, tālrunis 63963977."),
        ("gmi-benefit", "when", "lv", "Statusu piešķir uz 3-6 mēnešiem."),
        ("departments", "what", "lv", "Par to atbild nodaļas vadītāja."),
    ],
)
def test_an_article_may_tell_what_is_known(
    catalogue: Catalogue, topic: str, facet: str, language: str, line: str
) -> None:
    assert list(check_never([with_line(catalogue, topic, facet, language, line)], load_never().kinds)) == []


def test_a_title_a_short_answer_and_an_easy_version_are_read_too(catalogue: Catalogue) -> None:
    told = {"lv": "Strādājam 8.00-17.00", "ru": "Ждём Вас"}
    article = catalogue.articles["psychologist"]
    for part in ("title", "short", "easy"):
        found = list(check_never([article.model_copy(update={part: told})], load_never().kinds))
        assert [one.place for one in found] == [f"psychologist.{part}.lv"]


def test_every_place_that_must_stay_safe_is_kept_from_naming_a_street() -> None:
    rules = [rule for kind in load_never().kinds if kind.id == "crisis-place" for rule in kind.forbidden]
    assert rules
    assert {rule.topics for rule in rules} == {SECRET_PLACES}


@pytest.mark.parametrize(
    "text",
    [
        "Vai mana kaimiņiene ir jūsu kliente?",
        "vai mana kaiminiene ir jusu kliente",
        "VAI MANA KAIMIŅIENE IR JŪSU KLIENTE???",
        "моя соседка ваша клиентка?",
        "moja sosedka vasha klientka?",
    ],
)
def test_marks_script_and_case_do_not_matter(text: str) -> None:
    assert [kind.id for kind in load_never().find(text)] == ["client"]


def test_one_slip_in_a_long_word_does_not_matter() -> None:
    assert "shelter-place" in [kind.id for kind in load_never().find("vai patvesrmē mani pieņems")]


def test_a_stranger_and_oneself_are_told_the_same() -> None:
    asked = ("vai es esmu jūsu kliente", "vai Jānis no 5. dzīvokļa ir jūsu klients", "vai vīrs ir pie jums klients")
    assert {tuple(kind.id for kind in load_never().find(text)) for text in asked} == {("client",)}


def test_messages_about_something_else_are_not_taken_for_such_questions() -> None:
    found = [
        question.text
        for question in load_something_else()
        if any(kind.fits(None) for kind in load_never().find(question.text))
    ]
    assert len(found) <= MOST_OF_OTHERS_FOUND, found


def test_words_that_are_not_listed_or_not_named_are_refused() -> None:
    told = {"lv": "Pateiks dienestā.", "ru": "Скажут в службе."}
    kind = {"id": "one", "topic": "office-contacts", "asked": ["listed missing"], "told": told}
    content = {"words": {"listed": ["vārds"], "unused": ["cits"]}, "application": told, "person": told, "kinds": [kind]}
    with pytest.raises(ValidationError, match="missing, unused"):
        NeverFile.model_validate(content)
