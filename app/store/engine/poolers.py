"""A pooler of connections, such as pgbouncer, between this process and PostgreSQL, and what is left off there.

In transaction pooling each transaction may run on another server connection. Everything of this program lives within a
transaction: locks, settings, COPY. Two things would not: statements that the driver prepares on one connection and
executes on another, and LISTEN. An example: the driver prepares `_pg3_0` at a statement's sixth execution; the seventh
meets a server connection without it, or one on which another client has called something else so.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    import psycopg


def is_pooled(connection: "psycopg.Connection") -> bool:
    """Tell whether another server process answers than the one the connection was opened with.

    A pooler cannot give the number of a server process when a connection is opened, since it has none yet.
    """
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    if not connection.autocommit:
        connection.rollback()
    return found is not None and int(found[0]) != connection.info.backend_pid


def suit_poolers(engine: Engine) -> None:
    """Have the driver prepare nothing on connections that are pooled."""

    @event.listens_for(engine, "connect")
    def _connected(connection: "psycopg.Connection", _record: object) -> None:
        if is_pooled(connection):
            connection.prepare_threshold = None
