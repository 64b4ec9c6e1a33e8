"""The plainest durable ways to store the same rows, each batch a transaction.

Raw is meter_id, at and value under the same primary key and nothing else; own is the service's reading table.
"""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg

from bench.copying import copy_bytes, copy_statement
from bench.lab import Backend
from bench.rows import Rows

_TABLE = "raw_reading"


class Raw(Protocol):
    """A raw table. What it stores is made ready beforehand, as the bodies sent to the service are."""

    name: str

    def ready(self, rows: Rows) -> Any:
        """Return a batch in the shape `seconds` takes."""

    def seconds(self, batches: Sequence[Any]) -> float:
        """Store the batches, a durable transaction each, and return the seconds it took."""

    def close(self) -> None:
        """Close the connection."""


class RawCopy:
    """PostgreSQL: binary COPY from bytes that are ready, with default durability."""

    def __init__(self, url: str, *, keyed: bool = True) -> None:
        self.name = "raw COPY" if keyed else "raw COPY without a key"
        self._connection = psycopg.connect(url, autocommit=True)
        key = ", PRIMARY KEY (meter_id, at)" if keyed else ""
        columns = "meter_id int NOT NULL, at bigint NOT NULL, value bigint NOT NULL"
        self._connection.execute(f"CREATE TABLE {_TABLE} ({columns}{key})".encode())

    def ready(self, rows: Rows) -> tuple[bytes, bytes]:
        """Return the statement and the bytes of a binary COPY."""
        columns = {"meter_id": (">i4", rows.meter), "at": (">i8", rows.at), "value": (">i8", rows.micro)}
        return copy_statement(_TABLE, columns), copy_bytes(len(rows), columns)

    def seconds(self, batches: Sequence[tuple[bytes, bytes]]) -> float:
        """Store the batches, a transaction each."""
        started = time.perf_counter()
        with self._connection.cursor() as cursor:
            for statement, batch in batches:
                with cursor.copy(statement) as copy:
                    copy.write(batch)
        return time.perf_counter() - started

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class RawExecutemany:
    """SQLite: executemany from tuples that are ready, with a write-ahead log and synchronous FULL."""

    name = "raw executemany"

    def __init__(self, url: str) -> None:
        self._connection = sqlite_connection(url)
        columns = "meter_id INTEGER NOT NULL, at INTEGER NOT NULL, value INTEGER NOT NULL"
        self._connection.execute(f"CREATE TABLE {_TABLE} ({columns}, PRIMARY KEY (meter_id, at)) WITHOUT ROWID")

    def ready(self, rows: Rows) -> list[tuple[int, int, int]]:
        """Return the rows as tuples."""
        return list(zip(rows.meter.tolist(), rows.at.tolist(), rows.micro.tolist(), strict=True))

    def seconds(self, batches: Sequence[list[tuple[int, int, int]]]) -> float:
        """Store the batches, a transaction each."""
        started = time.perf_counter()
        for batch in batches:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?, ?)", batch)
            self._connection.execute("COMMIT")
        return time.perf_counter() - started

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def raw_table(backend: Backend, url: str) -> Raw:
    """Return a raw table with the key, in an empty database."""
    return RawExecutemany(url) if backend is Backend.SQLITE else RawCopy(url)


def sqlite_connection(url: str) -> sqlite3.Connection:
    """Return a connection as durable as the service's, and with as large a cache."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
