"""Who lives together, as people tell it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.households import read_household
from knowledge.spans import Span


@pytest.mark.parametrize(
    ("written", "adults", "children"),
    [
        ("2 pieaugušie un 3 bērni", 2, 3),
        ("2 взрослых, 1 ребёнок", 2, 1),
        ("2+3", 2, 3),
        ("viens", 1, 0),
        ("1", 1, 0),
        ("одна", 1, 0),
        ("Pensionāre, dzīvoju viena", 1, 0),
        ("divi pieaugušie", 2, 0),
        ("es viena ar diviem bērniem", 1, 2),
        ("я и двое детей", 1, 2),
        ("мать-одиночка с двумя детьми", 1, 2),
        ("mēs ar vīru", 2, 0),
        ("vīrs un divi bērni", 2, 2),
        ("мы с мужем и трое детей", 2, 3),
        ("вдвоём с мужем", 2, 0),
        ("нас четверо, из них двое детей", 2, 2),
        ("4 cilvēki, no tiem 2 bērni", 2, 2),
        ("es un 2 bērni (5 un 7 gadi)", 1, 2),
        ("es, vīrs un mana mamma, bērnu nav", 3, 0),
        ("две взрослые, детей нет", 2, 0),
    ],
)
def test_adults_and_children_are_counted(written: str, adults: int, children: int) -> None:
    assert read_household(written) == {"adults": Span.of(adults), "children": Span.of(children)}


@pytest.mark.parametrize(
    ("written", "size"), [("mēs esam četri", 4), ("4", 4), ("divatā", 2), ("es un meita", 2), ("я с сыном", 2)]
)
def test_where_only_the_number_of_people_is_sure_that_much_is_taken(written: str, size: int) -> None:
    facts = read_household(written)
    assert facts is not None
    assert facts["household_size"] == Span.of(size)
    assert facts["children"] == Span(Decimal(0), Decimal(size - 1))


@pytest.mark.parametrize("written", ["", "3 bērni", "es, vīrs un bērni", "0", "50", "labdien", "2,5", "1 2 3"])
def test_what_is_not_certain_is_asked_again(written: str) -> None:
    assert read_household(written) is None


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_left_without_a_fault(written: str) -> None:
    facts = read_household(written)
    assert facts is None or facts["adults"].low >= 1
