"""Reading and writing readings in whole columns, by each database's fastest safe way."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import insert, select
from sqlmodel import Session

from app.core.columns import NO_START, ReadingColumns
from app.core.runs import Runs
from app.core.versions import Correction, Identity, StoredColumns, Version
from app.models import reading_table, revision_table
from app.store import readings_postgresql, readings_sqlite


class ConcurrentChange(RuntimeError):
    """Another transaction changed the same reading meanwhile; nothing was stored, start over."""


def stored_within(session: Session, runs: Runs) -> StoredColumns:
    """Return the stored readings inside `runs`, sorted by identity."""
    if _is_sqlite(session):
        rows = readings_sqlite.within(driver(session), runs)
    else:
        rows = readings_postgresql.within(driver(session), runs)
    return stored_columns(rows)


def current_version(session: Session, meter_id: int, at: int) -> Version | None:
    """Return what is stored for an identity, withdrawn or not."""
    table = reading_table.c
    statement = select(table.value, table.quality, table.start_at, table.revision, table.batch_id)
    row = session.connection().execute(statement.where(table.meter_id == meter_id, table.at == at)).first()
    return None if row is None else Version(row[0], row[1], own_start(row[2]), row[3], row[4])


def earlier_versions(session: Session, identities: Sequence[Identity]) -> dict[Identity, list[Version]]:
    """Return the superseded versions of each identity, oldest first."""
    table = revision_table.c
    versions: dict[Identity, list[Version]] = {}
    statement = select(
        table.meter_id, table.at, table.value, table.quality, table.start_at, table.revision, table.batch_id
    ).order_by(table.revision)
    for meter, at in identities:
        for row in session.connection().execute(statement.where(table.meter_id == meter, table.at == at)):
            versions.setdefault((meter, at), []).append(Version(row[2], row[3], own_start(row[4]), row[5], row[6]))
    return versions


def insert_readings(session: Session, columns: ReadingColumns, *, batch: int) -> None:
    """Insert readings whose identities are not stored; raises ConcurrentChange when one has come to be."""
    if not len(columns):
        return
    try:
        if _is_sqlite(session):
            readings_sqlite.insert(driver(session), columns, batch)
        else:
            readings_postgresql.insert(driver(session), columns, batch)
    except (readings_sqlite.Collision, readings_postgresql.Collision) as error:
        raise ConcurrentChange from error


def apply_corrections(session: Session, corrections: Sequence[Correction]) -> None:
    """Move each old version to the revisions and put the new one in its place, in order.

    Raises ConcurrentChange when a stored version is no longer the one that was corrected.
    """
    connection = session.connection()
    table = reading_table.c
    for correction in corrections:
        old, new = correction.old, correction.new
        statement = (
            reading_table.update()
            .where(table.meter_id == correction.meter, table.at == correction.at, table.revision == old.revision)
            .where(table.batch_id == old.batch)
            .values(
                value=new.value,
                quality=new.stored,
                start_at=stored_start(new.start),
                revision=new.revision,
                batch_id=new.batch,
            )
        )
        if connection.execute(statement).rowcount != 1:
            raise ConcurrentChange
    if corrections:
        connection.execute(insert(revision_table), [_revision_row(correction) for correction in corrections])


def _revision_row(correction: Correction) -> dict[str, Any]:
    old = correction.old
    return {
        "meter_id": correction.meter,
        "at": correction.at,
        "revision": old.revision,
        "value": old.value,
        "batch_id": old.batch,
        "quality": old.stored,
        "start_at": stored_start(old.start),
        "superseded_by": correction.new.batch,
    }


def stored_columns(rows: Sequence[tuple[Any, ...]]) -> StoredColumns:
    """Return rows of (meter_id, at, value, quality, start_at, revision, batch_id) as columns."""
    meter, at, value, quality, start, revision, batch = zip(*rows, strict=True) if rows else ((),) * 7
    return StoredColumns(
        meter=np.array(meter, dtype=np.int32),
        at=np.array(at, dtype=np.int64),
        value=np.array(value, dtype=np.int64),
        quality=np.array(quality, dtype=np.int16),
        start=np.array([own_start(each) for each in start], dtype=np.int64),
        revision=np.array(revision, dtype=np.int16),
        batch=np.array(batch, dtype=np.int64),
    )


def own_start(start: int | None) -> int:
    """Return a stored start as a column holds it."""
    return NO_START if start is None else start


def stored_start(start: int) -> int | None:
    """Return a column's start as the table holds it."""
    return None if start == NO_START else start


def driver(session: Session) -> Any:
    """Return the driver's own connection, inside the session's transaction."""
    return session.connection().connection.driver_connection


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
