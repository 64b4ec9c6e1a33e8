"""Gaps are estimated where a meter asks for it, flagged, and gone as soon as readings arrive."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.calendar.periods import Grain, Interval, date_of, local_day
from app.core.inventory.meters import MeterSpec
from app.core.readings.buckets import Bucket, RollupFlag
from app.rollup.buckets.compute import day_buckets
from app.rollup.rolling.roller import rebuild, roll_pending
from app.rollup.segments.gaps import Gap, estimates, gaps_within
from app.rollup.segments.segment import Segment
from app.store.rollups.rollups import buckets
from tests.rollup.test_segments import meter
from tests.support.bodies import Row
from tests.support.site import Site, new_site, rollups, row, stored

MIDNIGHT = datetime.fromisoformat("2021-03-01T00:00:00+08:00")
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)


def at(meter: MeterSpec, count: int, value: int, *, step: timedelta = QUARTER) -> Row:
    """Return a reading so many steps after midnight of Monday, 1 March 2021, in Shanghai."""
    return row(meter, (MIDNIGHT + count * step).isoformat(), value)


def days(site: Site, meter: MeterSpec) -> dict[int, Bucket]:
    """Roll what waits; return day buckets by day number of March."""
    roll_pending(site.database)
    with site.database.read() as session:
        found = buckets(
            session, meter.organization_id, meter_ids=[meter.id], grain=Grain.DAY, first_day=0, end_day=100_000
        )
    return {(date_of(bucket.start_day) - MIDNIGHT.date()).days + 1: bucket for bucket in found}


@pytest.mark.parametrize(("estimates", "quantity", "flags"), [(True, 100, RollupFlag.ESTIMATED), (False, 50, 0)])
def test_a_short_gap_is_bridged_in_a_straight_line_only_where_the_meter_asks_for_it(
    site: Site, estimates: bool, quantity: int, flags: int
) -> None:
    meter = site.meter(estimates_gaps=estimates)
    site.post([at(meter, 0, 10), at(meter, 3, 40)])
    found = days(site, meter)[1]
    assert (found.quantity, found.flags) == (quantity * 1_000_000, flags)
    assert found.gross_estimated == (50_000_000 if estimates else 0)
    assert (found.count, found.covered_s) == (2, 1_800)


def test_a_long_gap_takes_the_mean_of_the_same_weekday_of_four_weeks(site: Site) -> None:
    meter = site.meter(interval="P1D", estimates_gaps=True)
    site.post([at(meter, n, n + 1, step=DAY) for n in range(35) if n != 30])
    found = days(site, meter)[31]
    assert found.quantity == (3 + 10 + 17 + 24) * 1_000_000 // 4
    assert (found.flags, found.count, found.covered_s) == (RollupFlag.ESTIMATED, 0, 0)


def test_a_correction_moves_the_estimates_of_the_four_weeks_after_it(site: Site) -> None:
    meter = site.meter(interval="P1D", estimates_gaps=True)
    site.post([at(meter, n, n + 1, step=DAY) for n in range(35) if n != 30])
    assert days(site, meter)[31].quantity == 13_500_000
    site.post([at(meter, 2, 43, step=DAY)])
    assert days(site, meter)[31].quantity == 23_500_000


def test_of_a_gap_of_decades_four_weeks_are_looked_at() -> None:
    ends = [Segment(0, 900, 1, 1), Segment(800_000_000, 800_000_900, 1, 1)]
    assert gaps_within(ends, 0, 900_000_000) == [Gap(900, 800_000_000, 900, 900 + 28 * 86_400 + 3_600)]
    assert gaps_within(ends, 500_000_000, 500_086_400) == []


def test_a_line_through_large_numbers_is_exact_to_the_last_digit() -> None:
    before, after = 2**60 + 1, 2**60 + 7
    ends = [Segment(0, 900, before, 1), Segment(2_700, 3_600, after, 1)]
    found = estimates(meter("interval", interval=Interval(seconds=900)), ends, [Gap(900, 2_700, 900, 2_700)], {})
    assert [(each.start_s, each.quantity) for each in found] == [(900, 2**60 + 3), (1_800, 2**60 + 5)]


def test_a_long_gap_without_a_past_stays_a_gap(site: Site) -> None:
    meter = site.meter(interval="P1D", estimates_gaps=True)
    site.post([at(meter, 0, 1, step=DAY), at(meter, 4, 5, step=DAY)])
    assert sorted(days(site, meter)) == [1, 5]


def test_an_estimate_gives_way_to_the_reading(site: Site) -> None:
    meter = site.meter(estimates_gaps=True)
    site.post([at(meter, 0, 10), at(meter, 2, 30)])
    assert days(site, meter)[1].quantity == 60_000_000
    site.post([at(meter, 1, 7)])
    found = days(site, meter)[1]
    assert (found.quantity, found.gross_estimated, found.flags) == (47_000_000, 0, 0)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.sampled_from([("P1D", DAY, 45), ("PT15M", QUARTER, 40), ("PT1H", timedelta(hours=1), 60)]),
    st.sampled_from([None, "interval_end"]),
    st.randoms(use_true_random=False),
)
def test_estimates_are_the_same_whatever_the_order_of_arrival(
    site: Site, shape: tuple[str, timedelta, int], edge: str | None, random: Random
) -> None:
    interval, step, count = shape
    own = new_site(site.database)
    meter = own.meter(interval=interval, edge=edge, estimates_gaps=True)
    readings = [at(meter, n, random.randint(0, 99), step=step) for n in range(count) if random.random() < 0.7]
    random.shuffle(readings)
    while readings:
        batch, readings = readings[: random.randint(1, 12)], readings[random.randint(1, 12) :]
        own.post(batch)
        if random.random() < 0.6:
            roll_pending(own.database)
    roll_pending(own.database)
    incremental = rollups(own.database, meter)
    first = local_day(meter.zone, stored(own.database, meter)[0][0]) - 40
    with own.database.read() as session:
        anew = day_buckets(session, meter, first, first + 140)
        assert (
            buckets(session, meter.organization_id, meter_ids=[meter.id], grain=Grain.DAY, first_day=0, end_day=100_000)
            == anew
        )
    rebuild(own.database, [meter.id])
    assert rollups(own.database, meter) == incremental
