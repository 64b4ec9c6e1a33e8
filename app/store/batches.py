"""Recording batches: what came in, whose key brought it, and what became of it."""

from sqlmodel import Session

from app.models import Batch


def insert_batch(session: Session, batch: Batch) -> None:
    """Insert the record of a batch in the transaction that stores its readings."""
    session.add(batch)
    session.flush()
