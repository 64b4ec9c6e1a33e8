"""What became of readings since an instant: how many came, were corrected, withdrawn or accepted, by meter.

What stands is joined with what stood before a batch in columns, a bounded part of the readings at a time:

    stands now             stood before batch 40      what became of it
    10:00 = 5, batch 12                               nothing, and it is not read
    10:15 = 6, batch 41    none                       it came
    10:30 = 8, batch 43    7, batch 12, until 42      it was corrected, twice
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from app.core.readings.columns import NO_START, Int64Column
from app.core.readings.runs import LOOKUP_GAP_MS, runs_of
from app.core.readings.versions import StoredColumns, places_in
from app.models import Batch, Exchange
from app.store.readings.standing_where import brought_since, standing_where
from app.store.readings.superseded import superseded_within

_PART_MS = 5 * 86_400_000
"""Changes within so long a time make one stretch."""
_NONE = -1
"""Stands for the stored quality of a reading that was not there."""


@dataclass(frozen=True, slots=True)
class ChangedReadings:
    """Readings of one meter that changed alike: stored quality then (None when there was none) and now.

    `last_batch` is the number of the newest batch among those that brought what stands now.
    """

    meter_id: int
    quality_then: int | None
    quality_now: int
    count: int
    last_batch: int


def anything_since(session: Session, organization_id: int, *, batch: int) -> bool:
    """Tell whether a batch numbered `batch` or later changed readings of the organization."""
    changed = or_(col(Batch.inserted) > 0, col(Batch.replaced) > 0)
    statement = select(col(Batch.id)).where(
        col(Batch.organization_id) == organization_id, col(Batch.id) >= batch, changed
    )
    return session.connection().execute(statement.limit(1)).first() is not None


def changes_since(
    session: Session, organization_id: int, meter_ids: Sequence[int], *, first_ms: int, end_ms: int, batch: int
) -> list[ChangedReadings]:
    """Return what batches from `batch` on changed among readings stamped in [first, end), or later and begun before it.

    What was believed before them is compared with what stands now; a reading that came and changed since is one that
    came, and one that says and stands for what it did, as after an amendment that was undone, has not changed.
    """
    found: dict[tuple[int, int, int], tuple[int, int]] = {}
    wanted = brought_since(batch, first_at=first_ms, end_at=end_ms)
    for now in standing_where(session, organization_id, meter_ids, wanted):
        for alike, count, last_batch in _changed(now, _stood_before(session, organization_id, now, batch)):
            known = found.get(alike, (0, 0))
            found[alike] = known[0] + count, max(known[1], last_batch)
    return [
        ChangedReadings(meter_id, None if then == _NONE else then, now, *counted)
        for (meter_id, then, now), counted in sorted(found.items())
    ]


def _changed(now: StoredColumns, then: StoredColumns) -> Iterator[tuple[tuple[int, int, int], int, int]]:
    """Yield (meter, stored quality then and now) of readings that changed alike, how many, and their newest batch."""
    begins_now, begins_then = _begins(now), _begins(then)
    same = (then.value == now.value) & (then.quality == now.quality) & (begins_then == begins_now)
    changed = np.flatnonzero(~same)
    # Sorted by meter, then and now, those that changed alike stand together: each kind begins where one of the three
    # differs from the row before, and ends where the next begins.
    order = changed[np.lexsort((now.quality[changed], then.quality[changed], now.meter[changed]))]
    alike = now.meter[order], then.quality[order], now.quality[order]
    firsts = np.flatnonzero(_differs(*alike))
    # Kinds that begin at 0, 3 and 4 of 6 rows have 3, 1 and 2 of them.
    counts = np.diff(firsts, append=len(order))
    last_batches = np.maximum.reduceat(now.batch[order], firsts) if len(order) else now.batch[:0]
    keys = zip(*(column[firsts].tolist() for column in alike), strict=True)
    yield from zip(keys, counts.tolist(), last_batches.tolist(), strict=True)


def changed_stretches(
    session: Session, organization_id: int, meter_ids: Sequence[int], *, first_ms: int, end_ms: int, batch: int
) -> dict[int, list[tuple[int, int]]]:
    """Return where readings or exchanges at [first, end) were changed by batches from `batch` on, by meter (UTC ms).

    A stretch reaches from where the first of some neighbouring readings begins, then or now, to the last one.
    """
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    wanted = brought_since(batch, first_at=first_ms, end_at=end_ms)
    for brought in standing_where(session, organization_id, meter_ids, wanted):
        now = brought.take(brought.at < end_ms)
        begins = np.minimum(_begins(now), _begins(_stood_before(session, organization_id, now, batch)))
        for meter_id, part, first, last in _parted(now, np.minimum(now.at, begins)):
            known = spans.get((meter_id, part), (first, last))
            spans[meter_id, part] = min(known[0], first), max(known[1], last)
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (meter_id, _), span in spans.items():
        found[meter_id].append(span)
    exchanged = select(col(Exchange.meter_id), col(Exchange.at)).where(
        *_exchanged(organization_id, meter_ids, first_ms, end_ms, batch)
    )
    for meter_id, at in session.connection().execute(exchanged):
        found[meter_id].append((at, at))
    return dict(found)


def _parted(rows: StoredColumns, begins: Int64Column) -> Iterator[tuple[int, int, int, int]]:
    """Yield the meter, the part of time, the lowest begin and the last stamp of rows of one meter and part."""
    parts = rows.at // _PART_MS
    firsts = np.flatnonzero(_differs(rows.meter, parts))
    if len(firsts):
        lasts = np.append(firsts[1:], len(rows)) - 1
        columns = rows.meter[firsts], parts[firsts], np.minimum.reduceat(begins, firsts), rows.at[lasts]
        yield from zip(*(column.tolist() for column in columns), strict=True)


def _differs(*columns: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Tell which rows differ from the one before them; the first one does."""
    differs = np.ones(len(columns[0]), dtype=np.bool_)
    differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return differs


def exchanges_since(
    session: Session, organization_id: int, meter_ids: Sequence[int], *, first_ms: int, end_ms: int, batch: int
) -> dict[int, int]:
    """Return how many exchanges at [first, end) were stated or retracted by batches from `batch` on, by meter."""
    statement = (
        select(col(Exchange.meter_id), func.count())
        .where(*_exchanged(organization_id, meter_ids, first_ms, end_ms, batch))
        .group_by(col(Exchange.meter_id))
    )
    return {row[0]: row[1] for row in session.connection().execute(statement)}


def _stood_before(session: Session, organization_id: int, now: StoredColumns, batch: int) -> StoredColumns:
    """Return, row by row beside what stands now, what stood before a batch; the quality is _NONE where nothing did."""
    corrected = now.take(now.revision > 1)
    runs = runs_of(corrected.meter, corrected.at, corrected.at, gap_ms=LOOKUP_GAP_MS)
    found = superseded_within(session, organization_id, runs, batch=batch)
    # Runs reach over readings that are not asked for: versions of those have no place.
    places = places_in(now, found)
    known = places >= 0
    value, quality, start = (
        np.zeros_like(now.value),
        np.full_like(now.quality, _NONE),
        np.full_like(now.start, NO_START),
    )
    for column, said in ((value, found.value), (quality, found.quality), (start, found.start)):
        column[places[known]] = said[known]
    return replace(now, value=value, quality=quality, start=start)


def _begins(rows: StoredColumns) -> Int64Column:
    """Return where what a reading speaks of begins: at its own start, or at its stamp."""
    return np.where(rows.start == NO_START, rows.at, rows.start)


def _exchanged(
    organization_id: int, meter_ids: Sequence[int], first_ms: int, end_ms: int, batch: int
) -> tuple[ColumnElement[bool], ...]:
    later = or_(col(Exchange.batch_id) >= batch, col(Exchange.withdrawn_by) >= batch)
    ours = col(Exchange.organization_id) == organization_id, col(Exchange.meter_id).in_(list(meter_ids))
    return *ours, later, col(Exchange.at) >= first_ms, col(Exchange.at) < end_ms
