"""Waiting until an event may have been committed: woken by PostgreSQL's NOTIFY, or by this process itself."""

import threading
import time
from typing import Protocol

import psycopg

from app.store.engine import Database
from app.store.events import CHANNEL

_RETRY_S = 1.0


class Waiter(Protocol):
    """Something that waits for events; a wait may end for nothing, and none may last longer than asked."""

    def wait(self, timeout_s: float) -> None:
        """Return when an event may have been committed, or after `timeout_s` seconds."""

    def wake(self) -> None:
        """End the wait; from any thread."""

    def close(self) -> None:
        """Let go of what the wait needs."""


def waiter_for(database: Database) -> Waiter:
    """Return what waits for events of this database."""
    return _OwnWaiter() if database.is_sqlite else _Listener(database)


class _OwnWaiter:
    """Woken by writers of this process alone; others are found when the wait runs out."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def wait(self, timeout_s: float) -> None:
        self._woken.wait(timeout_s)
        self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self._woken.set()


class _Listener:
    """A connection of its own that listens; when it breaks, waits run out until it is there again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.Connection | None = None

    def wait(self, timeout_s: float) -> None:
        try:
            connection = self._connection or self._connect()
            for _ in connection.notifies(timeout=timeout_s, stop_after=1):
                pass
        except psycopg.Error:
            self.close()
            time.sleep(min(timeout_s, _RETRY_S))

    def wake(self) -> None:
        """Do nothing: whoever writes an event notifies."""

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> psycopg.Connection:
        arguments, options = self._database.engine.dialect.create_connect_args(self._database.url)
        self._connection = psycopg.connect(*arguments, autocommit=True, **options)
        self._connection.execute(f"LISTEN {CHANNEL}".encode())
        return self._connection
