"""Superseded versions of readings, and what writers of readings have in common."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

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


def driver(session: Session) -> Any:
    """Return the driver's own connection, inside the session's transaction."""
    return session.connection().connection.driver_connection


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
