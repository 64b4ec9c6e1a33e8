"""What is doubtful about rows that were taken: suspect ones, rows of one body that meet, months below zero, no edge."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import instant_from_ms, rfc3339
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import NO_REFERENCE, NO_START, STANDING_STEP, ReadingColumns
from app.core.readings.runs import distinct, distinct_rows
from app.core.readings.versions import repeats_identity
from app.ingest.judging.suspect import claims_the_future, why_suspect
from app.ingest.problems import RowWarning, WarningCode
from app.ingest.writing.gathering import Gathering
from app.store.directory.directory import Directory

MOST_WARNINGS = 1_000
"""Of one transaction; a body that is wrong throughout says so with fewer."""


def warnings_of(gathering: Gathering, columns: ReadingColumns, suspect: Sequence[int]) -> list[RowWarning]:
    """Return the warnings by row; `columns` are all rows, sorted by identity, `suspect` those that came to be so."""
    found: list[RowWarning] = []
    for warning in _each(gathering, columns, suspect):
        found.append(warning)
        if len(found) == MOST_WARNINGS:
            break
    return sorted(found, key=lambda each: each.index)


def _each(gathering: Gathering, columns: ReadingColumns, suspect: Sequence[int]) -> Iterator[RowWarning]:
    specs = gathering.directory.by_id
    if suspect:
        for place in np.flatnonzero(np.isin(columns.row, suspect)).tolist():
            spec, start = specs[int(columns.meter[place])], int(columns.start[place])
            at = int(columns.at[place])
            value, stated = int(columns.value[place]), None if start == NO_START else start
            code, words = why_suspect(spec, at=at, value=value, start=stated)
            field = "timestamp" if code is WarningCode.OFF_CALENDAR else "value"
            yield _warning(columns, place, spec, field, code, f"stored as suspect, and not counted: {words}")
    yield from _meetings(gathering, columns)
    yield from _below_zero(gathering, columns)
    yield from _claims_of_the_future(gathering, columns)


def _meetings(gathering: Gathering, columns: ReadingColumns) -> Iterator[RowWarning]:
    """Yield a warning for each row whose body has said another value of its identity; of ledgers, the same one too.

    A body that says 10 and then 12 of one moment has one of them count. On a ledger both may be tickets.
    """
    if len(columns) < 2 or all(post.received == 1 for post in gathering.posts):
        return
    places = np.flatnonzero(repeats_identity(columns))
    post = gathering.post_of(columns.row[places])
    same_post = post == gathering.post_of(columns.row[places - 1])
    places, post = places[same_post], post[same_post]
    alike = _say_the_same(columns, places)
    nameless = _are_nameless_tickets(columns, places, gathering.directory)
    told = np.flatnonzero(~alike | nameless)[:MOST_WARNINGS]
    # Each sender is told of rows by their numbers in its own body.
    before = columns.row[places[told] - 1] - gathering.offsets[post[told]]
    for at, row in zip(told.tolist(), before.tolist(), strict=True):
        place = int(places[at])
        spec = gathering.directory.by_id[int(columns.meter[place])]
        advice = "; tickets of one moment are told apart by a `reference`" if nameless[at] else ""
        if alike[at]:
            words = f"row {row} says the same, and it counts once{advice}"
            yield _warning(columns, place, spec, "reference", WarningCode.REPEATS_ROW, words)
        else:
            words = f"row {row} says another value of the same meter and timestamp, and one of the two counts{advice}"
            yield _warning(columns, place, spec, "value", WarningCode.CONTRADICTS_ROW, words)


def _say_the_same(columns: ReadingColumns, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which of these rows say what the row before each of them does."""
    before = places - 1
    same: NDArray[np.bool_] = columns.quality[places] % STANDING_STEP == columns.quality[before] % STANDING_STEP
    same &= columns.value[places] == columns.value[before]
    same &= columns.start[places] == columns.start[before]
    return same


def _are_nameless_tickets(columns: ReadingColumns, places: NDArray[np.intp], directory: Directory) -> NDArray[np.bool_]:
    """Tell which of these rows are of a ledger and have no reference."""
    meter = columns.meter[places]
    ledgers = [each for each in distinct(meter).tolist() if directory.by_id[each].kind is MeterKind.EVENT]
    nameless = np.isin(meter, ledgers)
    if columns.reference is not None:
        nameless &= columns.reference[places] == NO_REFERENCE
    return nameless


def _below_zero(gathering: Gathering, columns: ReadingColumns) -> Iterator[RowWarning]:
    """Yield a warning for each whole month, or longer, that has used less than nothing. It counts, as a credit does."""
    below = np.flatnonzero((columns.value < 0) & (columns.start == NO_START))
    specs = gathering.directory.by_id
    doubted = [each for each in distinct(columns.meter[below]).tolist() if specs[each].doubts_below_zero]
    for place in below[np.isin(columns.meter[below], doubted)][:MOST_WARNINGS].tolist():
        words = "a use below zero counts as a credit; what runs the other way has a meter of its own"
        yield _warning(columns, place, specs[int(columns.meter[place])], "value", WarningCode.BELOW_ZERO, words)


def _claims_of_the_future(gathering: Gathering, columns: ReadingColumns) -> Iterator[RowWarning]:
    """Yield a warning for each meter one of whose readings, stamped at the start as is assumed, has yet to happen.

    A gateway that stamps 10:15 at the end of its quarter hour posts it a moment later. Taken for the start it would be
    what is used up to 10:30. Half an interval is left to clocks that differ.
    """
    unstated, longest = gathering.directory.edges_assumed
    if not len(unstated):
        return
    rows = np.flatnonzero(np.isin(columns.meter, unstated) & (columns.start == NO_START))
    now = np.array([post.now_ms for post in gathering.posts], dtype=np.int64)[gathering.post_of(columns.row[rows])]
    reach = longest[np.searchsorted(unstated, columns.meter[rows])] // 2
    stamps = columns.at[rows]
    # what began earlier has mostly happened, and what begins later says so itself: nearly all rows, without a look
    near = (stamps > now - reach) & (stamps <= now)
    rows, now = rows[near], now[near]
    first, _ = distinct_rows(columns.meter[rows], columns.at[rows], now)
    told: set[int] = set()
    for place, now_ms in zip(rows[first].tolist(), now[first].tolist(), strict=True):
        meter, at = int(columns.meter[place]), int(columns.at[place])
        spec = gathering.directory.by_id[meter]
        if meter not in told and claims_the_future(spec, at, now_ms):
            told.add(meter)
            words = (
                "nobody stated which end of its interval this meter's timestamps name; by the start, as is assumed,"
                " this one is of a time that has yet to come: state timestamp_edge, most likely interval_end"
            )
            yield _warning(columns, place, spec, "timestamp", WarningCode.EDGE_NOT_STATED, words)


def _warning(
    columns: ReadingColumns, place: int, spec: MeterSpec, field: str, code: WarningCode, words: str
) -> RowWarning:
    at = rfc3339(instant_from_ms(int(columns.at[place])))
    return RowWarning(int(columns.row[place]), field, code, words, spec.code, at)
