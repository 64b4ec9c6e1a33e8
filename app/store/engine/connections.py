"""How many connections the processes of a machine may have to PostgreSQL, beside how many it takes."""

from dataclasses import dataclass

from sqlalchemy import text

from app.store.engine.database import Database

LISTENING = 1
"""The connection beside the pool on which a process hears of events."""

_TAKEN = text("SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int")


@dataclass(frozen=True, slots=True)
class ConnectionBudget:
    """The most connections of some processes, and the most the server takes from everybody."""

    a_process: int
    processes: int
    server: int

    @property
    def total(self) -> int:
        return self.a_process * self.processes

    @property
    def fits(self) -> bool:
        return self.total <= self.server


def connection_budget(database: Database, *, pool_size: int, processes: int) -> ConnectionBudget | None:
    """Return the budget of so many processes with pools of this size; None on SQLite, which has no such bound.

    An example: 4 processes of 20 and 1 connections have 84 at most, and a server as it comes takes 97.
    Through a pooler the server's bound is told, which is not that of the pooler.
    """
    if database.is_sqlite:
        return None
    with database.read() as session:
        server = int(session.execute(_TAKEN).scalar_one())
    return ConnectionBudget(pool_size + LISTENING, processes, server)
