"""Which PostgreSQL server the connections of a pool are of, so that after a failover nobody relies on the one before.

A standby that was promoted goes on from the log that it had, with a new timeline. What was committed at the primary and
had not come so far is gone, if the standby is asynchronous, and the numbers by which memory is held against the
database may be given again to something else. So each new connection tells its timeline. An example:

    timeline 1    organization 7 has written transactions 41 and 42; memory is as of 42, which the standby never had
    timeline 2    the first connection tells of 2: all that is in memory is forgotten, every older connection is dropped
    timeline 2    another process writes 41 and 42; without that, our memory would be taken for the state after them

A server of an older timeline than was seen is the one that was failed over from: nothing of it is believed. A server
that refuses to write, as a primary that was made a standby and whose connections live on, has its connections dropped.

Guarded by `_lock`, which is held for comparing alone.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

if TYPE_CHECKING:
    import psycopg

_log = structlog.get_logger("esg.database")
_SERVER, _OPENED = "esg_server", "esg_opened"
_ASKED = """
SELECT CAST(system_identifier AS text),
    CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END
FROM pg_control_system()
"""


@dataclass(frozen=True, slots=True)
class _Server:
    """A cluster and its timeline, eight hexadecimal digits; None while it follows a primary."""

    cluster: str
    timeline: str | None


class CurrentServer:
    """The server of the latest timeline that this process has had a connection to; any thread may ask.

    `forget` is called, before the new connection is used, whenever another server took the place of the one before.
    """

    def __init__(self, forget: Callable[[], None]) -> None:
        self._forget = forget
        self._lock = threading.Lock()
        self._known: _Server | None = None
        self._distrusted = -float("inf")
        """Connections that were opened before this are not used again; of the monotonic clock."""

    def watch(self, engine: Engine) -> None:
        """Have each connection of an engine tell its server when it is opened, and be dropped once that is passed."""

        @event.listens_for(engine, "connect")
        def _connected(connection: "psycopg.Connection", record: ConnectionPoolEntry) -> None:
            self._note(connection, record)
            record.info[_OPENED] = time.monotonic()

        @event.listens_for(engine, "checkout")
        def _checked_out(connection: "psycopg.Connection", record: ConnectionPoolEntry, _proxy: object) -> None:
            if record.info[_OPENED] < self._distrusted:
                raise DisconnectionError("another server has taken the place of this connection's")
            server: _Server | None = record.info[_SERVER]
            if server is not None and server.timeline is None:  # a standby is promoted without ending its connections
                self._note(connection, record)

    def distrust(self) -> None:
        """Use no connection again that is open now: their server refuses to write."""
        self._distrusted = time.monotonic()

    def _note(self, connection: "psycopg.Connection", record: ConnectionPoolEntry) -> None:
        server = record.info[_SERVER] = _server_of(connection)
        if server is not None and server.timeline is not None and not self._takes(server):
            connection.close()
            raise _overtaken()

    def _takes(self, server: _Server) -> bool:
        """Tell whether the server is the latest there is, forgetting what is of the one before."""
        with self._lock:
            known = self._known
            if known is not None and known.cluster == server.cluster:
                if server.timeline == known.timeline:
                    return True
                if str(server.timeline) < str(known.timeline):
                    return False
            self._known = server
            if known is not None:
                _log.warning("another server has taken the database's place", was=known.timeline, now=server.timeline)
                self.distrust()
                self._forget()
            return True


def _server_of(connection: "psycopg.Connection") -> _Server | None:
    """Return the server of a connection; None where it does not tell, as some that only speak PostgreSQL's protocol."""
    import psycopg

    try:
        found = connection.execute(_ASKED).fetchone()
    except psycopg.Error:
        found = None
    if not connection.autocommit and not connection.broken:
        connection.rollback()
    return None if found is None else _Server(*found)


def _overtaken() -> Exception:
    import psycopg

    return psycopg.OperationalError("the server is of an older timeline than another one that took its place")
