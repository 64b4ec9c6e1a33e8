"""What the roller reads and takes: marks, and the readings around a stretch."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import Session, col

from app.core.inventory.meters import MeterSpec
from app.core.readings.beliefs import Belief
from app.core.readings.columns import COUNTS_BELOW, NO_START
from app.core.readings.versions import StoredColumns
from app.models import Meter, dirty_span_table, mark_table
from app.store.readings.history import WITHDRAWN, believed_of
from app.store.readings.standing import (
    readings_with_own_start,
    spans_told,
    standing_of,
    stretches_backwards,
    stretches_onwards,
)
from app.store.rollups import rollups_postgresql, rollups_sqlite
from app.store.sql.columns import NEVER, driver

ReadingRow = tuple[int, int, int, int | None]
"""Instant, value, stored quality, own start."""


def organizations_with_marks(session: Session) -> list[int]:
    """Return the organizations that have marks, in id order."""
    statement = select(mark_table.c.organization_id).distinct().order_by(mark_table.c.organization_id)
    return list(session.connection().execute(statement).scalars())


def count_marks(session: Session) -> int:
    """Return how many marks wait, of all organizations."""
    return int(session.connection().execute(select(func.count()).select_from(mark_table)).scalar_one())


def meters_with_marks(session: Session, organization_id: int, *, after: int = 0, limit: int) -> list[int]:
    """Return up to `limit` meters of an organization with an id above `after` that have marks, in id order."""
    meter_id = mark_table.c.meter_id
    marked = mark_table.c.organization_id == organization_id, meter_id > after
    statement = select(meter_id).where(*marked).distinct().order_by(meter_id).limit(limit)
    return list(session.connection().execute(statement).scalars().all())


def meters_waiting(session: Session, organization_id: int, meter_ids: Sequence[int]) -> set[int]:
    """Return those of the meters that have marks, or days that a roller has left to be made anew."""
    if not meter_ids:
        return set()
    found: set[int] = set()
    for table in (mark_table.c, dirty_span_table.c):
        ours = table.organization_id == organization_id, table.meter_id.in_(bindparam("meters", expanding=True))
        statement = select(table.meter_id).where(*ours).distinct()
        found.update(session.connection().execute(statement, {"meters": list(meter_ids)}).scalars())
    return found


def take_marks(session: Session, organization_id: int, meter_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """Delete and return the marks (meter, first, last) of these meters that are committed by now."""
    taken: list[tuple[int, int, int]] = _dialect(session).take_marks(driver(session), organization_id, meter_ids)
    return taken


def counted_readings(
    session: Session, spec: MeterSpec, first_at: int, last_at: int, *, belief: Belief = None
) -> list[ReadingRow]:
    """Return the meter's counted readings stamped in [first_at, last_at], in order."""
    return _rows(_counted(session, spec, first_at, last_at, belief))


def own_start_readings(
    session: Session, spec: MeterSpec, start_ms: int, end_ms: int, until: int, *, belief: Belief = None
) -> list[ReadingRow]:
    """Return counted readings with a start of their own that cover part of [start_ms, end_ms), stamped to `until`."""
    if belief is None:
        # Stamped at the start of the stretch, a reading has ended there.
        found = readings_with_own_start(session, spec.organization_id, [spec.id], first_at=start_ms + 1, last_at=until)
        found = found.take(found.quality < COUNTS_BELOW)
    else:
        found = _counted(session, spec, start_ms + 1, until, belief)
    return _rows(found.take((found.start != NO_START) & (found.start < end_ms)))


def neighbour_before(session: Session, spec: MeterSpec, at: int, *, belief: Belief = None) -> int | None:
    """Return the instant of the last counted reading strictly before `at`."""
    found = readings_before(session, spec, at, 1, belief=belief)
    return found[0][0] if found else None


def neighbour_after(session: Session, spec: MeterSpec, at: int, *, belief: Belief = None) -> int | None:
    """Return the instant of the first counted reading strictly after `at`."""
    found = readings_after(session, spec, at, 1, belief=belief)
    return found[0][0] if found else None


def readings_before(
    session: Session, spec: MeterSpec, at: int, count: int, *, belief: Belief = None
) -> list[ReadingRow]:
    """Return the last `count` counted readings strictly before `at`, in order."""
    rows: list[ReadingRow] = []
    for first_at, last_at in stretches_backwards(session, spec.organization_id, spec.id, at - 1):
        # Backwards, each stretch lies before those that were read already.
        rows = _rows(_counted(session, spec, first_at, last_at, belief)) + rows
        if len(rows) >= count:
            break
    return rows[-count:]


def readings_after(
    session: Session, spec: MeterSpec, at: int, count: int, *, belief: Belief = None
) -> list[ReadingRow]:
    """Return the first `count` counted readings strictly after `at`, in order."""
    rows: list[ReadingRow] = []
    for first_at, last_at in stretches_onwards(session, spec.organization_id, spec.id, at + 1):
        rows += _rows(_counted(session, spec, first_at, last_at, belief))
        if len(rows) >= count:
            break
    return rows[:count]


def _counted(session: Session, spec: MeterSpec, first_at: int, last_at: int, belief: Belief) -> StoredColumns:
    found = believed_of(session, spec.organization_id, spec.id, first_at, last_at, belief)
    return found.take(found.quality < COUNTS_BELOW)


def _rows(found: StoredColumns) -> list[ReadingRow]:
    starts = [None if start == NO_START else start for start in found.start.tolist()]
    return list(zip(found.at.tolist(), found.value.tolist(), found.quality.tolist(), starts, strict=True))


def sample_meters(session: Session, count: int) -> list[int]:
    """Return up to `count` meters at random, in id order."""
    statement = select(col(Meter.id)).order_by(func.random()).limit(count)
    return sorted(meter for meter in session.connection().execute(statement).scalars() if meter is not None)


def newest_reading(session: Session, spec: MeterSpec, *, until: int = -NEVER) -> tuple[int, int] | None:
    """Return instant and batch of the meter's last reading up to an instant that is not withdrawn."""
    for first_at, last_at in stretches_backwards(session, spec.organization_id, spec.id, until):
        found = standing_of(session, spec.organization_id, spec.id, first_at, last_at)
        found = found.take(found.quality < WITHDRAWN)
        if len(found):
            return int(found.at[-1]), int(found.batch[-1])
    return None


def reading_at(session: Session, spec: MeterSpec, at: int) -> tuple[int, int]:
    """Return value and stored quality of what stands at an instant, of several tickets the last; IndexError without."""
    found = standing_of(session, spec.organization_id, spec.id, at, at)
    found = found.take(found.quality < WITHDRAWN)
    return int(found.value[-1]), int(found.quality[-1])


def span_of(session: Session, spec: MeterSpec) -> tuple[int, int] | None:
    """Return the first and last instant the meter's readings speak of, counted or not, their own starts included."""
    return spans_told(session, spec.organization_id, [spec.id]).get(spec.id)


def _dialect(session: Session) -> Any:
    return rollups_sqlite if session.get_bind().dialect.name == "sqlite" else rollups_postgresql
