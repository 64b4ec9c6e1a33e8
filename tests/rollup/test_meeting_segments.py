"""Which new readings meet no other in their one day, and are added to it; the others are marked."""

import pytest

from app.rollup.rolling.arrivals import roll_arrivals
from app.rollup.rolling.roller import roll_pending
from tests.rollup.test_additions import days, marks, post, rows
from tests.support.site import Site


@pytest.mark.parametrize(("interval", "marked"), [("PT10S", 0), ("PT7M", 0), ("PT25M", 1)])
def test_what_lies_in_one_day_is_added_whatever_its_interval(site: Site, interval: str, marked: int) -> None:
    meter = site.meter(interval=interval)
    post(site, *rows(meter, (0, 5), (4.5, 6), (95, 10)))
    assert roll_arrivals(site.database) == 1
    assert marks(site, meter) == marked
    assert sum(each or 0 for each in days(site, meter).values()) == 21


@pytest.mark.parametrize("edge", ["interval_start", "interval_end"])
def test_a_reading_that_begins_before_the_last_one_ends_is_not_added_to_it(site: Site, edge: str) -> None:
    meter = site.meter(edge=edge)
    post(site, *rows(meter, (4, 1), (5.5, 8)))
    roll_pending(site.database)
    post(site, *rows(meter, (6, 16)))
    roll_arrivals(site.database)
    assert marks(site, meter) == 1
    post(site, *rows(meter, (7, 32)))
    assert days(site, meter) == {0: 57}
    roll_pending(site.database)
    post(site, *rows(meter, (8, 64)))
    roll_arrivals(site.database)
    assert marks(site, meter) == 0
    assert days(site, meter) == {0: 121}


def test_a_reading_behind_a_late_one_is_still_before_the_latest_and_meets_it(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, (96.5, 8)))
    roll_pending(site.database)
    post(site, *rows(meter, (0, 1), (96, 2)))
    roll_arrivals(site.database)
    assert days(site, meter) == {0: 1, 1: 10}
