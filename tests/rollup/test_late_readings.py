"""What one late, corrected or withdrawn reading changes, day by day."""

import pytest

from app.core.calendar.periods import Grain, date_of
from app.core.inventory.meters import MeterSpec
from app.ingest.writing.amend import Amendment, accept_readings, retract_exchange, state_exchange, withdraw_reading
from app.rollup.rolling.roller import rebuild, roll_pending
from tests.support.site import NOW_MS, Site, quantities, revisions, rollups, row, stored

MARCH_1_MS = 1_614_528_000_000
DAY_MS = 86_400_000


def noon(day: int) -> str:
    """Return noon of a day of March 2021 in Shanghai."""
    return f"2021-03-{day:02}T12:00:00+08:00"


def noon_ms(day: int) -> int:
    return MARCH_1_MS + (day - 1) * DAY_MS + DAY_MS // 2


def days(site: Site, meter: MeterSpec) -> dict[int, int | None]:
    """Roll what waits; return whole units by day of the month, and check that a rebuild gives the same rows."""
    roll_pending(site.database)
    before = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == before
    found = quantities(site.database, meter, Grain.DAY)
    return {date_of(day).day: None if quantity is None else quantity // 1_000_000 for day, quantity in found.items()}


def amendment(site: Site) -> Amendment:
    return Amendment(site.organization_id, None, "found by inspection", NOW_MS)


def test_a_late_register_reading_changes_every_day_between_its_strict_neighbours_and_no_other(site: Site) -> None:
    meter = site.meter("register")
    site.post([row(meter, noon(1), 0), row(meter, noon(5), 96), row(meter, noon(9), 192), row(meter, noon(13), 288)])
    roll_pending(site.database)
    assert days(site, meter) == {1: 12, **dict.fromkeys(range(2, 13), 24), 13: 12}
    site.post([row(meter, noon(7), 96)])
    roll_pending(site.database)
    expected = {1: 12, 2: 24, 3: 24, 4: 24, 5: 12, 6: 0, 7: 24, 8: 48, 9: 36, 10: 24, 11: 24, 12: 24, 13: 12}
    assert days(site, meter) == expected


def test_a_register_reading_before_the_first_and_after_the_last_only_adds(site: Site) -> None:
    meter = site.meter("register")
    site.post([row(meter, noon(5), 100), row(meter, noon(6), 124)])
    roll_pending(site.database)
    site.post([row(meter, noon(3), 52)])
    roll_pending(site.database)
    site.post([row(meter, noon(8), 172)])
    assert days(site, meter) == {3: 12, 4: 24, 5: 24, 6: 24, 7: 24, 8: 12}


def test_a_withdrawn_register_reading_joins_its_neighbours(site: Site) -> None:
    meter = site.meter("register")
    site.post([row(meter, noon(1), 0), row(meter, noon(3), 0), row(meter, noon(5), 96)])
    assert days(site, meter) == {1: 0, 2: 0, 3: 24, 4: 48, 5: 24}
    withdraw_reading(site.database, amendment(site), meter_id=meter.id, at=noon_ms(3))
    assert days(site, meter) == {1: 12, 2: 24, 3: 24, 4: 24, 5: 12}
    assert len(revisions(site.database, meter)) == 1


def test_a_withdrawn_last_register_reading_takes_its_days_away(site: Site) -> None:
    meter = site.meter("register")
    site.post([row(meter, noon(1), 0), row(meter, noon(2), 24), row(meter, noon(4), 72)])
    roll_pending(site.database)
    withdraw_reading(site.database, amendment(site), meter_id=meter.id, at=noon_ms(4))
    assert days(site, meter) == {1: 12, 2: 12}
    withdraw_reading(site.database, amendment(site), meter_id=meter.id, at=noon_ms(1))
    assert days(site, meter) == {}
    assert quantities(site.database, meter, Grain.YEAR) == {}


def test_a_suspect_register_reading_counts_once_it_is_accepted(site: Site) -> None:
    meter = site.meter("register", register_modulus="50")
    assert site.post([row(meter, noon(1), 10), row(meter, noon(2), 60), row(meter, noon(3), 30)]).suspect == 1
    assert days(site, meter) == {1: 5, 2: 10, 3: 5}
    assert accept_readings(site.database, amendment(site), meter_id=meter.id, instants=[noon_ms(2)]).accepted
    assert days(site, meter) == {1: 25, 2: 25, 3: None}
    assert [quality for _, _, quality, _, _ in stored(site.database, meter)] == [1, 9, 1]


def test_a_correction_of_a_suspect_reading_counts(site: Site) -> None:
    meter = site.meter("interval", interval="P1D", max_rate="1")
    site.post([row(meter, "2021-03-01T00:00:00+08:00", 2_400)])
    assert days(site, meter) == {}
    site.post([row(meter, "2021-03-01T00:00:00+08:00", 24)])
    assert days(site, meter) == {1: 24}


def test_an_exchange_stated_later_and_withdrawn_again(site: Site) -> None:
    meter = site.meter("register")
    site.post([row(meter, noon(1), 100), row(meter, noon(3), 24), row(meter, noon(5), 72)])
    assert days(site, meter) == {1: None, 2: None, 3: 12, 4: 24, 5: 12}
    own = amendment(site)
    state_exchange(site.database, own, meter_id=meter.id, at=noon_ms(2), final_value=124_000_000, first_value=0)
    assert days(site, meter) == {1: 12, 2: 24, 3: 24, 4: 24, 5: 12}
    retract_exchange(site.database, own, meter_id=meter.id, at=noon_ms(2))
    assert days(site, meter) == {1: None, 2: None, 3: 12, 4: 24, 5: 12}


@pytest.mark.parametrize("interval", ["PT15M", "P1M"])
def test_a_bill_that_states_its_own_start_is_spread_whichever_reading_comes_first(site: Site, interval: str) -> None:
    meter = site.meter("interval", interval=interval)
    site.post([row(meter, "2021-03-05T00:00:00+08:00", 40, start="2021-03-01T00:00:00+08:00")])
    assert days(site, meter) == {1: 10, 2: 10, 3: 10, 4: 10}
    site.post([row(meter, "2021-03-05T00:00:00+08:00", 20, start="2021-03-03T00:00:00+08:00")])
    assert days(site, meter) == {3: 10, 4: 10}


def test_a_corrected_start_gives_back_the_days_it_no_longer_covers(site: Site) -> None:
    meter = site.meter("interval", interval="PT15M")
    site.post([row(meter, "2021-03-05T00:00:00+08:00", 40, start="2021-03-01T00:00:00+08:00")])
    roll_pending(site.database)
    site.post([row(meter, "2021-03-05T00:00:00+08:00", 7)])
    assert days(site, meter) == {5: 7}


def test_a_long_bill_before_a_short_reading_survives_a_rebuild(site: Site) -> None:
    meter = site.meter("interval", interval="P1D")
    site.post([row(meter, "2021-03-01T00:00:00+08:00", 1)])
    site.post([row(meter, "2021-03-31T00:00:00+08:00", 60, start="2021-02-27T00:00:00+08:00")])
    roll_pending(site.database)
    before = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == before
    assert sum(quantity or 0 for quantity in quantities(site.database, meter, Grain.MONTH).values()) == 61_000_000


def test_a_gauge_reading_changes_the_day_it_stands_into(site: Site) -> None:
    meter = site.meter("gauge")
    site.post([row(meter, "2021-03-01T23:30:00+08:00", 10)])
    assert days(site, meter) == {1: None, 2: None}
    site.post([row(meter, "2021-03-01T23:45:00+08:00", 20)])
    withdraw_reading(site.database, amendment(site), meter_id=meter.id, at=MARCH_1_MS + DAY_MS - 1_800_000)
    assert days(site, meter) == {1: None, 2: None}
    withdraw_reading(site.database, amendment(site), meter_id=meter.id, at=MARCH_1_MS + DAY_MS - 900_000)
    assert days(site, meter) == {}


def test_rolling_twice_adds_nothing(site: Site) -> None:
    meter = site.meter()
    rows = [row(meter, noon(1), 5)]
    site.post(rows)
    assert days(site, meter) == {1: 5}
    site.post([*rows, row(meter, noon(2), 6)])
    assert days(site, meter) == {1: 5, 2: 6}
    site.post([row(meter, noon(1), 7)])
    assert days(site, meter) == {1: 7, 2: 6}
    assert quantities(site.database, meter, Grain.YEAR) == {18_628: 13_000_000}


@pytest.mark.parametrize("estimates_gaps", [False, True])
def test_days_between_two_readings_that_cease_to_count_together_are_emptied(site: Site, estimates_gaps: bool) -> None:
    meter = site.meter(estimates_gaps=True) if estimates_gaps else site.meter("register")
    site.post([row(meter, noon(1), 24), row(meter, noon(5), 120)])
    assert days(site, meter)
    for day in (1, 5):
        withdraw_reading(site.database, amendment(site), meter_id=meter.id, at=noon_ms(day))
    assert days(site, meter) == {}
