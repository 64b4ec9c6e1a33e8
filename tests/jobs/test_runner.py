"""The runner: standing jobs, failures, catching up, and runs that are asked for."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from app.core.events import BEGINNING, Event
from app.jobs.runner import JobRunner
from app.jobs.table import INGEST, Job
from app.models import JobRun
from app.store.engine.database import Database
from app.store.operations.jobs import start_clocks
from app.store.outbox.events import events_after
from app.store.sql.conflicts import NotThere
from tests.support.databases import postgresql_database, postgresql_url, sqlite_database
from tests.support.site import new_site

__all__ = ["postgresql_database", "postgresql_url", "sqlite_database"]
NEVER = "0 0 29 2 *"
HOURLY = "0 * * * *"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A database in which nothing has run or happened."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    with found.write() as session:
        for table in ("job_run", "job_clock", "event"):
            session.connection().execute(text(f"DELETE FROM {table}"))
    return found


@contextmanager
def running(database: Database, *jobs: Job, on_work: Callable[[], None] = lambda: None) -> Iterator[JobRunner]:
    runner = JobRunner(database, jobs, on_work=on_work, beat_s=0.1, lease_s=0.5)
    runner.start()
    try:
        yield runner
    finally:
        runner.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def runs(database: Database, job: str) -> list[JobRun]:
    with database.read() as session:
        return list(session.scalars(select(JobRun).where(col(JobRun.job) == job).order_by(col(JobRun.id))))


def test_a_wake_runs_what_waits_for_readings_and_what_follows_on_its_work(database: Database) -> None:
    done: list[str] = []
    work = [0]

    def roll(_database: Database) -> int:
        done.append("roll")
        return work[0]

    def tell(_database: Database) -> int:
        done.append("tell")
        return 0

    told = threading.Event()
    first = Job("roll", NEVER, roll, "things", after=(INGEST,))
    with running(database, first, Job("tell", NEVER, tell, "things", after=("roll",)), on_work=told.set) as runner:
        wait_for(lambda: sorted(done) == ["roll", "tell"])
        runner.wake()
        wait_for(lambda: done.count("roll") == 2)
        assert not told.is_set()
        work[0] = 3
        runner.wake()
        wait_for(lambda: done.count("tell") == 2)
        assert told.is_set()
        assert done.count("roll") == 3


def test_a_standing_job_that_is_asked_while_it_runs_runs_again_and_never_twice_at_once(database: Database) -> None:
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)
    at_once: list[int] = [0, 0]

    def work(_database: Database) -> int:
        at_once[0] += 1
        at_once[1] = max(at_once)
        begun.release()
        go_on.acquire()
        at_once[0] -= 1
        return 0

    with running(database, Job("work", "* * * * * *", work, "things", after=(INGEST,))) as runner, ExitStack() as stack:
        stack.callback(go_on.release, 100)
        assert begun.acquire(timeout=20)
        for _ in range(5):
            runner.wake()
        time.sleep(1.2)
        assert at_once == [1, 1]
        go_on.release()
        assert begun.acquire(timeout=20)
        assert at_once == [1, 1]


def test_a_failing_standing_job_leaves_one_run_a_minute_and_tells_every_organization(database: Database) -> None:
    sites = [new_site(database), new_site(database)]
    tries: list[int] = []

    def fail(_database: Database) -> int:
        tries.append(1)
        raise ValueError("secret of another organization")

    with running(database, Job("fails", "* * * * * *", fail, "things", after=(INGEST,))):
        wait_for(lambda: len(tries) >= 3)
    (run,) = runs(database, "fails")
    with database.read() as session:
        events = [event for site in sites for event in events_of(session, site.organization_id)]

    assert (run.state, run.error) == ("failed", "ValueError: secret of another organization")
    assert [event.kind for event in events] == ["job.failed", "job.failed"]
    assert events[0].payload == {"job": "fails", "run": f"r{run.id}", "error": "ValueError"}


def events_of(session: Session, organization_id: int) -> list[Event]:
    return events_after(session, BEGINNING, organization_id=organization_id)


def test_what_was_missed_while_nobody_ran_is_made_good_once(database: Database) -> None:
    three_hours_ago = time.time_ns() // 1_000_000 - 3 * 3_600_000 - 60_000
    with database.write() as session:
        start_clocks(session, ["hourly"], now_ms=three_hours_ago)
    ran: list[int] = []

    def work(_database: Database) -> int:
        ran.append(1)
        return 7

    job = Job("hourly", HOURLY, work, "things")
    with running(database, job):
        wait_for(lambda: [run.state for run in runs(database, "hourly")] == ["succeeded"])
    with running(database, job):
        time.sleep(0.5)
    (run,) = runs(database, "hourly")

    assert len(ran) == 1
    assert run.count == 7
    assert run.scheduled_at == three_hours_ago - three_hours_ago % 3_600_000 + 3_600_000


def test_a_new_job_waits_for_its_first_fire_time(database: Database) -> None:
    ran: list[int] = []
    with running(database, Job("new", NEVER, lambda _database: len(ran), "things")):
        time.sleep(0.5)
    assert runs(database, "new") == []


def test_a_run_that_is_asked_for_is_recorded_with_who_asked(database: Database) -> None:
    with running(database, Job("work", NEVER, lambda _database: 5, "things")) as runner:
        asked = runner.request("work", requested_by="k-1")
        wait_for(lambda: [run.state for run in runs(database, "work")] == ["succeeded"])
        with pytest.raises(NotThere):
            runner.request("rest", requested_by=None)
    (run,) = runs(database, "work")

    assert (run.id, run.count, run.requested_by, run.attempt) == (asked.id, 5, "k-1", 1)


def test_a_run_that_fails_is_recorded_with_its_reason(database: Database) -> None:
    def fail(_database: Database) -> int:
        raise OSError("the disk is full")

    with running(database, Job("work", NEVER, fail, "things")) as runner:
        runner.request("work", requested_by=None)
        wait_for(lambda: [run.state for run in runs(database, "work")] == ["failed"])
    assert runs(database, "work")[0].error == "OSError: the disk is full"


def test_a_long_run_shows_life_and_is_not_taken_over(database: Database) -> None:
    begun: list[int] = []

    def work(_database: Database) -> int:
        begun.append(1)
        time.sleep(1.5)
        return 1

    job = Job("long", NEVER, work, "things")
    with running(database, job) as runner, running(database, job):
        runner.request("long", requested_by=None)
        wait_for(lambda: [run.state for run in runs(database, "long")] == ["succeeded"])
    assert len(begun) == 1
    assert runs(database, "long")[0].attempt == 1
