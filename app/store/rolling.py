"""What the roller reads and takes: marks, locks, and the readings around a stretch."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlmodel import Session, col

from app.core.beliefs import Belief
from app.core.columns import COUNTS_BELOW
from app.core.daywindow import DayWindow
from app.models import Meter, mark_table, reading_table
from app.store import rollups_postgresql, rollups_sqlite
from app.store.history import WITHDRAWN, believed
from app.store.readings import driver

_LOCK_SPACE = 1919905893
_LOCK_SHARDS = 64

ReadingRow = tuple[int, int, int, int | None]
"""Instant, value, stored quality, own start."""


def meters_with_marks(session: Session, *, after: int = 0, limit: int) -> list[int]:
    """Return up to `limit` meters with an id above `after` that have marks, in id order."""
    meter_id = mark_table.c.meter_id
    statement = select(meter_id).where(meter_id > after).distinct().order_by(meter_id).limit(limit)
    return list(session.connection().execute(statement).scalars().all())


def lanes_of(meter_ids: Sequence[int]) -> list[list[int]]:
    """Return the meters in two parts that share no lock, so that each can be rolled while the other is."""
    lanes: list[list[int]] = [[], []]
    for meter in meter_ids:
        lanes[meter % _LOCK_SHARDS % 2].append(meter)
    return [lane for lane in lanes if lane]


def lock_meters(session: Session, meter_ids: Iterable[int]) -> None:
    """Hold these meters' rollups until the transaction ends: one roller a meter, through the whole cascade.

    Locks are taken in order, before marks are taken or readings read. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    shards = sorted({meter % _LOCK_SHARDS for meter in meter_ids})
    statement = text("SELECT pg_advisory_xact_lock(:space, shard) FROM unnest(CAST(:shards AS int4[])) AS shard")
    session.connection().execute(statement, {"space": _LOCK_SPACE, "shards": shards})


def take_marks(session: Session, meter_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """Delete and return the marks (meter, first, last) of these meters that are committed by now."""
    marks: list[tuple[int, int, int]] = _dialect(session).take_marks(driver(session), meter_ids)
    return marks


def counted_readings(
    session: Session, meter_id: int, first_at: int, last_at: int, *, belief: Belief = None
) -> list[ReadingRow]:
    """Return the meter's counted readings stamped in [first_at, last_at], in order."""
    return _rows(session, meter_id, belief, lambda source: (source.at >= first_at, source.at <= last_at))


def own_start_readings(
    session: Session, meter_id: int, start_ms: int, end_ms: int, until: int, *, belief: Belief = None
) -> list[ReadingRow]:
    """Return counted readings with a start of their own that cover part of [start_ms, end_ms), stamped to `until`."""
    return _rows(
        session,
        meter_id,
        belief,
        lambda source: (
            source.start_at.is_not(None),
            source.at > start_ms,
            source.at <= until,
            source.start_at < end_ms,
        ),
    )


def _rows(
    session: Session, meter_id: int, belief: Belief, narrowed: Callable[[Any], tuple[Any, ...]]
) -> list[ReadingRow]:
    rows: list[ReadingRow] = []
    for source, conditions in believed(meter_id, belief):
        statement = select(source.at, source.value, source.quality, source.start_at)
        statement = statement.where(*conditions, *narrowed(source), source.quality < COUNTS_BELOW).order_by(source.at)
        rows += [tuple(row) for row in session.connection().execute(statement)]
    return rows if belief is None else sorted(rows, key=lambda row: row[0])


def neighbour_before(session: Session, meter_id: int, at: int, *, belief: Belief = None) -> int | None:
    """Return the instant of the last counted reading strictly before `at`."""
    instants: list[int] = []
    for source, conditions in believed(meter_id, belief):
        statement = select(source.at).where(*conditions, source.at < at, source.quality < COUNTS_BELOW)
        instants += session.connection().execute(statement.order_by(source.at.desc()).limit(1)).scalars()
    return max(instants, default=None)


def neighbour_after(session: Session, meter_id: int, at: int, *, belief: Belief = None) -> int | None:
    """Return the instant of the first counted reading strictly after `at`."""
    instants: list[int] = []
    for source, conditions in believed(meter_id, belief):
        statement = select(source.at).where(*conditions, source.at > at, source.quality < COUNTS_BELOW)
        instants += session.connection().execute(statement.order_by(source.at).limit(1)).scalars()
    return min(instants, default=None)


def readings_before(session: Session, meter_id: int, at: int, count: int, *, belief: Belief = None) -> list[ReadingRow]:
    """Return the last `count` counted readings strictly before `at`, in order."""
    return _nearest(session, meter_id, count, belief, lambda source: source.at < at, backwards=True)


def readings_after(session: Session, meter_id: int, at: int, count: int, *, belief: Belief = None) -> list[ReadingRow]:
    """Return the first `count` counted readings strictly after `at`, in order."""
    return _nearest(session, meter_id, count, belief, lambda source: source.at > at, backwards=False)


def _nearest(
    session: Session,
    meter_id: int,
    count: int,
    belief: Belief,
    side: Callable[[Any], ColumnElement[bool]],
    *,
    backwards: bool,
) -> list[ReadingRow]:
    rows: list[ReadingRow] = []
    for source, conditions in believed(meter_id, belief):
        statement = select(source.at, source.value, source.quality, source.start_at)
        statement = statement.where(*conditions, side(source), source.quality < COUNTS_BELOW)
        order = source.at.desc() if backwards else source.at
        rows += [tuple(row) for row in session.connection().execute(statement.order_by(order).limit(count))]
    rows.sort(key=lambda row: row[0])
    return rows[-count:] if backwards else rows[:count]


def meters_with_own_starts(session: Session, meter_ids: Sequence[int]) -> set[int]:
    """Return those of the meters that have a reading with a start of its own."""
    return set(_dialect(session).meters_with_own_starts(driver(session), meter_ids)) if meter_ids else set()


def _dialect(session: Session) -> Any:
    return rollups_sqlite if session.get_bind().dialect.name == "sqlite" else rollups_postgresql


def sample_meters(session: Session, count: int) -> list[int]:
    """Return up to `count` meters at random, in id order."""
    statement = select(col(Meter.id)).order_by(func.random()).limit(count)
    return sorted(meter for meter in session.connection().execute(statement).scalars() if meter is not None)


def newest_reading(session: Session, meter_id: int) -> tuple[int, int] | None:
    """Return instant and batch of the meter's last reading that is not withdrawn."""
    table = reading_table.c
    statement = select(table.at, table.batch_id).where(table.meter_id == meter_id, table.quality < WITHDRAWN)
    row = session.connection().execute(statement.order_by(table.at.desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])


def span_of(session: Session, meter_id: int) -> tuple[int, int] | None:
    """Return the first and last instant the meter's readings speak of, counted or not, their own starts included."""
    table = reading_table.c
    ends: list[Any] = []
    for order in (table.at, table.at.desc()):
        statement = select(table.at).where(table.meter_id == meter_id).order_by(order).limit(1)
        ends.append(session.connection().execute(statement).scalar())
    if ends[0] is None:
        return None
    stated = select(func.min(table.start_at)).where(table.meter_id == meter_id, table.start_at.is_not(None))
    start = session.connection().execute(stated).scalar()
    return ends[0] if start is None else min(ends[0], start), ends[1]


def sum_regular_days(session: Session, windows: Sequence[DayWindow]) -> list[tuple[int, int]]:
    """Insert the buckets of regular days that are not stored; return (meter, day) of the irregular ones, left out."""
    irregular: list[tuple[int, int]] = _dialect(session).sum_regular_days(driver(session), windows)
    return irregular


def roll_plain_days(session: Session, windows: Sequence[DayWindow]) -> set[tuple[int, int]]:
    """Bring the buckets of plain days, their months and years up to date; return (meter, day) of the days left over.

    The windows are whole, and of meters without readings that have a start of their own.
    """
    return set(_dialect(session).roll_plain_days(driver(session), windows)) if windows else set()
