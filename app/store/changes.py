"""What became of readings since an instant: how many came, were corrected, withdrawn or accepted, by meter."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, tuple_
from sqlmodel import Session, col

from app.models import Batch, Exchange, reading_table, revision_table

_PART_MS = 5 * 86_400_000
"""Changes within so long a time make one stretch."""


@dataclass(frozen=True, slots=True)
class ChangedReadings:
    """Readings of one meter that changed alike: stored quality then (None when there was none) and now.

    `last_batch` is the number of the newest batch among those that brought what stands now.
    """

    meter_id: int
    quality_then: int | None
    quality_now: int
    count: int
    last_batch: int


def anything_since(session: Session, organization_id: int, *, batch: int) -> bool:
    """Tell whether a batch numbered `batch` or later changed readings of the organization."""
    changed = or_(col(Batch.inserted) > 0, col(Batch.replaced) > 0)
    statement = select(col(Batch.id)).where(
        col(Batch.organization_id) == organization_id, col(Batch.id) >= batch, changed
    )
    return session.connection().execute(statement.limit(1)).first() is not None


def changes_since(
    session: Session, meter_ids: Sequence[int], *, first_ms: int, end_ms: int, batch: int
) -> list[ChangedReadings]:
    """Return what batches from `batch` on changed among readings stamped in [first, end), or later and begun before it.

    What was believed before them is compared with what stands now; a reading that came and changed since is one that
    came, and one that says and stands for what it did, as after an amendment that was undone, has not changed.
    """
    now, then = reading_table.c, revision_table.c
    believed = and_(
        tuple_(then.meter_id, then.at, then.reference) == tuple_(now.meter_id, now.at, now.reference),
        then.batch_id < batch,
        then.superseded_by >= batch,
    )
    otherwise = or_(
        then.value.is_(None),
        then.value != now.value,
        then.quality != now.quality,
        func.coalesce(then.start_at, now.at) != func.coalesce(now.start_at, now.at),
    )
    touches = or_(now.at < end_ms, and_(now.start_at.is_not(None), now.start_at < end_ms))
    statement = (
        select(now.meter_id, then.quality, now.quality, func.count(), func.max(now.batch_id))
        .select_from(reading_table.outerjoin(revision_table, believed))
        .where(now.meter_id.in_(list(meter_ids)), now.at >= first_ms, touches, now.batch_id >= batch, otherwise)
        .group_by(now.meter_id, then.quality, now.quality)
        .order_by(now.meter_id, then.quality, now.quality)
    )
    return [ChangedReadings(*row) for row in session.connection().execute(statement)]


def changed_stretches(
    session: Session, meter_ids: Sequence[int], *, first_ms: int, end_ms: int, batch: int
) -> dict[int, list[tuple[int, int]]]:
    """Return where readings or exchanges at [first, end) were changed by batches from `batch` on, by meter (UTC ms).

    A stretch reaches from where the first of some neighbouring readings begins, then or now, to the last one.
    """
    now, then = reading_table.c, revision_table.c
    believed = and_(
        tuple_(then.meter_id, then.at, then.reference) == tuple_(now.meter_id, now.at, now.reference),
        then.batch_id < batch,
        then.superseded_by >= batch,
    )
    part = (now.at // literal_column(str(_PART_MS))).label("part")
    firsts = (func.min(now.at), func.min(now.start_at), func.min(then.start_at))
    statement = (
        select(now.meter_id, part, func.max(now.at), *firsts)
        .select_from(reading_table.outerjoin(revision_table, believed))
        .where(now.meter_id.in_(list(meter_ids)), now.at >= first_ms, now.at < end_ms, now.batch_id >= batch)
        .group_by(now.meter_id, "part")
    )
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for meter_id, _, last, *starts in session.connection().execute(statement):
        found[meter_id].append((min(start for start in starts if start is not None), last))
    exchanged = select(col(Exchange.meter_id), col(Exchange.at)).where(*_exchanged(meter_ids, first_ms, end_ms, batch))
    for meter_id, at in session.connection().execute(exchanged):
        found[meter_id].append((at, at))
    return dict(found)


def exchanges_since(
    session: Session, meter_ids: Sequence[int], *, first_ms: int, end_ms: int, batch: int
) -> dict[int, int]:
    """Return how many exchanges at [first, end) were stated or retracted by batches from `batch` on, by meter."""
    statement = (
        select(col(Exchange.meter_id), func.count())
        .where(*_exchanged(meter_ids, first_ms, end_ms, batch))
        .group_by(col(Exchange.meter_id))
    )
    return {row[0]: row[1] for row in session.connection().execute(statement)}


def _exchanged(meter_ids: Sequence[int], first_ms: int, end_ms: int, batch: int) -> tuple[ColumnElement[bool], ...]:
    later = or_(col(Exchange.batch_id) >= batch, col(Exchange.withdrawn_by) >= batch)
    return col(Exchange.meter_id).in_(list(meter_ids)), later, col(Exchange.at) >= first_ms, col(Exchange.at) < end_ms
