"""Moving readings that an earlier release kept a row each into pages, a piece a transaction, while all else goes on.

What was moved is deleted in the same transaction, so a process that is killed has lost nothing and done nothing twice;
whoever comes next goes on with the first reading that is left. Corrections and late readings never touch such a row:
they arrive, and stand above it wherever it lies.
"""

from sqlalchemy import select
from sqlmodel import Session, col

from app.models import Meter
from app.store.arrivals.entering import lock_entering
from app.store.engine.database import Database
from app.store.readings.folding import write_into_pages
from app.store.readings.standing import one_run
from app.store.readings.unpaged import delete_unpaged, first_unpaged, unpaged_begins, unpaged_within

_PIECES_A_TRANSACTION = 8
"""Of two thousand readings each: about a twentieth of a second's work."""


def move_some(database: Database) -> int:
    """Move the next readings into pages; return how many, 0 when all of them are there."""
    with database.read() as session:
        if first_unpaged(session) is None:
            return 0
    with database.write() as session:
        return sum(_move_piece(session) for _ in range(_PIECES_A_TRANSACTION))


class ReadingsLeft(RuntimeError):
    """Readings cannot be moved into pages, and stay where they are."""


def move_all(database: Database) -> int:
    """Move every reading that is left into pages; return how many."""
    moved = 0
    while some := move_some(database):
        moved += some
    return moved


def _move_piece(session: Session) -> int:
    """Move some readings of the first meter that has any left."""
    found = first_unpaged(session)
    if found is None:
        return 0
    meter_id, first_at = found
    organization_id = (
        session.connection().execute(select(col(Meter.organization_id)).where(col(Meter.id) == meter_id)).scalar_one()
    )
    lock_entering(session, organization_id)
    until = unpaged_begins(session, meter_id, first_at - 1, before=False)
    rows = unpaged_within(session, one_run(meter_id, first_at, (1 << 62) if until is None else until - 1))
    if not len(rows):
        return 0
    # Raised before anything is committed: the whole transaction is undone.
    if len(write_into_pages(session, organization_id, rows)):
        raise ReadingsLeft("Readings of an earlier release fall into a page that is damaged, as `esg verify` tells")
    delete_unpaged(session, meter_id, first_at, int(rows.at[-1]))
    return len(rows)
