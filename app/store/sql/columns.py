"""Superseded versions of readings, and what writers of readings have in common."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, cast

from sqlmodel import Session

from app.core.readings.columns import NO_START
from app.core.readings.versions import Correction, Identity, Version
from app.store.sql import columns_postgresql, columns_sqlite

NEVER = -(2**62)
"""Below every instant: the highest one of a meter without readings."""


class ConcurrentChange(RuntimeError):
    """Another transaction changed the same reading meanwhile; nothing was stored, start over."""


def earlier_versions(
    session: Session, organization_id: int, identities: Sequence[Identity]
) -> dict[Identity, list[Version]]:
    """Return the superseded versions of each identity that has any, oldest first."""
    if not identities:
        return {}
    dialect = columns_sqlite if _is_sqlite(session) else columns_postgresql
    versions: dict[Identity, list[Version]] = {}
    found = dialect.earlier(driver(session), organization_id, identities)
    for meter, at, reference, value, quality, start, revision, batch in found:
        version = Version(value, quality, own_start(start), revision, batch)
        versions.setdefault((meter, at, reference), []).append(version)
    return versions


def is_refusal(error: BaseException) -> bool:
    """Tell whether a driver says that its tables cannot hold the rows beside what they hold."""
    return isinstance(error, columns_sqlite.REFUSALS) or columns_postgresql.is_refusal(error)


def is_deadlock(error: BaseException) -> bool:
    """Tell whether two transactions only stood in each other's way: the same can be done again."""
    return columns_postgresql.is_deadlock(error.__cause__ or error)


@contextmanager
def overtaken() -> Iterator[None]:
    """Turn what the database says to the slower of two writers of one reading into ConcurrentChange."""
    try:
        yield
    except Exception as error:
        if isinstance(error, columns_sqlite.Collision) or columns_postgresql.is_collision(error):
            raise ConcurrentChange from error
        raise


def insert_revisions(session: Session, organization_id: int, corrections: Sequence[Correction]) -> None:
    """Keep the version that each correction has replaced; raises ConcurrentChange when one is kept already."""
    if not corrections:
        return
    dialect = columns_sqlite if _is_sqlite(session) else columns_postgresql
    with overtaken():
        dialect.insert_revisions(driver(session), organization_id, [_revision_row(each) for each in corrections])


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


class DriverRows(Protocol):
    """What a statement found, as both drivers give it."""

    rowcount: int

    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows that are left."""


class DriverConnection(Protocol):
    """What sqlite3 and psycopg have alike; `executemany` is sqlite3's alone, and psycopg's cursors take arguments."""

    def execute(self, statement: Any, parameters: Any = ..., /) -> DriverRows:
        """Run one statement."""

    def executemany(self, statement: str, rows: Iterable[Any], /) -> DriverRows:
        """Run one statement for each row."""

    def cursor(self, **kind: Any) -> Any:
        """Return a cursor of the driver's own."""


def driver(session: Session) -> DriverConnection:
    """Return the driver's own connection, inside the session's transaction."""
    return cast(DriverConnection, session.connection().connection.driver_connection)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
