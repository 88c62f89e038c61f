"""Rupiah as people write them; expectations from how prices are typed in chats."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.money import LARGEST_AMOUNT, format_rupiah, parse_rupiah

amounts = st.integers(0, LARGEST_AMOUNT)


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "Rp0"), (999, "Rp999"), (15_000, "Rp15.000"), (1_250_000, "Rp1.250.000"), (-500, "-Rp500")]
)
def test_an_amount_is_written_with_dots_and_without_decimals(amount: int, text: str) -> None:
    assert format_rupiah(amount) == text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("15000", 15_000),
        ("15rb", 15_000),
        ("15 ribu", 15_000),
        ("15k", 15_000),
        ("15K", 15_000),
        ("1,5jt", 1_500_000),
        ("1.5 juta", 1_500_000),
        ("1.5jt", 1_500_000),
        ("1.500", 1_500),
        ("1,500", 1_500),
        ("Rp 15.000,-", 15_000),
        ("Rp15.000,00", 15_000),
        ("rp. 2.000.000", 2_000_000),
        ("  7.500 ", 7_500),
        ("0,5 rb", 500),
    ],
)
def test_what_people_type_is_understood(text: str, amount: int) -> None:
    assert parse_rupiah(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rp",
        "gratis",
        "-5000",
        "15.00",
        "1.5",
        "1.2345",
        "1.000,5",
        "1.000.00",
        "1,0005 rb",
        "15 kg",
        "15rb5",
        "1e6",
        "9" * 5000,
        "²",
        "1..5 jt",
    ],
)
def test_what_is_no_whole_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rupiah(text)


def test_a_slip_of_the_finger_is_not_taken_for_a_price() -> None:
    assert parse_rupiah(str(LARGEST_AMOUNT)) == LARGEST_AMOUNT
    for text in (str(LARGEST_AMOUNT + 1), "1000001 jt"):
        with pytest.raises(ValueError, match="too large"):
            parse_rupiah(text)


@given(amounts)
def test_what_is_printed_can_be_typed_again(amount: int) -> None:
    assert parse_rupiah(format_rupiah(amount)) == amount
    assert parse_rupiah(f"{amount},-") == amount


@given(st.integers(0, 999_999), st.sampled_from(["rb", "ribu", "k", " rb"]))
def test_thousands_may_be_written_as_a_unit(thousands: int, unit: str) -> None:
    assert parse_rupiah(f"{thousands}{unit}") == thousands * 1000


@given(st.text(max_size=20))
def test_no_text_breaks_it(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= parse_rupiah(text) <= LARGEST_AMOUNT
