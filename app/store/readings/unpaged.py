"""Readings that an earlier release kept a row each, until they are moved into pages by `moving.py`."""

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, text
from sqlmodel import Session

from app.core.readings.columns import NO_START
from app.core.readings.runs import Runs
from app.core.readings.versions import NOTHING_STORED, StoredColumns, columns_from
from app.models import reading_table
from app.store.sql.columns import driver
from app.store.sql.columns_postgresql import array_literal

_MEMO = "esg_unpaged"
_ROWS_A_CHUNK = 2_000
_table = reading_table.c
_NAMES = f"meter_id, at, reference, value, quality, coalesce(start_at, {NO_START}), revision, batch_id"
_OF_RUN = f"SELECT {_NAMES} FROM reading WHERE meter_id = ? AND at BETWEEN ? AND ? ORDER BY at, reference"  # noqa: S608 - constants
_OF_RUNS = f"""
    SELECT found.* FROM unnest(%s::int4[], %s::int8[], %s::int8[]) AS run(meter_id, first_at, last_at)
    CROSS JOIN LATERAL (
        SELECT {_NAMES} FROM reading
        WHERE meter_id = run.meter_id AND at BETWEEN run.first_at AND run.last_at OFFSET 0
    ) AS found ORDER BY 1, 2, 3
"""  # noqa: S608 - constants

_SPANS = """
    SELECT given.meter_id, (SELECT min(at) FROM reading WHERE meter_id = given.meter_id),
        (SELECT max(at) FROM reading WHERE meter_id = given.meter_id) FROM {given}
"""
_SPANS_SQLITE = _SPANS.format(given="(SELECT value AS meter_id FROM json_each(?)) AS given")
_SPANS_POSTGRESQL = _SPANS.format(given="unnest(%s::int4[]) AS given(meter_id)")


def has_unpaged(session: Session) -> bool:
    """Tell whether any reading is still kept in a row of its own; none ever comes to be."""
    # Asked once a transaction: nothing adds rows here, and who has moved some asks about others by `first_unpaged`.
    if _MEMO not in session.info:
        found = session.connection().execute(text("SELECT 1 FROM reading LIMIT 1")).first()
        session.info[_MEMO] = found is not None
    return bool(session.info[_MEMO])


def unpaged_within(session: Session, runs: Runs) -> StoredColumns:
    """Return such readings inside runs that are sorted, by identity."""
    if not has_unpaged(session):
        return NOTHING_STORED
    bounds = runs.meter.tolist(), runs.first.tolist(), runs.last.tolist()
    if session.get_bind().dialect.name == "sqlite":
        connection = driver(session)
        rows = [row for run in zip(*bounds, strict=True) for row in connection.execute(_OF_RUN, run)]
    else:
        rows = driver(session).cursor(binary=True).execute(_OF_RUNS, [*map(array_literal, bounds)]).fetchall()
    return columns_from(rows)


def unpaged_where(session: Session, meter_ids: Sequence[int], condition: str, values: dict[str, int]) -> StoredColumns:
    """Return such readings of some meters that meet a condition, by identity."""
    if not has_unpaged(session) or not meter_ids:
        return NOTHING_STORED
    statement = text(
        f"SELECT {_NAMES} FROM reading WHERE meter_id IN :meters AND {condition} ORDER BY meter_id, at, reference"  # noqa: S608 - constants
    ).bindparams(bindparam("meters", expanding=True))
    rows = session.connection().execute(statement, {"meters": list(meter_ids), **values})
    return columns_from([tuple(row) for row in rows])


def meters_with_own_start_rows(session: Session, meter_ids: Sequence[int]) -> set[int]:
    """Return those of the meters that have such a reading with a start of its own."""
    if not has_unpaged(session) or not meter_ids:
        return set()
    statement = select(_table.meter_id).where(_table.start_at.is_not(None)).distinct()
    statement = statement.where(_table.meter_id.in_(bindparam("meters", expanding=True)))
    return set(session.connection().execute(statement, {"meters": list(meter_ids)}).scalars())


def unpaged_begins(session: Session, meter_id: int, at: int, *, before: bool) -> int | None:
    """Return an instant some thousand such readings before or behind another one; None when there are fewer."""
    if not has_unpaged(session):
        return None
    statement = select(_table.at).where(_table.meter_id == meter_id)
    statement = statement.where(_table.at <= at) if before else statement.where(_table.at > at)
    order = _table.at.desc() if before else _table.at
    found = session.connection().execute(statement.order_by(order).offset(_ROWS_A_CHUNK).limit(1)).scalar()
    return None if found is None else int(found)


def unpaged_spans(session: Session, meter_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the first and last instant of such readings of each meter, of those that have any."""
    if not has_unpaged(session):
        return {}
    if session.get_bind().dialect.name == "sqlite":
        rows = driver(session).execute(_SPANS_SQLITE, [json.dumps(list(meter_ids))]).fetchall()
    else:
        rows = driver(session).execute(_SPANS_POSTGRESQL, [array_literal(meter_ids)]).fetchall()
    return {meter: (first, last) for meter, first, last in rows if first is not None}


def first_unpaged(session: Session) -> tuple[int, int] | None:
    """Return meter and instant of the first such reading there is; None when all are in pages."""
    first = select(_table.meter_id, _table.at).order_by(_table.meter_id, _table.at).limit(1)
    row = session.connection().execute(first).first()
    return None if row is None else (int(row[0]), int(row[1]))


def delete_unpaged(session: Session, meter_id: int, first_at: int, last_at: int) -> None:
    """Delete such readings of a meter in [first, last], which are in pages by now."""
    gone = delete(reading_table).where(_table.meter_id == meter_id, _table.at >= first_at, _table.at <= last_at)
    session.connection().execute(gone)
