"""What is added to days is summed exactly, and packed so that every changed byte is noticed."""

import numpy as np
import pytest

from app.core.calendar.periods import Grain
from app.core.readings.added_days import (
    NOTHING_ADDED,
    UnreadableAdditions,
    added_up,
    pack_added,
    unpack_added,
)
from app.core.readings.bucket_columns import BucketColumns
from tests.support.added_days import added

MARCH_1, APRIL_1, JANUARY_1, JULY_1 = 18_687, 18_718, 18_628, 18_444


def said(of: BucketColumns) -> list[tuple[int, ...]]:
    columns = (of.meter_id, of.start_day, of.quantity, of.count, of.covered_s, of.gross)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_days_of_several_additions_are_summed_by_meter_and_day() -> None:
    whole = added_up(
        [added((7, MARCH_1, JANUARY_1, 5), (3, APRIL_1, JANUARY_1, 2)), added((7, MARCH_1, JANUARY_1, -1))]
    )
    assert said(whole.days) == [(3, APRIL_1, 2, 1, 900, 2), (7, MARCH_1, 4, 2, 1_800, 6)]


def test_what_is_taken_back_leaves_nothing() -> None:
    some = added((7, MARCH_1, JANUARY_1, 5), (7, APRIL_1, JANUARY_1, 0))
    assert len(added_up([some, some.taken_back()])) == 0
    assert said(added_up([some, added((7, MARCH_1, JANUARY_1, 5)).taken_back()]).days) == [(7, APRIL_1, 0, 1, 900, 0)]


def test_months_and_years_are_sums_of_days() -> None:
    whole = added((7, MARCH_1, JANUARY_1, 5), (7, MARCH_1 + 30, JANUARY_1, 6), (7, APRIL_1, JULY_1, 1))
    assert said(whole.in_grain(Grain.MONTH)) == [(7, MARCH_1, 11, 2, 1_800, 11), (7, APRIL_1, 1, 1, 900, 1)]
    assert said(whole.in_grain(Grain.YEAR)) == [(7, JULY_1, 1, 1, 900, 1), (7, JANUARY_1, 11, 2, 1_800, 11)]
    assert said(NOTHING_ADDED.in_grain(Grain.YEAR)) == []


def test_packed_they_are_what_they_were_to_the_ends_of_64_bits() -> None:
    largest = 2**63 - 1
    some = added((1, -(2**31), -(2**31) - 365, -largest), (1, MARCH_1, JANUARY_1, largest), (2**31 - 1, 0, 0, 7))
    found = unpack_added(pack_added(some))
    assert said(found.days) == said(some.days)
    assert found.year.tolist() == [-(2**31) - 365, JANUARY_1, 0]
    assert found.days.grain.tolist() == [1, 1, 1]


def test_a_thousand_meters_of_a_day_take_two_to_three_bytes_each() -> None:
    quantities = np.random.default_rng(1).integers(0, 16_384, 1_000) * 10_000
    some = added(*((meter, MARCH_1, JANUARY_1, quantity) for meter, quantity in enumerate(quantities.tolist(), 1)))
    assert 1_700 < len(pack_added(some)) < 2_200


def test_every_changed_byte_is_noticed() -> None:
    content = pack_added(added((7, MARCH_1, JANUARY_1, 5), (9, MARCH_1, JANUARY_1, 6)))
    for place in range(len(content)):
        changed = content[:place] + bytes((content[place] ^ 1,)) + content[place + 1 :]
        with pytest.raises(UnreadableAdditions, match="cannot be read"):
            unpack_added(changed)
    with pytest.raises(UnreadableAdditions):
        unpack_added(content[:-1])
