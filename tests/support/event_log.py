"""Writing to and reading from the log of events, as the tests of what stands on it do."""

import time
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import text

from app.core.events import Event, EventKind, Position
from app.store.engine.database import Database
from app.store.outbox.events import append_event, events_after


def tell(
    database: Database,
    organization_id: int,
    number: int,
    *,
    kind: EventKind = EventKind.ROLLUPS_CHANGED,
    at_ms: int = 1_750_000_000_000,
    plants: Collection[str] | None = None,
    resources: Collection[str] | None = None,
    **payload: Any,
) -> None:
    """Append one event in a transaction of its own."""
    with database.write() as session:
        append_event(
            session,
            organization_id=organization_id,
            kind=kind,
            payload={"number": number, **payload},
            at_ms=at_ms,
            plants=plants,
            resources=resources,
        )


def tell_at_once(database: Database, organization_id: int, given: Iterable[int], **payload: Any) -> None:
    """Append events in one transaction."""
    with database.write() as session:
        for number in given:
            append_event(
                session,
                organization_id=organization_id,
                kind=EventKind.ROLLUPS_CHANGED,
                payload={"number": number, **payload},
                at_ms=1_750_000_000_000,
            )


def read_on(database: Database, position: Position, **narrowed: Any) -> list[Event]:
    """Return the events after a position, once nothing but this test can hold them back."""
    _wait_for_strangers(database)
    with database.read() as session:
        return events_after(session, position, **narrowed)


def _wait_for_strangers(database: Database) -> None:
    """Wait until no transaction of another database of the server runs, nor the server's own housekeeping."""
    if database.is_sqlite:
        return
    strangers = text(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL "
        "AND (datname IS DISTINCT FROM current_database() OR backend_type = 'autovacuum worker')"
    )
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with database.read() as session:
            if not session.connection().execute(strangers).scalar_one():
                return
        time.sleep(0.01)


def numbers(events: Collection[Event]) -> list[int]:
    """Return what tells the events of these tests apart."""
    return [event.payload["number"] for event in events]
