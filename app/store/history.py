"""Readings as they are believed now, or as they were believed at a past instant."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, union_all
from sqlmodel import Session

from app.core.batches import end_of_ms
from app.core.columns import STANDING_STEP, Standing
from app.models import reading_table, revision_table

_WITHDRAWN = STANDING_STEP * Standing.WITHDRAWN
_NAMES = ("meter_id", "at", "value", "quality", "start_at", "revision", "batch_id")


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading as stored: UTC ms, micro-units of the meter's unit, stored quality."""

    meter_id: int
    at: int
    value: int
    quality: int
    start_at: int | None
    revision: int
    batch_id: int


def believed(meter_id: int, as_of_ms: int | None) -> Any:
    """Return the meter's readings as a selectable, withdrawn ones included; `as_of_ms` None means now."""
    current = select(*(reading_table.c[name] for name in _NAMES)).where(reading_table.c.meter_id == meter_id)
    if as_of_ms is None:
        return current.subquery("believed")
    end = end_of_ms(as_of_ms)
    past = revision_table.c
    superseded = select(*(past[name] for name in _NAMES)).where(
        past.meter_id == meter_id, past.batch_id < end, past.superseded_by >= end
    )
    return union_all(current.where(reading_table.c.batch_id < end), superseded).subquery("believed")


def readings_after(
    session: Session,
    meter_id: int,
    *,
    after: int | None,
    first: int | None,
    end: int | None,
    as_of_ms: int | None,
    limit: int,
) -> list[StoredReading]:
    """Return up to `limit` readings not withdrawn, stamped after `after` and in [first, end), in order."""
    source = believed(meter_id, as_of_ms).c
    statement: Select[Any] = select(*source).where(source.quality < _WITHDRAWN).order_by(source.at).limit(limit)
    if after is not None:
        statement = statement.where(source.at > after)
    if first is not None:
        statement = statement.where(source.at >= first)
    if end is not None:
        statement = statement.where(source.at < end)
    return [StoredReading(*row) for row in session.connection().execute(statement)]
