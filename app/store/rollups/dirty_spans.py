"""Days that a roller has left to be made anew: kept when it ends its transaction, and taken up again meter by meter."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from app.models import dirty_span_table
from app.store.rollups.rollups import BucketKey

_table = dirty_span_table.c
# Each meter is a parameter, of which SQLite by itself takes 32,766 in a statement, PostgreSQL 65,535.
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


def organization_with_spans(session: Session, *, besides: Sequence[int] = ()) -> int | None:
    """Return the organization of the meter, besides some, whose days have waited longest; None when none wait."""
    oldest = select(_table.organization_id).where(_table.meter_id.not_in(besides)).order_by(_table.id).limit(1)
    found: int | None = session.connection().execute(oldest).scalar()
    return found


def meters_with_spans(session: Session, organization_id: int, *, limit: int, besides: Sequence[int] = ()) -> list[int]:
    """Return up to `limit` meters, besides some, that have days left, those first whose days have waited longest."""
    waiting = _table.organization_id == organization_id, _table.meter_id.not_in(besides)
    # A meter with several spans comes several times: there may be fewer meters than rows.
    oldest = select(_table.meter_id).where(*waiting).order_by(_table.id).limit(limit)
    return list(dict.fromkeys(session.connection().execute(oldest).scalars()))


def waiting_spans(session: Session, organization_id: int, meter_ids: Sequence[int]) -> dict[int, list[WaitingSpan]]:
    """Return the spans of these meters by meter, and leave them where they are."""
    spans = select(_table.meter_id, *_SPAN).order_by(_table.id)
    return _by_meter(session, organization_id, meter_ids, spans)


def take_spans(session: Session, organization_id: int, meter_ids: Sequence[int]) -> dict[int, list[WaitingSpan]]:
    """Delete and return the spans of these meters, by meter; call it with the meters' rollups locked."""
    spans = delete(dirty_span_table).returning(_table.meter_id, *_SPAN)
    return _by_meter(session, organization_id, meter_ids, spans)


def _by_meter(
    session: Session, organization_id: int, meter_ids: Sequence[int], statement: Any
) -> dict[int, list[WaitingSpan]]:
    found: dict[int, list[WaitingSpan]] = defaultdict(list)
    for some in _some(meter_ids):
        of_some = statement.where(_table.organization_id == organization_id, _table.meter_id.in_(some))
        for meter_id, *span in session.connection().execute(of_some):
            found[meter_id].append(WaitingSpan(*span))
    return dict(found)


def _some(meter_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (meter_ids[at : at + _METERS_A_STATEMENT] for at in range(0, len(meter_ids), _METERS_A_STATEMENT))


def leave_spans(session: Session, organization_id: int, spans: Sequence[BucketKey]) -> None:
    """Keep spans of days for the next transaction, behind those that wait already."""
    rows = [
        {"organization_id": organization_id, "meter_id": meter, "first_day": first, "end_day": end}
        for meter, first, end in spans
    ]
    if rows:
        session.connection().execute(insert(dirty_span_table), rows)
