"""Days that a roller has left to be made anew: kept when it ends its transaction, and taken up again meter by meter."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from app.models import dirty_span_table
from app.store.rollups import BucketKey

_table = dirty_span_table.c
_METERS_A_STATEMENT = 10_000
_SPAN = (_table.id, _table.first_day, _table.end_day)


class WaitingSpan(NamedTuple):
    """Local days [first, end) that wait."""

    id: int
    first_day: int
    end_day: int

    @property
    def days(self) -> tuple[int, int]:
        return self.first_day, self.end_day


def meters_with_spans(session: Session, *, limit: int, besides: Sequence[int] = ()) -> list[int]:
    """Return up to `limit` meters, besides some, that have days left, those first whose days have waited longest."""
    oldest = select(_table.meter_id).where(_table.meter_id.not_in(besides)).order_by(_table.id).limit(limit)
    return list(dict.fromkeys(session.connection().execute(oldest).scalars()))


def waiting_spans(session: Session, meter_ids: Sequence[int]) -> dict[int, list[WaitingSpan]]:
    """Return the spans of these meters by meter, and leave them where they are."""
    return _by_meter(session, meter_ids, select(_table.meter_id, *_SPAN).order_by(_table.id))


def take_spans(session: Session, meter_ids: Sequence[int]) -> dict[int, list[WaitingSpan]]:
    """Delete and return the spans of these meters, by meter; call it with the meters' rollups locked."""
    return _by_meter(session, meter_ids, delete(dirty_span_table).returning(_table.meter_id, *_SPAN))


def _by_meter(session: Session, meter_ids: Sequence[int], statement: Any) -> dict[int, list[WaitingSpan]]:
    found: dict[int, list[WaitingSpan]] = defaultdict(list)
    for some in _some(meter_ids):
        for meter_id, *span in session.connection().execute(statement.where(_table.meter_id.in_(some))):
            found[meter_id].append(WaitingSpan(*span))
    return dict(found)


def _some(meter_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (meter_ids[at : at + _METERS_A_STATEMENT] for at in range(0, len(meter_ids), _METERS_A_STATEMENT))


def leave_spans(session: Session, spans: Sequence[BucketKey]) -> None:
    """Keep spans of days for the next transaction, behind those that wait already."""
    rows = [{"meter_id": meter, "first_day": first, "end_day": end} for meter, first, end in spans]
    if rows:
        session.connection().execute(insert(dirty_span_table), rows)
