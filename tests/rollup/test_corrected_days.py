"""Days with corrections: month and year follow, whatever a day is made of and by however much it changes."""

from datetime import datetime, timedelta

import pytest

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.rollup.rolling.roller import rebuild, roll_pending
from tests.support.bodies import Row
from tests.support.site import Site, later_ms, quantities, rollups, row

MIDNIGHT = datetime.fromisoformat("2021-03-01T00:00:00+08:00")
MARCH_1, JANUARY_1 = 18_687, 18_628
LARGEST = 4_294_967_295


def rows(meter: MeterSpec, *said: tuple[float, int]) -> list[Row]:
    """Return readings stamped so many quarters of an hour after midnight."""
    return [row(meter, (MIDNIGHT + timedelta(minutes=15 * quarter)).isoformat(), value) for quarter, value in said]


def totals(site: Site, meter: MeterSpec) -> tuple[dict[int, int | None], int | None, int | None]:
    """Roll; return the days, the month and the year, which are those a rebuild makes."""
    roll_pending(site.database)
    found = tuple(quantities(site.database, meter, int(grain)) for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR))
    before = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == before
    return found[0], found[1].get(MARCH_1), found[2].get(JANUARY_1)


def test_what_is_added_and_corrected_moves_month_and_year_by_the_difference(site: Site) -> None:
    meter = site.meter()
    site.post(rows(meter, (0, 5), (96, 7)))
    assert totals(site, meter) == ({MARCH_1: 5_000_000, MARCH_1 + 1: 7_000_000}, 12_000_000, 12_000_000)
    site.post(rows(meter, (0, 2), (1, 4)), now_ms=later_ms())
    assert totals(site, meter) == ({MARCH_1: 6_000_000, MARCH_1 + 1: 7_000_000}, 13_000_000, 13_000_000)


@pytest.mark.parametrize(
    ("value", "quality", "day"),
    [(-3, "measured", 2_000_000), (3, "estimated", 8_000_000), (3, "manual", 8_000_000)],
)
def test_a_day_that_is_plain_no_more_and_then_again(site: Site, value: int, quality: str, day: int) -> None:
    meter = site.meter()
    site.post(rows(meter, (0, 5), (96, 7)))
    assert totals(site, meter)[1:] == (12_000_000, 12_000_000)
    stamp = (MIDNIGHT + timedelta(minutes=15)).isoformat()
    site.post([row(meter, stamp, value, quality=quality)])
    assert totals(site, meter) == ({MARCH_1: day, MARCH_1 + 1: 7_000_000}, day + 7_000_000, day + 7_000_000)
    site.post([row(meter, stamp, 4, quality="measured")], now_ms=later_ms())
    assert totals(site, meter) == ({MARCH_1: 9_000_000, MARCH_1 + 1: 7_000_000}, 16_000_000, 16_000_000)


def test_a_reading_off_the_grid_takes_its_day_out_and_its_withdrawal_brings_it_back(site: Site) -> None:
    meter = site.meter()
    site.post(rows(meter, (0, 5), (4.5, 9), (96, 7)))
    assert totals(site, meter) == ({MARCH_1: 14_000_000, MARCH_1 + 1: 7_000_000}, 21_000_000, 21_000_000)
    stray = MIDNIGHT + timedelta(minutes=67.5)
    amendment = Amendment(site.organization_id, "test", "a stray stamp", later_ms())
    withdraw_reading(site.database, amendment, meter_id=meter.id, at=int(stray.timestamp() * 1000))
    assert totals(site, meter) == ({MARCH_1: 5_000_000, MARCH_1 + 1: 7_000_000}, 12_000_000, 12_000_000)


def test_a_day_whose_last_reading_is_withdrawn_ceases_to_be(site: Site) -> None:
    meter = site.meter()
    site.post(rows(meter, (0, 5), (96, 7)))
    totals(site, meter)
    amendment = Amendment(site.organization_id, "test", "another plant's", later_ms())
    withdraw_reading(site.database, amendment, meter_id=meter.id, at=int(MIDNIGHT.timestamp() * 1000))
    assert totals(site, meter) == ({MARCH_1 + 1: 7_000_000}, 7_000_000, 7_000_000)


def test_meters_enough_for_two_transactions_at_once_are_all_rolled(site: Site) -> None:
    meters = [site.meter() for _ in range(201)]
    for value in (5, 2):
        site.post([each for meter in meters for each in rows(meter, (0, value), (96, 7))], now_ms=later_ms())
        assert roll_pending(site.database) == 201
        years = [quantities(site.database, meter, Grain.YEAR) for meter in meters]
        assert years == [{JANUARY_1: (value + 7) * 1_000_000}] * 201
    assert roll_pending(site.database) == 0


def test_days_too_large_to_add_up_by_differences_are_summed_as_the_others(site: Site) -> None:
    meter = site.meter()
    site.post(rows(meter, *((quarter, LARGEST) for quarter in range(96))))
    assert totals(site, meter)[1:] == (412_316_860_320_000_000, 412_316_860_320_000_000)
    site.post(rows(meter, (96, 1)))
    assert totals(site, meter)[1:] == (412_316_860_321_000_000, 412_316_860_321_000_000)


@pytest.mark.parametrize(
    ("edge", "crossing", "late", "expected"),
    [("interval_start", 95.5, 98, [5, 9]), ("interval_end", 96.5, 2, [6, 8])],
)
def test_a_day_made_anew_has_its_part_of_a_reading_that_crosses_midnight(
    site: Site, edge: str, crossing: float, late: float, expected: list[int]
) -> None:
    meter = site.meter(edge=edge)
    site.post(rows(meter, (crossing, 10), (100, 3)))
    roll_pending(site.database)
    site.post(rows(meter, (late, 1)), now_ms=later_ms())
    assert list(totals(site, meter)[0].values()) == [each * 1_000_000 for each in expected]


def test_a_day_between_two_that_are_made_anew_stays_what_it_is(site: Site) -> None:
    meter = site.meter()
    site.post(rows(meter, (95.5, 10), (100, 3), (96 * 4, 2), (96 * 4 + 8, 2)))
    roll_pending(site.database)
    site.post(rows(meter, (2, 1), (96 * 4 + 2, 5)), now_ms=later_ms())
    assert totals(site, meter)[0] == {MARCH_1: 6_000_000, MARCH_1 + 1: 8_000_000, MARCH_1 + 4: 9_000_000}


def test_a_day_made_anew_has_its_part_of_a_bill_stamped_months_later(site: Site) -> None:
    meter = site.meter()
    bill = {**rows(meter, (96 * 100, 100))[0], "start": MIDNIGHT.isoformat()}
    site.post([bill, *rows(meter, (96 * 100 + 4, 3))])
    roll_pending(site.database)
    site.post(rows(meter, (96 * 50, 7)), now_ms=later_ms())
    days = totals(site, meter)[0]
    assert (days[MARCH_1], days[MARCH_1 + 50], days[MARCH_1 + 100]) == (1_000_000, 8_000_000, 3_000_000)
