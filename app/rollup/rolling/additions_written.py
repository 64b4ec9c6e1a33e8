"""Writing what waits to be added to the rollups into their rows, a piece of an organization's meters at a time."""

from collections.abc import Iterator

import numpy as np

from app.core.calendar.periods import Grain
from app.core.readings.added_days import AddedDays
from app.store.arrivals.entering import lock_entering
from app.store.arrivals.meter_locks import lock_meters
from app.store.arrivals.rollup_additions import append_additions, is_much_waiting, waiting_of
from app.store.engine.database import Database
from app.store.rollups.bucket_columns import add_columns

_DAYS_A_TRANSACTION = 8_192
_GRAINS = (Grain.DAY, Grain.MONTH, Grain.YEAR)


def write_when_due(database: Database, organization_id: int) -> int:
    """Write what waits of an organization into the rows once it is much; return how many days of meters that were."""
    with database.read() as session:
        if not is_much_waiting(session, organization_id):
            return 0
    return write_additions(database, organization_id)


def write_additions(database: Database, organization_id: int) -> int:
    """Write all that waits of an organization into the rows; return how many days of meters that were.

    Each piece is added and taken back in one transaction: a bucket is the same before and after.
    """
    with database.read() as session:
        pieces = list(_pieces(waiting_of(session, organization_id)))
    return sum(_write_piece(database, organization_id, meters) for meters in pieces)


def _pieces(waiting: AddedDays) -> Iterator[list[int]]:
    """Yield ascending meters in pieces of so many days, at least one meter each."""
    meters, first = np.unique(waiting.days.meter_id, return_index=True)
    # Days lie by meter: a meter belongs to the piece in which its first day lies.
    piece = first // _DAYS_A_TRANSACTION
    for number in np.unique(piece).tolist():
        yield meters[piece == number].tolist()


def _write_piece(database: Database, organization_id: int, meters: list[int]) -> int:
    with database.write() as session:
        lock_entering(session, organization_id)
        lock_meters(session, meters)
        # Asked again under the locks: since the pieces were cut some may have been taken back, or written by another
        # process.
        waiting = waiting_of(session, organization_id).of_meters(meters)
        for grain in _GRAINS:
            add_columns(session, organization_id, waiting.in_grain(grain))
        append_additions(session, organization_id, waiting.taken_back())
    return len(waiting)
