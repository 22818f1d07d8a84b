"""Sealed values, blind indexes and the masking of personal codes."""

import re
import string
import sys
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.confidentiality import SealBroken, blind_index, mask_personal_codes, new_id, open_sealed, seal
from booking.personal_codes import MASK

KEY = bytes(range(32))
SECRET = b"an index secret of thirty-two by"


def sealed(text: str, *, table: str = "appointment", column: str = "name_sealed", row_id: str = "1") -> bytes:
    return seal(KEY, table=table, column=column, row_id=row_id, text=text)


@given(st.text())
def test_what_was_sealed_opens_again(text: str) -> None:
    opened = open_sealed(KEY, table="t", column="c", row_id="r", sealed=sealed_at_r(text))
    assert opened == text.encode("utf-8", "replace").decode()


def sealed_at_r(text: str) -> bytes:
    return seal(KEY, table="t", column="c", row_id="r", text=text)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"table": "handover"}, "moved to another table"),
        ({"column": "need_sealed"}, "moved to another column of the row"),
        ({"row_id": "2"}, "swapped between two people's rows"),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(place: dict[str, str], reason: str) -> None:
    at = {"table": "appointment", "column": "name_sealed", "row_id": "1"}
    value = sealed("Ilze")
    assert open_sealed(KEY, **at, sealed=value) == "Ilze"
    with pytest.raises(SealBroken):
        open_sealed(KEY, **(at | place), sealed=value)


def test_every_changed_byte_is_noticed() -> None:
    value = sealed_at_r("Ilze")
    for position in range(len(value)):
        changed = bytearray(value)
        changed[position] ^= 1
        with pytest.raises(SealBroken):
            open_sealed(KEY, table="t", column="c", row_id="r", sealed=bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 5, 13, 28])
def test_a_cut_value_is_refused_and_not_an_error_of_another_kind(length: int) -> None:
    with pytest.raises(SealBroken):
        open_sealed(KEY, table="t", column="c", row_id="r", sealed=sealed_at_r("Ilze")[:length])


def test_another_persons_key_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        open_sealed(bytes(32), table="t", column="c", row_id="r", sealed=sealed_at_r("Ilze"))


def test_the_length_of_a_name_cannot_be_read_from_its_sealed_value() -> None:
    assert len({len(sealed(name)) for name in ("", "Ā", "Ilze", "Aleksandra Kristiāna")}) == 1
    assert len(sealed("x" * 64)) == len(sealed("x")) + 64


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert len({sealed("Ilze") for _ in range(50)}) == 50


def test_a_text_no_encoding_can_carry_is_sealed_without_an_exception_that_would_print_it() -> None:
    assert open_sealed(KEY, table="t", column="c", row_id="r", sealed=sealed_at_r("a\ud800b\x00")) == "a?b\x00"


def test_the_exception_of_a_broken_seal_tells_nothing() -> None:
    value = sealed("Ilze")
    with pytest.raises(SealBroken) as broken:
        open_sealed(KEY, table="t", column="c", row_id="r", sealed=value)
    told = "".join(traceback.format_exception(broken.value))
    assert str(broken.value) == ""
    assert "InvalidTag" not in told


def test_an_index_finds_equal_values_of_one_purpose_only() -> None:
    number = blind_index(SECRET, "sms", "+37120000001")
    assert number == blind_index(SECRET, "sms", "+37120000001")
    assert len(number) == 32
    assert number != blind_index(SECRET, "telegram", "+37120000001")
    assert number != blind_index(SECRET, "sms", "+37120000002")
    assert number != blind_index(SECRET[::-1], "sms", "+37120000001")


@pytest.mark.parametrize("secret", [b"", b"short", bytes(31)])
def test_a_short_index_secret_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        blind_index(secret, "sms", "+37120000001")


def test_ids_are_random_and_of_one_shape() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


# Personal codes. Every code here is invented; none has to have a right check digit.

days = st.integers(1, 28)
months = st.integers(1, 12)
old_codes = st.builds(
    lambda day, month, year, century, rest: f"{day:02}{month:02}{year:02}{century}{rest:04}",
    days,
    months,
    st.integers(0, 99),
    st.integers(0, 2),
    st.integers(0, 9999),
)
new_codes = st.builds(lambda begin, rest: f"{begin}{rest:09}", st.integers(32, 36), st.integers(0, 999_999_999))
codes = st.one_of(old_codes, new_codes)
DASHES = "-‐‑‒–—―−－"
BETWEEN = ["", " ", "  ", " - ", ". ", "/", "_", " un ", " tad ", ", ", ": ", " domuzīme ", " svītra "]
BETWEEN += [
    " дефис ",
    " тире ",
    " и потом ",
    "\n",
    "\u00a0",
    "\u200b",
    *DASHES,
    *(f" {dash} " for dash in DASHES),
]
SENTENCES = [
    "{}",
    "mans kods {}.",
    "mans personas kods ir {}, bērni 2",
    "код {} спасибо",
    "Sveiki! {} Ilze, 26000001",
]
SHAPES = {
    "ascii": str,
    "full width": lambda text: text.translate({ord(d): ord(d) + 0xFEE0 for d in string.digits}),
    "mathematical": lambda text: text.translate({ord(d): 0x1D7CE + int(d) for d in string.digits}),
}


def has_hidden(text: str, code: str, written: str) -> bool:
    masked = mask_personal_codes(text)
    return masked == text.replace(written, re.sub(r"\d", MASK, written)) and masked.count(MASK) == len(code)


@given(codes, st.sampled_from(BETWEEN), st.sampled_from(SENTENCES), st.sampled_from(sorted(SHAPES)))
def test_a_code_is_masked_however_its_halves_are_joined(code: str, between: str, sentence: str, shape: str) -> None:
    written = SHAPES[shape](code[:6]) + between + SHAPES[shape](code[6:])
    assert has_hidden(sentence.format(written), code, written)


@given(codes, st.sampled_from([" ", "  ", ".", "-"]), st.sampled_from(["{}", "mans kods {}", "код: {}!"]))
def test_a_code_with_signs_between_its_digits_is_masked(code: str, between: str, sentence: str) -> None:
    written = between.join(code)
    assert has_hidden(sentence.format(written), code, written)


@given(codes, st.lists(st.integers(1, 10), unique=True, max_size=5).map(sorted))
def test_a_code_named_as_one_is_masked_in_any_groups(code: str, cuts: list[int]) -> None:
    written = " ".join(code[start:end] for start, end in zip([0, *cuts], [*cuts, 11], strict=True))
    assert has_hidden(f"personas kods {written}", code, written)


@given(codes, st.sampled_from(["", "kods ", "un tad "]))
def test_a_code_split_over_two_messages_is_masked_in_the_second(code: str, lead: str) -> None:
    assert mask_personal_codes(f"{lead}{code[6:]} paldies", f"mans kods {code[:6]}") == f"{lead}▒▒▒▒▒ paldies"


@pytest.mark.parametrize(
    "text",
    [
        "kods 010190 un 12345",
        "mans kods 010190 – 12345",
        "mans personas kods sākas ar 010190 un beidzas ar skaitli 12345",
        "p.k. 010190-12345",
        "personas kods 01.01.90-12345",
        "010190–12345 un dēlam 321234–56789",
        "kods010190-12345",
        "01019012345 26000001",
        "mans kods 0101901 2345",
        "tel. +37126000001, kods 01 01 90 12 345",
    ],
)
def test_codes_as_people_write_them_are_masked(text: str) -> None:
    masked = mask_personal_codes(text)
    assert masked.count(MASK) in (11, 22)
    assert "12345" not in masked.replace(" ", "")


def test_the_rest_of_the_text_stays_as_it_was() -> None:
    assert mask_personal_codes("Mans kods 010190-12345, Ilze ½") == "Mans kods ▒▒▒▒▒▒-▒▒▒▒▒, Ilze ½"


phones = st.one_of(
    st.integers(20_000_000, 29_999_999).map(lambda n: f"371{n}"),
    st.integers(60_000_000, 69_999_999).map(lambda n: f"+371 {n}"),
    st.integers(2_000_000, 2_999_999).map(lambda n: f"+371 2{n // 10000} {n % 10000:04}"),
    st.integers(20_000_000, 29_999_999).map(str),
    st.integers(20_000_000, 29_999_999).map(lambda n: f"00371{n}"),
)
ibans = st.integers(0, 10**13 - 1).flatmap(
    lambda n: st.sampled_from(
        [
            f"LV80BANK{n:013}",
            f"LV80 BANK {n // 10**9:04} {n // 10**5 % 10**4:04} {n // 10 % 10**4:04} {n % 10}",
        ]
    )
)
sums = st.one_of(
    st.decimals(0, 100_000, places=2).map(lambda amount: f"{amount} EUR"),
    st.integers(1000, 999_999).map(lambda amount: f"{amount // 1000} {amount % 1000:03},00 eiro"),
)
dates = st.dates().flatmap(
    lambda day: st.sampled_from(
        [f"{day:%d.%m.%Y}", f"{day:%d.%m.%Y}.", day.isoformat(), f"{day:%d.%m.%Y} 10:30", f"{day:%d/%m/%y}"]
    )
)


@given(
    st.one_of(phones, ibans, sums, dates),
    st.sampled_from(["{}", "Mans numurs ir {}, zvaniet", "konts {}", "{} un 150 eiro", "позвоните {}"]),
)
def test_phones_accounts_sums_and_dates_are_left_alone(number: str, sentence: str) -> None:
    text = sentence.format(number)
    assert mask_personal_codes(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("37120000001", "a phone without its plus"),
        ("+32 470 12 34 56", "a foreign phone that begins as a new code does"),
        ("LV80BANK0000435195001", "an account"),
        ("4111 1111 1111 1111", "a card is not a code"),
        ("no 24.11.2026 100 eiro", "a date and a sum together have eleven digits"),
        ("451390-12345", "no month and no day begin so"),
        ("310290-1234", "a digit is missing"),
        ("26000001 26000002", "two phones"),
        ("PVN LV40103123456", "the number of a company"),
        ("", "nothing"),
        ("\ud800\x00", "signs that are no letters"),
    ],
)
def test_numbers_that_are_no_codes_are_left_alone(text: str, reason: str) -> None:
    assert mask_personal_codes(text) == text


@given(st.text(alphabet=st.sampled_from("0123 .-/k un\n４²＋"), max_size=200))
def test_masking_never_fails_and_keeps_the_length(text: str) -> None:
    assert len(mask_personal_codes(text)) == len(text)


@pytest.mark.parametrize("piece", ["1", "1 ", "010190-12345 ", "kods 010190 un ", " - ", "010190\n12345\n", "ш１"])
def test_the_work_of_masking_grows_with_the_text_and_not_faster(piece: str) -> None:
    """Counted in calls, as time would depend on the machine: 100 kB may cost at most 15 times 10 kB."""
    few, many = (count_calls(piece * (size // len(piece))) for size in (10_000, 100_000))
    assert many <= 15 * few + 1000


def count_calls(text: str) -> int:
    calls = 0

    def count(_frame: object, _event: str, _argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        mask_personal_codes(text)
    finally:
        sys.setprofile(None)
    return calls
