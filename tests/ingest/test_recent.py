"""What a process remembers of the newest readings is bounded and true; where it does not suffice it says so."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.readings.columns import NO_START, ReadingColumns
from app.core.readings.versions import Correction, StoredColumns, Version
from app.store.readings import recent as remembering
from app.store.readings.recent import Recent, RecentReadings
from app.store.sql.columns import NEVER
from tests.support.elsewhere import another_process, waiting
from tests.support.site import Site, later_ms, new_site, revisions, row, stored


def columns(*identities: tuple[int, int], value: int = 7) -> ReadingColumns:
    """Return readings of meters at instants, sorted, all saying the same."""
    meters, instants = zip(*sorted(identities), strict=True)
    count = len(identities)
    return ReadingColumns(
        row=np.arange(count, dtype=np.int32),
        meter=np.array(meters, dtype=np.int32),
        at=np.array(instants, dtype=np.int64),
        value=np.full(count, value, dtype=np.int64),
        start=np.full(count, NO_START),
        quality=np.ones(count, dtype=np.int16),
    )


def knowing(**tops: int) -> Recent:
    """Return what is known of meters 3 and 5 when nothing is but how high each reaches."""
    recent = Recent()
    highest = np.array([tops.get("three", NEVER), tops.get("five", NEVER)])
    recent.learn(np.array([3, 5], np.int32), np.full(2, NEVER), highest)
    return recent


def remember(recent: Recent, *identities: tuple[int, int], batch: int = 1) -> None:
    recent.remember(columns(*identities), np.full(len(identities), batch), [], {})


def identities(found: StoredColumns | None) -> list[tuple[int, int]] | None:
    return None if found is None else list(zip(found.meter.tolist(), found.at.tolist(), strict=True))


def test_all_above_the_highest_is_new_and_what_lies_at_or_below_the_floor_is_not_told() -> None:
    recent = knowing(three=100)
    assert identities(recent.stored(columns((3, 101), (5, 1)))) == []
    assert identities(recent.stored(columns((3, 100), (5, 1)))) is None
    assert identities(recent.stored(columns((3, 99)))) is None
    assert recent.highest(np.array([5, 3], np.int32)).tolist() == [NEVER, 100]


def test_what_was_stored_above_the_floor_is_told_and_what_was_not_is_new() -> None:
    recent = knowing(three=100)
    remember(recent, (3, 200), (3, 300), (5, 250))
    remember(recent, (3, 250), (5, 100), batch=2)
    found = recent.stored(columns((3, 150), (3, 200), (3, 250), (3, 301), (5, 100), (5, 101), (5, 250)))
    assert identities(found) == [(3, 200), (3, 250), (5, 100), (5, 250)]
    assert found is not None
    assert found.batch.tolist() == [1, 2, 2, 1]
    assert found.value.tolist() == [7] * 4
    assert found.start.tolist() == [NO_START] * 4
    assert found.revision.tolist() == [1] * 4
    assert recent.highest(np.array([3, 5], np.int32)).tolist() == [300, 250]


def test_a_meter_nothing_is_known_of_is_told_and_learnt_later() -> None:
    recent = knowing(three=100)
    assert recent.unknown(np.array([1, 3, 4, 5, 9], np.int32)).tolist() == [1, 4, 9]
    remember(recent, (3, 200), (5, 300))
    recent.learn(np.array([1, 4], np.int32), np.array([400, -NEVER]), np.array([500, NEVER]))
    assert recent.unknown(np.array([1, 3, 4, 5, 9], np.int32)).tolist() == [9]
    assert identities(recent.stored(columns((3, 200), (4, 200), (5, 300)))) == [(3, 200), (5, 300)]
    assert identities(recent.stored(columns((1, 500)))) is None
    assert identities(recent.stored(columns((1, 400)))) is None
    assert identities(recent.stored(columns((1, 399), (1, 501)))) == []
    remember(recent, (1, 300), (1, 600))
    assert identities(recent.stored(columns((1, 299), (1, 600), (1, 601)))) == [(1, 600)]
    assert identities(recent.stored(columns((1, 300)))) is None
    assert identities(recent.stored(columns((1, 350)))) is None


def test_every_version_of_a_corrected_reading_is_told_and_none_that_are_not_all_known() -> None:
    recent = knowing()
    remember(recent, (3, 100), (3, 200), batch=1)
    one, two, three = (Version(value, 1, NO_START, revision=value - 6, batch=value - 6) for value in (7, 8, 9))
    nothing = columns((3, 1)).take(np.empty(0, np.intp))
    recent.remember(nothing, np.empty(0, np.int64), [Correction(3, 100, one, two)], {})
    recent.remember(nothing, np.empty(0, np.int64), [Correction(3, 100, two, three)], {})
    found = recent.stored(columns((3, 100)))
    assert found is not None
    assert list(found.versions(np.array([0]))) == [three]
    assert recent.earlier({(3, 100, ""): three}) == {(3, 100, ""): [one, two]}
    recent.remember(nothing, np.empty(0, np.int64), [Correction(3, 200, two, three)], {})
    assert recent.earlier({(3, 200, ""): three}) is None
    assert recent.earlier({(3, 200, ""): one}) == {}


def test_forgetting_the_older_half_lifts_the_floor_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_MOST_ROWS", 4)
    recent = knowing()
    for first in range(0, 12, 2):
        remember(recent, (3, 10 * first), (3, 10 * first + 10))
        assert recent.rows <= 8
    assert identities(recent.stored(columns((3, 30), (3, 110)))) is None
    assert identities(recent.stored(columns((3, 35), (3, 40), (3, 110)))) == [(3, 40), (3, 110)]
    remember(recent, *((3, at) for at in range(200, 205)))
    assert recent.rows == 0
    assert identities(recent.stored(columns((3, 204)))) is None
    assert identities(recent.stored(columns((3, 205)))) == []


def test_others_forget_their_rows_when_it_is_too_much_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_MOST_ROWS_IN_ALL", 5)
    monkeypatch.setattr(remembering, "_LOOKS_APART", 1)
    everyone = RecentReadings()
    for organization in (1, 2, 3):
        recent = everyone.of(organization)
        recent.learn(np.array([3], np.int32), np.array([NEVER]), np.array([NEVER]))
        remember(recent, (3, 100), (3, 200))
    assert [everyone._known[each].rows for each in (1, 2, 3)] == [2, 2, 2]
    with everyone.of(1).lock:
        assert everyone.of(3).rows == 2
        assert [everyone._known[each].rows for each in (1, 2, 3)] == [2, 0, 2]
    assert identities(everyone.of(2).stored(columns((3, 200)))) is None
    assert identities(everyone.of(2).stored(columns((3, 201)))) == []


WITHIN = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SAID = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 25), st.integers(1, 3)), min_size=1, max_size=8)


@WITHIN
@given(st.lists(SAID, min_size=1, max_size=7), st.integers(1, 9))
def test_what_was_forgotten_is_told_apart_as_exactly(
    site: Site, posts: Sequence[Sequence[tuple[int, int, int]]], most: int
) -> None:
    own = new_site(site.database)
    meters, others = [own.meter(), own.meter()], [own.meter(), own.meter()]
    for said in posts:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(remembering, "_MOST_ROWS", most)
            rows = [row(meters[which], stamp(quarter), value) for which, quarter, value in said]
            outcome = own.post(rows, now_ms=later_ms())
        with another_process(own) as fresh:
            rows = [row(others[which], stamp(quarter), value) for which, quarter, value in said]
            expected = fresh.post(rows, now_ms=later_ms())
        assert (outcome.inserted, outcome.replaced, outcome.duplicate) == (
            expected.inserted,
            expected.replaced,
            expected.duplicate,
        )
    for meter, other in zip(meters, others, strict=True):
        assert stored(own.database, meter) == stored(own.database, other)
        assert revisions(own.database, meter) == revisions(own.database, other)


def stamp(quarter: int) -> str:
    """Return the instant so many quarters of an hour after midnight."""
    return f"2021-03-01T{quarter // 4:02}:{quarter % 4 * 15:02}:00Z"


def test_a_row_that_another_process_stored_is_corrected_and_replayed_as_if_looked_for(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, stamp(0), 1)], now_ms=later_ms())
    with another_process(site) as other:
        other.post([row(meter, stamp(1), 5)], now_ms=later_ms())
    corrected = site.post([row(meter, stamp(1), 7), row(meter, stamp(2), 9)], now_ms=later_ms())
    assert (corrected.inserted, corrected.replaced, corrected.duplicate) == (1, 1, 0)
    replayed = site.post([row(meter, stamp(1), 5), row(meter, stamp(2), 9)], now_ms=later_ms())
    assert (replayed.inserted, replayed.replaced, replayed.duplicate) == (0, 0, 2)


def test_a_dry_run_counts_what_another_process_stored(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, stamp(0), 1)], now_ms=later_ms())
    with another_process(site) as other:
        other.post([row(meter, stamp(1), 5)], now_ms=later_ms())
    tried = site.post([row(meter, stamp(1), 5), row(meter, stamp(2), 9)], now_ms=later_ms(), dry_run=True)
    assert (tried.inserted, tried.replaced, tried.duplicate) == (1, 0, 1)


def test_what_others_appended_is_heard_without_being_entered(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, stamp(0), 1)], now_ms=later_ms())
    with another_process(site) as other:
        other.post([row(meter, stamp(5), 1)], now_ms=later_ms())
        other.post([row(meter, stamp(6), 1)], now_ms=later_ms())
        before = waiting(site)
        outcome = site.post([row(meter, stamp(5), 2), row(meter, stamp(7), 1)], now_ms=later_ms())
        assert (outcome.inserted, outcome.replaced) == (1, 1)
        assert waiting(site) == before + 2
        outcome = other.post([row(meter, stamp(5), 1), row(meter, stamp(7), 1)], now_ms=later_ms())
        assert (outcome.duplicate, waiting(site)) == (2, before + 2)
