"""An outage of the database is told from a fault of the program, by what the driver itself raises."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.exc import OperationalError as Operational

from app.core.readings.columns import NO_START
from app.core.readings.versions import StoredColumns
from app.store.engine.database import Database
from app.store.engine.outages import (
    DatabaseAway,
    DatabaseBusy,
    DatabaseUnavailable,
    StatementTooLong,
    StorageFull,
    TransactionUndone,
    WritesRefused,
    outage_of,
)
from app.store.engine.room import try_room
from app.store.pages.page_writing import insert_pages
from app.store.sql.columns import driver
from app.store.upkeep.health import ServiceNotReady, check_ready
from tests.support.refusals import refusing
from tests.support.site import Site, new_site

STATES = [
    ("08006", DatabaseAway),
    ("25006", WritesRefused),
    ("25P03", StatementTooLong),
    ("28P01", DatabaseAway),
    ("3D000", DatabaseAway),
    ("40001", TransactionUndone),
    ("40P01", TransactionUndone),
    ("53100", StorageFull),
    ("53200", DatabaseBusy),
    ("53300", DatabaseAway),
    ("55P03", DatabaseBusy),
    ("57014", StatementTooLong),
    ("57P01", DatabaseAway),
    ("57P03", DatabaseAway),
    ("58030", DatabaseAway),
    ("22003", None),
    ("23505", None),
    ("42703", None),
    ("XX000", None),
]


@pytest.mark.parametrize(("sqlstate", "kind"), STATES)
def test_postgresql_says_by_its_sqlstate_what_it_is(
    postgresql_database: Database, sqlstate: str, kind: type[DatabaseUnavailable] | None
) -> None:
    """The server raises it, once through SQLAlchemy and once through the driver's own connection."""
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$"
    expected: type[Exception] = kind or DBAPIError
    with pytest.raises(expected) as wrapped, postgresql_database.write() as session:
        session.connection().execute(text(raising))
    with pytest.raises(kind or psycopg.Error) as bare, postgresql_database.write() as session:
        driver(session).execute(raising)

    assert kind is None or (type(wrapped.value), type(bare.value)) == (kind, kind)


def test_an_administrator_who_ends_the_connection_is_an_outage_and_the_next_transaction_goes_through(
    postgresql_database: Database,
) -> None:
    for by_driver in (False, True):
        with pytest.raises(DatabaseAway):
            ask_with_a_connection_that_was_ended(postgresql_database, by_driver=by_driver)
        with postgresql_database.read() as session:
            assert session.connection().execute(text("SELECT 1")).scalar_one() == 1


def ask_with_a_connection_that_was_ended(database: Database, *, by_driver: bool) -> None:
    with database.write() as session:
        connection = session.connection()
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with database.write() as other:
            other.connection().execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        if by_driver:
            driver(session).execute("SELECT 1")
        else:
            connection.execute(text("SELECT 1"))


def test_a_full_disk_under_copy_is_a_full_storage(postgresql_database: Database) -> None:
    site = new_site(postgresql_database)
    meter = site.meter()
    page = StoredColumns(
        meter=np.array([meter.id], dtype=np.int32),
        at=np.array([1_614_556_800_000]),
        value=np.array([1_000_000]),
        quality=np.array([1], dtype=np.int16),
        start=np.array([NO_START]),
        revision=np.array([1], dtype=np.int16),
        batch=np.array([1]),
    )
    with (
        refusing(postgresql_database, "reading_page", sqlstate="53100"),
        pytest.raises(StorageFull),
        postgresql_database.write() as session,
    ):
        insert_pages(session, site.organization_id, [page])


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A SQLite database that may not grow by a page, on one connection."""
    path = shutil.copy(sqlite_template, tmp_path / "small.db")
    opened = Database(f"sqlite:///{path}", pool_size=1)
    limit(opened, 1)
    yield opened
    opened.close()


def limit(database: Database, pages: int) -> None:
    """Let the file of a database with one connection have so many pages, or all it has if that is more."""
    with database.read() as session:
        session.connection().execute(text(f"PRAGMA max_page_count={pages}"))


def test_a_full_sqlite_file_is_a_full_storage_until_there_is_room(small: Database) -> None:
    assert small.takes_writes
    for _ in range(2):
        with pytest.raises(StorageFull):
            try_room(small)
        assert not small.takes_writes
        with pytest.raises(ServiceNotReady, match="no room"):
            check_ready(small)

    limit(small, 1_000_000)

    check_ready(small)
    assert small.takes_writes
    with small.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM room_probe")).scalar_one() == 0


def test_a_small_write_that_goes_through_does_not_tell_that_there_is_room_again(small: Database) -> None:
    with pytest.raises(StorageFull):
        try_room(small)
    with small.write() as session:
        session.connection().execute(text("UPDATE job_clock SET claimed_to = claimed_to"))
    assert not small.takes_writes
    with pytest.raises(ServiceNotReady, match="no room"):
        check_ready(small)


def test_a_fault_of_the_program_does_not_say_that_the_database_takes_no_writes(site: Site) -> None:
    check_ready(site.database)
    with pytest.raises((Operational, ProgrammingError)), site.database.write() as session:
        session.connection().execute(text("INSERT INTO nowhere VALUES (1)"))
    assert site.database.takes_writes


def test_a_sqlite_file_that_cannot_be_opened_is_away(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'esg.db'}")
    with pytest.raises(DatabaseAway), database.read() as session:
        session.connection().execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseBusy),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, DatabaseBusy),
        (sqlite3.SQLITE_IOERR_WRITE, DatabaseAway),
        (sqlite3.SQLITE_READONLY_DIRECTORY, DatabaseAway),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, DatabaseAway),
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_NOMEM, DatabaseBusy),
        (sqlite3.SQLITE_INTERRUPT, StatementTooLong),
        (sqlite3.SQLITE_ERROR, None),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, None),
        (sqlite3.SQLITE_CORRUPT, None),
    ],
)
def test_sqlite_says_by_its_code_what_it_is(code: int, kind: type[DatabaseUnavailable] | None) -> None:
    error = sqlite3.OperationalError("on purpose")
    error.sqlite_errorcode = code
    assert outage_of(error) is kind


def test_a_pool_without_a_free_connection_is_busy(postgresql_url: str) -> None:
    database = Database(postgresql_url, pool_size=1)
    database.engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    with database.read() as session:
        session.connection()
        with pytest.raises(DatabaseBusy), database.read() as other:
            other.connection()
    database.close()


def test_the_address_of_a_database_may_say_how_long_it_is_waited_for() -> None:
    stated = Database("postgresql://user@host/name?connect_timeout=2").url.query
    assert (stated["connect_timeout"], stated["tcp_user_timeout"]) == ("2", "20000")
    assert Database("postgresql://user@host/name").url.query["connect_timeout"] == "5"
