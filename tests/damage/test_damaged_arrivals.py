"""An arrival that is damaged after it was entered is set aside and told of, and all else goes on."""

import httpx
import pytest

from app.core.events import BEGINNING, EventKind
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.entered import enter_arrived
from app.store.arrivals.entering import lock_entering
from app.store.arrivals.packed import UnreadableArrival
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.outbox.events import events_after
from app.store.readings.folding import fold
from app.store.readings.folding import fold_everything as fold_what_is_worth_it
from app.store.readings.set_aside import arrivals_set_aside
from tests.support.flipping import flip_arrival
from tests.support.folded import fold_everything
from tests.support.site import Site, later_ms, new_site, quantities, row, stored

DAY = 18_687
"""1 March 2021."""


@pytest.fixture
def site(database: Database) -> Site:
    return new_site(database)


@pytest.mark.parametrize("count", [1, 600])
@pytest.mark.parametrize("place", [0, 3, 40, -1])
def test_reading_fails_once_and_then_goes_on_without_it(site: Site, count: int, place: int) -> None:
    meter, other = site.meter(zone="UTC", interval="PT1M"), site.meter(zone="UTC")
    site.post([row(other, "2021-03-01T00:00:00Z", 7)], now_ms=later_ms())
    rows = [row(meter, f"2021-03-01T{n // 60:02}:{n % 60:02}:00Z", 1) for n in range(count)]
    site.post(rows, now_ms=later_ms())
    roll_pending(site.database)
    flip_arrival(site.database, site.organization_id, place)
    with pytest.raises(UnreadableArrival, match="is set aside"):
        stored(site.database, other)
    assert [each[1] for each in stored(site.database, other)] == [7_000_000]
    assert stored(site.database, meter) == []
    assert quantities(site.database, meter, 1) == {DAY: count * 1_000_000}
    with site.database.read() as session:
        assert [(each.number, each.rows) for each in arrivals_set_aside(session)] == [(2, count)]
        events = events_after(session, BEGINNING, organization_id=site.organization_id)
    assert [e.payload["rows"] for e in events if e.kind == EventKind.ARRIVAL_SET_ASIDE] == [count]
    outcome = site.post(rows, now_ms=later_ms())
    assert outcome.inserted == count
    roll_pending(site.database)
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000] * count


def test_folding_and_posting_go_on_without_it(site: Site) -> None:
    meter = site.meter(zone="UTC", interval="PT1M")
    site.post([row(meter, "2021-03-01T00:00:00Z", 1)], now_ms=later_ms())
    site.post([row(meter, "2021-03-01T00:01:00Z", 1)], now_ms=later_ms())
    enter_arrived(site.database)
    flip_arrival(site.database, site.organization_id, 20)
    with pytest.raises(UnreadableArrival):
        fold_everything(site.database)
    roll_pending(site.database)
    assert fold_everything(site.database) == 1
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000]


def test_combined_arrivals_are_looked_after_like_the_others(site: Site) -> None:
    meter = site.meter(zone="UTC", interval="PT1M")
    for minute in range(3):
        site.post([row(meter, f"2021-03-01T00:0{minute}:00Z", 1)], now_ms=later_ms())
    enter_arrived(site.database)
    with site.database.write() as session:
        lock_entering(session, site.organization_id)
        assert fold(session, site.organization_id) == 0
    flip_arrival(site.database, site.organization_id, 20)
    with pytest.raises(UnreadableArrival):
        stored(site.database, meter)
    assert stored(site.database, meter) == []
    with site.database.read() as session:
        assert [(each.part, each.rows) for each in arrivals_set_aside(session)] == [(-1, 3)]


def test_the_caller_is_told_of_it_as_a_problem(client: httpx.Client, site: Site) -> None:
    meter = site.meter(zone="UTC")
    site.post([row(meter, "2021-03-01T00:00:00Z", 1)], now_ms=later_ms())
    enter_arrived(site.database)
    flip_arrival(site.database, site.organization_id, 20)
    with site.database.read() as session:
        code = next(each.code for each in every_organization(session) if each.id == site.organization_id)
    told = client.get(f"/v1/organizations/{code}/readings")
    if told.status_code != 200:  # or a job of the application was faster
        assert (told.status_code, told.json()["code"]) == (500, "arrival_damaged")
    assert client.get(f"/v1/organizations/{code}/readings").json() == {"items": [], "next": None}


def test_the_job_folds_the_other_organizations_at_once_and_this_one_the_next_time(site: Site) -> None:
    other = new_site(site.database)
    for each in (site, other):
        meter = each.meter(zone="UTC", interval="PT1M")
        for hour in (1, 2):
            rows = [row(meter, f"2021-03-01T0{hour}:{minute}:00Z", 1) for minute in range(10, 50)]
            each.post(rows, now_ms=later_ms())
    enter_arrived(site.database)
    flip_arrival(site.database, site.organization_id, 40)
    assert [fold_what_is_worth_it(site.database) for _ in range(3)] == [80, 40, 0]
