"""Days that a roller has left to be made anew: kept when it ends its transaction, and taken up again meter by meter."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from app.models import dirty_span_table
from app.store.rollups import BucketKey

_table = dirty_span_table.c


def meters_with_spans(session: Session, *, limit: int, besides: Sequence[int] = ()) -> list[int]:
    """Return up to `limit` meters, besides some, that have days left, those first whose days have waited longest."""
    oldest = select(_table.meter_id).where(_table.meter_id.not_in(besides)).order_by(_table.id).limit(limit)
    return list(dict.fromkeys(session.connection().execute(oldest).scalars()))


def take_spans(session: Session, meter_ids: Sequence[int]) -> list[BucketKey]:
    """Delete and return the spans of these meters; call it with the meters' rollups locked."""
    taken: list[BucketKey] = []
    for meter_id in meter_ids:
        gone = delete(dirty_span_table).where(_table.meter_id == meter_id)
        found = session.connection().execute(gone.returning(_table.meter_id, _table.first_day, _table.end_day))
        taken += [(row[0], row[1], row[2]) for row in found]
    return taken


def leave_spans(session: Session, spans: Sequence[BucketKey]) -> None:
    """Keep spans of days for the next transaction, behind those that wait already."""
    rows = [{"meter_id": meter, "first_day": first, "end_day": end} for meter, first, end in spans]
    if rows:
        session.connection().execute(insert(dirty_span_table), rows)
