"""Columns of numbers are written as columns of text, character for character as one at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar.periods import instant_from_ms, rfc3339
from app.core.readings.text_columns import (
    TextColumn,
    beside,
    each_once,
    hexadecimal_texts,
    instant_texts,
    joined,
    micro_texts,
    texts,
    where,
)
from app.core.units.quantities import decimal_from_micro, plain

FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999


def lines(column: TextColumn) -> list[str]:
    return joined([column, b"|"], len(column)).decode().split("|")[:-1]


def test_micro_units_are_plain_decimals_of_units() -> None:
    micro = [0, 1, -1, 10, 999_999, 1_000_000, -20_000_000, 1_500_000, 123_456_789_012, -(2**63), 2**63 - 1]
    assert lines(micro_texts(np.array(micro))) == [
        *("0", "0.000001", "-0.000001", "0.00001", "0.999999", "1", "-20", "1.5", "123456.789012"),
        *("-9223372036854.775808", "9223372036854.775807"),
    ]
    assert lines(micro_texts(np.array([0, 100_000_000]))) == ["0", "100"]
    assert lines(micro_texts(np.array([], dtype=np.int64))) == []


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**7), 10**7), min_size=1))
def test_micro_units_are_written_as_the_decimals_they_are(micro: list[int]) -> None:
    assert lines(micro_texts(np.array(micro))) == [plain(decimal_from_micro(each)) for each in micro]


def test_instants_have_milliseconds_only_where_there_are_any() -> None:
    at = [0, 999, 1_614_556_800_000, -1, FIRST_MS, LAST_MS]
    assert lines(instant_texts(np.array(at))) == [
        *("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.999Z", "2021-03-01T00:00:00Z", "1969-12-31T23:59:59.999Z"),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"),
    ]
    assert lines(instant_texts(np.array([86_399_000]))) == ["1970-01-01T23:59:59Z"]
    with pytest.raises(OverflowError):
        instant_texts(np.array([LAST_MS + 1]))


@given(st.lists(st.integers(FIRST_MS, LAST_MS) | st.integers(-10_000, 10_000).map(lambda s: s * 1_000), min_size=1))
def test_instants_are_written_as_one_at_a_time(at: list[int]) -> None:
    assert lines(instant_texts(np.array(at))) == [rfc3339(instant_from_ms(each)) for each in at]


def test_columns_stand_beside_each_other_without_what_is_not_there() -> None:
    named = each_once(np.array([7, 9, 7]), {7: "m-7", 9: "übrig"}.__getitem__)
    shown = where(np.array([True, False, True]), beside([b"(", texts(["a", "bc", "d"]), b")"], 3))
    assert joined([named, b",", shown, b"\n"], 3).decode() == "m-7,(a)\nübrig,\nm-7,(d)\n"
    assert lines(hexadecimal_texts(np.array([0, 2**62 + 255]))) == ["0000000000000000", "40000000000000ff"]
