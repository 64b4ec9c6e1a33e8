"""What stands of each reading, wherever it lies: the one way to stored readings.

A reading is among the arrivals first and in a page later; the newest of its versions stands. Everyone who asks for
readings asks here, in columns, and nobody else knows where they are. An example: a meter has a page of January, and the
10th was corrected a minute ago, which is still an arrival. Asked for 9 to 11 January, the page gives three days, the
arrival one, and of the 10th, in both, the second revision is returned.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from sqlmodel import Session

from app.core.readings.columns import NO_START, Int32Column, Int64Column
from app.core.readings.runs import Runs
from app.core.readings.versions import NOTHING_STORED, StoredColumns, newest, one_after_the_other
from app.store.arrivals.arrived import arrived, within
from app.store.pages.paged import paged_within
from app.store.pages.reading_pages import (
    meters_with_own_start_pages,
    page_begins,
    paged_spans,
)
from app.store.readings.standing_where import standing_where, with_own_start
from app.store.readings.unpaged import meters_with_own_start_rows, unpaged_begins, unpaged_spans, unpaged_within
from app.store.sql.columns import NEVER

EVER = (NEVER, -NEVER)


def standing_within(session: Session, organization_id: int, runs: Runs) -> StoredColumns:
    """Return what stands of an organization's readings inside sorted runs, withdrawn ones too, by identity.

    The runs do not reach into each other. Raises DamagedPage and UnreadableArrival.
    """
    if not len(runs):
        return NOTHING_STORED
    # Arrivals first, pages last: rows move from the one to the other and never back. What moves in between is found
    # twice, and `newest` keeps one.
    recent = within(arrived(session, organization_id), runs)
    rows = unpaged_within(session, runs)
    return newest([rows, paged_within(session, organization_id, runs), recent])


def standing_of(session: Session, organization_id: int, meter_id: int, first_at: int, last_at: int) -> StoredColumns:
    """Return what stands of one meter's readings stamped in [first, last], withdrawn ones too, in order."""
    return standing_within(session, organization_id, one_run(meter_id, first_at, last_at))


def one_run(meter_id: int, first_at: int, last_at: int) -> Runs:
    """Return a single stretch of a meter."""
    instants: Int64Column = np.array([[first_at], [last_at]], dtype=np.int64)
    return Runs(np.array([meter_id], dtype=np.int32), instants[0], instants[1])


def readings_with_own_start(
    session: Session, organization_id: int, meter_ids: Sequence[int], *, first_at: int = NEVER, last_at: int = -NEVER
) -> StoredColumns:
    """Return the readings with a start of their own of some meters stamped in [first, last], by identity."""
    wanted = with_own_start(first_at=first_at, last_at=last_at)
    return one_after_the_other(list(standing_where(session, organization_id, meter_ids, wanted)))


def meters_with_own_starts(session: Session, organization_id: int, meter_ids: Sequence[int]) -> set[int]:
    """Return those of the meters that have, or had, a reading with a start of its own."""
    recent = arrived(session, organization_id)
    found = set(np.unique(recent.meter[recent.start != NO_START]).tolist())
    paged = meters_with_own_start_pages(session, organization_id, meter_ids)
    return {*found.intersection(meter_ids), *paged, *meters_with_own_start_rows(session, meter_ids)}


def stretches_backwards(
    session: Session, organization_id: int, meter_id: int, last_at: int, *, pages: int = 1
) -> Iterator[tuple[int, int]]:
    """Yield [first, last] stretches of a meter's life up to `last_at`, some pages' worth each, the latest one first."""
    while True:
        begins = (
            page_begins(session, organization_id, meter_id, last_at, before=True, nth=pages),
            unpaged_begins(session, meter_id, last_at, before=True),
        )
        # Both kinds of rows are cut at the later of the two begins, so neither is too long; with nothing further back
        # the stretch has no begin.
        first_at = max((each for each in begins if each is not None), default=NEVER)
        yield first_at, last_at
        if first_at == NEVER:
            return
        last_at = first_at - 1


def stretches_onwards(
    session: Session, organization_id: int, meter_id: int, first_at: int, *, pages: int = 1
) -> Iterator[tuple[int, int]]:
    """Yield [first, last] stretches of a meter's life from `first_at` on, at most so many pages each, in order."""
    while True:
        begins = (
            page_begins(session, organization_id, meter_id, first_at, before=False, nth=pages),
            unpaged_begins(session, meter_id, first_at, before=False),
        )
        next_at = min((each for each in begins if each is not None), default=-NEVER)
        yield first_at, next_at - 1
        if next_at == -NEVER:
            return
        first_at = next_at


def standing_onwards(
    session: Session, organization_id: int, meter_id: int, first_at: int, last_at: int, *, pages: int = 1
) -> Iterator[StoredColumns]:
    """Yield what stands of a meter stamped in [first, last], withdrawn ones too, in order, some pages at a time."""
    for first, last in stretches_onwards(session, organization_id, meter_id, first_at, pages=pages):
        if first > last_at:
            return
        rows = standing_of(session, organization_id, meter_id, first, min(last, last_at))
        if len(rows):
            yield rows


def outermost_instants(session: Session, organization_id: int, meters: Int32Column) -> tuple[Int64Column, Int64Column]:
    """Return the lowest and the highest stamp (UTC ms) of each of these meters, withdrawn readings included.

    Where there is none, the lowest lies above every instant and the highest, NEVER, below.
    """
    recent = arrived(session, organization_id)
    wanted = meters.tolist()
    # Rows are sorted by meter and instant: the first and the last of a meter's stretch are its outermost.
    begins = np.searchsorted(recent.meter, meters, side="left").tolist()
    ends = np.searchsorted(recent.meter, meters, side="right").tolist()
    lowest, highest = [-NEVER] * len(wanted), [NEVER] * len(wanted)
    paged, rows = paged_spans(session, organization_id, wanted), unpaged_spans(session, wanted)
    for place, (meter, begin, end) in enumerate(zip(wanted, begins, ends, strict=True)):
        spans = [paged.get(meter), rows.get(meter)]
        if begin < end:
            spans.append((int(recent.at[begin]), int(recent.at[end - 1])))
        for span in spans:
            if span is not None:
                lowest[place], highest[place] = min(lowest[place], span[0]), max(highest[place], span[1])
    return np.array(lowest, dtype=np.int64), np.array(highest, dtype=np.int64)


def span_of_meter(session: Session, organization_id: int, meter_id: int) -> tuple[int, int] | None:
    """Return the first and last stamp of a meter's readings, withdrawn ones too; None without any."""
    lowest, highest = outermost_instants(session, organization_id, np.array([meter_id], dtype=np.int32))
    return None if highest[0] == NEVER else (int(lowest[0]), int(highest[0]))


def spans_told(session: Session, organization_id: int, meter_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the first and last instant that the readings of each meter speak of, of those that have any.

    Their own starts are included, and readings that do not count.
    """
    meters: Int32Column = np.array(sorted(set(meter_ids)), dtype=np.int32)
    ends = zip(
        meters.tolist(), *map(np.ndarray.tolist, outermost_instants(session, organization_id, meters)), strict=True
    )
    spans = {meter: (lowest, highest) for meter, lowest, highest in ends if highest != NEVER}
    for part in standing_where(session, organization_id, list(spans), with_own_start()):
        for meter, start in zip(part.meter.tolist(), part.start.tolist(), strict=True):
            spans[meter] = min(spans[meter][0], start), spans[meter][1]
    return spans
