"""Telling new readings, repeats, late replays and corrections apart, against what is stored.

First `compare`: what meets nothing is new, what says the same is a repeat. Then `classify`, for those that differ or
that meet each other in the body.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.readings.columns import STANDING_STEP, Int64Column, ReadingColumns, Standing
from app.core.readings.versions import (
    Correction,
    Identity,
    StoredColumns,
    Version,
    columns_from,
    identities_of,
    one_after_the_other,
    repeats_identity,
)
from app.ingest.judging.decide import LAST_REVISION, Decided, decide
from app.ingest.problems import RowCode, RowProblem

_Mask = NDArray[np.bool_]
_OF_VERSION = ("value", "stored", "start", "revision", "batch")
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
class Classified:
    """What a batch changes: rows to insert, then corrections in order (one may correct a row just inserted).

    `new_batches` goes with `new`, `corrected` holds the body rows of the corrections, `repeats` those of the repeats.
    """

    new: ReadingColumns
    new_batches: Int64Column
    corrections: list[Correction]
    corrected: list[int]
    repeats: list[int]
    problems: list[RowProblem]


def would_stand(classified: Classified) -> StoredColumns:
    """Return the versions that a batch would store, those of one identity in any order."""
    new = classified.new
    inserted = StoredColumns(
        meter=new.meter,
        at=new.at,
        value=new.value,
        quality=new.quality,
        start=new.start,
        revision=np.ones(len(new), dtype=np.int16),
        batch=classified.new_batches,
        reference=new.reference,
    )
    said = [
        (each.meter, each.at, each.reference, *(getattr(each.new, name) for name in _OF_VERSION))
        for each in classified.corrections
    ]
    return one_after_the_other([inserted, columns_from(said)])


def nothing_classified() -> Classified:
    """Return what changes nothing."""
    long, short = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
    new = ReadingColumns(row=short, meter=short, at=long, value=long, start=long, quality=long.astype(np.int16))
    return Classified(new, long, [], [], [], [])


def compare(columns: ReadingColumns, stored: StoredColumns, *, by_value: bool = False) -> Comparison:
    """Hold rows sorted by identity against the stored readings of at least their identities.

    With `by_value` a row that says what stands of another quality says the same.
    """
    alone = ~_repeated(columns)
    if not len(stored.at):
        return Comparison(alone, np.flatnonzero(~alone).tolist(), {}, [])
    place, found = _places(columns, stored)
    same = alone & found & (stored.value[place] == columns.value) & (stored.start[place] == columns.start)
    stated = stored.quality[place]
    same &= stated // STANDING_STEP != Standing.WITHDRAWN
    if not by_value:
        same &= stated % STANDING_STEP == columns.quality % STANDING_STEP
    fresh = alone & ~found
    doubtful = np.flatnonzero(~(fresh | same)).tolist()
    met = np.flatnonzero(~(fresh | same) & found & ~repeats_identity(columns))  # one row tells an identity
    current = dict(zip(identities_of(columns, met), stored.versions(place[met]), strict=True))
    return Comparison(fresh, doubtful, current, np.flatnonzero(same).tolist())


def classify(
    columns: ReadingColumns,
    comparison: Comparison,
    earlier: Mapping[Identity, Sequence[Version]],
    *,
    batches: Int64Column,
    reject_conflicts: bool = False,
    restore: bool = False,
    named: Callable[[int, int], tuple[str, str] | tuple[None, None]] = lambda _meter, _at: (None, None),
) -> Classified:
    """Decide the doubtful rows in order, so that a body says the same as its rows posted one by one.

    `earlier` holds the superseded versions of the doubtful identities, `batches` the batch number of each row; `named`
    tells a meter's code and an instant's text for a problem.
    """
    classified = Classified(columns, batches, [], [], columns.row[comparison.same].tolist(), [])
    fresh = comparison.fresh
    if comparison.doubtful:
        doubtful = np.array(comparison.doubtful, dtype=np.intp)
        rows = columns.take(doubtful)
        decided = decide(rows, comparison.current, earlier, reject_conflicts=reject_conflicts, restore=restore)
        classified.repeats += rows.row[decided.repeats].tolist()
        for code, mask in decided.refused.items():
            refused = zip(*(column[mask].tolist() for column in (rows.row, rows.meter, rows.at)), strict=True)
            words = _REFUSALS[code]
            classified.problems += [
                RowProblem(row, "value", code, words, *named(meter, at)) for row, meter, at in refused
            ]
        classified.corrected = rows.row[decided.corrected].tolist()
        classified.corrections = _corrections(rows, batches[doubtful], decided, comparison.current)
        fresh = fresh.copy()
        fresh[doubtful[decided.inserted]] = True
    if not fresh.all():
        classified.new, classified.new_batches = columns.take(fresh), batches[fresh]
    return classified


def _corrections(
    rows: ReadingColumns, batches: Int64Column, decided: Decided, current: Mapping[Identity, Version]
) -> list[Correction]:
    """Return the corrections in order; what one of them corrects is what stands, or the row taken before it."""
    taken = np.flatnonzero(decided.inserted | decided.corrected)
    said = (rows.value, rows.quality, rows.start, decided.revision, batches)
    versions = zip(*(column[taken].tolist() for column in said), strict=True)
    found: list[Correction] = []
    before: tuple[Identity | None, Version | None] = (None, None)
    for identity, version in zip(identities_of(rows, taken), versions, strict=True):
        new = Version(*version)
        old = before[1] if before[0] == identity else current.get(identity)
        if old is not None:
            meter, at, reference = identity
            found.append(Correction(meter, at, old, new, reference))
        before = identity, new
    return found


def _repeated(columns: ReadingColumns) -> _Mask:
    """Tell which rows, sorted by identity, share it with a neighbour."""
    later = repeats_identity(columns)
    result = later.copy()
    result[:-1] |= later[1:]
    return result


def _places(columns: ReadingColumns, stored: StoredColumns) -> tuple[NDArray[np.intp], _Mask]:
    """Return for each row a place in `stored`, and whether the same identity stands there."""
    if columns.reference is not None or stored.reference is not None:
        return _places_of_tickets(columns, stored)
    meters = np.unique(stored.meter)
    wanted = _keys(np.searchsorted(meters, columns.meter), columns.at)
    have = _keys(np.searchsorted(meters, stored.meter), stored.at)
    place = np.minimum(np.searchsorted(have, wanted), len(have) - 1)
    return place, (stored.meter[place] == columns.meter) & (stored.at[place] == columns.at)


def _places_of_tickets(columns: ReadingColumns, stored: StoredColumns) -> tuple[NDArray[np.intp], _Mask]:
    """Find rows some of which have references: one by one, as ledgers are short."""
    known = {identity: place for place, identity in enumerate(identities_of(stored, np.arange(len(stored))))}
    found = [known.get(identity, -1) for identity in identities_of(columns, np.arange(len(columns)))]
    place = np.array(found, dtype=np.intp)
    return np.maximum(place, 0), place >= 0


def _keys(rank: NDArray[np.intp], at: Int64Column) -> Int64Column:
    return (rank.astype(np.int64) << _INSTANT_BITS) | at


_REFUSALS = {
    RowCode.CONFLICT: "another reading is stored for this meter, timestamp and reference, and on_conflict is reject",
    RowCode.TOO_MANY_REVISIONS: f"this reading has been corrected {LAST_REVISION} times; no further revision can be "
    "kept",
}
