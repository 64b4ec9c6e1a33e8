"""Allocation creates and loses nothing, whatever the span and whatever the clocks do."""

from collections.abc import Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.calendar.periods import day_start_ms, local_day
from app.core.readings.buckets import RollupFlag
from app.rollup.buckets.allocate import allocate, share_until
from app.rollup.segments.segment import Segment

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
MEASURED = 1
LIMIT = 2**32 * 10**6
CHANGES_S = [
    1_616_893_200,  # Berlin forward
    1_635_642_000,  # Berlin back
    1_615_705_200,  # New York forward
    1_636_264_800,  # New York back
    1_617_462_000,  # Lord Howe back by half an hour
    1_633_188_600,  # Lord Howe forward by half an hour
    1_325_239_200,  # Apia leaves a day out
    1_609_459_200,  # a new year
    1_582_934_400,  # a leap day
]


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    """Start and end in seconds, around a change of clocks, up to three years long."""
    near = draw(st.sampled_from(CHANGES_S)) + draw(st.integers(-3 * 86_400, 3 * 86_400))
    length = draw(st.one_of(st.integers(1, 7_200), st.integers(1, 5 * 86_400), st.integers(1, 1_100 * 86_400)))
    return near, near + length


def days_of(zone: ZoneInfo, start_s: int, end_s: int) -> tuple[range, list[int]]:
    first, last = local_day(zone, start_s * 1_000), local_day(zone, end_s * 1_000)
    bounds = [day_start_ms(zone, day) // 1_000 for day in range(first, last + 2)]
    return range(first, last + 1), bounds


@given(st.sampled_from(ZONES), spans(), st.integers(-LIMIT, LIMIT))
@example("Australia/Lord_Howe", (1_617_400_000, 1_617_500_000), 1)
@example("Europe/Berlin", (1_616_893_199, 1_616_893_201), -1)
@example("Pacific/Apia", (1_325_200_000, 1_325_300_000), 7)
def test_a_segment_is_spread_over_its_days_and_nothing_is_lost(zone: str, span: tuple[int, int], quantity: int) -> None:
    start_s, end_s = span
    names, bounds = days_of(ZoneInfo(zone), start_s, end_s)
    buckets = allocate(1, [Segment(start_s, end_s, quantity, MEASURED)], names, bounds)
    assert sum(bucket.quantity or 0 for bucket in buckets) == quantity
    assert sum(bucket.gross or 0 for bucket in buckets) == abs(quantity)
    assert sum(bucket.covered_s for bucket in buckets) == end_s - start_s
    assert sum(bucket.count for bucket in buckets) == 1
    for bucket in buckets:
        begin = max(start_s, bounds[bucket.start_day - names[0]])
        end = min(end_s, bounds[bucket.start_day - names[0] + 1])
        assert bucket.covered_s == end - begin
        assert abs((bucket.quantity or 0) * (end_s - start_s) - quantity * (end - begin)) < end_s - start_s


@given(st.integers(-LIMIT, LIMIT), st.integers(1, 10**8), st.lists(st.integers(0, 10**8), max_size=6))
def test_the_shares_of_any_cuts_add_up_and_have_the_sign_of_the_whole(
    quantity: int, length: int, cuts: Sequence[int]
) -> None:
    points = sorted({0, length, *(cut % (length + 1) for cut in cuts)})
    cumulative = [share_until(quantity, 0, length, point) for point in points]
    shares = [after - before for before, after in pairwise(cumulative)]
    assert cumulative[0] == 0
    assert cumulative[-1] == quantity
    assert all(share * quantity >= 0 for share in shares)


@pytest.mark.parametrize(
    ("quantity", "until", "share"),
    [
        (10, 1, 3),
        (10, 2, 6),
        (10, 3, 10),
        (-10, 1, -3),
        (-10, 2, -6),
        (9_007_199_254_740_993, 1, 3_002_399_751_580_331),
        (4_294_967_296_000_001, 2, 2_863_311_530_666_667),
    ],
)
def test_a_third_is_exact_to_the_last_integer(quantity: int, until: int, share: int) -> None:
    assert share_until(quantity, 0, 3, until) == share


@given(st.sampled_from(ZONES), st.lists(st.tuples(spans(), st.integers(-1000, 1000)), min_size=1, max_size=6))
def test_a_day_made_alone_is_the_day_made_with_all_others(zone: str, drawn: list[tuple[tuple[int, int], int]]) -> None:
    place = ZoneInfo(zone)
    segments = [Segment(start, min(end, start + 20 * 86_400), quantity, MEASURED) for (start, end), quantity in drawn]
    first = min(segment.start_s for segment in segments)
    names, bounds = days_of(place, first, first + 10 * 86_400)
    together = allocate(1, segments, names, bounds)
    alone = [
        bucket
        for at, name in enumerate(names)
        for bucket in allocate(
            1,
            [each for each in segments if each.start_s < bounds[at + 1] and each.end_s > bounds[at]],
            [name],
            bounds[at : at + 2],
        )
    ]
    assert alone == together


def test_a_segment_of_no_length_goes_to_the_day_it_starts() -> None:
    bounds = [0, 86_400, 172_800]
    buckets = allocate(1, [Segment(86_400, 86_400, 7, MEASURED), Segment(86_399, 86_399, 5, MEASURED)], [0, 1], bounds)
    assert [(bucket.start_day, bucket.quantity, bucket.covered_s) for bucket in buckets] == [(0, 5, 0), (1, 7, 0)]


def test_an_unknown_segment_is_flagged_on_every_day_it_touches_and_covers_none() -> None:
    unknown = Segment(43_200, 129_600, None, MEASURED, RollupFlag.RESET)
    buckets = allocate(1, [unknown, Segment(129_600, 172_800, 3, MEASURED)], [0, 1], [0, 86_400, 172_800])
    assert [(bucket.quantity, bucket.covered_s, bucket.count, bucket.flags) for bucket in buckets] == [
        (None, 0, 0, RollupFlag.RESET),
        (3, 43_200, 1, RollupFlag.RESET),
    ]


def test_the_shares_of_qualities_are_kept_apart() -> None:
    segments = [Segment(0, 10, 5, 1), Segment(10, 20, -3, 2), Segment(20, 30, 4, 3), Segment(30, 40, 1, 3)]
    bucket = allocate(1, segments, [0], [0, 86_400])[0]
    assert (bucket.quantity, bucket.gross, bucket.gross_estimated, bucket.gross_manual) == (7, 13, 3, 5)
    assert (bucket.count, bucket.count_estimated, bucket.count_manual) == (4, 1, 2)


def test_the_same_time_is_covered_once_and_the_overlap_is_flagged_where_it_is() -> None:
    segments = [Segment(0, 100_000, 10, 1), Segment(90_000, 110_000, 10, 1), Segment(95_000, 96_000, 1, 1)]
    first, second = allocate(1, segments, [0, 1], [0, 86_400, 172_800])
    assert (first.covered_s, first.flags) == (86_400, 0)
    assert (second.covered_s, second.flags) == (23_600, RollupFlag.OVERLAP)


def test_a_sum_beyond_64_bits_is_null_and_flagged() -> None:
    many = [Segment(at, at + 1, LIMIT, MEASURED) for at in range(2_147)]
    fits = allocate(1, many, [0], [0, 86_400])[0]
    assert fits.quantity == 9_221_294_784_512_000_000
    over = allocate(1, [*many, Segment(5_000, 5_001, LIMIT, MEASURED)], [0], [0, 86_400])[0]
    assert (over.quantity, over.gross, over.flags) == (None, None, RollupFlag.OVERFLOW)
    assert over.count == 2_148
