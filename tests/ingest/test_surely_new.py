"""Rows above everything seen of their meter are not looked for; what is stored after all is still told apart."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.core.columns import NO_START, ReadingColumns
from app.store.engine import Database
from app.store.heights import Heights
from tests.store.site import Site, later_ms, row

T1, T2, T3 = (f"2021-03-01T00:{minute}:00+08:00" for minute in ("00", "15", "30"))


@pytest.fixture
def elsewhere(site: Site) -> Iterator[Site]:
    """The same organization as another process sees it."""
    database = Database(site.database.url.render_as_string(hide_password=False))
    yield Site(database, site.organization_id)
    database.close()


def test_a_row_that_another_process_stored_is_corrected_and_replayed_as_if_looked_for(
    site: Site, elsewhere: Site
) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)])
    elsewhere.post([row(meter, T2, 5)], now_ms=later_ms())
    corrected = site.post([row(meter, T2, 7), row(meter, T3, 9)], now_ms=later_ms())
    assert (corrected.inserted, corrected.replaced, corrected.duplicate) == (1, 1, 0)
    replayed = site.post([row(meter, T2, 5), row(meter, T3, 9)], now_ms=later_ms())
    assert (replayed.inserted, replayed.replaced, replayed.duplicate) == (0, 0, 2)


def test_a_dry_run_counts_what_another_process_stored(site: Site, elsewhere: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)])
    elsewhere.post([row(meter, T2, 5)], now_ms=later_ms())
    tried = site.post([row(meter, T2, 5), row(meter, T3, 9)], now_ms=later_ms(), dry_run=True)
    assert (tried.inserted, tried.replaced, tried.duplicate) == (1, 0, 1)


def columns(*identities: tuple[int, int]) -> ReadingColumns:
    meters, instants = zip(*identities, strict=True)
    count = len(identities)
    return ReadingColumns(
        row=np.arange(count, dtype=np.int32),
        meter=np.array(meters, dtype=np.int32),
        at=np.array(instants, dtype=np.int64),
        value=np.zeros(count, dtype=np.int64),
        start=np.full(count, NO_START),
        quality=np.ones(count, dtype=np.int16),
    )


def test_only_what_lies_above_every_seen_row_of_its_meter_is_surely_new() -> None:
    heights = Heights()
    assert not heights.all_above(columns((3, 100)))
    heights.rose(columns((3, 100), (3, 200), (700, 50)))
    assert heights.all_above(columns((3, 201), (700, 51)))
    assert not heights.all_above(columns((3, 200), (700, 51)))
    assert not heights.all_above(columns((4, 999)))
    heights.rose(columns((3, 150)))
    assert not heights.all_above(columns((3, 160)))


def test_a_meter_it_was_wrong_about_is_looked_up_from_then_on() -> None:
    heights = Heights()
    heights.rose(columns((3, 100), (5, 100)))
    heights.was_wrong(columns((3, 300)))
    heights.rose(columns((3, 300)))
    assert not heights.all_above(columns((3, 400)))
    assert heights.all_above(columns((5, 101)))
