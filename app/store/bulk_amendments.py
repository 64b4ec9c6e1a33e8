"""Amendments of many readings: kept, listed, carried on, and the readings that come next in one."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from app.core.beliefs import AmendmentAction, Supposition
from app.core.versions import Identity, Version
from app.models import Batch, BulkAmendment
from app.store.conflicts import NotThere
from app.store.pages import Page, decode_cursor, page_of
from app.store.readings import own_start

_PART_MS = 5 * 86_400_000
"""Readings within so long a time are counted together."""


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
    session.connection().execute(update(Batch).where(col(Batch.id) == amendment.batch_id).values(values))


def amendment_of(session: Session, organization_id: int, batch: int) -> BulkAmendment:
    """Return an amendment by the number of its batch; raises NotThere."""
    row = session.get(BulkAmendment, batch)
    if row is None or row.organization_id != organization_id:
        raise NotThere("There is no amendment with this batch in this organization")
    return row


def amendment_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[BulkAmendment]:
    """Return amendments of an organization, the newest first; raises BadCursor."""
    query = select_rows(BulkAmendment).where(BulkAmendment.organization_id == organization_id)
    if cursor:
        query = query.where(BulkAmendment.batch_id < decode_cursor(cursor, int)[0])
    rows = session.exec(query.order_by(col(BulkAmendment.batch_id).desc()).limit(limit + 1))
    return page_of(list(rows), limit, lambda row: (row.batch_id,))


def undone_by(session: Session, batches: Sequence[int]) -> dict[int, int]:
    """Return which amendment undoes each of some amendments; those that none does are left out."""
    rows = session.exec(select_rows(BulkAmendment).where(col(BulkAmendment.undoes).in_(list(batches))))
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
    session: Session, stretch: Stretch, *, after: Identity | None, limit: int, suspect: bool = False
) -> list[tuple[Identity, Version]]:
    """Return up to `limit` readings of a stretch by identity, from behind `after`, withdrawn ones too.

    Those that are suspect alone are found by their own index.
    """
    found: list[tuple[Identity, Version]] = []
    for meter_id in stretch.meters:
        if after is not None and meter_id < after[0]:
            continue
        behind = after[1:] if after is not None and meter_id == after[0] else None
        found += _of_meter(session, meter_id, stretch, behind, limit - len(found), suspect=suspect)
        if len(found) >= limit:
            break
    return found


def _of_meter(
    session: Session, meter_id: int, stretch: Stretch, behind: tuple[int, str] | None, limit: int, *, suspect: bool
) -> list[tuple[Identity, Version]]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    by_index = "INDEXED BY ix_reading_suspect" if suspect and is_sqlite else ""
    suspects = "AND quality >= 16 AND quality < 24" if suspect else ""
    place = "AND at >= :at AND (at, reference) > (:at, :reference)" if behind is not None else ""
    statement = text(
        f"SELECT at, reference, value, quality, start_at, revision, batch_id FROM reading {by_index} "  # noqa: S608 - built of constants
        f"WHERE meter_id = :meter AND at >= :first AND at < :end {suspects} {place} ORDER BY at, reference LIMIT :limit"
    )
    values: dict[str, Any] = {"meter": meter_id, "first": stretch.first_at, "end": stretch.end_at, "limit": limit}
    if behind is not None:
        values |= {"at": behind[0], "reference": behind[1]}
    return [
        ((meter_id, at, reference), Version(value, quality, own_start(start), revision, batch))
        for at, reference, value, quality, start, revision, batch in session.connection().execute(statement, values)
    ]


@dataclass(frozen=True, slots=True)
class Affected:
    """Readings of a meter near each other that an amendment would change, over [first_ms, last_ms] (UTC ms).

    The stretch holds the starts that they state of their own, and those of what they would become.
    """

    count: int
    first_ms: int
    last_ms: int


def affected_span(session: Session, meter_id: int, supposed: Supposition) -> tuple[int, int] | None:
    """Return the first and last instant (UTC ms) of a meter's readings that an amendment would change, if any."""
    where, values = _affected(session, meter_id, supposed, supposed.first_ms, supposed.end_ms)
    row = session.connection().execute(text(f"SELECT min(at), max(at) FROM {where}"), values).one()  # noqa: S608 - constants
    return None if row[0] is None else (row[0], row[1])


def affected_by(
    session: Session, meter_id: int, supposed: Supposition, *, first_ms: int, end_ms: int
) -> list[Affected]:
    """Return the meter's readings stamped in [first, end) that an amendment would change, some days together."""
    where, values = _affected(
        session, meter_id, supposed, max(first_ms, supposed.first_ms), min(end_ms, supposed.end_ms)
    )
    statement = text(
        f"SELECT at / {_PART_MS} AS part, count(*), min(at), max(at), min(start_at) "  # noqa: S608 - constants
        f"FROM {where} GROUP BY at / {_PART_MS} ORDER BY part"
    )
    rows = session.connection().execute(statement, values)
    return [
        Affected(count, first if start is None else min(first, start), last) for _, count, first, last, start in rows
    ]


def _affected(
    session: Session, meter_id: int, supposed: Supposition, first_ms: int, end_ms: int
) -> tuple[str, dict[str, int]]:
    """Return the table and the condition of the readings an amendment would change, and the values it names."""
    values = {"meter": meter_id, "first": first_ms, "end": end_ms}
    inside = "WHERE meter_id = :meter AND at >= :first AND at < :end"
    if supposed.action is AmendmentAction.ACCEPT:
        by_index = "INDEXED BY ix_reading_suspect" if session.get_bind().dialect.name == "sqlite" else ""
        return f"reading {by_index} {inside} AND quality >= 16 AND quality < 24", values
    if supposed.action is AmendmentAction.WITHDRAW:
        return f"reading {inside} AND quality < 24", values
    return f"reading {inside} AND batch_id = :undoes", values | {"undoes": supposed.undoes or 0}


def superseded_by(session: Session, batch: int, identities: Collection[Identity]) -> dict[Identity, Version]:
    """Return the versions that a batch superseded, of identities that follow each other closely."""
    instants: dict[int, list[int]] = defaultdict(list)
    for meter_id, at, _ in identities:
        instants[meter_id].append(at)
    statement = text(
        "SELECT at, reference, value, quality, start_at, revision, batch_id FROM revision "
        "WHERE meter_id = :meter AND at >= :first AND at <= :last AND superseded_by = :batch"
    )
    found: dict[Identity, Version] = {}
    for meter_id, of_meter in instants.items():
        values = {"meter": meter_id, "first": min(of_meter), "last": max(of_meter), "batch": batch}
        for at, reference, value, quality, start, revision, by in session.connection().execute(statement, values):
            found[meter_id, at, reference] = Version(value, quality, own_start(start), revision, by)
    return found
