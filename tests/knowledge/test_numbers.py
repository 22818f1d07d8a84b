"""Numbers as people write them in Latvian and Russian."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.numbers import LARGEST, is_unknown, read_amount, read_count
from knowledge.spans import Span


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1 200,50", "1200.50"),
        ("300.50", "300.50"),
        ("1.200,50", "1200.50"),
        ("1.200", "1200"),
        ("1’200", "1200"),
        ("€ 400", "400"),
        ("450eiro", "450"),
        ("350,- eiro", "350"),
        ("400 uz rokas", "400"),
        ("400 eiro", "400"),
        ("900 в месяц", "900"),
        ("300 eiro 50 centi", "300.5"),
        ("Mana pensija ir 412.35 eiro", "412.35"),
        ("no pensijas 300", "300"),
        ("trīssimt", "300"),
        ("tris simti", "300"),
        ("divi simti piecdesmit", "250"),
        ("divi tūkstoši trīs simti", "2300"),
        ("simts divdesmit pieci", "125"),
        ("pusotrs tūkstotis", "1500"),
        ("двести", "200"),
        ("триста евро", "300"),
        ("две тысячи триста пятьдесят", "2350"),
        ("полторы тысячи", "1500"),
        ("1.5 тыс", "1500"),
        ("2 тысячи", "2000"),
        ("nav ienākumu", "0"),
        ("нет дохода", "0"),
        ("nulle", "0"),
        ("neko nemaksāju", "0"),
    ],
)
def test_one_number_is_read_as_it_is_written(written: str, amount: str) -> None:
    assert read_amount(written) == Span.of(Decimal(amount))


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("ap 300-400", 300, 400),
        ("300–400", 300, 400),
        ("no 300 līdz 400", 300, 400),
        ("от 300 до 400", 300, 400),
        ("400 vai 300", 300, 400),
        ("300 eiro līdz 400 eiro", 300, 400),
        ("ne vairāk par 350", 0, 350),
        ("не больше 350", 0, 350),
        ("mazāk par 350", 0, 350),
        ("līdz 350", 0, 350),
        ("350, ne vairāk", 0, 350),
        ("vismaz 500", 500, LARGEST),
        ("ne mazāk par 500", 500, LARGEST),
        ("больше 500", 500, LARGEST),
        ("ap 300", 270, 330),
        ("примерно триста", 270, 330),
    ],
)
def test_roughly_is_an_answer_too(written: str, low: int, high: int) -> None:
    assert read_amount(written) == Span(Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    "written",
    [
        "nezinu",
        "es nezinu cik",
        "не знаю",
        "нет",
        "",
        "labi",
        "-5",
        "29123456",
        "300 400",
        "man 300 un vīram 400",
        "6000 gadā",
        "300 в год",
        "100 nedēļā",
        "10 eiro dienā",
        "500 bruto",
        "200 lati",
        "9" * 70_000,
        "٣٠٠",
    ],
)
def test_what_is_not_certain_is_not_read(written: str) -> None:
    assert read_amount(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "nezinu",
        "Nezinu!",
        "nav ne jausmas",
        "negribu teikt",
        "не знаю",
        "не хочу говорить",
        "затрудняюсь ответить",
        "?",
    ],
)
def test_not_knowing_and_not_wanting_to_say_are_understood(written: str) -> None:
    assert is_unknown(written)


@pytest.mark.parametrize("written", ["300", "nē", "нет", "jā", "nav ienākumu", "divi"])
def test_an_answer_is_not_taken_for_not_knowing(written: str) -> None:
    assert not is_unknown(written)


@pytest.mark.parametrize(
    ("written", "count"), [("3", 3), ("trīs", 3), ("двое", 2), ("nav", 0), ("детей нет", 0), ("ne viena", 0)]
)
def test_counts_are_read(written: str, count: int) -> None:
    assert read_count(written) == count


@pytest.mark.parametrize("written", ["2,5", "daži", "40", "2 vai 3", ""])
def test_a_count_that_is_not_certain_is_not_read(written: str) -> None:
    assert read_count(written) is None


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_left_without_a_fault(written: str) -> None:
    found = read_amount(written)
    assert found is None or 0 <= found.low <= found.high
    assert (read_count(written) or 0) >= 0


@settings(deadline=None)
@given(st.integers(0, 49_999), st.integers(0, 99))
def test_every_amount_written_with_digits_is_read_back(whole: int, cents: int) -> None:
    amount = Decimal(whole) + Decimal(cents) / 100
    for written in (f"{amount:.2f}", f"{amount:.2f}".replace(".", ","), f"{amount:,.2f}".replace(",", " ")):
        assert read_amount(written) == Span.of(amount)
