"""Where columns tell the steps of a register, they are those that the rules make of its readings one by one."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.inventory.meters import MeterSpec, RegisterDirection
from app.core.readings.columns import QUALITY_CODES, Quality
from app.core.readings.versions import one_after_the_other
from app.rollup.segments.legs import NEIGHBOURS
from app.rollup.segments.register_columns import Steps, steps_of
from app.rollup.segments.registers import REACH, register_segments
from app.rollup.segments.segment import Reading, Segment
from tests.rollup.steady import readings
from tests.rollup.test_columns import Row, columns
from tests.rollup.test_segments import ESTIMATED, HOUR_MS, MANUAL, MEASURED
from tests.rollup.test_segments import meter as spec

FIELDS: list[Mapping[str, Any]] = [
    {},
    {"max_rate_micro": Decimal(1_000_000_000)},
    {"annual_micro": Decimal(100_000_000_000)},
    {"modulus_micro": 100_000_000_000},
    {"dip_tolerance_micro": 5_000_000},
    {"by_history": False},
    {"direction": RegisterDirection.DOWN},
    {"direction": RegisterDirection.NET},
    {"direction": RegisterDirection.NET, "modulus_micro": 100_000_000_000, "max_rate_micro": Decimal(10**9)},
]


def drawn(random: Random, number: int) -> tuple[MeterSpec, list[Row]]:
    meter = replace(spec("register", **random.choice(FIELDS)), id=number)
    sign = -1 if meter.direction is RegisterDirection.DOWN else 1
    found = readings(random, 260, begin_ms=0, odd=random.choice([0, 0.005, 0.03]))
    accepted = [0, 0, 0, 0, 8]
    return meter, [
        (at, sign * value, QUALITY_CODES[Quality(quality)] + random.choice(accepted), None)
        for at, value, quality in found
    ]


def steps(rows: list[Row], **fields: Any) -> Steps:
    meter = spec("register", **fields)
    return steps_of(columns(meter, rows), {meter.id: meter})


def hourly(values: list[int], qualities: Mapping[int, int] = {}) -> list[Row]:
    return [(at * HOUR_MS, value, qualities.get(at, MEASURED), None) for at, value in enumerate(values)]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_steps_without_a_doubt_around_them_are_the_segments_of_the_rules(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - examples
    meters = [drawn(random, number) for number in (1, 2)]
    together = one_after_the_other([columns(meter, rows) for meter, rows in meters])
    found = steps_of(together, {meter.id: meter for meter, _ in meters})
    begin = 0
    for meter, rows in meters:
        rules = list(register_segments(meter, [Reading(*row) for row in sorted(rows)], []))
        doubts = found.doubtful[begin : begin + len(rows) - 1].tolist()
        told = [
            Segment(*each)
            for each in zip(
                *(
                    column[begin : begin + len(rows) - 1].tolist()
                    for column in (
                        found.segments.start_s,
                        found.segments.end_s,
                        found.segments.quantity,
                        found.segments.quality,
                    )
                ),
                strict=True,
            )
        ]
        for place, one in enumerate(told):
            if not any(doubts[max(place - REACH, 0) : place + REACH + 1]):
                assert one in rules
        if not any(doubts):
            assert told == rules
        begin += len(rows)


def test_a_step_has_the_difference_and_the_worse_quality_of_its_ends() -> None:
    found = steps(hourly([5, 5, 9, 12, 20], {1: ESTIMATED, 2: MANUAL}))
    assert found.segments.quantity.tolist() == [0, 4, 3, 8]
    assert found.segments.quality.tolist() == [ESTIMATED, ESTIMATED, MANUAL, MEASURED]
    assert found.segments.start_s.tolist() == [0, 3_600, 7_200, 10_800]
    assert found.segments.end_s.tolist() == [3_600, 7_200, 10_800, 14_400]
    assert not found.doubtful.any()


@pytest.mark.parametrize(
    ("values", "fields", "doubted"),
    [
        ([5, 9, 8, 12], {}, [1]),
        ([5, 9, 8, 12], {"dip_tolerance_micro": 1}, [1]),
        ([12, 8, 9, 5], {"direction": RegisterDirection.DOWN}, [1]),
        ([5, 9, 2], {"direction": RegisterDirection.NET}, []),
        ([10, 60, 9, 61], {"direction": RegisterDirection.NET, "modulus_micro": 102}, [2]),
        ([0, 100, 200, 300], {"max_rate_micro": Decimal(102)}, []),
        ([0, 100, 203, 303], {"max_rate_micro": Decimal(102)}, [1]),
        ([0, 0, 0, 0], {"max_rate_micro": Decimal(0)}, []),
        ([0, 0, 1, 1], {"max_rate_micro": Decimal(0)}, [1]),
        ([0, 40, 80, 126], {"annual_micro": Decimal(20_000)}, [2]),
    ],
)
def test_what_two_readings_alone_do_not_tell_is_in_doubt(
    values: list[int], fields: Mapping[str, Any], doubted: list[int]
) -> None:
    assert steps(hourly(values), **fields).doubtful.nonzero()[0].tolist() == doubted


def test_a_step_over_more_than_a_thousand_days_is_in_doubt() -> None:
    day = 24 * HOUR_MS
    rows: list[Row] = [(0, 0, 1, None), (1_100 * day, 1, 1, None), (2_200 * day + 1, 2, 1, None)]
    assert steps(rows).doubtful.tolist() == [False, True]


@pytest.mark.parametrize(
    ("rises", "fields", "doubted"),
    [
        ([4] * 20 + [999] + [4] * 20, {}, [20]),
        ([4] * 20 + [999] + [4] * 20, {"by_history": False}, []),
        ([4] * 20 + [999] + [4] * 20, {"max_rate_micro": Decimal(1_200)}, []),
        ([4] * 20 + [999] + [3] * 30, {}, [20]),
        ([4] * 20 + [999, 800] + [3] * 10, {}, []),
        ([4] * 4 + [100] + [4] * 4, {}, [4]),
        ([4] * 4 + [100] + [4] * 3, {}, []),
        ([0, 0, 0, 1] * 10, {}, []),
        ([4] * 20 + [40] + [4] * 20, {}, []),
        ([60] + [1] * NEIGHBOURS + [100] + [1] * NEIGHBOURS, {}, [0, NEIGHBOURS + 1]),
        ([60] + [1] * (NEIGHBOURS - 1) + [100] + [1] * NEIGHBOURS, {}, []),
        ([1] * NEIGHBOURS + [100] + [1] * NEIGHBOURS + [60], {}, [NEIGHBOURS, 2 * NEIGHBOURS + 1]),
    ],
)
def test_a_rise_unlike_all_around_it_is_in_doubt(
    rises: list[int], fields: Mapping[str, Any], doubted: list[int]
) -> None:
    values = [sum(rises[:end]) for end in range(len(rises) + 1)]
    assert steps(hourly(values), **fields).doubtful.nonzero()[0].tolist() == doubted


def test_an_accepted_rise_is_not() -> None:
    values = [sum(([4] * 20 + [999] + [4] * 20)[:end]) for end in range(42)]
    assert not steps(hourly(values, {21: 8 + MEASURED})).doubtful.any()


def test_no_readings_and_one_have_no_steps() -> None:
    assert len(steps([]).segments) == 0
    assert len(steps(hourly([5])).segments) == 0
