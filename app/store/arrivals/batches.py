"""Recording batches: what came in, whose key brought it, and what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.core.readings.batches import stored_at_ms
from app.models import Batch
from app.store.sql.columns import driver, overtaken


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What is kept of a batch; the fields of its table. `meters` are the ids of those it brought readings of."""

    id: int
    organization_id: int
    key_code: str | None
    reason: str | None
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    meters: list[int]


_FIELDS = tuple(field.name for field in fields(BatchRecord))
_all_but_meters = attrgetter(*_FIELDS[:-1])
_INTO = f"INSERT INTO batch ({', '.join(_FIELDS)}, announced)"
_INSERT = f"{_INTO} VALUES ({', '.join(['?'] * len(_FIELDS))}, false)"
_TYPES = ("int8", "int4", "text", "text", *["int4"] * 6, "json")
_INSERT_ALL = f"{_INTO} SELECT given.*, false FROM unnest({', '.join(f'%s::{each}[]' for each in _TYPES)}) AS given"  # noqa: S608 - constants


def insert_batches(session: Session, batches: Sequence[BatchRecord]) -> None:
    """Insert the records of batches in the transaction that stores their readings.

    Raises ConcurrentChange when another process has given out the same number.
    """
    if not batches:
        return
    rows = [(*_all_but_meters(batch), json.dumps(batch.meters)) for batch in batches]
    # No two processes draw one number, since each has a lane of its own. If any did, the second would be refused here.
    with overtaken():
        if session.get_bind().dialect.name == "sqlite":
            driver(session).executemany(_INSERT, rows)
        else:
            driver(session).execute(_INSERT_ALL, [list(column) for column in zip(*rows, strict=True)])


def newest_batch_ms(session: Session) -> int:
    """Return the instant of the newest batch there is (UTC ms), of whatever organization; 0 without any."""
    newest = session.connection().execute(select(func.max(col(Batch.id)))).scalar()
    return 0 if newest is None else stored_at_ms(newest)
