"""What a database takes of the disk: bytes the device was told to write, bytes that are stored, bytes of the log."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

_SECTOR = 512
"""The unit of the kernel's counters, whatever the device's own sectors are."""
_SECTORS_WRITTEN = 6
_TABLES = """
    SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'm')
"""
_TABLES_OF_SQLITE = """
    SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes a database takes: all of it, and each table with its indexes, which SQLite may be built not to tell."""

    whole: int
    tables: Mapping[str, int]

    def since(self, before: "Stored") -> "Stored":
        """Return what was added."""
        added = {table: size - before.tables.get(table, 0) for table, size in self.tables.items()}
        return Stored(self.whole - before.whole, added)

    def largest(self, count: int, *, rows: int) -> str:
        """Return the largest tables with their bytes a row, as text."""
        tables = sorted(self.tables.items(), key=lambda item: -item[1])[:count]
        return ", ".join(f"{table} {size / rows:.2f}" for table, size in tables)


class Disk:
    """The device a folder lies on, and what it has been told to write, by whomever: leave the machine alone."""

    def __init__(self, folder: Path) -> None:
        number = folder.stat().st_dev
        self._counters = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
        if not self._counters.exists():
            raise FileNotFoundError(
                f"{folder} lies on no block device whose writes are counted; choose another --folder"
            )

    def written(self) -> int:
        """Return the bytes written since the machine started, after everything that waited in memory was written."""
        os.sync()
        return int(self._counters.read_text().split()[_SECTORS_WRITTEN]) * _SECTOR


def write_back(url: str, *, patience_s: float = 30.0) -> None:
    """Have the database write to its data files what stands in its log alone.

    Raises RuntimeError when something keeps SQLite from doing so.
    """
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_file(url), timeout=patience_s)) as file:
            busy, *_ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise RuntimeError(f"something reads {url} and keeps its log from being emptied")
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def stored(url: str, *, patience_s: float = 30.0) -> Stored:
    """Return what the tables and indexes take after the vacuum that the database would soon make by itself.

    That one gives back the free pages at a table's end and no others. SQLite's whole is the size of its file.
    """
    if url.startswith("sqlite"):
        write_back(url, patience_s=patience_s)
        with closing(sqlite3.connect(_file(url))) as file:
            try:
                tables = dict(file.execute(_TABLES_OF_SQLITE).fetchall())
            except sqlite3.OperationalError:  # built without dbstat
                tables = {}
        return Stored(_file(url).stat().st_size, tables)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        tables = {str(table): int(size) for table, size in connection.execute(_TABLES)}
    return Stored(sum(tables.values()), tables)


def log_position(url: str) -> int:
    """Return how many bytes PostgreSQL's write-ahead log has taken since the server was made."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
    assert found is not None
    return int(found[0])


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
