"""What a database takes of the disk: bytes the device was told to write, bytes that are stored, bytes of the log."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

_SECTOR = 512
"""The unit of the kernel's counters, whatever the device's own sectors are."""
_SECTORS_WRITTEN = 6
_STORED = """
    SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'm')
"""


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


def stored_bytes(url: str, *, patience_s: float = 30.0) -> int:
    """Return what the tables and indexes take after the vacuum that the database would soon make by itself.

    That one gives back the free pages at a table's end and no others. SQLite's is the size of its file.
    """
    if url.startswith("sqlite"):
        write_back(url, patience_s=patience_s)
        return _file(url).stat().st_size
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        found = connection.execute(_STORED).fetchone()
    assert found is not None
    return int(found[0])


def log_position(url: str) -> int:
    """Return how many bytes PostgreSQL's write-ahead log has taken since the server was made."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()
    assert found is not None
    return int(found[0])


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
