"""A wait for events ends when one is told, when it is asked to end, and not before its time otherwise."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import text

from app.core.events import EventKind
from app.store.engine.database import Database
from app.store.outbox.events import append_event
from app.store.outbox.listening import Waiter, waiter_for
from tests.support.databases import postgresql_database, postgresql_url

__all__ = ["postgresql_database", "postgresql_url"]


def test_a_wait_is_ended_from_another_thread(database: Database) -> None:
    assert 0.05 < _waited_s(database, lambda waiter: waiter.stop()) < 10


def test_a_wait_that_would_begin_after_it_was_ended_does_not(database: Database) -> None:
    waiter = waiter_for(database)
    waiter.wait(0.01)
    waiter.stop()
    began = time.monotonic()
    waiter.wait(20)
    waiter.close()

    assert time.monotonic() - began < 10


def test_a_wait_is_ended_by_an_event_of_another_process(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))

    def append(_waiter: Waiter) -> None:
        with other.write() as session:
            append_event(session, organization_id=1, kind=EventKind.ROLLUPS_CHANGED, payload={}, at_ms=0)

    waited_s = _waited_s(database, append)
    other.close()

    assert 0.05 < waited_s < 10


def test_a_listener_whose_connection_was_ended_listens_again(postgresql_database: Database) -> None:
    waiter = waiter_for(postgresql_database)
    waiter.wait(0.01)
    before = _listening(postgresql_database)
    with postgresql_database.write() as session:
        session.connection().execute(text("SELECT pg_terminate_backend(:id)"), {"id": before})
    until = time.monotonic() + 20
    while _listening(postgresql_database) in (None, before) and time.monotonic() < until:
        waiter.wait(0.05)
    after = _listening(postgresql_database)
    waiter.close()

    assert before is not None
    assert after not in (None, before)


def _listening(database: Database) -> int | None:
    """Return the server process of the connection that listens."""
    with database.read() as session:
        found: int | None = session.connection().scalar(
            text("SELECT max(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
        )
    return found


def _waited_s(database: Database, end: Callable[[Waiter], object]) -> float:
    """Return how long a wait of 20 s lasted that `end` was called beside after a tenth of a second."""
    waiter = waiter_for(database)
    waiter.wait(0.01)
    beside = threading.Timer(0.1, end, [waiter])
    began = time.monotonic()
    beside.start()
    waiter.wait(20)
    waited_s = time.monotonic() - began
    beside.join()
    waiter.close()
    return waited_s
