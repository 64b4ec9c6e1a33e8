"""What stands of readings that meet a condition, found by the headers of pages, a bounded part at a time.

The header of a page tells that no reading in it can meet the condition, and such pages are not read. An example: of
1,000 pages of a meter two have suspect readings; those two are read, the readings in them that are not suspect are left
out, and what has arrived since is laid over the rest: one of them was corrected a minute ago and is suspect no more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from app.core.readings.columns import COUNTS_BELOW, NO_START, STANDING_STEP, Standing
from app.core.readings.runs import LOOKUP_GAP_MS, runs_of
from app.core.readings.versions import StoredColumns, newest, one_after_the_other
from app.store.arrivals.arrived import arrived, of_meters
from app.store.pages.page_headers import PageHeader
from app.store.pages.paged import LOOKS, paged_within
from app.store.pages.reading_pages import PageGone, pages_where, read_pages
from app.store.readings.unpaged import has_unpaged, unpaged_where
from app.store.sql.columns import NEVER

_METERS_A_LOOK = 1_000
_PAGES_A_PART = 32
"""About 50,000 readings."""

_WITHDRAWN = STANDING_STEP * Standing.WITHDRAWN
_Place = tuple[int, int]
"""A meter and an instant (UTC ms): readings before it are done."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Which readings are wanted, thrice: by the headers of pages that may hold one, as rows in SQL, and in columns."""

    pages: str
    rows: str
    values: Mapping[str, int]
    chosen: Callable[[StoredColumns], NDArray[np.bool_]]


def suspect(*, first_at: int = NEVER, end_at: int = -NEVER) -> Condition:
    """Return the condition of suspect readings stamped in [first, end)."""
    return Condition(
        pages="suspects > 0 AND last_at >= :first AND first_at < :end",
        rows=f"quality >= {COUNTS_BELOW} AND quality < {_WITHDRAWN} AND at >= :first AND at < :end",
        values={"first": first_at, "end": end_at},
        chosen=lambda found: (
            (found.quality // STANDING_STEP == Standing.SUSPECT) & (found.at >= first_at) & (found.at < end_at)
        ),
    )


def with_own_start(*, first_at: int = NEVER, last_at: int = -NEVER) -> Condition:
    """Return the condition of readings with a start of their own stamped in [first, last]."""
    return Condition(
        pages="own_starts > 0 AND last_at >= :first AND first_at <= :last",
        rows="start_at IS NOT NULL AND at >= :first AND at <= :last",
        values={"first": first_at, "last": last_at},
        chosen=lambda found: (found.start != NO_START) & (found.at >= first_at) & (found.at <= last_at),
    )


def brought_since(batch: int, *, first_at: int = NEVER, end_at: int = -NEVER) -> Condition:
    """Return the condition of readings of which `batch` or a later one brought what stands.

    Only those stamped in [first, end) are wanted, or later with a start of their own before the end.
    """
    return Condition(
        pages="last_batch >= :batch AND last_at >= :first AND (first_at < :end OR own_starts > 0)",
        rows="batch_id >= :batch AND at >= :first AND (at < :end OR start_at < :end)",
        values={"batch": batch, "first": first_at, "end": end_at},
        chosen=lambda found: (
            (found.batch >= batch)
            & (found.at >= first_at)
            & ((found.at < end_at) | ((found.start != NO_START) & (found.start < end_at)))
        ),
    )


def brought_by(batch: int, *, first_at: int = NEVER, end_at: int = -NEVER) -> Condition:
    """Return the condition of readings stamped in [first, end) of which one batch brought what stands."""
    return Condition(
        pages="first_batch <= :batch AND last_batch >= :batch AND last_at >= :first AND first_at < :end",
        rows="batch_id = :batch AND at >= :first AND at < :end",
        values={"batch": batch, "first": first_at, "end": end_at},
        chosen=lambda found: (found.batch == batch) & (found.at >= first_at) & (found.at < end_at),
    )


def standing_where(
    session: Session, organization_id: int, meter_ids: Sequence[int], condition: Condition
) -> Iterator[StoredColumns]:
    """Yield what stands of some meters' readings and meets the condition, by identity, a bounded part at a time.

    Raises DamagedPage and UnreadableArrival.
    """
    # Rows that are not in pages yet are read a meter at a time: there may be a whole history of them.
    wanted, at_once = sorted(set(meter_ids)), 1 if has_unpaged(session) else _METERS_A_LOOK
    for start in range(0, len(wanted), at_once):
        for part in _parts(session, organization_id, wanted[start : start + at_once], condition):
            if len(part):
                yield part


def _parts(
    session: Session, organization_id: int, meters: Sequence[int], condition: Condition
) -> Iterator[StoredColumns]:
    """Yield the readings by parts, each from one place up to the next; look again from there when a page is gone.

    What is found in a page may have been corrected since, into what is wanted or out of it: all that the arrivals say
    is laid over it before it is chosen once more.
    """
    recent = of_meters(arrived(session, organization_id), meters)
    unpaged = unpaged_where(session, meters, condition.rows, dict(condition.values))
    if len(unpaged):  # a correction of such a row is in a page, which may not meet the condition any more
        runs = runs_of(unpaged.meter, unpaged.at, unpaged.at, gap_ms=LOOKUP_GAP_MS)
        unpaged = newest([unpaged, paged_within(session, organization_id, runs)])
    begin: _Place | None = (meters[0], NEVER)
    looks = 0
    while begin is not None:
        pages = pages_where(session, organization_id, meters, condition.pages, condition.values)
        try:
            for some, end in _cut([page for page in pages if (page.meter_id, page.last_at) >= begin]):
                paged = one_after_the_other([page.take(condition.chosen(page)) for page in read_pages(session, some)])
                # Only what the condition chose of each page is here, but all that arrived: a version that was corrected
                # out of the condition is laid under its correction, and left out below.
                stands = newest([_between(rows, begin, end) for rows in (unpaged, paged, recent)])
                yield stands.take(condition.chosen(stands))
                begin = end
                if begin is None:
                    return
        except PageGone:
            looks += 1
            if looks == LOOKS:
                raise


def _cut(pages: Sequence[PageHeader]) -> Iterator[tuple[Sequence[PageHeader], _Place | None]]:
    """Yield some pages at a time, each time with the place at which the next ones begin; None behind the last."""
    for start in range(0, max(len(pages), 1), _PAGES_A_PART):
        following = pages[start + _PAGES_A_PART : start + _PAGES_A_PART + 1]
        # A part ends where the next page begins, so that what arrived between two pages belongs to one part, and to one
        # alone.
        end = (following[0].meter_id, following[0].first_at) if following else None
        yield pages[start : start + _PAGES_A_PART], end


def _between(rows: StoredColumns, begin: _Place, end: _Place | None) -> StoredColumns:
    """Return the rows, sorted by identity, from one place up to the next, or to the end."""
    return rows.take(slice(_position(rows, begin), len(rows) if end is None else _position(rows, end)))


def _position(rows: StoredColumns, place: _Place) -> int:
    """Return how many rows lie before a place."""
    meter, at = place
    low, high = (int(np.searchsorted(rows.meter, meter, side=side)) for side in ("left", "right"))
    return low + int(np.searchsorted(rows.at[low:high], at, side="left"))
