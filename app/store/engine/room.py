"""Whether the database has room to write again, tried with a row that is gone afterwards."""

import secrets

from sqlalchemy import delete, insert

from app.models import room_probe_table
from app.store.engine.database import Database

_FILLER_BYTES = 65_536
"""More than what free space inside half-filled pages could take, so that the storage itself has to give room."""


def try_room(database: Database) -> None:
    """Store a row and commit it, then take it away: the database takes writes. Raises StorageFull or DatabaseAway.

    A writing transaction of another kind that goes through says less: a few bytes find their place on a full disk.

    The bytes are random, since PostgreSQL packs others. The row is committed before it is deleted: a file is often
    written, and found full, only then.
    """
    with database.write() as session:
        session.connection().execute(insert(room_probe_table).values(filler=secrets.token_bytes(_FILLER_BYTES)))
    with database.write() as session:
        session.connection().execute(delete(room_probe_table))
    database.found_to_take_writes()
