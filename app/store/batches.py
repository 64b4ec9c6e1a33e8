"""Recording batches: what came in, whose key brought it, and what became of it."""

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.models import Batch
from app.store.readings import ConcurrentChange


def insert_batches(session: Session, batches: Sequence[Batch]) -> None:
    """Insert the records of batches in the transaction that stores their readings.

    Raises ConcurrentChange when another process has given out the same number.
    """
    try:
        session.connection().execute(insert(Batch), [batch.model_dump() for batch in batches])
    except IntegrityError as error:
        raise ConcurrentChange from error
