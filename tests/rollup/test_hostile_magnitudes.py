"""A meter whose sums pass 64 bits says so itself and never stops another meter's rollup."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.core.readings.buckets import Bucket, RollupFlag
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.rollups.rollups import buckets
from tests.support.bodies import Row
from tests.support.site import Site, quantities, row

LARGEST = 2**32
LARGEST_MICRO = 4_294_967_296_000_000
MIDNIGHT = datetime.fromisoformat("2021-03-01T00:00:00+08:00")
MARCH_1, JANUARY_1 = 18_687, 18_628
FITTING = 2_147
"""As many of the largest readings as a 64-bit sum holds."""


def many(
    meter: MeterSpec, count: int, *, value: int = LARGEST, apart: timedelta = timedelta(seconds=1)
) -> Iterator[Row]:
    """Yield readings from midnight on, some time apart."""
    return (row(meter, (MIDNIGHT + n * apart).isoformat(), value) for n in range(count))


def bucket(site: Site, meter: MeterSpec, grain: Grain, start_day: int) -> Bucket:
    with site.database.read() as session:
        return buckets(
            session,
            meter.organization_id,
            meter_ids=[meter.id],
            grain=grain,
            first_day=start_day,
            end_day=start_day + 1,
        )[0]


def overflows(site: Site, meter: MeterSpec, grain: Grain, start_day: int) -> bool:
    found = bucket(site, meter, grain, start_day)
    flagged = bool(found.flags & RollupFlag.OVERFLOW)
    empty = [found.quantity, found.gross, found.gross_estimated, found.gross_manual] == [None] * 4
    assert flagged == empty
    return flagged


def assert_another_meter_is_rolled(site: Site, other: MeterSpec) -> None:
    assert quantities(site.database, other, Grain.YEAR) == {JANUARY_1: 7_000_000}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("event", {}),
        ("interval", {"interval": "PT1S"}),
        ("interval", {"interval": "PT1M"}),
        ("interval", {"interval": "PT15M"}),
        ("interval", {"interval": "PT15M", "edge": "interval_end"}),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_day_beyond_64_bits_is_null_and_flagged_on_every_grain(
    site: Site, kind: str, fields: dict[str, str], sign: int
) -> None:
    hostile, other = site.meter(kind, **fields), site.meter()
    site.post(
        [
            *many(hostile, FITTING + 20, value=sign * LARGEST, apart=timedelta(seconds=30)),
            row(other, MIDNIGHT.isoformat(), 7),
        ]
    )
    roll_pending(site.database)
    assert overflows(site, hostile, Grain.DAY, MARCH_1)
    assert overflows(site, hostile, Grain.MONTH, MARCH_1)
    assert overflows(site, hostile, Grain.YEAR, JANUARY_1)
    assert_another_meter_is_rolled(site, other)


def test_a_sum_of_exactly_what_64_bits_hold_is_kept(site: Site) -> None:
    full, other = site.meter("event"), site.meter()
    site.post([*many(full, FITTING), row(other, MIDNIGHT.isoformat(), 7)])
    site.post(
        [row(full, "2021-03-05T00:00:00+08:00", "2076718.170"), row(full, "2021-03-06T00:00:00+08:00", "0.775807")]
    )
    roll_pending(site.database)
    total = FITTING * LARGEST_MICRO + 2_076_718_170_000 + 775_807
    assert quantities(site.database, full, Grain.YEAR) == {JANUARY_1: total}
    assert total < 2**63
    assert_another_meter_is_rolled(site, other)


@pytest.mark.parametrize("sign", [1, -1])
def test_days_that_fit_may_make_a_month_that_does_not(site: Site, sign: int) -> None:
    hostile, other = site.meter("event"), site.meter()
    site.post([*many(hostile, FITTING, value=sign * LARGEST), row(other, MIDNIGHT.isoformat(), 7)])
    site.post([row(hostile, f"2021-03-0{day}T00:00:00+08:00", sign * LARGEST) for day in (2, 3)])
    site.post([row(hostile, "2021-02-01T00:00:00+08:00", sign)])
    roll_pending(site.database)
    assert bucket(site, hostile, Grain.DAY, MARCH_1).quantity == sign * FITTING * LARGEST_MICRO
    assert overflows(site, hostile, Grain.MONTH, MARCH_1)
    assert bucket(site, hostile, Grain.MONTH, MARCH_1 - 28).quantity == sign * 1_000_000
    assert overflows(site, hostile, Grain.YEAR, JANUARY_1)
    assert_another_meter_is_rolled(site, other)


def test_readings_that_cancel_out_overflow_by_their_gross_alone(site: Site) -> None:
    hostile, other = site.meter("event"), site.meter()
    site.post(
        [
            *many(hostile, FITTING),
            *(row(hostile, f"2021-03-02T00:{n // 60:02}:{n % 60:02}+08:00", -LARGEST) for n in range(FITTING)),
            row(other, MIDNIGHT.isoformat(), 7),
        ]
    )
    roll_pending(site.database)
    assert not overflows(site, hostile, Grain.DAY, MARCH_1)
    assert overflows(site, hostile, Grain.MONTH, MARCH_1)
    assert_another_meter_is_rolled(site, other)


def test_an_overflow_ends_when_readings_are_corrected(site: Site) -> None:
    hostile = site.meter("event")
    site.post(many(hostile, FITTING + 1))
    roll_pending(site.database)
    assert overflows(site, hostile, Grain.YEAR, JANUARY_1)
    site.post(many(hostile, 1, value=1))
    roll_pending(site.database)
    total = FITTING * LARGEST_MICRO + 1_000_000
    assert quantities(site.database, hostile, Grain.YEAR) == {JANUARY_1: total}
    rebuild(site.database, [hostile.id])
    assert quantities(site.database, hostile, Grain.YEAR) == {JANUARY_1: total}


@pytest.mark.parametrize("value", [LARGEST, -LARGEST])
def test_a_gauge_at_the_limit_has_an_exact_mean_on_every_grain(site: Site, value: int) -> None:
    hostile, other = site.meter("gauge"), site.meter()
    hours = (row(hostile, (MIDNIGHT + timedelta(hours=n)).isoformat(), value) for n in range(24 * 40))
    site.post([*hours, row(other, MIDNIGHT.isoformat(), 7)])
    roll_pending(site.database)
    for grain, start in ((Grain.DAY, MARCH_1), (Grain.MONTH, MARCH_1), (Grain.YEAR, JANUARY_1)):
        found = bucket(site, hostile, grain, start)
        assert found.mean == value * 1_000_000
        assert found.minimum == found.maximum == found.last == value * 1_000_000
        assert found.flags == 0
    assert_another_meter_is_rolled(site, other)


def test_a_register_between_the_limits_counts_all_of_it(site: Site) -> None:
    hostile, other = site.meter("register"), site.meter()
    site.post([row(hostile, "2021-03-01T00:00:00+08:00", -LARGEST), row(hostile, "2021-03-03T00:00:00+08:00", LARGEST)])
    site.post([row(other, MIDNIGHT.isoformat(), 7)])
    roll_pending(site.database)
    assert quantities(site.database, hostile, Grain.DAY) == {MARCH_1: LARGEST_MICRO, MARCH_1 + 1: LARGEST_MICRO}
    assert quantities(site.database, hostile, Grain.YEAR) == {JANUARY_1: 2 * LARGEST_MICRO}
    assert_another_meter_is_rolled(site, other)
