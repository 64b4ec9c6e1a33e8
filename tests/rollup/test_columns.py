"""Segments and buckets made in columns are those that the rules make of readings one by one."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.calendar.periods import Grain, Interval, day_start_ms, interval_from_iso
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.readings.buckets import Bucket
from app.core.readings.columns import COUNTS_BELOW, NO_START, Int64Column
from app.core.readings.versions import StoredColumns, one_after_the_other
from app.rollup.buckets.allocate import allocate
from app.rollup.buckets.allocate_columns import TooLarge, allocate_columns
from app.rollup.segments.segment import Reading
from app.rollup.segments.segment_columns import segment_columns
from app.rollup.segments.segments import segments
from tests.rollup.test_segments import meter as spec
from tests.support.streams import ANCHORS_MS, LIMIT, QUARTER_MS

Row = tuple[int, int, int, int | None]
"""Instant, value, stored quality, own start."""

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def columns(meter: MeterSpec, rows: Sequence[Row]) -> StoredColumns:
    """Return rows of a meter as they are stored, sorted by instant."""
    numbers = [(at, value, quality, NO_START if start is None else start) for at, value, quality, start in sorted(rows)]
    at, value, quality, start = np.array(numbers, dtype=np.int64).reshape(-1, 4).T.copy()
    count = len(rows)
    return StoredColumns(
        meter=np.full(count, meter.id, dtype=np.int32),
        at=at,
        value=value,
        quality=quality.astype(np.int16),
        start=start,
        revision=np.ones(count, dtype=np.int16),
        batch=np.ones(count, dtype=np.int64),
    )


def one_by_one(meter: MeterSpec, rows: list[Row], bounds_s: list[int]) -> list[Bucket]:
    counted = [Reading(*row) for row in sorted(rows) if row[2] < COUNTS_BELOW]
    return allocate(meter.id, segments(meter, counted), range(len(bounds_s) - 1), bounds_s)


def at_once(meters: dict[int, MeterSpec], rows: StoredColumns, bounds_s: list[int]) -> list[Bucket]:
    names: Int64Column = np.arange(len(bounds_s) - 1, dtype=np.int64)
    return allocate_columns(segment_columns(rows, meters), names, np.array(bounds_s), Grain.HOUR).buckets()


def day_bounds(zone: ZoneInfo, first: int, count: int) -> list[int]:
    return [day_start_ms(zone, day) // 1_000 for day in range(first, first + count + 1)]


INTERVALS = [None, "PT15M", "PT15M", "PT1H", "PT7M", "PT10S", "PT23H", "PT24H", "P1D", "P1M"]


@st.composite
def meters_with_rows(draw: st.DrawFn) -> tuple[MeterSpec, list[Row], int]:
    """Draw an interval meter, its readings by instant, on and off the grid, and an instant that they lie around."""
    zone = draw(st.sampled_from(sorted(ANCHORS_MS)))
    anchor = draw(st.sampled_from(ANCHORS_MS[zone]))
    text = draw(st.sampled_from(INTERVALS))
    meter = spec(
        kind="interval",
        zone=ZoneInfo(zone),
        interval=None if text is None else interval_from_iso(text),
        edge=draw(st.sampled_from(list(TimestampEdge))),
    )
    if draw(st.integers(0, 9)) == 0:
        meter = replace(meter, interval_changes=((anchor, Interval(seconds=3600)),))
    off = st.sampled_from([0, 0, 0, 0, 450_000, 1, 999, 1_500, -1])
    at = st.tuples(st.integers(-300, 300), off).map(lambda each: anchor + each[0] * QUARTER_MS + each[1])
    before = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 3 * DAY_MS), st.integers(0, 700 * DAY_MS))
    value = st.one_of(st.integers(0, 9), st.integers(-LIMIT, LIMIT), st.sampled_from([1, -1, 999_999, LIMIT, -LIMIT]))
    row = st.tuples(at, value, st.sampled_from([1, 1, 1, 2, 3, 9, 17, 25]), before)
    rows = draw(st.lists(row, min_size=1, max_size=60, unique_by=lambda each: each[0]))
    return meter, [(at, v, q, None if b is None else at - b) for at, v, q, b in rows], anchor


@settings(max_examples=300, deadline=None)
@given(st.lists(meters_with_rows(), min_size=1, max_size=4), st.sampled_from([HOUR_MS, DAY_MS, 1_800_000, None]))
def test_columns_of_many_meters_give_what_each_gives_by_itself(
    drawn: list[tuple[MeterSpec, list[Row], int]], width: int | None
) -> None:
    zone, anchor = drawn[0][0].zone, drawn[0][2]
    first = anchor // DAY_MS - 2
    bounds_s = (
        day_bounds(zone, first, 6)
        if width is None
        else list(range(day_start_ms(zone, first) // 1_000, day_start_ms(zone, first + 5) // 1_000, width // 1_000))
    )
    meters = {number: replace(meter, id=number) for number, (meter, _, _) in enumerate(drawn, 1)}
    each_by_itself = [
        bucket for number, (_, rows, _) in enumerate(drawn, 1) for bucket in one_by_one(meters[number], rows, bounds_s)
    ]
    together = one_after_the_other([columns(meters[number], rows) for number, (_, rows, _) in enumerate(drawn, 1)])
    assert at_once(meters, together, bounds_s) == each_by_itself


def test_readings_that_cross_midnight_are_cut_to_the_last_unit() -> None:
    meter = spec(
        kind="interval", zone=ZoneInfo("UTC"), interval=interval_from_iso("PT1H"), edge=TimestampEdge.INTERVAL_START
    )
    rows: list[Row] = [(81_000_000, 5, 1, None), (84_600_000, 7, 1, None), (85_500_000, 4, 2, None)]
    found = at_once({meter.id: meter}, columns(meter, rows), [0, 86_400, 172_800])
    stated = [(b.quantity, b.gross, b.gross_estimated, b.count, b.count_estimated, b.covered_s, b.flags) for b in found]
    assert stated == [(9, 9, 1, 3, 1, 5_400, 32), (7, 7, 3, 0, 0, 2_700, 32)]


def test_a_day_that_the_calendar_left_out_gets_nothing() -> None:
    meter = spec(kind="interval", zone=ZoneInfo("Pacific/Apia"), interval=interval_from_iso("PT24H"))
    skipped = 15_338
    bounds_s = day_bounds(meter.zone, skipped - 1, 3)
    assert bounds_s[1] == bounds_s[2]
    found = at_once({meter.id: meter}, columns(meter, [(bounds_s[0] * 1_000 + 36_000_000, 24, 1, None)]), bounds_s)
    assert [bucket.start_day for bucket in found] == [0, 2]


def test_a_meter_whose_sum_may_pass_what_64_bits_hold_is_named() -> None:
    small, large = (
        replace(spec(kind="interval", zone=ZoneInfo("UTC"), interval=interval_from_iso("PT15M")), id=number)
        for number in (1, 2)
    )
    rows = [(at * 60_000, LIMIT, 1, None) for at in range(1_100)]
    together = one_after_the_other([columns(small, rows[:1_000]), columns(large, rows)])
    with pytest.raises(TooLarge) as raised:
        at_once({1: small, 2: large}, together, [0, 86_400])
    assert raised.value.meters == {2}
