"""Claiming runs, keeping them alive and taking them over, on both databases."""

import pytest
from sqlalchemy import text

from app.models import JobRun
from app.store.engine.database import Database
from app.store.operations.jobs import (
    RunState,
    beat,
    claim_run,
    claimed_to,
    dead_runs,
    finish_run,
    forget_runs,
    open_run,
    run_of,
    start_clocks,
    take_over,
)
from tests.support.databases import postgresql_database, postgresql_url, sqlite_database

__all__ = ["postgresql_database", "postgresql_url", "sqlite_database"]
JOBS = {"close"}


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest) -> Database:
    """A database in which no job has run and `close` counts from 1,000."""
    database: Database = request.getfixturevalue(f"{request.param}_database")
    with database.write() as session:
        session.connection().execute(text("DELETE FROM job_run"))
        session.connection().execute(text("DELETE FROM job_clock"))
        start_clocks(session, ["close"], now_ms=1_000)
    return database


def claim(database: Database, worker: str, *, fire_at: int = 2_000, covers_to: int = 5_000) -> JobRun | None:
    with database.write() as session:
        return claim_run(session, "close", fire_at=fire_at, covers_to=covers_to, worker=worker, now_ms=5_100)


def clock(database: Database) -> int | None:
    with database.read() as session:
        return claimed_to(session, "close")


def stored(database: Database, run: JobRun | None) -> JobRun:
    assert run is not None
    assert run.id is not None
    with database.read() as session:
        return run_of(session, "close", run.id)


def test_a_fire_time_is_claimed_by_one_worker_alone(history: Database) -> None:
    first, second = claim(history, "a"), claim(history, "b")

    assert first is not None
    assert second is None
    assert stored(history, first).worker == "a"
    assert clock(history) == 5_000


def test_a_late_claim_does_not_turn_the_clock_back(history: Database) -> None:
    assert claim(history, "a", fire_at=2_000, covers_to=9_000) is not None
    assert claim(history, "b", fire_at=2_000, covers_to=3_000) is None
    assert clock(history) == 9_000


def test_a_clock_that_runs_is_not_started_again(history: Database) -> None:
    with history.write() as session:
        start_clocks(session, ["close", "new"], now_ms=8_000)
        assert (claimed_to(session, "close"), claimed_to(session, "new")) == (1_000, 8_000)
        assert claimed_to(session, "unknown") is None


def test_only_a_run_that_shows_no_life_is_dead(history: Database) -> None:
    run = claim(history, "a")
    assert run is not None
    assert run.id is not None
    with history.write() as session:
        assert dead_runs(session, JOBS, silent_since=5_100) == []
        assert [each.id for each in dead_runs(session, JOBS, silent_since=5_101)] == [run.id]
        assert dead_runs(session, {"another"}, silent_since=5_101) == []
        beat(session, [run.id], worker="a", now_ms=6_000)
        assert dead_runs(session, JOBS, silent_since=6_000) == []


def test_a_dead_run_is_taken_over_once_and_its_first_worker_can_no_longer_finish_it(history: Database) -> None:
    run = claim(history, "a")
    with history.read() as session:
        (seen_by_b,) = dead_runs(session, JOBS, silent_since=9_000)
        session.expunge_all()
    with history.read() as session:
        (seen_by_c,) = dead_runs(session, JOBS, silent_since=9_000)
        session.expunge_all()
    with history.write() as session:
        taken = take_over(session, seen_by_b, worker="b", now_ms=9_000)
    with history.write() as session:
        assert take_over(session, seen_by_c, worker="c", now_ms=9_001) is None
    with history.write() as session:
        assert run is not None
        assert not finish_run(session, run, count=1, error=None, now_ms=9_100)
        beat(session, [run.id or 0], worker="a", now_ms=99_000)
    with history.write() as session:
        assert taken is not None
        assert finish_run(session, taken, count=2, error=None, now_ms=9_200)

    done = stored(history, run)
    assert (done.worker, done.attempt, done.state, done.count) == ("b", 2, RunState.SUCCEEDED, 2)
    assert done.finished_at == 9_200


def test_a_run_that_shows_life_before_it_is_taken_over_is_left_alone(history: Database) -> None:
    run = claim(history, "a")
    with history.read() as session:
        (seen,) = dead_runs(session, JOBS, silent_since=9_000)
        session.expunge_all()
    with history.write() as session:
        beat(session, [seen.id or 0], worker="a", now_ms=8_999)
        assert take_over(session, seen, worker="b", now_ms=9_000) is None
    assert stored(history, run).worker == "a"


def test_a_run_in_which_three_processes_died_is_given_up(history: Database) -> None:
    run = claim(history, "a")
    for attempt, worker in enumerate("bcd"):
        with history.write() as session:
            (dead,) = dead_runs(session, JOBS, silent_since=10_000 * (attempt + 1))
            take_over(session, dead, worker=worker, now_ms=10_000 * (attempt + 1))

    failed = stored(history, run)
    assert (failed.state, failed.worker, failed.attempt) == (RunState.FAILED, "c", 3)
    assert failed.error == "the process died in each of 3 attempts"


def test_runs_that_are_asked_for_never_take_the_name_of_a_fire_time(history: Database) -> None:
    with history.write() as session:
        runs = [open_run(session, "close", requested_by="k", worker="a", now_ms=3_999) for _ in range(3)]

    assert [run.scheduled_at for run in runs] == [3_999, 4_001, 4_002]
    assert clock(history) == 1_000


def test_history_is_forgotten_and_the_claims_stand(history: Database) -> None:
    run = claim(history, "a")
    assert run is not None
    with history.write() as session:
        finish_run(session, run, count=0, error=None, now_ms=6_000)
        assert forget_runs(session, before_ms=6_000) == 0
        assert forget_runs(session, before_ms=6_001) == 1
    assert clock(history) == 5_000
