"""A disk that takes no writes: 503 with Retry-After, nothing half stored, and readings go in once it does again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import httpx
import psycopg
import pytest
from sqlalchemy import text

from app.store.engine.database import Database
from app.store.engine.outages import DatabaseAway
from app.store.engine.room import try_room
from tests.conftest import own_database
from tests.lanes.test_outages import POSTS, until
from tests.support.company import READINGS, Company, counts, found, post, reading
from tests.support.problems import assert_problem
from tests.support.processes import serving

Tried: TypeAlias = tuple[dict[str, httpx.Response], httpx.Response, httpx.Response, httpx.Response]
"""The answers to posts, by lane; whether it was ready and alive; and whether it could be read."""


@contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    """Have the file system refuse every write to these files and folders, by those who have them open too."""
    made = subprocess.run(["chattr", "+i", *map(str, paths)], capture_output=True)
    if made.returncode:
        subprocess.run(["chattr", "-i", *map(str, paths)], capture_output=True)
        pytest.skip("no file can be made immutable here")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *map(str, paths)], check=True)


def try_all(company: Company) -> Tried:
    """Post by each lane, then ask whether it is ready and alive, and for what is stored."""
    refused = {lane: take(company, 1) for lane, take in POSTS.items()}
    ready, live = company.admin.get("/health/ready"), company.admin.get("/health/live")
    return refused, ready, live, company.admin.get("/v1/organizations/acme/meters")


def check(company: Company, tried: Tried) -> None:
    """Every post was refused with nothing of it stored, and is taken now."""
    refused, ready, live, readable = tried
    until(lambda: company.admin.get("/health/ready").status_code == 200)
    before = company.admin.get(READINGS).json()["items"]
    again = {lane: take(company, 1) for lane, take in POSTS.items()}
    for answer in refused.values():
        assert answer.headers["Retry-After"] == "5"
        assert_problem(answer, 503, "database_unavailable")
    assert [each["code"] for each in assert_problem(ready, 503, "not_ready")["errors"]] == ["database_away"]
    assert (live.status_code, readable.status_code) == (200, 200)
    assert len(before) == 1
    assert [counts(answer)[1] for answer in again.values()] == [1, 1, 1440]
    assert "request failed" not in company.server.output()


def test_sqlite_files_that_take_no_writes_are_503_in_every_lane_and_taken_when_they_do_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    url = f"sqlite:///{folder / 'esg.db'}"
    with serving(url, ESG_KEY_CACHE_S="600") as (server,), found(server, url) as company:
        assert post(company.admin, reading(0, 1)).status_code == 200
        with read_only(folder, folder / "esg.db", folder / "esg.db-wal"):
            tried = try_all(company)
        check(company, tried)


def test_a_connection_to_a_file_that_took_no_writes_is_not_kept_when_it_does_again(tmp_path: Path) -> None:
    """SQLite has opened it for reading alone, and would refuse to write by it for good."""
    folder = tmp_path / "data"
    folder.mkdir()
    other = Database(f"sqlite:///{folder / 'esg.db'}")  # keeps the log there, without which nothing can be read then
    write(other, "CREATE TABLE room (x integer)")
    database = Database(f"sqlite:///{folder / 'esg.db'}", pool_size=1)
    insert = "INSERT INTO room VALUES (1)"
    with read_only(folder, folder / "esg.db", folder / "esg.db-wal"), database.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM room")).scalar_one() == 0
    with pytest.raises(DatabaseAway):
        write(database, insert)
    write(database, insert)
    database.close()
    other.close()


def write(database: Database, statement: str) -> None:
    with database.write() as session:
        session.connection().execute(text(statement))


def test_postgresql_that_takes_no_writes_is_503_in_every_lane_and_taken_when_it_does_again(
    postgresql_template: str,
) -> None:
    """As a server is whose storage has been made read-only, or that has become a standby."""
    with (
        own_database(postgresql_template) as url,
        serving(url, ESG_KEY_CACHE_S="600") as (server,),
        found(server, url) as company,
    ):
        assert post(company.admin, reading(0, 1)).status_code == 200
        set_read_only(url, "on")
        tried = try_all(company)
        set_read_only(url, "off")
        check(company, tried)


def test_a_connection_that_was_in_use_when_writes_went_through_again_writes_nothing(postgresql_template: str) -> None:
    """It was opened while the server took none, and would refuse whoever has it next."""
    with own_database(postgresql_template) as url:
        database = Database(url, pool_size=2)
        set_read_only(url, "on")
        with pytest.raises(DatabaseAway):
            write(database, "DELETE FROM mark")
        with database.read() as session:
            session.connection().execute(text("SELECT 1"))
            set_read_only(url, "off")
            try_room(database)
        for _ in range(2):  # one by each connection of the pool
            write(database, "DELETE FROM mark")
        database.close()


def set_read_only(url: str, value: str) -> None:
    """Set it for the database, and end every session when it is set, so that it counts for all.

    Sessions that began meanwhile refuse to write for good: they are to be dropped by whom they refused.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'.encode())
        if value == "off":
            return
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            (name,),
        )
