from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from knowledge.answers import fill_amounts, render_section, short_answer, source_line, told_amount
from knowledge.articles import Article, build_article
from knowledge.parameters import Parameter, Parameters
from tests.knowledge.test_articles import content, told

TODAY = date(2026, 11, 24)


def amount(name: str, value: str, **changes: Any) -> Parameter:
    entry = {
        "name": name,
        "value": Decimal(value),
        "unit": "EUR/month",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
        "source": "G1",
        "confidence": "seen",
        "review_by": date(2026, 12, 31),
    }
    return Parameter.model_validate({**entry, **changes})


def parameters(entries: Iterable[Parameter] = ()) -> Parameters:
    return Parameters([amount("gmi_first_person", "187"), amount("gmi_other_person", "131.50"), *entries])


def article(**changes: Any) -> Article:
    return build_article(content(**changes), "gmi-benefit.yaml")


def render(one: Article, facet: str | None, lang: str = "lv", on: date = TODAY) -> str:
    return render_section(one, facet, lang, parameters=parameters(), on=on)


def test_the_section_that_was_asked_for_is_told():
    one = article(sections={"who": told("kam", "кому"), "how": told("kā", "как")})
    assert render(one, "how") == "kā"
    assert render(one, "who", "ru") == "кому"


def test_a_section_nobody_wrote_gives_the_next_best():
    one = article(sections={"who": told("kam", "кому"), "what": told("kas", "что")})
    assert render(one, "price") == "kas"
    assert render(one, None) == "kas"
    assert render(article(sections={}, short=told("īsi", "кратко")), "price") == "īsi"


def test_amounts_are_those_of_the_day():
    one = article(sections={"amount": told("Pirmajam {gmi_first_person} eiro, citiem {gmi_other_person}.")})
    assert render(one, "amount") == "Pirmajam 187 eiro, citiem 131,50."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"review_by": date(2026, 11, 23)}, "past its review"),
        ({"confidence": "from memory"}, "not seen in a source"),
        ({"valid_to": date(2026, 6, 30)}, "no amount for the day"),
    ],
)
def test_an_amount_that_may_not_be_told_takes_its_line_with_it(changes: dict[str, Any], reason: str):
    known = parameters([amount("crisis", "100", **changes)])
    filled = fill_amounts(
        "Maksā {crisis} eiro.\nVar pieteikties šodien.\nVēl {crisis}.", "lv", parameters=known, on=TODAY
    )
    assert filled == "Summu, kas ir spēkā šodien, pateiks sociālajā dienestā.\nVar pieteikties šodien.", reason


@pytest.mark.parametrize("lang", ["lv", "ru", "uk", "en"])
def test_no_placeholder_ever_reaches_a_resident(lang: str):
    assert "{" not in fill_amounts("{unknown_amount} €", lang, parameters=parameters(), on=TODAY)


def test_an_article_past_its_last_day_is_never_answered_from():
    one = article(valid_to=date(2026, 6, 30))
    with pytest.raises(ValueError, match="not valid"):
        render(one, "who", on=TODAY)
    with pytest.raises(ValueError, match="not valid"):
        short_answer(one, "lv", parameters=parameters(), on=TODAY)


def test_the_newest_source_is_named_with_its_day():
    sources = [
        {"name": told("Stratēģija", "Стратегия"), "place": "5. lpp.", "dated_on": date(2016, 1, 1)},
        {"name": told("Likums", "Закон"), "place": "33. pants", "dated_on": date(2026, 2, 28)},
    ]
    assert source_line(article(sources=sources), "ru") == "Источник: Закон, 28.02.2026"
    assert source_line(article(sources=sources[:1]), "lv") == "Avots: Stratēģija, 2016"


@pytest.mark.parametrize(
    ("value", "lang", "words"), [("187", "lv", "187"), ("87.5", "ru", "87,50"), ("87.5", "en", "87.50")]
)
def test_amounts_are_written_as_people_write_them(value: str, lang: str, words: str):
    assert told_amount(Decimal(value), lang) == words
