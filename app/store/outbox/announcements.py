"""Batches that were committed and not told of yet, taken so that each is told of once."""

from dataclasses import dataclass

from sqlalchemy import JSON, column, text
from sqlmodel import Session

from app.core.readings.batches import end_of_ms

_TAKE = """
    UPDATE batch SET announced = true WHERE organization_id = :organization AND id IN (
        SELECT id FROM batch WHERE organization_id = :organization AND NOT announced ORDER BY id LIMIT :limit {lock}
    )
    RETURNING id, organization_id, received, inserted, replaced, duplicate, suspect, rejected, meters
"""
_COLUMNS = ("id", "organization_id", "received", "inserted", "replaced", "duplicate", "suspect", "rejected")


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """What became of one committed batch's rows; `meters` are those it touched, None where that is not recorded."""

    number: int
    organization_id: int
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    meters: list[int] | None


def organizations_unannounced(session: Session) -> list[int]:
    """Return the organizations of which a committed batch awaits being told of, in id order."""
    statement = text("SELECT DISTINCT organization_id FROM batch WHERE NOT announced")
    return sorted(session.connection().execute(statement).scalars())


def take_unannounced(session: Session, organization_id: int, *, limit: int) -> list[AcceptedBatch]:
    """Take up to `limit` committed batches that nobody else is taking; the caller tells of them in this transaction."""
    lock = "" if session.get_bind().dialect.name == "sqlite" else "FOR UPDATE SKIP LOCKED"
    statement = text(_TAKE.format(lock=lock)).columns(*(column(name) for name in _COLUMNS), column("meters", JSON))
    rows = session.connection().execute(statement, {"organization": organization_id, "limit": limit})
    return sorted((AcceptedBatch(*row) for row in rows), key=lambda batch: batch.number)


def forget_idle_batches(session: Session, *, before_ms: int) -> int:
    """Delete batches from before an instant that changed nothing, such as a gateway's retries; return how many.

    Every other batch stays: readings and exchanges name it.
    """
    statement = text(
        """
        DELETE FROM batch WHERE id < :before AND announced AND inserted = 0 AND replaced = 0
        AND NOT EXISTS (
            SELECT 1 FROM exchange WHERE exchange.organization_id = batch.organization_id
            AND batch.id IN (exchange.batch_id, exchange.withdrawn_by)
        )
        """
    )
    return session.connection().execute(statement, {"before": end_of_ms(before_ms)}).rowcount
