from dataclasses import replace
from datetime import date

import pytest

from knowledge.articles import REQUIRED_LANGUAGES, ContentBroken
from knowledge.catalogue import Cards, load_catalogue, load_topics, read_articles

ASKED_FOR_BY_THE_FIRST_RELEASE = {
    "gmi-benefit", "housing-benefit", "emergency-benefit", "needy-status", "low-income-status", "home-care",
    "care-home", "psychologist", "legal-aid", "assistant", "addiction-help", "crisis-centre", "how-to-apply",
    "office-contacts", "book-appointment", "my-appointments", "confidentiality", "complaint-suggestion",
}  # fmt: skip


def test_the_catalogue_knows_all_topics():
    assert len(load_topics()) == 102


def test_bauska_answers_what_the_first_release_promises():
    catalogue = load_catalogue("bauska")
    assert catalogue.articles.keys() >= ASKED_FOR_BY_THE_FIRST_RELEASE
    assert len(catalogue.articles) >= 25
    assert set(catalogue.own_topics) >= catalogue.articles.keys()


def test_the_content_of_bauska_has_no_broken_file():
    assert read_articles("bauska", load_topics())[1] == []


def test_a_topic_of_another_profile_is_not_answered():
    assert load_catalogue("bauska").answerable("social-house", date(2026, 11, 24)) is None


def test_an_article_past_its_last_day_is_not_answered():
    catalogue = load_catalogue("bauska")
    article = catalogue.articles["gmi-benefit"].model_copy(update={"valid_to": date(2026, 6, 30)})
    changed = replace(catalogue, articles={"gmi-benefit": article})
    assert changed.answerable("gmi-benefit", date(2026, 6, 30)) is article
    assert changed.answerable("gmi-benefit", date(2026, 7, 1)) is None


def test_a_catalogue_is_read_once():
    assert load_catalogue("bauska") is load_catalogue("bauska")


@pytest.mark.parametrize("profile", ["atlantis", "../base", "", "bauska/articles"])
def test_a_profile_that_does_not_exist_is_refused(profile: str):
    with pytest.raises(ContentBroken, match="no such profile"):
        load_catalogue(profile)


@pytest.mark.parametrize("name", ["greeting", "menu", "information_notice", "who_we_are", "out_of_hours"])
@pytest.mark.parametrize("language", REQUIRED_LANGUAGES)
def test_every_fixed_text_exists_in_both_languages(name: str, language: str):
    text = load_catalogue("bauska").cards.texts[name]
    assert {str(key): told for key, told in text.items()}[language]


def test_a_card_nobody_translated_is_told_in_latvian():
    cards = Cards(danger={}, texts={"greeting": {"lv": "Labdien!", "ru": "Здравствуйте!"}})
    assert cards.text("greeting", "en") == "Labdien!"
