"""Stored readings come back in order, a page at a time, as they stand or as they stood."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.meters import MeterSpec
from app.ingest.amend import Amendment, withdraw_reading
from app.store.history import StoredReading
from app.store.metered import Metered, metered
from app.store.readback import ReadbackQuery, read_back, read_back_all
from tests.store.site import Site, later_ms, new_site, row

MIDNIGHT_MS = 1_614_556_800_000
HOUR_MS = 3_600_000
EVER = ReadbackQuery(start_ms=None, end_ms=None, as_of_ms=None)


def stamp(hour: int) -> str:
    """Return the instant an hour of 1 March 2021, UTC."""
    return f"2021-03-01T{hour:02}:00:00Z"


def meters_of(site: Site) -> list[Metered]:
    with site.database.read() as session:
        return metered(session, site.organization_id)


def values(site: Site, meter: MeterSpec, query: ReadbackQuery) -> dict[int, int]:
    """Return values in whole units by hour."""
    own = [each for each in meters_of(site) if each.spec.id == meter.id]
    found = [reading for chunk in read_back_all(site.database, site.organization_id, own, query) for reading in chunk]
    return {(each.at - MIDNIGHT_MS) // HOUR_MS: each.value // 1_000_000 for each in found}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 23)), unique=True, max_size=12), st.integers(1, 5))
def test_pages_of_any_size_give_every_reading_once_in_order(
    site: Site, said: list[tuple[int, int]], limit: int
) -> None:
    own = new_site(site.database)
    meters = [own.meter(), own.meter()]
    own.post(
        [row(meters[0], "2020-01-01T00:00:00Z", 1), *(row(meters[which], stamp(hour), hour) for which, hour in said)]
    )
    known = meters_of(own)
    found: list[StoredReading] = []
    after = None
    while True:
        with own.database.settled() as session:
            page = read_back(session, known, EVER, after=after, limit=limit)
        assert len(page) <= limit
        if not page:
            break
        found += page
        after = page[-1].meter_id, page[-1].at, page[-1].reference
    keys = [(each.meter_id, each.at) for each in found]
    assert keys == sorted(set(keys))
    assert len(keys) == len(said) + 1


def test_a_period_has_its_start_and_not_its_end(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, stamp(hour), hour) for hour in (1, 2, 3, 4)])
    query = ReadbackQuery(start_ms=MIDNIGHT_MS + 2 * HOUR_MS, end_ms=MIDNIGHT_MS + 4 * HOUR_MS, as_of_ms=None)
    assert values(site, meter, query) == {2: 2, 3: 3}


def test_a_past_instant_shows_what_was_believed_then(site: Site) -> None:
    meter, now_ms = site.meter(), later_ms()
    site.post([row(meter, stamp(1), 10), row(meter, stamp(2), 20)], now_ms=now_ms)
    site.post([row(meter, stamp(1), 11), row(meter, stamp(3), 30)], now_ms=now_ms + 1_000)
    withdraw_reading(
        site.database,
        Amendment(site.organization_id, None, "read wrongly", now_ms + 2_000),
        meter_id=meter.id,
        at=MIDNIGHT_MS + 2 * HOUR_MS,
    )
    site.post([row(meter, stamp(2), 22)], now_ms=now_ms + 3_000)

    def believed(at_ms: int) -> dict[int, int]:
        return values(site, meter, ReadbackQuery(start_ms=None, end_ms=None, as_of_ms=at_ms))

    assert believed(now_ms - 1) == {}
    assert believed(now_ms) == {1: 10, 2: 20}
    assert believed(now_ms + 999) == {1: 10, 2: 20}
    assert believed(now_ms + 1_000) == {1: 11, 2: 20, 3: 30}
    assert believed(now_ms + 2_500) == {1: 11, 3: 30}
    assert believed(now_ms + 3_000) == {1: 11, 2: 22, 3: 30}
    assert values(site, meter, EVER) == {1: 11, 2: 22, 3: 30}


@pytest.mark.parametrize("repeats", [2, 3])
def test_versions_that_one_body_superseded_itself_were_never_believed(site: Site, repeats: int) -> None:
    meter, now_ms = site.meter(), later_ms()
    site.post([row(meter, stamp(1), value) for value in range(repeats)], now_ms=now_ms)
    query = ReadbackQuery(start_ms=None, end_ms=None, as_of_ms=now_ms)
    assert values(site, meter, query) == {1: repeats - 1}
