import pytest

from knowledge.catalogue import load_lexicon
from knowledge.facets import facet_of
from knowledge.phrases import Phrasebook
from knowledge.text import words

ASKED = [
    ("kādi dokumenti man vajadzīgi", "documents"),
    ("kadus papirus nest", "documents"),
    ("какие справки нужны", "documents"),
    ("kakie dokumenty nuzhny", "documents"),
    ("cik liels ir pabalsts vienam cilvēkam", "amount"),
    ("сколько денег дают на ребёнка", "amount"),
    ("cik tas maksā", "price"),
    ("cik mēnesī jāmaksā par aprūpi", "price"),
    ("сколько в месяц стоит сиделка", "price"),
    ("skolko stoit pansionat", "price"),
    ("kad izmaksā naudu", "when"),
    ("до скольки часов вы открыты", "when"),
    ("kur jūs atrodaties", "where"),
    ("на какой улице вы сидите", "where"),
    ("kā pieteikties", "how"),
    ("как оформить опеку", "how"),
    ("vai man pienākas, ja strādāju", "who"),
    ("положено ли мне, если я работаю", "who"),
    ("kas ir GMI", "what"),
    ("что такое социальный ментор", "what"),
]


@pytest.mark.parametrize(("text", "facet"), ASKED)
def test_what_is_asked_about_a_topic_is_told(text: str, facet: str):
    assert facet_of(text) == facet


@pytest.mark.parametrize("text", ["dzīvokļa pabalsts", "психолог", "mamma ir slima", ""])
def test_nothing_in_particular_is_no_facet(text: str):
    assert facet_of(text) is None


def test_documents_win_over_the_way_they_are_asked_for():
    assert facet_of("kā un kur, un kādi dokumenti vajadzīgi") == "documents"


def test_free_of_charge_counts_only_when_nothing_else_is_asked():
    assert facet_of("bezmaksas psihologs") == "price"
    assert facet_of("kur ir bezmaksas psihologs") == "where"


def test_a_gap_takes_a_few_words_and_no_more():
    book = Phrasebook({"price": ["cik .. maksā"]})
    assert book.find(words("cik mēnesī tas maksā"))
    assert not book.find(words("cik daudz bērnu manā klasē šogad kopā maksā"))


def test_a_phrase_without_letters_is_refused():
    with pytest.raises(ValueError, match="no letter"):
        Phrasebook({"price": ["???"]})


def test_every_facet_word_list_names_a_facet():
    known = {"what", "who", "amount", "documents", "how", "where", "when", "price"}
    assert {name.rstrip("?") for name in load_lexicon().facet_words} == known
