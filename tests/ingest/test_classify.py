"""New readings, repeats, late replays and corrections are told apart, in a body as if posted one by one."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.readings.columns import NO_START, ReadingColumns
from app.core.readings.versions import Identity, StoredColumns, Version, sorted_by_identity
from app.ingest.judging.classify import Classified, classify, compare
from app.ingest.judging.decide import LAST_REVISION
from app.ingest.problems import RowCode

WITHDRAWN = 25
SUSPECT = 17
Said = tuple[int, int, int]
"""Meter, instant, value."""


def columns_of(rows: Sequence[Said], qualities: Sequence[int] | None = None) -> ReadingColumns:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    count = len(table)
    return ReadingColumns(
        row=np.arange(count, dtype=np.int32),
        meter=table[:, 0].astype(np.int32),
        at=table[:, 1],
        value=table[:, 2],
        start=np.full(count, NO_START, dtype=np.int64),
        quality=np.array(qualities or [1] * count, dtype=np.int16),
    )


class Shelf:
    """Versions in memory, changed as the store would change them."""

    def __init__(self) -> None:
        self.now: dict[Identity, Version] = {}
        self.past: dict[Identity, list[Version]] = {}
        self.batch = 0

    def post(self, rows: Sequence[Said], qualities: Sequence[int] | None = None, **options: Any) -> Classified:
        self.batch += 1
        columns = sorted_by_identity(columns_of(rows, qualities))
        batches = np.full(len(columns), self.batch, dtype=np.int64)
        classified = classify(columns, compare(columns, self._stored()), self.past, batches=batches, **options)
        new = classified.new
        for meter, at, value, quality in zip(new.meter, new.at, new.value, new.quality, strict=True):
            assert (int(meter), int(at), "") not in self.now
            self.now[int(meter), int(at), ""] = Version(int(value), int(quality), NO_START, 1, self.batch)
        for each in classified.corrections:
            assert self.now[each.identity] == each.old
            self.past.setdefault(each.identity, []).append(each.old)
            self.now[each.identity] = each.new
        return classified

    def _stored(self) -> StoredColumns:
        rows = [(*identity, version) for identity, version in sorted(self.now.items())]
        return StoredColumns(
            meter=np.array([row[0] for row in rows], dtype=np.int32),
            at=np.array([row[1] for row in rows], dtype=np.int64),
            value=np.array([row[3].value for row in rows], dtype=np.int64),
            quality=np.array([row[3].stored for row in rows], dtype=np.int16),
            start=np.array([row[3].start for row in rows], dtype=np.int64),
            revision=np.array([row[3].revision for row in rows], dtype=np.int16),
            batch=np.array([row[3].batch for row in rows], dtype=np.int64),
        )


def counts(classified: Classified) -> tuple[int, int, int, int]:
    """Return inserted, replaced, duplicate, rejected."""
    return len(classified.new), len(classified.corrections), len(classified.repeats), len(classified.problems)


def test_what_meets_nothing_is_new_and_what_says_the_same_is_a_duplicate() -> None:
    shelf = Shelf()
    assert counts(shelf.post([(1, 10, 5), (2, 10, 5), (1, 20, 6)])) == (3, 0, 0, 0)
    assert counts(shelf.post([(2, 10, 5), (1, 20, 6), (1, 30, 7)])) == (1, 0, 2, 0)


def test_another_value_is_a_correction_and_the_old_one_is_kept() -> None:
    shelf = Shelf()
    shelf.post([(1, 10, 5)])
    assert counts(shelf.post([(1, 10, 6)])) == (0, 1, 0, 0)
    assert shelf.now[1, 10, ""] == Version(6, 1, NO_START, 2, 2)
    assert shelf.past[1, 10, ""] == [Version(5, 1, NO_START, 1, 1)]


def test_another_quality_is_a_correction() -> None:
    shelf = Shelf()
    shelf.post([(1, 10, 5)])
    assert counts(shelf.post([(1, 10, 5)], [3])) == (0, 1, 0, 0)


def test_a_late_replay_of_any_superseded_value_changes_nothing() -> None:
    shelf = Shelf()
    for value in (5, 6, 7):
        shelf.post([(1, 10, value)])
    assert counts(shelf.post([(1, 10, 5)])) == (0, 0, 1, 0)
    assert counts(shelf.post([(1, 10, 6)])) == (0, 0, 1, 0)
    assert shelf.now[1, 10, ""].value == 7


def test_restore_brings_a_superseded_value_back() -> None:
    shelf = Shelf()
    shelf.post([(1, 10, 5)])
    shelf.post([(1, 10, 6)])
    assert counts(shelf.post([(1, 10, 5)], restore=True)) == (0, 1, 0, 0)
    assert counts(shelf.post([(1, 10, 5)], restore=True)) == (0, 0, 1, 0)
    assert shelf.now[1, 10, ""] == Version(5, 1, NO_START, 3, 3)


def test_rejecting_conflicts_turns_corrections_into_problems_and_nothing_else() -> None:
    shelf = Shelf()
    shelf.post([(1, 10, 5)])
    classified = shelf.post([(1, 10, 6), (1, 10, 5), (1, 20, 1), (1, 20, 2)], reject_conflicts=True)
    assert counts(classified) == (1, 0, 1, 2)
    assert [(problem.index, problem.code) for problem in classified.problems] == [
        (0, RowCode.CONFLICT),
        (3, RowCode.CONFLICT),
    ]
    assert shelf.now[1, 10, ""].value == 5
    assert shelf.now[1, 20, ""].value == 1


def test_a_suspect_reading_sent_again_is_a_duplicate() -> None:
    shelf = Shelf()
    shelf.post([(1, 10, 5)], [SUSPECT])
    assert counts(shelf.post([(1, 10, 5)], [SUSPECT])) == (0, 0, 1, 0)


def test_an_accepted_reading_sent_again_stays_accepted() -> None:
    shelf = Shelf()
    shelf.now[1, 10, ""] = Version(5, 9, NO_START, 2, 0)
    assert counts(shelf.post([(1, 10, 5)], [SUSPECT])) == (0, 0, 1, 0)


def test_a_withdrawn_reading_is_not_undone_by_a_retry_but_by_another_value() -> None:
    shelf = Shelf()
    shelf.post([(1, 10, 5)])
    shelf.past[1, 10, ""] = [shelf.now[1, 10, ""]]
    shelf.now[1, 10, ""] = Version(5, WITHDRAWN, NO_START, 2, 2)
    assert counts(shelf.post([(1, 10, 5)])) == (0, 0, 1, 0)
    assert counts(shelf.post([(1, 10, 6)], reject_conflicts=True)) == (0, 1, 0, 0)
    assert shelf.now[1, 10, ""].value == 6


def test_a_reading_corrected_as_often_as_can_be_counted_takes_no_more() -> None:
    shelf = Shelf()
    shelf.now[1, 10, ""] = Version(5, 1, NO_START, LAST_REVISION, 0)
    classified = shelf.post([(1, 10, 6)])
    assert [problem.code for problem in classified.problems] == [RowCode.TOO_MANY_REVISIONS]


SAYINGS = st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3))
BODIES = st.lists(st.lists(SAYINGS, min_size=1, max_size=8), min_size=1, max_size=4)


@given(BODIES, st.booleans(), st.booleans())
def test_a_body_says_the_same_as_its_rows_posted_one_by_one(
    bodies: list[list[Said]], reject_conflicts: bool, restore: bool
) -> None:
    options: dict[str, Any] = {"reject_conflicts": reject_conflicts, "restore": restore}
    whole, single = Shelf(), Shelf()
    for rows in bodies:
        at_once = counts(whole.post(rows, **options))
        one_by_one = [counts(single.post([row], **options)) for row in rows]
        assert at_once == tuple(map(sum, zip(*one_by_one, strict=True)))
        assert sum(at_once) == len(rows)
        assert _values(whole.now) == _values(single.now)
        assert {key: [each.value for each in versions] for key, versions in whole.past.items()} == {
            key: [each.value for each in versions] for key, versions in single.past.items()
        }


@given(BODIES, st.booleans(), st.booleans())
def test_so_it_does_where_revisions_run_out_and_readings_were_withdrawn(
    bodies: list[list[Said]], reject_conflicts: bool, restore: bool
) -> None:
    options: dict[str, Any] = {"reject_conflicts": reject_conflicts, "restore": restore}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.ingest.judging.decide.LAST_REVISION", 3)
        whole, single = Shelf(), Shelf()
        for shelf in (whole, single):
            shelf.past[1, 1, ""] = [Version(1, 1, NO_START, 1, 0)]
            shelf.now[1, 1, ""] = Version(1, WITHDRAWN, NO_START, 2, 0)
        for rows in bodies:
            at_once = whole.post(rows, **options)
            one_by_one = [single.post([row], **options) for row in rows]
            assert counts(at_once) == tuple(map(sum, zip(*map(counts, one_by_one), strict=True)))
            assert _values(whole.now) == _values(single.now)
            refused = [(row, each.code) for row, classified in enumerate(one_by_one) for each in classified.problems]
            assert sorted((each.index, each.code) for each in at_once.problems) == refused


def test_one_identity_said_a_hundred_thousand_times_is_corrected_as_often_as_can_be_counted() -> None:
    shelf = Shelf()
    rows = [(1, 10, value) for value in range(100_000)]
    classified = shelf.post(rows)
    assert counts(classified) == (1, 32_766, 0, 67_233)
    assert shelf.now[1, 10, ""] == Version(32_766, 1, NO_START, 32_767, 1)
    assert classified.problems[0].index == 32_767
    assert {each.code for each in classified.problems} == {RowCode.TOO_MANY_REVISIONS}
    assert counts(shelf.post(rows)) == (0, 0, 32_767, 67_233)


def test_the_work_for_one_identity_grows_with_the_rows_and_not_with_their_square() -> None:
    seconds = [min(_seconds_to_settle(rows) for _ in range(3)) for rows in (4_000, 32_000)]
    assert seconds[1] < 24 * seconds[0]  # eight times as many rows: the square would be sixty-four times the work


def _seconds_to_settle(rows: int) -> float:
    said: list[Said] = [(1, 10, value) for value in range(rows)]
    columns = columns_of(said)
    nothing = Shelf()._stored()
    batches = np.ones(rows, dtype=np.int64)
    started = time.thread_time()
    assert len(classify(columns, compare(columns, nothing), {}, batches=batches).corrections) == rows - 1
    return time.thread_time() - started


@pytest.mark.parametrize("count", [0, 1])
def test_the_smallest_bodies_are_sorted_too(count: int) -> None:
    assert len(sorted_by_identity(columns_of([(1, 10, 5)] * count))) == count


def test_rows_of_one_identity_stay_in_body_order() -> None:
    ordered = sorted_by_identity(columns_of([(2, 10, 1), (1, 20, 2), (1, 10, 3), (1, 20, 4), (1, 20, 1)]))
    assert ordered.row.tolist() == [2, 1, 3, 4, 0]


def _values(versions: dict[Identity, Version]) -> dict[Identity, tuple[int, int]]:
    return {identity: (version.value, version.revision) for identity, version in versions.items()}
