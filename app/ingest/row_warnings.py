"""What is doubtful about rows that were taken: suspect ones, rows of one body that meet, an edge that nobody stated."""

from collections.abc import Iterator, Sequence

import numpy as np

from app.core.columns import NO_REFERENCE, NO_START, STANDING_STEP, ReadingColumns
from app.core.meters import MeterSpec
from app.core.periods import instant_from_ms, rfc3339
from app.core.resources import MeterKind
from app.core.versions import repeats_identity
from app.ingest.gathering import Gathering
from app.ingest.problems import RowWarning, WarningCode
from app.ingest.suspect import claims_the_future, why_suspect

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
    yield from _claims_of_the_future(gathering, columns)


def _meetings(gathering: Gathering, columns: ReadingColumns) -> Iterator[RowWarning]:
    """Yield a warning for each row whose body has said another value of its identity; of ledgers, the same one too.

    A body that says 10 and then 12 of one moment has one of them count. On a ledger both may be tickets.
    """
    if len(columns) < 2 or len(columns) == len(gathering.posts):
        return
    places = np.flatnonzero(repeats_identity(columns))
    same_post = gathering.post_of(columns.row[places]) == gathering.post_of(columns.row[places - 1])
    for place in places[same_post].tolist():
        spec = gathering.directory.by_id[int(columns.meter[place])]
        before = int(columns.row[place - 1] - gathering.offsets[gathering.post_of([int(columns.row[place])])[0]])
        nameless = spec.kind is MeterKind.EVENT and _reference(columns, place) == NO_REFERENCE
        advice = "; tickets of one moment are told apart by a `reference`" if nameless else ""
        if _says_the_same(columns, place):
            if nameless:
                words = f"row {before} says the same, and it counts once{advice}"
                yield _warning(columns, place, spec, "reference", WarningCode.REPEATS_ROW, words)
        else:
            words = (
                f"row {before} says another value of the same meter and timestamp, and one of the two counts{advice}"
            )
            yield _warning(columns, place, spec, "value", WarningCode.CONTRADICTS_ROW, words)


def _reference(columns: ReadingColumns, place: int) -> str:
    return NO_REFERENCE if columns.reference is None else str(columns.reference[place])


def _says_the_same(columns: ReadingColumns, place: int) -> bool:
    """Tell whether a row says what the one before it does; no column is read whole for it."""
    before = place - 1
    same = columns.value[place] == columns.value[before] and columns.start[place] == columns.start[before]
    return bool(same and columns.quality[place] % STANDING_STEP == columns.quality[before] % STANDING_STEP)


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
    near = columns.at[rows] > now - reach  # what began earlier has mostly happened: nearly all rows, without a look
    told: set[int] = set()
    for place, now_ms in zip(rows[near].tolist(), now[near].tolist(), strict=True):
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
