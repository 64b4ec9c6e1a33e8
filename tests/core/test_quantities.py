"""Quantities are exact integers inside and plain digits outside."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.units.quantities import (
    QuantityOutOfRange,
    Rounding,
    decimal_from_micro,
    display,
    fits_int64,
    micro_from_decimal,
    plain,
)


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("0", 0),
        ("1", 1_000_000),
        ("-1.5", -1_500_000),
        ("0.000001", 1),
        ("0.0000005", 0),
        ("0.0000015", 2),
        ("0.0000025", 2),
        ("-0.0000015", -2),
        ("0.00000050000000000000000000000000000001", 1),
        ("0.0000004999999999999999999999999999", 0),
        ("1e-30", 0),
        ("-1e-400", 0),
        ("123456789.123456499", 123_456_789_123_456),
        ("4294967296", 4_294_967_296_000_000),
        ("-4294967296", -4_294_967_296_000_000),
        ("4294967296.0000004", 4_294_967_296_000_000),
    ],
)
def test_digits_past_the_sixth_are_rounded_half_even(text: str, micro: int) -> None:
    assert micro_from_decimal(Decimal(text)) == micro


@pytest.mark.parametrize(
    "text",
    ["4294967296.000001", "-4294967296.000001", "1e11", "-9e99", "1e999999", "NaN", "sNaN", "Infinity", "-Infinity"],
)
def test_a_value_beyond_two_to_the_thirty_second_units_is_refused(text: str) -> None:
    with pytest.raises(QuantityOutOfRange):
        micro_from_decimal(Decimal(text))


@given(st.integers(-(2**32) * 10**6, 2**32 * 10**6))
def test_micro_units_come_back_as_the_same_number(micro: int) -> None:
    assert micro_from_decimal(decimal_from_micro(micro)) == micro


@pytest.mark.parametrize(
    ("text", "decimals", "half_up", "down"),
    [
        ("2.5", 0, "3", "2"),
        ("-2.5", 0, "-3", "-2"),
        ("0.005", 2, "0.01", "0.00"),
        ("-0.004", 2, "0.00", "0.00"),
        ("-0.009", 2, "-0.01", "0.00"),
        ("1234567.891", 1, "1234567.9", "1234567.8"),
        ("1E+3", 0, "1000", "1000"),
        ("12", 3, "12.000", "12.000"),
        ("0", 0, "0", "0"),
    ],
)
def test_a_displayed_figure_is_rounded_by_the_rule_and_never_a_negative_zero(
    text: str, decimals: int, half_up: str, down: str
) -> None:
    assert display(Decimal(text), decimals=decimals, rounding=Rounding.HALF_UP) == half_up
    assert display(Decimal(text), decimals=decimals, rounding=Rounding.DOWN) == down


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1.500", "1.5"),
        ("100", "100"),
        ("1E+2", "100"),
        ("-0.0", "0"),
        ("0E-8", "0"),
        ("-0E-999999999999", "0"),
        ("0E+999999999999", "0"),
        ("0.000001", "0.000001"),
        ("-7.0", "-7"),
    ],
)
def test_a_plain_number_has_every_digit_and_no_exponent(text: str, digits: str) -> None:
    assert plain(Decimal(text)) == digits


def test_what_fits_a_64_bit_column_is_known_to_the_last_integer() -> None:
    assert fits_int64(9_223_372_036_854_775_807)
    assert not fits_int64(9_223_372_036_854_775_808)
    assert fits_int64(-9_223_372_036_854_775_808)
    assert not fits_int64(-9_223_372_036_854_775_809)
