"""Telling new readings, repeats, late replays and corrections apart, against what is stored.

First `compare`, by vector operations: what meets nothing is new, what says the same is a repeat. Then `settle`, one row
after the other, for the few that differ or that meet each other in the body.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.columns import STANDING_STEP, Int64Column, ReadingColumns, Standing
from app.core.versions import Correction, Identity, StoredColumns, Version
from app.ingest.problems import RowCode, RowProblem

LAST_REVISION = 32_767
_Mask = NDArray[np.bool_]
_INSTANT_BITS = 43  # instants end before 2200


@dataclass(frozen=True, slots=True)
class Comparison:
    """`fresh` rows meet nothing; `same` positions repeat what is stored; `doubtful` ones differ from `current`, or meet
    each other in the body."""

    fresh: _Mask
    doubtful: list[int]
    current: dict[Identity, Version]
    same: list[int]


@dataclass(slots=True)
class Settled:
    """What a batch changes: rows to insert, then corrections in order (one may correct a row just inserted).

    `new_batches` goes with `new`, `corrected` holds the body rows of the corrections, `repeats` those of the repeats.
    """

    new: ReadingColumns
    new_batches: Int64Column
    corrections: list[Correction]
    corrected: list[int]
    repeats: list[int]
    problems: list[RowProblem]


def nothing_settled() -> Settled:
    """Return what changes nothing."""
    long, short = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
    new = ReadingColumns(row=short, meter=short, at=long, value=long, start=long, quality=long.astype(np.int16))
    return Settled(new, long, [], [], [], [])


def sorted_by_identity(columns: ReadingColumns) -> ReadingColumns:
    """Return the rows by meter and instant, rows of one identity in body order."""
    meter, at = columns.meter, columns.at
    if len(columns) < 2 or bool(((meter[1:] > meter[:-1]) | ((meter[1:] == meter[:-1]) & (at[1:] >= at[:-1]))).all()):
        return columns
    return columns.take(np.lexsort((at, meter)))


def compare(columns: ReadingColumns, stored: StoredColumns) -> Comparison:
    """Hold rows sorted by identity against the stored readings of at least their identities."""
    alone = ~_repeated(columns)
    if not len(stored.at):
        return Comparison(alone, np.flatnonzero(~alone).tolist(), {}, [])
    place, found = _places(columns, stored)
    same = alone & found & (stored.value[place] == columns.value) & (stored.start[place] == columns.start)
    stated = stored.quality[place]
    same &= (stated % STANDING_STEP == columns.quality % STANDING_STEP) & (
        stated // STANDING_STEP != Standing.WITHDRAWN
    )
    fresh = alone & ~found
    doubtful = np.flatnonzero(~(fresh | same)).tolist()
    met = np.flatnonzero(~(fresh | same) & found)
    identities = zip(columns.meter[met].tolist(), columns.at[met].tolist(), strict=True)
    current = dict(zip(identities, stored.versions(place[met]), strict=True))
    return Comparison(fresh, doubtful, current, np.flatnonzero(same).tolist())


def settle(
    columns: ReadingColumns,
    comparison: Comparison,
    earlier: Mapping[Identity, Sequence[Version]],
    *,
    batches: Int64Column,
    reject_conflicts: bool = False,
    restore: bool = False,
) -> Settled:
    """Decide the doubtful rows in order, so that a body says the same as its rows posted one by one.

    `earlier` holds the superseded versions of the doubtful identities, `batches` the batch number of each row.
    """
    inserted: list[int] = []
    state = dict(comparison.current)
    past = {} if restore else {identity: list(versions) for identity, versions in earlier.items()}
    settled = Settled(columns, batches, [], [], columns.row[comparison.same].tolist(), [])
    doubtful = comparison.doubtful
    said = (columns.meter, columns.at, columns.value, columns.quality, columns.start, columns.row, batches)
    rows = zip(doubtful, *(column[doubtful].tolist() for column in said), strict=True)
    for position, meter, at, value, quality, start, row, batch in rows:
        identity, says = (meter, at), (value, quality, start)
        old = state.get(identity)
        if old is None:
            inserted.append(position)
            state[identity] = Version(*says, revision=1, batch=batch)
            continue
        if old.says(*says) or any(version.says(*says) for version in past.get(identity, ())):
            settled.repeats.append(row)
            continue
        problem = _refusal(row, old, reject_conflicts=reject_conflicts)
        if problem:
            settled.problems.append(problem)
            continue
        state[identity] = Version(*says, revision=old.revision + 1, batch=batch)
        settled.corrections.append(Correction(*identity, old, state[identity]))
        settled.corrected.append(row)
        if not restore:
            past.setdefault(identity, []).append(old)
    fresh = comparison.fresh
    if inserted:
        fresh = fresh.copy()
        fresh[inserted] = True
    if not fresh.all():
        settled.new, settled.new_batches = columns.take(fresh), batches[fresh]
    return settled


def _repeated(columns: ReadingColumns) -> _Mask:
    """Tell which rows, sorted by identity, share it with a neighbour."""
    same = (columns.meter[1:] == columns.meter[:-1]) & (columns.at[1:] == columns.at[:-1])
    result = np.zeros(len(columns), dtype=np.bool_)
    result[1:] |= same
    result[:-1] |= same
    return result


def _places(columns: ReadingColumns, stored: StoredColumns) -> tuple[NDArray[np.intp], _Mask]:
    """Return for each row a place in `stored`, and whether the same identity stands there."""
    meters = np.unique(stored.meter)
    wanted = _keys(np.searchsorted(meters, columns.meter), columns.at)
    have = _keys(np.searchsorted(meters, stored.meter), stored.at)
    place = np.minimum(np.searchsorted(have, wanted), len(have) - 1)
    return place, (stored.meter[place] == columns.meter) & (stored.at[place] == columns.at)


def _keys(rank: NDArray[np.intp], at: Int64Column) -> Int64Column:
    return (rank.astype(np.int64) << _INSTANT_BITS) | at


def _refusal(index: int, old: Version, *, reject_conflicts: bool) -> RowProblem | None:
    if reject_conflicts and old.stored // STANDING_STEP != Standing.WITHDRAWN:
        detail = "another reading is stored for this meter and timestamp, and on_conflict is reject"
        return RowProblem(index, "value", RowCode.CONFLICT, detail)
    if old.revision >= LAST_REVISION:
        detail = f"this reading has been corrected {LAST_REVISION} times; no further revision can be kept"
        return RowProblem(index, "value", RowCode.TOO_MANY_REVISIONS, detail)
    return None
