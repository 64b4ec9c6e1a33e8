"""What the database may work for a request ends at its limit; for a job, a command and a commit it goes on."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from app.store.engine.database import Database
from app.store.engine.outages import StatementTooLong
from app.store.engine.time_limits import Purpose, TimeLimits, working_for

LIMITS = TimeLimits(request_s=0.2, job_s=20, idle_s=0.3)
COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT count(*) FROM n"
LONG = {"sqlite": COUNTING.format(2_000_000), "postgresql": "SELECT pg_sleep(0.6)"}
"""More than 0.2 s of work on any machine, and much less than 20."""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, pool_size=1, limits=LIMITS)
    yield opened
    opened.close()


def run(database: Database, statement: str) -> object:
    with database.read() as session:
        return session.connection().execute(text(statement)).scalar()


def write(database: Database, then: Callable[[Session], object]) -> None:
    """Write a row, do something else, and read, in one transaction."""
    with database.write() as session:
        session.connection().execute(text("INSERT INTO job_clock (job, claimed_to) VALUES ('never', 1)"))
        then(session)
        session.connection().execute(text("SELECT 1"))


def test_a_statement_of_a_request_is_broken_off_and_those_of_others_are_not(database: Database) -> None:
    """All on one connection, on which no limit is left behind."""
    long = LONG["sqlite" if database.is_sqlite else "postgresql"]
    for _ in range(2):
        began = time.monotonic()
        with working_for(Purpose.REQUEST), pytest.raises(StatementTooLong):
            run(database, long)
        assert time.monotonic() - began < 3
        run(database, long)
        with working_for(Purpose.JOB):
            run(database, long)


def test_what_a_transaction_wrote_before_its_limit_is_not_stored(database: Database) -> None:
    long = LONG["sqlite" if database.is_sqlite else "postgresql"]
    before = run(database, "SELECT count(*) FROM job_clock")
    with working_for(Purpose.REQUEST), pytest.raises(StatementTooLong):
        write(database, lambda session: session.connection().execute(text(long)))
    assert run(database, "SELECT count(*) FROM job_clock") == before
    assert database.takes_writes


def test_a_transaction_of_a_request_that_stands_idle_is_ended_by_postgresql(postgresql_url: str) -> None:
    """Else a process that was stopped with a lock in hand would hold up everybody."""
    database = Database(postgresql_url, pool_size=1, limits=LIMITS)
    with working_for(Purpose.REQUEST):
        with pytest.raises(StatementTooLong):
            write(database, lambda _: time.sleep(0.8))
        assert run(database, "SELECT count(*) FROM job_clock WHERE job = 'never'") == 0
    database.close()


def test_rows_that_somebody_is_slow_to_take_are_no_work_of_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}", limits=LIMITS)
    with working_for(Purpose.REQUEST), database.read() as session:
        rows = session.connection().execute(text("SELECT 1 UNION ALL SELECT 2"))
        time.sleep(0.8)
        assert len(rows.fetchall()) == 2
        assert session.connection().execute(text(COUNTING.format(1_000))).scalar_one() == 1_000
    database.close()


def test_a_commit_waits_for_as_long_as_it_takes(postgresql_url: str) -> None:
    """A trigger that is deferred to the commit stands in for a standby that is waited for."""
    database = Database(postgresql_url, pool_size=1, limits=LIMITS)
    with database.write() as session:
        body = "'BEGIN PERFORM pg_sleep(0.6); RETURN NULL; END'"
        waiting = f"CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS {body}"
        session.connection().execute(text(waiting))
        deferred = "CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON job_clock DEFERRABLE INITIALLY DEFERRED"
        session.connection().execute(text(f"{deferred} FOR EACH ROW EXECUTE FUNCTION wait()"))
    with working_for(Purpose.REQUEST), database.write() as session:
        session.connection().execute(text("INSERT INTO job_clock (job, claimed_to) VALUES ('late', 1)"))
    assert run(database, "SELECT count(*) FROM job_clock WHERE job = 'late'") == 1
    assert run(database, "SHOW statement_timeout") == "0"
    database.close()
