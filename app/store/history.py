"""Readings as they are believed now, or as they were believed at a past instant."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, not_, select, text, tuple_
from sqlmodel import Session

from app.core.batches import end_of_ms
from app.core.beliefs import AmendmentAction, Belief, Supposition
from app.core.columns import NO_REFERENCE, STANDING_STEP, Standing
from app.models import reading_table, revision_table

WITHDRAWN = STANDING_STEP * Standing.WITHDRAWN
_FROM_SUSPECT_TO_ACCEPTED = STANDING_STEP * (Standing.SUSPECT - Standing.ACCEPTED)
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


_Sources: TypeAlias = list[tuple[Any, list[ColumnElement[bool]]]]
"""Columns, and the conditions that pick rows of them."""


def believed(meter_id: int, belief: Belief) -> _Sources:
    """Return where the readings of a meter lie that are believed.

    Now they are all in one table; of a past instant, some are among the revisions. Each is asked by itself, so that
    every question goes by its table's key. Withdrawn readings are included, but for those an amendment would withdraw.
    """
    now, past = reading_table.c, revision_table.c
    if isinstance(belief, Supposition) and meter_id in belief.meter_ids:
        return _supposed(meter_id, belief)
    if belief is None or isinstance(belief, Supposition):
        return [(now, [now.meter_id == meter_id])]
    end = end_of_ms(belief)
    return [
        (now, [now.meter_id == meter_id, now.batch_id < end]),
        (past, [past.meter_id == meter_id, past.batch_id < end, past.superseded_by >= end]),
    ]


def _supposed(meter_id: int, supposed: Supposition) -> _Sources:
    """Return where the readings of a meter lie that would stand if an amendment were carried out.

    What it leaves alone stands in the table. What it accepts is there too, under another quality; what it restores is
    among the revisions, where the amendment that is undone has put it.
    """
    now, past = reading_table.c, revision_table.c
    inside = and_(now.at >= supposed.first_ms, now.at < supposed.end_ms)
    if supposed.action is AmendmentAction.WITHDRAW:
        return [(now, [now.meter_id == meter_id, not_(inside)])]
    if supposed.action is AmendmentAction.ACCEPT:
        others = [now[name] for name in _NAMES if name != "quality"]
        accepted = select(*others, (now.quality - _FROM_SUSPECT_TO_ACCEPTED).label("quality"))
        accepted = accepted.where(now.meter_id == meter_id, inside, text("quality >= 16 AND quality < 24"))
        return [(now, [now.meter_id == meter_id]), (accepted.subquery().c, [])]
    identity = (reading_table.c.meter_id, reading_table.c.at, reading_table.c.reference)
    stands_so = select(now.at).where(
        tuple_(*identity) == tuple_(past.meter_id, past.at, past.reference), now.batch_id == supposed.undoes
    )
    return [
        (now, [now.meter_id == meter_id, not_(and_(inside, now.batch_id == supposed.undoes))]),
        (
            past,
            [
                past.meter_id == meter_id,
                past.at >= supposed.first_ms,
                past.at < supposed.end_ms,
                past.superseded_by == supposed.undoes,
                stands_so.exists(),
            ],
        ),
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
