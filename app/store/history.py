"""Readings as they are believed now, or as they were believed at a past instant."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlmodel import Session

from app.core.batches import end_of_ms
from app.core.columns import NO_REFERENCE, STANDING_STEP, Standing
from app.models import reading_table, revision_table

WITHDRAWN = STANDING_STEP * Standing.WITHDRAWN
_NAMES = ("meter_id", "at", "value", "quality", "start_at", "revision", "batch_id", "reference")


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading as stored: UTC ms, micro-units of the meter's unit, stored quality, reference or NO_REFERENCE."""

    meter_id: int
    at: int
    value: int
    quality: int
    start_at: int | None
    revision: int
    batch_id: int
    reference: str = NO_REFERENCE


def believed(meter_id: int, as_of_ms: int | None) -> list[tuple[Any, list[ColumnElement[bool]]]]:
    """Return where the meter's readings of an instant lie: columns, and the conditions that pick them.

    Now they are all in one table; of a past instant, some are among the revisions. Each is asked by itself, so that
    every question goes by its table's key. Withdrawn readings are included.
    """
    now, past = reading_table.c, revision_table.c
    if as_of_ms is None:
        return [(now, [now.meter_id == meter_id])]
    end = end_of_ms(as_of_ms)
    return [
        (now, [now.meter_id == meter_id, now.batch_id < end]),
        (past, [past.meter_id == meter_id, past.batch_id < end, past.superseded_by >= end]),
    ]


def readings_after(
    session: Session,
    meter_id: int,
    *,
    after: tuple[int, str] | None,
    first: int | None,
    end: int | None,
    as_of_ms: int | None,
    limit: int,
) -> list[StoredReading]:
    """Return up to `limit` readings not withdrawn, stamped in [first, end), in order.

    Only those behind the instant and reference `after`.
    """
    found: list[StoredReading] = []
    for source, conditions in believed(meter_id, as_of_ms):
        statement = select(*(source[name] for name in _NAMES)).where(*conditions, source.quality < WITHDRAWN)
        if after is not None:
            statement = statement.where(tuple_(source.at, source.reference) > tuple_(*after))
        if first is not None:
            statement = statement.where(source.at >= first)
        if end is not None:
            statement = statement.where(source.at < end)
        rows = session.connection().execute(statement.order_by(source.at, source.reference).limit(limit))
        found += [StoredReading(*row) for row in rows]
    return sorted(found, key=lambda stored: (stored.at, stored.reference))[:limit]
