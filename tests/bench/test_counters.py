"""What a database takes of the disk is counted with what waits in memory and in the log."""

import os
import sqlite3
from pathlib import Path

import pytest

from bench.counters import Disk, Stored, stored


def test_the_device_counts_what_is_written_to_a_file(tmp_path: Path) -> None:
    try:
        disk = Disk(tmp_path)
    except FileNotFoundError:
        pytest.skip("the temporary folder lies on no block device")
    before = disk.written()
    (tmp_path / "file").write_bytes(os.urandom(3_000_000))
    assert disk.written() - before >= 3_000_000


def test_rows_that_stand_in_the_log_of_sqlite_alone_are_counted_as_stored(tmp_path: Path) -> None:
    path = tmp_path / "bench.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (content)")
    connection.execute("INSERT INTO t VALUES (randomblob(1000000))")
    assert path.stat().st_size < 10_000
    found = stored(f"sqlite:///{path}")
    assert 1_000_000 < found.whole < 1_020_000
    assert not found.tables or 1_000_000 < found.tables["t"] <= found.whole
    connection.close()


def test_a_reader_that_keeps_the_log_from_being_emptied_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bench.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE t (content)")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM t").fetchall()
    writer.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(RuntimeError, match="keeps its log from being emptied"):
        stored(f"sqlite:///{path}", patience_s=0.1)
    reader.close()
    writer.close()


def test_what_was_added_is_told_by_table_in_bytes_a_row() -> None:
    before, after = Stored(100, {"a": 60, "b": 40}), Stored(1_140, {"a": 70, "b": 1_040, "c": 30})
    assert after.since(before) == Stored(1_040, {"a": 10, "b": 1_000, "c": 30})
    assert after.since(before).largest(2, rows=100) == "b 10.00, c 0.30"
