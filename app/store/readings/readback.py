"""Stored readings read back in order: by meter, then by instant, a page or a chunk of columns at a time.

By instant upwards, or of each meter the newest first: then the pages are taken from the end, and their rows turned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS
from app.core.inventory.meters import MeterSpec
from app.core.readings.runs import Runs
from app.core.readings.versions import (
    Identity,
    StoredColumns,
    identities_of,
    one_after_the_other,
    rows_before,
    rows_up_to,
)
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered
from app.store.engine.database import Database
from app.store.readings.history import WITHDRAWN, believed_of
from app.store.readings.standing import standing_within, stretches_backwards, stretches_onwards
from app.store.sql.columns import NEVER

CHUNK = 10_000
"""Rows that are read together where nothing else is asked for: a megabyte of text."""

_ROWS_A_PAGE = 1_536
_SHORT_MS = 2 * 24 * HOUR_MS
_METERS_AT_ONCE = 16

Position = Identity
"""What follows is strictly behind it."""


@dataclass(frozen=True, slots=True)
class ReadbackQuery:
    """Readings stamped in [start_ms, end_ms), None for open, as believed at `as_of_ms` or now.

    `newest_first` turns the order within each meter, not that of the meters.
    """

    start_ms: int | None
    end_ms: int | None
    as_of_ms: int | None
    newest_first: bool = False


def read_back(
    session: Session, meters: Sequence[Metered], query: ReadbackQuery, *, after: Position | None, limit: int
) -> StoredColumns:
    """Return up to `limit` readings of meters in id order, from behind `after`, withdrawn ones left out."""
    return _at_least(session, meters, query, after=after, rows=limit, pages=1).take(slice(0, limit))


def read_back_all(
    database: Database, organization_id: int, meters: Sequence[Metered], query: ReadbackQuery, *, rows: int = CHUNK
) -> Iterator[StoredColumns]:
    """Return an iterator of every reading in chunks of at least so many rows, each read in a short transaction.

    So many pages of a meter are looked for together as hold a chunk: what else it costs is spread over all its rows.

    The first one is read at once: what keeps it from being read is raised before an answer has begun.
    """

    def read(after: Position | None) -> StoredColumns:
        with entered(database, organization_id) as session:
            return _at_least(session, meters, query, after=after, rows=rows, pages=rows // _ROWS_A_PAGE + 2)

    def following(chunk: StoredColumns) -> Iterator[StoredColumns]:
        while len(chunk):
            yield chunk
            if len(chunk) < rows:
                return
            chunk = read(identities_of(chunk, [len(chunk) - 1])[0])

    return following(read(None))


def _at_least(
    session: Session,
    meters: Sequence[Metered],
    query: ReadbackQuery,
    *,
    after: Position | None,
    rows: int,
    pages: int,
) -> StoredColumns:
    """Return at least so many readings from behind `after`, or all there are; a stretch is never cut."""
    specs = [each.spec for each in meters if after is None or each.spec.id >= after[0]]
    found: list[StoredColumns] = []
    for some in _in_order(session, specs, query, after, pages):
        found.append(some)
        rows -= len(some)
        if rows <= 0:
            break
    return one_after_the_other(found)


def _in_order(
    session: Session, specs: Sequence[MeterSpec], query: ReadbackQuery, after: Position | None, pages: int
) -> Iterator[StoredColumns]:
    """Yield the readings of meters, some pages of one at a time; of a short time, of more and more meters at once.

    A day of a thousand meters of quarter hours, for example: 1, 2, 4, 8 and then always 16 meters are asked for
    together. One that says something each second is asked for alone again.
    """
    at_once = 1
    while specs:
        some, specs = specs[:at_once], specs[at_once:]
        # Only the first meter is begun in the middle; all behind it from their own begin.
        behind = after[1:] if after is not None and some[0].id == after[0] else None
        alone = at_once == 1
        count = 0
        for rows in _of_meter(session, some[0], query, behind, pages) if alone else _together(session, some, query):
            yield rows
            count += len(rows)
        # Doubled as long as what came is little: how dense a meter's readings are is not known before they are read.
        at_once = min(2 * at_once, _METERS_AT_ONCE) if _is_short(query) and count < CHUNK else 1


def _is_short(query: ReadbackQuery) -> bool:
    """Tell whether what is asked for stands, and is but a page or two of each meter."""
    if query.start_ms is None or query.end_ms is None or query.as_of_ms is not None or query.newest_first:
        return False
    return query.end_ms - query.start_ms <= _SHORT_MS


def _together(session: Session, specs: Sequence[MeterSpec], query: ReadbackQuery) -> Iterator[StoredColumns]:
    """Yield the readings of some meters, all of a short time."""
    first, last = query.start_ms or 0, (query.end_ms or 0) - 1
    meters = np.array([spec.id for spec in specs], dtype=np.int32)
    runs = Runs(meters, np.full(len(specs), first), np.full(len(specs), last))
    rows = standing_within(session, specs[0].organization_id, runs)
    yield rows.take(rows.quality < WITHDRAWN)


def _of_meter(
    session: Session, spec: MeterSpec, query: ReadbackQuery, behind: tuple[int, str] | None, pages: int
) -> Iterator[StoredColumns]:
    """Yield the readings of a meter, those of so many pages at a time."""
    if query.newest_first:
        yield from _of_meter_backwards(session, spec, query, behind, pages)
        return
    first_at = max(NEVER if query.start_ms is None else query.start_ms, NEVER if behind is None else behind[0])
    last_at = -NEVER if query.end_ms is None else query.end_ms - 1
    for first, last in stretches_onwards(session, spec.organization_id, spec.id, first_at, pages=pages):
        if first > last_at:
            return
        rows = believed_of(session, spec.organization_id, spec.id, first, min(last, last_at), query.as_of_ms)
        # A stretch may begin in the middle of an instant's tickets: what was read of them lies before `behind`.
        rows = rows.take(slice(0 if behind is None else rows_up_to(rows, *behind), None))
        yield rows if bool((rows.quality < WITHDRAWN).all()) else rows.take(rows.quality < WITHDRAWN)


def _of_meter_backwards(
    session: Session, spec: MeterSpec, query: ReadbackQuery, behind: tuple[int, str] | None, pages: int
) -> Iterator[StoredColumns]:
    """Yield the readings of a meter, the newest first, those of so many pages at a time."""
    first_at = NEVER if query.start_ms is None else query.start_ms
    last_at = min(-NEVER if query.end_ms is None else query.end_ms - 1, -NEVER if behind is None else behind[0])
    for first, last in stretches_backwards(session, spec.organization_id, spec.id, last_at, pages=pages):
        if last < first_at:
            return
        rows = believed_of(session, spec.organization_id, spec.id, max(first, first_at), last, query.as_of_ms)
        rows = rows.take(slice(0, len(rows) if behind is None else rows_before(rows, *behind)))
        yield rows.take(np.flatnonzero(rows.quality < WITHDRAWN)[::-1])
