"""Stored readings come back in order, a page at a time, as they stand or as they stood."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.calendar.periods import instant_from_ms
from app.core.inventory.meters import MeterSpec
from app.core.readings.versions import Identity, identities_of, one_after_the_other
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.readings.readback import ReadbackQuery, read_back, read_back_all
from app.store.readings.revisions import revisions_of
from tests.support.folded import fold_everything
from tests.support.site import Site, later_ms, new_site, row

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
    found = one_after_the_other(list(read_back_all(site.database, site.organization_id, own, query)))
    hours = ((found.at - MIDNIGHT_MS) // HOUR_MS).tolist()
    return dict(zip(hours, (found.value // 1_000_000).tolist(), strict=True))


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
    keys: list[Identity] = []
    after = None
    while True:
        with entered(own.database) as session:
            page = read_back(session, known, EVER, after=after, limit=limit)
        assert len(page) <= limit
        if not len(page):
            break
        keys += identities_of(page, range(len(page)))
        after = keys[-1]
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


def test_a_correction_that_arrives_while_a_past_instant_is_read_hides_nothing(site: Site) -> None:
    meter, now_ms = site.meter(), later_ms()
    site.post([row(meter, stamp(1), 10)], now_ms=now_ms)
    query = ReadbackQuery(start_ms=None, end_ms=None, as_of_ms=now_ms)
    own = [each for each in meters_of(site) if each.spec.id == meter.id]
    with entered(site.database, site.organization_id) as session:
        site.post([row(meter, stamp(1), 11)], now_ms=now_ms + 1_000)
        assert read_back(session, own, query, after=None, limit=9).value.tolist() == [10_000_000]
        versions = revisions_of(session, site.organization_id, (meter.id, MIDNIGHT_MS + HOUR_MS, ""), after=0, limit=9)
        assert [each.value for each in versions] == [10_000_000]
    assert values(site, meter, query) == {1: 10}
    assert values(site, meter, EVER) == {1: 11}


@pytest.mark.parametrize("repeats", [2, 3])
def test_versions_that_one_body_superseded_itself_were_never_believed(site: Site, repeats: int) -> None:
    meter, now_ms = site.meter(), later_ms()
    site.post([row(meter, stamp(1), value) for value in range(repeats)], now_ms=now_ms)
    query = ReadbackQuery(start_ms=None, end_ms=None, as_of_ms=now_ms)
    assert values(site, meter, query) == {1: repeats - 1}


def test_every_page_of_a_meter_is_given_once_in_short_transactions(site: Site) -> None:
    own = new_site(site.database)
    meters = [own.meter(interval="PT1M"), own.meter(interval="PT1M")]
    for meter in meters:
        own.post([row(meter, instant_from_ms(MIDNIGHT_MS + n * 60_000).isoformat(), n) for n in range(15_000)])
    assert fold_everything(own.database) >= 30_000
    own.post([row(meters[0], stamp(3), 7), row(meters[1], "2021-04-01T00:00:00Z", 8)], now_ms=later_ms())

    chunks = read_back_all(own.database, own.organization_id, meters_of(own), EVER)
    first = next(chunks)
    own.post([row(meters[1], stamp(4), 9)], now_ms=later_ms())
    rest = list(chunks)
    assert 1 < 1 + len(rest) < 6
    assert max(len(chunk) for chunk in (first, *rest)) < 25_000
    for meter, corrected, count in ((meters[0], 180, 15_000), (meters[1], 240, 15_001)):
        found = one_after_the_other([first, *rest])
        found = found.take(found.meter == meter.id)
        assert len(found) == count
        assert found.at[:15_000].tolist() == [MIDNIGHT_MS + n * 60_000 for n in range(15_000)]
        whole = (found.value[:15_000] // 1_000_000).tolist()
        assert whole == [*range(corrected), 7 if corrected == 180 else 9, *range(corrected + 1, 15_000)]


@pytest.mark.parametrize("limit", [1, 7, 40, 1000])
def test_a_day_of_many_meters_is_read_in_order_whatever_each_has(site: Site, limit: int) -> None:
    own = new_site(site.database)
    meters = [own.meter() for _ in range(40)]
    said = [(which, hour) for which in range(40) for hour in range(which % 4)]
    own.post([row(meters[which], stamp(hour), which) for which, hour in said])
    withdraw_reading(
        own.database,
        Amendment(own.organization_id, None, "read wrongly", later_ms()),
        meter_id=meters[39].id,
        at=MIDNIGHT_MS + HOUR_MS,
    )
    query = ReadbackQuery(start_ms=MIDNIGHT_MS, end_ms=MIDNIGHT_MS + 2 * HOUR_MS, as_of_ms=None)
    wanted = [(meters[which].id, hour) for which, hour in said if hour < 2 and (which, hour) != (39, 1)]
    with entered(own.database, own.organization_id) as session:
        page = read_back(session, meters_of(own), query, after=None, limit=limit)
        after = meters[20].id, MIDNIGHT_MS + HOUR_MS, ""
        rest = read_back(session, meters_of(own), query, after=after, limit=limit)
    found = [(meter, (at - MIDNIGHT_MS) // HOUR_MS) for meter, at in zip(page.meter, page.at, strict=True)]
    assert found == wanted[:limit]
    behind = [(meter, (at - MIDNIGHT_MS) // HOUR_MS) for meter, at in zip(rest.meter, rest.at, strict=True)]
    assert behind == [each for each in wanted if each > (meters[20].id, 1)][:limit]
    streamed = list(read_back_all(own.database, own.organization_id, meters_of(own), query))
    assert sum(map(len, streamed)) == len(wanted) == 49
