"""Reading and writing readings in whole columns, by each database's fastest safe way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from sqlmodel import Session

from app.core.columns import NO_REFERENCE, NO_START, Int32Column, Int64Column, ReadingColumns
from app.core.runs import Runs
from app.core.versions import Correction, Identity, StoredColumns, Version, identities_of
from app.store import readings_postgresql, readings_sqlite

NEVER = -(2**62)
"""Below every instant: the highest one of a meter without readings."""


class ConcurrentChange(RuntimeError):
    """Another transaction changed the same reading meanwhile; nothing was stored, start over."""


def stored_within(session: Session, runs: Runs, *, with_references: bool = False) -> StoredColumns:
    """Return the stored readings inside `runs`, sorted by identity; those with a reference only when asked for."""
    if not len(runs):
        return NOTHING_STORED
    if with_references:
        dialect = readings_sqlite if _is_sqlite(session) else readings_postgresql
        return _columns(dialect.within_with_references(driver(session), runs))
    if _is_sqlite(session):
        return readings_sqlite.within(driver(session), runs)
    return readings_postgresql.within(driver(session), runs)


def outermost_instants(session: Session, meters: Int32Column) -> tuple[Int64Column, Int64Column]:
    """Return the lowest and the highest stored instant (UTC ms) of each of these meters.

    Where there is none, the lowest lies above every instant and the highest, NEVER, below.
    """
    dialect = readings_sqlite if _is_sqlite(session) else readings_postgresql
    found = dialect.outermost_instants(driver(session), meters.tolist())
    lowest = [-NEVER if first is None else first for first, _ in found]
    highest = [NEVER if last is None else last for _, last in found]
    return np.array(lowest, dtype=np.int64), np.array(highest, dtype=np.int64)


def current_versions(
    session: Session, meter_id: int, instants: Sequence[int], reference: str
) -> dict[Identity, Version]:
    """Return what is stored of a meter at ascending instants under one reference, withdrawn or not."""
    at = np.array(instants, dtype=np.int64)
    runs = Runs(np.full(len(at), meter_id, dtype=np.int32), at, at)
    stored = stored_within(session, runs, with_references=reference != NO_REFERENCE)
    identities = identities_of(stored, np.arange(len(stored)))
    versions = zip(identities, stored.versions(np.arange(len(stored))), strict=True)
    return {identity: version for identity, version in versions if identity[2] == reference}


def earlier_versions(session: Session, identities: Sequence[Identity]) -> dict[Identity, list[Version]]:
    """Return the superseded versions of each identity that has any, oldest first."""
    if not identities:
        return {}
    dialect = readings_sqlite if _is_sqlite(session) else readings_postgresql
    versions: dict[Identity, list[Version]] = {}
    for meter, at, reference, value, quality, start, revision, batch in dialect.earlier(driver(session), identities):
        version = Version(value, quality, own_start(start), revision, batch)
        versions.setdefault((meter, at, reference), []).append(version)
    return versions


def insert_readings(session: Session, columns: ReadingColumns, batches: Int64Column) -> None:
    """Insert readings, one batch number each, whose identities are not stored.

    Raises ConcurrentChange when one of them has come to be.
    """
    if not len(columns):
        return
    dialect = readings_sqlite if _is_sqlite(session) else readings_postgresql
    with overtaken():
        dialect.insert(driver(session), columns, batches)


REFUSALS = (*readings_sqlite.REFUSALS, *readings_postgresql.REFUSALS)
"""What a driver raises of rows that its tables cannot hold beside what they hold."""


def is_deadlock(error: BaseException) -> bool:
    """Tell whether two transactions only stood in each other's way: the same can be done again."""
    return isinstance(error.__cause__ or error, readings_postgresql.DEADLOCK)


@contextmanager
def overtaken() -> Iterator[None]:
    """Turn what the database says to the slower of two writers of one reading into ConcurrentChange."""
    try:
        yield
    except (readings_sqlite.Collision, *readings_postgresql.COLLISIONS) as error:
        raise ConcurrentChange from error


def apply_corrections(session: Session, corrections: Sequence[Correction]) -> None:
    """Move every old version to the revisions, and put each identity's newest in its place.

    Raises ConcurrentChange when a stored version is no longer the one that was corrected.
    """
    if not corrections:
        return
    dialect = readings_sqlite if _is_sqlite(session) else readings_postgresql
    steps: dict[Identity, tuple[Version, Version]] = {}
    for each in corrections:
        first, _ = steps.get(each.identity, (each.old, each.new))
        steps[each.identity] = first, each.new
    replacements = [
        (*identity, old.revision, old.batch, new.value, new.stored, stored_start(new.start), new.revision, new.batch)
        for identity, (old, new) in steps.items()
    ]
    with overtaken():
        if dialect.replace(driver(session), replacements) != len(replacements):
            raise ConcurrentChange
        dialect.insert_revisions(driver(session), [_revision_row(each) for each in corrections])


def _columns(rows: Sequence[tuple[Any, ...]]) -> StoredColumns:
    """Return rows of meter, instant, reference, value, quality, start, revision and batch as columns."""
    reference = np.array([row[2] for row in rows], dtype=object)
    numbers = np.array([(*row[:2], *row[3:]) for row in rows], dtype=np.int64).reshape(-1, 7).T.copy()
    meter, at, value, quality, start, revision, batch = numbers
    short = quality.astype(np.int16), start, revision.astype(np.int16)
    return StoredColumns(meter.astype(np.int32), at, value, *short, batch, reference)


def _revision_row(correction: Correction) -> tuple[int | str | None, ...]:
    old = correction.old
    start = stored_start(old.start)
    superseded_by = correction.new.batch
    return *correction.identity, old.revision, old.value, old.batch, old.stored, start, superseded_by


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


_NONE = np.empty(0, dtype=np.int64)
NOTHING_STORED = StoredColumns(
    _NONE.astype(np.int32), _NONE, _NONE, _NONE.astype(np.int16), _NONE, _NONE.astype(np.int16), _NONE
)
"""What is stored of identities that are known to be new."""
