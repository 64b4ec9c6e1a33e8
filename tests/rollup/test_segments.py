"""Readings become segments by their kind."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar.fiscal_calendar import plain_calendar
from app.core.calendar.periods import interval_from_iso
from app.core.inventory.exchanges import Exchange
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.buckets import RollupFlag
from app.rollup.segments.legs import register_difference
from app.rollup.segments.levels import stands
from app.rollup.segments.segment import Reading, Segment
from app.rollup.segments.segments import segments

MEASURED, ESTIMATED, MANUAL = 1, 2, 3
NONE = RollupFlag(0)
HOUR_MS = 3_600_000


def meter(kind: str, **fields: Any) -> MeterSpec:
    plain = MeterSpec(
        id=1,
        code="m",
        organization_id=1,
        plant_id=1,
        kind=MeterKind(kind),
        zone=ZoneInfo("Asia/Shanghai"),
        interval=None,
        edge=TimestampEdge.INTERVAL_START,
        modulus_micro=None,
        max_rate_micro=None,
        dip_tolerance_micro=0,
        calendar=plain_calendar(1),
        in_service_from=None,
        in_service_to=None,
    )
    return replace(plain, **fields)


@pytest.mark.parametrize(
    ("fields", "before", "after", "quantity", "flags"),
    [
        ({}, 5, 5, 0, NONE),
        ({}, 5, 9, 4, NONE),
        ({}, -9, -5, 4, NONE),
        ({}, 9, 5, None, RollupFlag.RESET),
        ({"dip_tolerance_micro": 4}, 9, 5, -4, RollupFlag.DIP),
        ({"dip_tolerance_micro": 3}, 9, 5, None, RollupFlag.RESET),
        ({"modulus_micro": 1000}, 990, 10, 20, RollupFlag.ROLLOVER),
        ({"modulus_micro": 1000}, 950, 50, 100, RollupFlag.ROLLOVER),
        ({"modulus_micro": 1000}, 950, 51, None, RollupFlag.RESET),
        ({"modulus_micro": 1000, "dip_tolerance_micro": 980}, 990, 10, -980, RollupFlag.DIP),
        ({"modulus_micro": 1000}, 2000, 10, None, RollupFlag.RESET),
        ({"modulus_micro": 1000, "max_rate_micro": Decimal(500)}, 600, 100, 500, RollupFlag.ROLLOVER),
        ({"modulus_micro": 1000, "max_rate_micro": Decimal(499)}, 600, 100, None, RollupFlag.RESET),
        ({"modulus_micro": 1000, "max_rate_micro": Decimal(19)}, 990, 10, None, RollupFlag.RESET),
        ({"max_rate_micro": Decimal(4)}, 5, 9, 4, NONE),
        ({"max_rate_micro": Decimal("3.999")}, 5, 9, None, RollupFlag.IMPLAUSIBLE),
    ],
)
def test_what_a_register_counted_in_an_hour(
    fields: dict[str, Any], before: int, after: int, quantity: int | None, flags: RollupFlag
) -> None:
    assert register_difference(meter("register", **fields), before, after, HOUR_MS) == (quantity, flags)


def test_the_worst_quality_of_both_neighbours_is_the_segments() -> None:
    readings = [
        Reading(0, 1, MEASURED),
        Reading(1_000, 2, MANUAL),
        Reading(2_000, 3, ESTIMATED),
        Reading(3_000, 4, MEASURED),
    ]
    assert [each.quality for each in segments(meter("register"), readings)] == [MANUAL, ESTIMATED, ESTIMATED]


def test_an_accepted_readings_quality_is_what_its_sender_stated() -> None:
    readings = [Reading(0, 1, MEASURED), Reading(1_000, 2, 8 + MANUAL)]
    assert [each.quality for each in segments(meter("register"), readings)] == [MANUAL]


def test_one_register_reading_alone_is_no_segment() -> None:
    assert list(segments(meter("register"), [Reading(0, 1, MEASURED)])) == []


def test_an_exchange_ends_the_old_instruments_leg_and_begins_the_new_ones() -> None:
    found = list(
        segments(
            meter("register"),
            [Reading(0, 500_000_000, MEASURED), Reading(12 * HOUR_MS, 10_000_000, MEASURED)],
            [Exchange(6 * HOUR_MS, 512_500_000, 3_000_000)],
        )
    )
    assert found == [
        Segment(0, 21_600, 12_500_000, MEASURED, RollupFlag.EXCHANGE),
        Segment(21_600, 43_200, 7_000_000, MEASURED, RollupFlag.EXCHANGE),
    ]


def test_two_exchanges_between_two_readings_count_all_three_instruments() -> None:
    exchanges = [Exchange(2_000, 15, 100), Exchange(4_000, 130, 7)]
    found = list(segments(meter("register"), [Reading(0, 10, MEASURED), Reading(6_000, 9, MEASURED)], exchanges))
    assert [each.quantity for each in found] == [5, 30, 2]


def test_a_reading_at_the_very_instant_of_an_exchange_is_the_old_instruments() -> None:
    readings = [Reading(0, 10, MEASURED), Reading(2_000, 15, MEASURED), Reading(4_000, 103, MEASURED)]
    found = list(segments(meter("register"), readings, [Exchange(2_000, 15, 100)]))
    assert sum(each.quantity or 0 for each in found) == 8
    assert RollupFlag.RESET not in {flag for each in found for flag in each.flags}


def test_an_exchange_out_of_range_of_the_readings_is_unknown_where_it_contradicts_them() -> None:
    readings = [Reading(0, 500, MEASURED), Reading(4_000, 10, MEASURED)]
    found = list(segments(meter("register"), readings, [Exchange(2_000, 400, 3)]))
    assert [(each.quantity, each.flags) for each in found] == [
        (None, RollupFlag.EXCHANGE | RollupFlag.RESET),
        (7, RollupFlag.EXCHANGE),
    ]


@pytest.mark.parametrize(
    ("interval", "edge", "at", "start", "bounds"),
    [
        ("PT15M", TimestampEdge.INTERVAL_START, 900_000, None, (900, 1_800)),
        ("PT15M", TimestampEdge.INTERVAL_END, 900_000, None, (0, 900)),
        ("PT15M", TimestampEdge.INTERVAL_START, 900_999, None, (900, 1_800)),
        ("PT15M", TimestampEdge.INTERVAL_START, 900_000, 100_000, (100, 900)),
        ("PT15M", TimestampEdge.INTERVAL_END, 900_000, 100_000, (100, 900)),
    ],
)
def test_an_interval_reading_covers_its_interval_or_what_it_states(
    interval: str, edge: TimestampEdge, at: int, start: int | None, bounds: tuple[int, int]
) -> None:
    spec = meter("interval", interval=interval_from_iso(interval), edge=edge)
    assert list(segments(spec, [Reading(at, 5, MEASURED, start)])) == [Segment(*bounds, 5, MEASURED)]


def test_an_event_has_no_length_and_is_floored_to_the_second() -> None:
    assert list(segments(meter("event"), [Reading(1_999, -3, MANUAL)])) == [Segment(1, 1, -3, MANUAL)]


@pytest.mark.parametrize("kind", ["stock", "gauge"])
def test_levels_have_no_segments(kind: str) -> None:
    assert list(segments(meter(kind), [Reading(0, 1, MEASURED), Reading(1_000, 2, MEASURED)])) == []


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=20))
def test_with_a_wide_dip_tolerance_the_segments_telescope(values: list[int]) -> None:
    readings = [Reading(at * 1_000, value, MEASURED) for at, value in enumerate(values)]
    found = list(segments(meter("register", dip_tolerance_micro=10**7, by_history=False), readings))
    assert sum(each.quantity or 0 for each in found) == values[-1] - values[0]
    assert len(found) == len(values) - 1


@pytest.mark.parametrize(
    ("edge", "found"),
    [
        (TimestampEdge.INTERVAL_START, [(0, 900, 1), (900, 1_800, 2), (3_600, 4_500, 3)]),
        (TimestampEdge.INTERVAL_END, [(-900, 0, 1), (0, 900, 2), (2_700, 3_600, 3)]),
    ],
)
def test_a_gauge_stands_on_the_side_of_its_stamp_that_its_edge_says(
    edge: TimestampEdge, found: list[tuple[int, int, int]]
) -> None:
    readings = [Reading(at_s * 1_000, value, MEASURED) for at_s, value in ((0, 1), (900, 2), (3_600, 3))]
    assert list(stands(meter("gauge", edge=edge, interval=interval_from_iso("PT15M")), readings)) == found
