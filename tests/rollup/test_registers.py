"""What readings around a register's reading say of it: how far they reach, and what they must not touch."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.inventory.meters import RegisterDirection
from app.core.readings.buckets import RollupFlag
from app.rollup.segments.excursions import may_doubt
from app.rollup.segments.registers import REACH
from app.rollup.segments.segment import Reading
from app.rollup.segments.segments import segments
from tests.rollup.test_segments import ESTIMATED, HOUR_MS, MEASURED, meter

ACCEPTED = 8 + MEASURED


def quantities(values: list[int], *, accepted: int | None = None, **fields: Any) -> list[int | None]:
    """Return what a register counted between hourly values; one of them may have been accepted."""
    readings = [
        Reading(at * HOUR_MS, value, ACCEPTED if at == accepted else MEASURED) for at, value in enumerate(values)
    ]
    return [each.quantity for each in segments(meter("register", **fields), readings)]


STEADY = list(range(0, 40, 4))


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([50, 54, 0, 62, 66], [4, None, None, 4]),
        ([50, 54, 0, 0, 0, 62, 66], [4, None, None, None, None, 4]),
        ([50, 54, 0, 54], [4, None, None]),
        ([50, 54, 0, 53], [4, None, 53]),
        ([50, 54, 0, 13, 54], [4, None, None, None]),
        ([50, 54, 0, 14, 54], [4, None, 14, 40]),
        ([50, 54, 0], [4, None]),
        ([54, 900, 58, 62], [None, None, 4]),
        ([54, 900, 54, 62], [None, None, 8]),
        ([54, 900, 53, 62], [846, None, 9]),
        ([54, 900, 902, 58], [None, None, None]),
        ([54, 900, 400, 410], [846, None, 10]),
    ],
)
def test_a_fall_that_is_undone_is_a_drop_out_and_a_rise_that_is_undone_a_spike(
    values: list[int], found: list[int | None]
) -> None:
    assert quantities(values) == found


def test_a_drop_out_may_last_31_readings() -> None:
    assert quantities([50, *[0] * 31, 54], by_history=False) == [None] * 32
    assert quantities([50, *[0] * 32, 54], by_history=False) == [None, *[0] * 31, 54]


def test_a_fall_within_the_tolerance_is_no_drop_out() -> None:
    assert quantities([50, 54, 53, 58], dip_tolerance_micro=1) == [4, -1, 5]


def test_a_rollover_that_a_max_rate_explains_is_no_drop_out() -> None:
    assert quantities([60, 99, 5, 99], modulus_micro=100, max_rate_micro=Decimal(94)) == [39, 6, 94]
    assert quantities([60, 99, 5, 99], modulus_micro=100) == [39, None, None]


@pytest.mark.parametrize(("accepted", "found"), [(3, [4, None, 62]), (2, [4, None, 62])])
def test_an_accepted_reading_is_believed_although_the_register_fell_and_came_back(
    accepted: int, found: list[int | None]
) -> None:
    assert quantities([50, 54, 0, 62], accepted=accepted) == found


def test_a_lone_rise_is_unknown_until_it_is_accepted_or_a_max_rate_allows_it() -> None:
    values = [*STEADY, 5_000, 5_004]
    assert quantities(values)[-2:] == [None, 4]
    assert quantities(values, accepted=10)[-2:] == [4_964, 4]
    assert quantities(values, max_rate_micro=Decimal(4_964))[-2:] == [4_964, 4]
    assert quantities(values, by_history=False)[-2:] == [4_964, 4]


def test_an_accepted_reading_may_exceed_the_max_rate() -> None:
    assert quantities([0, 50, 60], max_rate_micro=Decimal(20)) == [None, 10]
    assert quantities([0, 50, 60], max_rate_micro=Decimal(20), accepted=1) == [50, 10]


def test_a_rise_is_lone_when_it_is_more_than_all_others_together_and_ten_times_as_fast() -> None:
    assert quantities([*STEADY, 36 + 40, 80], by_history=True)[-2:] == [40, 4]
    assert quantities([*STEADY, 36 + 41, 81], by_history=True)[-2:] == [None, 4]
    assert quantities([*STEADY[1:], 36 + 41, 81], by_history=True)[-2:] == [None, 4]
    assert quantities([*STEADY[2:], 36 + 41], by_history=True)[-1:] == [41]


def test_a_rise_ten_times_as_fast_counts_where_it_is_less_than_all_others_together() -> None:
    values = list(range(0, 68, 4))
    assert quantities([*values, 64 + 67, 135])[-2:] == [67, 4]
    assert quantities([*values, 64 + 69, 137])[-2:] == [None, 4]


def test_an_estimate_is_held_against_the_next_reading_and_none_beyond() -> None:
    said = [(100, MEASURED), (160, ESTIMATED), (170, MEASURED), (150, MEASURED), (151, MEASURED)]
    readings = [Reading(at * HOUR_MS, value, quality) for at, (value, quality) in enumerate(said)]
    assert [each.quantity for each in segments(meter("register"), readings)] == [60, 10, None, 1]


def test_a_machine_that_starts_is_in_doubt_until_the_reading_after() -> None:
    assert quantities([*STEADY, 5_000])[-1] is None
    assert quantities([*STEADY, 5_000, 10_000])[-2:] == [4_964, 5_000]


def test_what_is_counted_over_a_long_silence_is_no_lone_rise() -> None:
    readings = [Reading(at * HOUR_MS, 4 * at, MEASURED) for at in (*range(20), 300, 301)]
    assert [each.quantity for each in segments(meter("register"), readings)][-2:] == [1_124, 4]


def test_a_lone_rise_of_a_net_register_may_go_either_way() -> None:
    values = [*STEADY, -5_000, -4_996]
    assert quantities(values, direction=RegisterDirection.NET)[-2:] == [None, 4]


def test_a_net_register_has_no_drop_outs() -> None:
    assert quantities([50, 54, 0, 62, 66], direction=RegisterDirection.NET) == [4, -54, 62, 4]


VALUES = st.one_of(st.integers(0, 9), st.integers(990, 999), st.sampled_from([0, 500, 100_000]))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(VALUES, st.sampled_from([MEASURED, MEASURED, ESTIMATED, ACCEPTED])), min_size=120, max_size=320),
    st.sampled_from([{}, {"modulus_micro": 1_000}, {"dip_tolerance_micro": 3}, {"direction": RegisterDirection.DOWN}]),
    st.data(),
)
def test_a_segment_depends_on_the_96_readings_on_either_side_alone(
    said: list[tuple[int, int]], fields: dict[str, Any], data: st.DataObject
) -> None:
    spec = meter("register", **fields)
    total, readings = 0, []
    for at, (value, quality) in enumerate(said):
        total += value % 10
        shown = total if value < 990 else value - 990
        readings.append(Reading(at * HOUR_MS, shown + value // 100_000 * 50_000, quality))
    whole = list(segments(spec, readings))
    at = data.draw(st.integers(1, len(readings) - 1))
    cut = readings[max(at - 1 - REACH, 0) : at + 1 + REACH]
    touching = [each for each in whole if each.start_s <= (at - 1) * 3600 < each.end_s]
    assert set(touching) <= set(segments(spec, cut))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=100), st.sampled_from(list(RegisterDirection)))
def test_where_a_quick_look_finds_nothing_there_is_nothing_to_doubt(
    rises: list[int], direction: RegisterDirection
) -> None:
    spec = meter("register", direction=direction)
    sign = -1 if direction is RegisterDirection.DOWN else 1
    readings = [Reading(at * HOUR_MS, sign * sum(rises[:at]) ** 2, MEASURED) for at in range(len(rises))]
    doubted = [each for each in segments(spec, readings) if each.flags != RollupFlag(0)]
    assert may_doubt(spec, readings) or not doubted


@pytest.mark.parametrize(
    ("direction", "values", "doubtful"),
    [
        (RegisterDirection.UP, [0, 10, 20, 30], False),
        (RegisterDirection.UP, [0, 10, 9, 19], True),
        (RegisterDirection.UP, [0, 4, 44, 48], False),  # ten times as fast as those next to it
        (RegisterDirection.UP, [0, 4, 45, 49], True),
        (RegisterDirection.DOWN, [30, 20, 10, 0], False),
        (RegisterDirection.DOWN, [30, 20, 21, 11], True),
        (RegisterDirection.NET, [0, 10, 1, 11], False),
        (RegisterDirection.NET, [0, 10, -50_000, -50_010], True),
    ],
)
def test_a_quick_look_sees_what_goes_against_the_direction_a_register_counts_in(
    direction: RegisterDirection, values: list[int], doubtful: bool
) -> None:
    readings = [Reading(at * HOUR_MS, value, MEASURED) for at, value in enumerate(values)]
    assert may_doubt(meter("register", direction=direction), readings) is doubtful


def test_two_readings_decades_apart_have_an_unknown_quantity_between_them() -> None:
    decades_ms = 30 * 365 * 24 * HOUR_MS
    instants = (0, HOUR_MS, decades_ms, decades_ms + HOUR_MS)
    readings = [Reading(at, value, MEASURED) for at, value in zip(instants, (10, 14, 20, 24), strict=True)]
    found = [(each.start_s, each.end_s, each.quantity, each.flags) for each in segments(meter("register"), readings)]
    assert sorted(found, key=lambda each: each[0]) == [
        (0, 3_600, 4, RollupFlag(0)),
        (3_600, 946_080_000, None, RollupFlag.TOO_LONG),
        (946_080_000, 946_083_600, 4, RollupFlag(0)),
    ]
