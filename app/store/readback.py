"""Stored readings read back in order: by meter, then by instant, a page or a chunk at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.versions import Identity
from app.store.engine import Database
from app.store.history import StoredReading, readings_after
from app.store.metered import Metered

_CHUNK = 5_000
Position = Identity
"""What follows is strictly behind it."""


@dataclass(frozen=True, slots=True)
class ReadbackQuery:
    """Readings stamped in [start_ms, end_ms), None for open, as believed at `as_of_ms` or now."""

    start_ms: int | None
    end_ms: int | None
    as_of_ms: int | None


def read_back(
    session: Session, meters: Sequence[Metered], query: ReadbackQuery, *, after: Position | None, limit: int
) -> list[StoredReading]:
    """Return up to `limit` readings of meters in id order, from behind `after`."""
    found: list[StoredReading] = []
    for metered in meters:
        meter_id = metered.spec.id
        if after is not None and meter_id < after[0]:
            continue
        found += readings_after(
            session,
            meter_id,
            after=after[1:] if after is not None and meter_id == after[0] else None,
            first=query.start_ms,
            end=query.end_ms,
            as_of_ms=query.as_of_ms,
            limit=limit - len(found),
        )
        if len(found) >= limit:
            break
    return found


def read_back_all(
    database: Database, organization_id: int, meters: Sequence[Metered], query: ReadbackQuery
) -> Iterator[list[StoredReading]]:
    """Yield every reading in chunks, each read in a short transaction of its own."""
    after: Position | None = None
    while True:
        with database.settled(organization_id) as session:
            chunk = read_back(session, meters, query, after=after, limit=_CHUNK)
        if chunk:
            yield chunk
            after = chunk[-1].meter_id, chunk[-1].at, chunk[-1].reference
        if len(chunk) < _CHUNK:
            return
