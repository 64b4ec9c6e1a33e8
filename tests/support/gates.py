"""Transactions held at a chosen statement on PostgreSQL, so that an interleaving is forced and not hoped for."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import psycopg

from app.store.engine.database import Database

_GATE = 4_207_849_484
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
_AT_A_LOCK = f"{_WAITING} AND locktype = 'advisory'"
_AT_A_ROW = f"{_WAITING} AND locktype = 'transactionid'"
_PATIENCE_S = 20
Result = TypeVar("Result")


class Racer(threading.Thread, Generic[Result]):
    """A function on a thread of its own; `result` waits for it and raises what it raised."""

    def __init__(self, function: Callable[[], Result]) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._result: list[Result] = []
        self._error: list[BaseException] = []
        self.start()

    def run(self) -> None:
        try:
            self._result.append(self._function())
        except BaseException as error:
            self._error.append(error)

    def result(self) -> Result:
        self.join(_PATIENCE_S)
        assert not self.is_alive(), "still running"
        if self._error:
            raise self._error[0]
        return self._result[0]


class Gate:
    """A place in the database's work where only transactions of the `gated` database stop while it is shut."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(
            f"""
            CREATE OR REPLACE FUNCTION stop_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF current_setting('application_name') = 'gated' THEN
                    PERFORM pg_advisory_xact_lock_shared({_GATE});
                END IF;
                RETURN NEW;
            END $$
            """
        )
        self._tables: list[str] = []
        separator = "&" if "?" in url else "?"
        self.gated = Database(f"{url}{separator}application_name=gated")

    def at_commit_of(self, *tables: str) -> None:
        """Stop a transaction that wrote rows of a table when it commits, all its work done and none of it seen."""
        self._tables += tables
        for table in tables:
            self._connection.execute(
                f"CREATE CONSTRAINT TRIGGER gate AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION stop_at_gate()"
            )

    def before(self, event: str, *tables: str) -> None:
        """Stop a transaction before its statements that insert into, update or delete from a table."""
        self._tables += tables
        for table in tables:
            self._connection.execute(
                f"CREATE TRIGGER gate BEFORE {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION stop_at_gate()"
            )

    def shut(self) -> None:
        self._connection.execute(f"SELECT pg_advisory_lock({_GATE})")

    def open(self) -> None:
        self._connection.execute(f"SELECT pg_advisory_unlock({_GATE})")

    def end_what_waits(self) -> None:
        """End the connections that wait at the gate, as when their process dies."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )

    def wait_until_waiting(self, count: int, *racers: "Racer[Any]") -> None:
        """Wait until so many transactions wait for a lock of any kind, or one of the racers is done."""
        self._wait(_WAITING, count, racers)

    def waiting_at_locks(self) -> int:
        """Return how many transactions wait for advisory locks, the gate's included."""
        found = self._connection.execute(_AT_A_LOCK.encode()).fetchone()
        return int(found[0]) if found else 0

    def wait_until_blocked(self, *racers: "Racer[Any]") -> None:
        """Wait until some transaction waits for another one's row, or one of the racers is done."""
        self._wait(_AT_A_ROW, 1, racers)

    def _wait(self, statement: str, count: int, racers: "tuple[Racer[Any], ...]") -> None:
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            found = self._connection.execute(statement.encode()).fetchone()
            if (found and found[0] >= count) or any(not racer.is_alive() for racer in racers):
                return
            time.sleep(0.005)
        raise AssertionError("nothing came to the gate")

    def close(self) -> None:
        """Let everything through and take the gate away."""
        self._connection.execute("SELECT pg_advisory_unlock_all()")
        self.gated.close()
        for table in self._tables:
            self._connection.execute(f"DROP TRIGGER gate ON {table}")
        self._connection.close()


@contextmanager
def gate(url: str) -> Iterator[Gate]:
    """Yield a gate of a PostgreSQL database, shut."""
    opened = Gate(url)
    try:
        opened.shut()
        yield opened
    finally:
        opened.close()
