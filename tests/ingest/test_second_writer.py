"""Two bodies with the same readings at the same time: exact counts, one after the other."""

from collections.abc import Iterator
from functools import partial

import pytest

from app.ingest.writing.intake import IngestOutcome
from app.store.arrivals.entered import enter_arrived
from app.store.engine.database import Database
from tests.support.gates import Gate, Racer, gate
from tests.support.site import Site, new_site, revisions, row, stored

AT = "2021-03-01T00:00:00Z"
LATER = "2021-03-01T00:15:00Z"
AT_MS = 1_614_556_800_000


@pytest.fixture
def shut(postgresql_url: str) -> Iterator[Gate]:
    with gate(postgresql_url) as opened:
        opened.at_commit_of("readings_head")
        yield opened


@pytest.fixture
def site(postgresql_database: Database) -> Site:
    return new_site(postgresql_database)


def counts(outcome: IngestOutcome) -> tuple[int, int, int]:
    """Return inserted, replaced and duplicate."""
    assert outcome.received == outcome.inserted + outcome.replaced + outcome.duplicate + outcome.rejected
    return outcome.inserted, outcome.replaced, outcome.duplicate


def first_held_while_second_runs(
    shut: Gate, site: Site, first: list[dict[str, str]], second: list[dict[str, str]]
) -> tuple[IngestOutcome, IngestOutcome]:
    """Hold the first body at its commit until the second one waits for it; return both outcomes."""
    slow = Site(shut.gated, site.organization_id)
    one = Racer(lambda: slow.post(first))
    shut.wait_until_waiting(1, one)
    two = Racer(lambda: site.post(second))
    shut.wait_until_blocked(two)
    assert one.is_alive()
    assert two.is_alive()
    shut.open()
    return one.result(), two.result()


def test_the_same_new_reading_from_two_writers_is_inserted_once(shut: Gate, site: Site) -> None:
    meter = site.meter()
    rows = [dict(row(meter, AT, 1)), dict(row(meter, LATER, 2))]
    one, two = first_held_while_second_runs(shut, site, rows, rows)
    assert counts(one) == (2, 0, 0)
    assert counts(two) == (0, 0, 2)
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000, 2_000_000]


def test_another_value_for_a_reading_being_inserted_is_a_correction_of_it(shut: Gate, site: Site) -> None:
    meter = site.meter()
    one, two = first_held_while_second_runs(
        shut, site, [dict(row(meter, AT, 1))], [dict(row(meter, LATER, 5)), dict(row(meter, AT, 2))]
    )
    assert counts(one) == (1, 0, 0)
    assert counts(two) == (1, 1, 0)
    assert stored(site.database, meter)[0] == (AT_MS, 2_000_000, 1, None, 2)
    assert [each[1] for each in revisions(site.database, meter)] == [1_000_000]


def test_two_corrections_of_one_reading_are_both_kept(shut: Gate, site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, 1)])
    one, two = first_held_while_second_runs(shut, site, [dict(row(meter, AT, 2))], [dict(row(meter, AT, 3))])
    assert counts(one) == (0, 1, 0)
    assert counts(two) == (0, 1, 0)
    assert stored(site.database, meter) == [(AT_MS, 3_000_000, 1, None, 3)]
    assert [(each[1], each[4]) for each in revisions(site.database, meter)] == [(1_000_000, 1), (2_000_000, 2)]


def test_the_same_correction_from_two_writers_is_made_once(shut: Gate, site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, 1)])
    one, two = first_held_while_second_runs(shut, site, [dict(row(meter, AT, 2))], [dict(row(meter, AT, 2))])
    assert counts(one) == (0, 1, 0)
    assert counts(two) == (0, 0, 1)
    assert [each[4] for each in stored(site.database, meter)] == [2]


@pytest.mark.parametrize("known", [False, True], ids=["looked-for", "remembered"])
def test_writers_of_the_same_readings_in_another_order_both_come_through(
    postgresql_url: str, site: Site, known: bool
) -> None:
    meter = site.meter()
    if not known:
        site.post([row(meter, "2021-02-01T00:00:00Z", 1), row(meter, "2021-03-02T00:00:00Z", 1)])
        enter_arrived(site.database)
    billed = {"start": "2021-02-28T00:00:00Z"}
    with gate(postgresql_url) as between:
        between.at_commit_of("arrival")
        slow = Site(between.gated, site.organization_id)
        one = Racer(lambda: slow.post([row(meter, AT, 1, **billed), row(meter, LATER, 2)]))
        between.wait_until_waiting(1, one)
        two = Racer(lambda: site.post([row(meter, AT, 1), row(meter, LATER, 2, **billed)]))
        between.wait_until_blocked(two)
        assert one.is_alive()
        assert two.is_alive()
        between.open()
        assert counts(one.result()) == (2, 0, 0)
        assert counts(two.result()) == (0, 2, 0)
    starts = {at: start for at, _, _, start, _ in stored(site.database, meter)}
    assert (starts[AT_MS], starts[AT_MS + 900_000]) == (None, 1_614_470_400_000)


def test_on_one_file_the_second_writer_waits_for_the_first(sqlite_database: Database) -> None:
    site = new_site(sqlite_database)
    meter = site.meter()
    other = Database(sqlite_database.url.render_as_string())
    with other.write() as session:
        session.connection()
        waiting = Racer(lambda: site.post([row(meter, AT, 1)]))
        waiting.join(0.2)
        assert waiting.is_alive()
    assert counts(waiting.result()) == (1, 0, 0)
    rows = [row(meter, LATER, 7)]
    sites = [Site(each, site.organization_id) for each in (sqlite_database, other)]
    racers = [Racer(partial(each.post, rows)) for each in sites * 4]
    assert sorted(counts(racer.result()) for racer in racers) == [(0, 0, 1)] * 7 + [(1, 0, 0)]
    other.close()
