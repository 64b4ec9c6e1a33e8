"""A request waits for the one writer of a SQLite file as long as it may, and is busy then; a job waits on."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.settings import Settings
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseBusy, WriterBusy
from app.store.engine.queue_lock import QueueLock
from app.store.engine.time_limits import Purpose, TimeLimits, working_for
from tests.conftest import ADMIN_KEY, Make
from tests.support.company import READINGS
from tests.support.problems import assert_problem

WAIT_S = 0.2
MUCH_LONGER_S = 5.0
"""Less than SQLite waits by itself."""


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "esg.db"))


@pytest.fixture
def databases(path: Path) -> Iterator[list[Database]]:
    """The database as two processes have it."""
    opened = [Database(f"sqlite:///{path}", limits=TimeLimits(queue_s=WAIT_S)) for _ in range(2)]
    yield opened
    for each in opened:
        each.close()


def write(database: Database) -> None:
    with database.write() as session:
        session.connection().execute(text("INSERT INTO job_clock (job, claimed_to) VALUES ('never', 1)"))


def rows(database: Database) -> int:
    with database.read() as session:
        return int(session.connection().execute(text("SELECT count(*) FROM job_clock")).scalar_one())


@contextmanager
def writing_by_a_program_without_the_queue(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def writing(database: Database) -> Iterator[None]:
    """Have another thread write until the block ends."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write():
            begun.set()
            over.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(30)
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("who", ["a thread", "a process", "a program"])
def test_a_request_that_has_waited_as_long_as_it_may_is_busy_and_nothing_of_it_is_stored(
    databases: list[Database], path: Path, who: str
) -> None:
    database, other = databases
    holding = {
        "a thread": writing(database),
        "a process": writing(other),
        "a program": writing_by_a_program_without_the_queue(path),
    }[who]
    before = rows(database)
    with holding:
        began = time.monotonic()
        with working_for(Purpose.REQUEST), pytest.raises(DatabaseBusy):
            write(database)
        assert WAIT_S / 2 < time.monotonic() - began < MUCH_LONGER_S
        assert rows(database) == before
    with working_for(Purpose.REQUEST):
        write(database)
    assert rows(database) == before + 1
    assert database.takes_writes


def test_a_job_waits_until_the_writer_is_free(databases: list[Database]) -> None:
    database = databases[0]
    before = rows(database)

    def run_job() -> None:
        with working_for(Purpose.JOB):
            write(database)

    thread = threading.Thread(target=run_job)
    with writing(database):
        thread.start()
        time.sleep(3 * WAIT_S)
        assert thread.is_alive()
    thread.join(30)
    assert rows(database) == before + 1


def test_who_gave_up_is_no_longer_in_the_queue(databases: list[Database]) -> None:
    lock = QueueLock()
    with lock:
        assert not lock.acquire(0.01)
    assert lock.acquire(0.01)
    lock.release()
    with writing(databases[0]), working_for(Purpose.REQUEST), pytest.raises(WriterBusy):
        write(databases[0])
    write(databases[0])


@pytest.fixture
def settings(path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{path}", admin_key=ADMIN_KEY, write_wait_s=WAIT_S)


@pytest.fixture
def database_url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_posts_that_wait_too_long_are_503_and_stored_when_they_are_sent_again(
    client: httpx.Client, path: Path, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    for make in (make_organization, make_plant, make_meter):
        make()
    body = {"readings": [{"meter": "grid", "timestamp": "2025-03-01T00:00:00Z", "value": 1}]}
    with writing_by_a_program_without_the_queue(path):
        refused = client.post(READINGS, json=body)
    assert_problem(refused, 503, "busy")
    assert refused.headers["Retry-After"] == "1"
    assert client.get(READINGS).json()["items"] == []
    assert client.post(READINGS, json=body).json()["inserted"] == 1
