"""Amendments of many readings: kept, listed, carried on, and the readings that come next in one."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from sqlalchemy import select, text, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from app.core.inventory.meters import MeterSpec
from app.core.readings.beliefs import AmendmentAction, Supposition
from app.core.readings.columns import NO_START
from app.core.readings.runs import LOOKUP_GAP_MS, runs_of
from app.core.readings.versions import Identity, StoredColumns, Version, identities_of, rows_up_to
from app.models import Batch, BulkAmendment
from app.store.readings.history import WITHDRAWN
from app.store.readings.standing import standing_onwards
from app.store.readings.standing_where import brought_by, standing_where, suspect
from app.store.readings.superseded import superseded_within
from app.store.rollups.rolling import newest_reading
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import Page, decode_cursor, page_of

_PART_MS = 5 * 86_400_000
"""Readings within so long a time are counted together."""
_PAGES_AT_ONCE = 8
_METERS_A_LOOK = 50


@dataclass(frozen=True, slots=True)
class Stretch:
    """Readings of meters, by ascending id, stamped in [first_at, end_at) (UTC ms)."""

    meters: Sequence[int]
    first_at: int
    end_at: int


def insert_amendment(session: Session, amendment: BulkAmendment) -> None:
    """Insert an amendment with the record of its batch, which is told of when the amendment is finished."""
    counts = dict.fromkeys(("received", "inserted", "replaced", "duplicate", "suspect", "rejected"), 0)
    session.add(
        Batch(
            id=amendment.batch_id,
            organization_id=amendment.organization_id,
            key_code=amendment.key_code,
            reason=amendment.reason,
            meters=amendment.meters,
            announced=True,
            **counts,
        )
    )
    session.add(amendment)
    session.flush()


def count_in_batch(session: Session, amendment: BulkAmendment) -> None:
    """Have the batch of an amendment say how many readings it has changed by now, and be told of once it is whole."""
    values = {"received": amendment.changed, "replaced": amendment.changed}
    if amendment.finished_at is not None:
        values["announced"] = False
    batch = col(Batch.organization_id) == amendment.organization_id, col(Batch.id) == amendment.batch_id
    session.connection().execute(update(Batch).where(*batch).values(values))


def amendment_of(session: Session, organization_id: int, batch: int) -> BulkAmendment:
    """Return an amendment by the number of its batch; raises NotThere."""
    row = session.get(BulkAmendment, (organization_id, batch))
    if row is None:
        raise NotThere("There is no amendment with this batch in this organization")
    return row


def amendment_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[BulkAmendment]:
    """Return amendments of an organization, the newest first; raises BadCursor."""
    query = select_rows(BulkAmendment).where(BulkAmendment.organization_id == organization_id)
    if cursor:
        query = query.where(BulkAmendment.batch_id < decode_cursor(cursor, int)[0])
    rows = session.exec(query.order_by(col(BulkAmendment.batch_id).desc()).limit(limit + 1))
    return page_of(list(rows), limit, lambda row: (row.batch_id,))


def undone_by(session: Session, organization_id: int, batches: Sequence[int]) -> dict[int, int]:
    """Return which amendment undoes each of some amendments; those that none does are left out."""
    undoing = BulkAmendment.organization_id == organization_id, col(BulkAmendment.undoes).in_(list(batches))
    rows = session.exec(select_rows(BulkAmendment).where(*undoing))
    return {row.undoes: row.batch_id for row in rows if row.undoes is not None}


def organizations_amending(session: Session) -> list[int]:
    """Return the ids of the organizations with an amendment that is not finished."""
    unfinished = select(col(BulkAmendment.organization_id)).where(text("finished_at IS NULL"))
    return sorted(set(session.connection().execute(unfinished).scalars()))


def unfinished_amendment(session: Session, organization_id: int) -> BulkAmendment | None:
    """Return the oldest amendment of an organization that is not finished; None when all are.

    Amendments are carried out in the order of their batches, one after the other.
    """
    query = select_rows(BulkAmendment).where(
        BulkAmendment.organization_id == organization_id, text("finished_at IS NULL")
    )
    return session.exec(query.order_by(col(BulkAmendment.batch_id)).limit(1)).first()


def readings_behind(
    session: Session,
    organization_id: int,
    stretch: Stretch,
    *,
    after: Identity | None,
    limit: int,
    suspects_only: bool = False,
) -> list[tuple[Identity, Version]]:
    """Return up to `limit` readings of a stretch by identity, from behind `after`, withdrawn ones too.

    No more of a meter is read than it takes: a page's worth at a time, and of suspect ones only pages that have any.
    """
    found: list[tuple[Identity, Version]] = []
    for rows in _behind(session, organization_id, stretch, after, suspects_only=suspects_only):
        places = np.arange(len(rows))[: limit - len(found)]
        found += zip(identities_of(rows, places), rows.versions(places), strict=True)
        if len(found) >= limit:
            break
    return found


def _behind(
    session: Session, organization_id: int, stretch: Stretch, after: Identity | None, *, suspects_only: bool
) -> Iterator[StoredColumns]:
    """Yield the readings of a stretch from behind `after`, some at a time."""

    def some(meters: Sequence[int], first_at: int) -> Iterator[StoredColumns]:
        if suspects_only:
            return standing_where(session, organization_id, meters, suspect(first_at=first_at, end_at=stretch.end_at))
        onwards = (standing_onwards(session, organization_id, each, first_at, stretch.end_at - 1) for each in meters)
        return chain.from_iterable(onwards)

    following = [each for each in stretch.meters if after is None or each > after[0]]
    if after is not None and after[0] in stretch.meters:
        for rows in some([after[0]], max(stretch.first_at, after[1])):
            yield rows.take(slice(rows_up_to(rows, *after[1:]), None))
    for start in range(0, len(following), _METERS_A_LOOK):
        yield from some(following[start : start + _METERS_A_LOOK], stretch.first_at)


@dataclass(frozen=True, slots=True)
class Affected:
    """Readings of a meter near each other that an amendment would change, over [first_ms, last_ms] (UTC ms).

    The stretch holds the starts that they state of their own, and those of what they would become.
    """

    count: int
    first_ms: int
    last_ms: int


def affected_span(session: Session, spec: MeterSpec, supposed: Supposition) -> tuple[int, int] | None:
    """Return the first and last instant (UTC ms) of a meter's readings that an amendment would change, if any."""
    span: tuple[int, int] | None = None
    for rows in _affected(session, spec, supposed, supposed.first_ms, supposed.end_ms):
        span = (int(rows.at[0]) if span is None else span[0]), int(rows.at[-1])
        if supposed.action is AmendmentAction.WITHDRAW:  # of what counts in between, nothing needs to be read
            last = newest_reading(session, spec, until=supposed.end_ms - 1)
            return span[0], span[1] if last is None else last[0]
    return span


def affected_by(
    session: Session, spec: MeterSpec, supposed: Supposition, *, first_ms: int, end_ms: int
) -> list[Affected]:
    """Return the meter's readings stamped in [first, end) that an amendment would change, some days together."""
    first_ms, end_ms = max(first_ms, supposed.first_ms), min(end_ms, supposed.end_ms)
    found: dict[int, Affected] = {}
    for rows in _affected(session, spec, supposed, first_ms, end_ms):
        begins = np.where(rows.start == NO_START, rows.at, np.minimum(rows.start, rows.at))
        parts, firsts, counts = np.unique(rows.at // _PART_MS, return_index=True, return_counts=True)
        earliest, lasts = np.minimum.reduceat(begins, firsts), rows.at[firsts + counts - 1]
        for part, count, first, last in zip(
            parts.tolist(), counts.tolist(), earliest.tolist(), lasts.tolist(), strict=True
        ):
            known = found.get(part, Affected(0, first, last))
            found[part] = Affected(known.count + count, min(known.first_ms, first), last)
    return list(found.values())


def _affected(
    session: Session, spec: MeterSpec, supposed: Supposition, first_at: int, end_at: int
) -> Iterator[StoredColumns]:
    """Yield a meter's readings stamped in [first, end) that an amendment would change, in order, some at a time."""
    if supposed.action is AmendmentAction.WITHDRAW:
        pages = standing_onwards(session, spec.organization_id, spec.id, first_at, end_at - 1, pages=_PAGES_AT_ONCE)
        counting = (rows.take(rows.quality < WITHDRAWN) for rows in pages)
        yield from (rows for rows in counting if len(rows))
        return
    wanted = suspect(first_at=first_at, end_at=end_at)
    if supposed.action is AmendmentAction.UNDO:
        wanted = brought_by(supposed.undoes or 0, first_at=first_at, end_at=end_at)
    yield from standing_where(session, spec.organization_id, [spec.id], wanted)


def superseded_by(
    session: Session, organization_id: int, batch: int, identities: Collection[Identity]
) -> dict[Identity, Version]:
    """Return the versions that a batch superseded, of ascending identities that stand as it left them."""
    meter = np.array([identity[0] for identity in identities], dtype=np.int32)
    at = np.array([identity[1] for identity in identities], dtype=np.int64)
    found = superseded_within(session, organization_id, runs_of(meter, at, at, gap_ms=LOOKUP_GAP_MS), batch=batch)
    places = np.arange(len(found))
    return dict(zip(identities_of(found, places), found.versions(places), strict=True))
