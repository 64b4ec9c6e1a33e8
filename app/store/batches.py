"""Recording batches: what came in, whose key brought it, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.models import Batch
from app.store.readings import ConcurrentChange


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What is kept of a batch; the fields of its table."""

    id: int
    organization_id: int
    key_code: str | None
    reason: str | None
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int


_FIELDS = tuple(field.name for field in fields(BatchRecord))


def insert_batches(session: Session, batches: Sequence[BatchRecord]) -> None:
    """Insert the records of batches in the transaction that stores their readings.

    Raises ConcurrentChange when another process has given out the same number.
    """
    try:
        session.connection().execute(
            insert(Batch), [{name: getattr(batch, name) for name in _FIELDS} for batch in batches]
        )
    except IntegrityError as error:
        raise ConcurrentChange from error
