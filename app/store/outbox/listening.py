"""Waiting until an event may have been committed: woken by PostgreSQL's NOTIFY, or by a change of the file."""

import socket
import sqlite3
import threading
import time
from contextlib import suppress
from multiprocessing.connection import wait as readable
from typing import TYPE_CHECKING, Protocol

from app.store.engine.database import Database
from app.store.engine.poolers import is_pooled
from app.store.outbox.events import CHANNEL

if TYPE_CHECKING:
    import psycopg

_RETRY_S = 1.0
_LOOK_S = 0.05
"""Between two looks at whether another process has written: part of how late an event is told."""


class Waiter(Protocol):
    """Something that waits for events; a wait may end for nothing, and none may last longer than asked."""

    def wait(self, timeout_s: float) -> None:
        """Return when an event may have been committed, or after `timeout_s` seconds."""

    def wake(self) -> None:
        """Tell of an event of this process; from any thread."""

    def stop(self) -> None:
        """End the wait; from any thread."""

    def close(self) -> None:
        """Let go of what the wait needs."""


def waiter_for(database: Database) -> Waiter:
    """Return what waits for events of this database."""
    return _FileWatch(database) if database.is_sqlite else _Listener(database)


class _FileWatch:
    """Woken by whoever writes to the file: at once by this process, and within `_LOOK_S` by another one.

    SQLite tells a connection by a number whether another one has committed since; asking for it reads no page.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._woken = threading.Event()
        self._connection: sqlite3.Connection | None = None
        self._version = 0

    def wait(self, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        while (left_s := until - time.monotonic()) > 0:
            if self._woken.wait(min(left_s, _LOOK_S)) or self._has_changed():
                break
        self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._woken.set()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _has_changed(self) -> bool:
        if self._connection is None:
            name = self._database.url.database or ""
            self._connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
        before = self._version
        self._version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return self._version != before


class _Listener:
    """A connection of its own that listens; when it breaks, waits run out until it is there again.

    Through a pooler nothing could be heard: there it waits like one that is woken by this process alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.Connection | None = None
        self._hears = True
        self._woken, self._wakes = socket.socketpair()  # to be waited for beside the connection
        self._wakes.setblocking(False)

    def wait(self, timeout_s: float) -> None:
        import psycopg

        try:
            if self._hears and self._connection is None:
                self._connect()
            connection = self._connection
            woken, heard = self._woken.fileno(), None if connection is None else connection.fileno()
            ready = readable([woken] if heard is None else [woken, heard], timeout_s)
            if woken in ready:
                self._woken.recv(4_096)
            if connection is not None and heard in ready:
                for _ in connection.notifies(timeout=0, stop_after=1):
                    pass
        except psycopg.Error:
            self._disconnect()
            readable([self._woken], min(timeout_s, _RETRY_S))

    def wake(self) -> None:
        """Tell of an event of this process where nothing is heard; else whoever writes one notifies."""
        if not self._hears:
            self.stop()

    def stop(self) -> None:
        with suppress(OSError):  # full of wakes that nobody has looked at yet, or closed: nobody waits
            self._wakes.send(b"\0")

    def close(self) -> None:
        self._disconnect()
        self._woken.close()
        self._wakes.close()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> None:
        import psycopg

        arguments, options = self._database.engine.dialect.create_connect_args(self._database.url)
        connection = psycopg.connect(*arguments, autocommit=True, **options)
        if is_pooled(connection):
            self._hears = False
            connection.close()
            return
        self._connection = connection
        self._connection.execute(f"LISTEN {CHANNEL}".encode())
