"""Claiming runs of jobs, keeping them alive, taking over those that died, and their history."""

import math
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from app.models import JobClock, JobRun, id_of
from app.store.audit.capture import note
from app.store.audit.chain import SERVICE
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import Page, decode_cursor, page_of

_MOST_ATTEMPTS = 3


class RunState(StrEnum):
    """How a run of a job stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


def start_clocks(session: Session, jobs: Iterable[str], *, now_ms: int) -> None:
    """Have the fire times of jobs that were never seen before count from now; others go on where they were."""
    rows = [{"job": job, "claimed_to": now_ms} for job in jobs]
    if rows:
        session.connection().execute(_insert(session, JobClock).values(rows).on_conflict_do_nothing())


def claimed_to(session: Session, job: str) -> int | None:
    """Return up to when (UTC ms) the job's fire times are claimed; None for a job that was never seen."""
    return session.exec(select(JobClock.claimed_to).where(JobClock.job == job)).one_or_none()


def last_claim_s(session: Session) -> float:
    """Return the latest fire time (Unix time) that any process has claimed of any job; not a number before the first.

    A job comes due each minute, so an older one says that no process runs jobs.
    """
    latest = session.exec(select(func.max(JobClock.claimed_to))).one()
    return math.nan if latest is None else latest / 1_000


def claim_run(session: Session, job: str, *, fire_at: int, covers_to: int, worker: str, now_ms: int) -> JobRun | None:
    """Claim the run of a fire time for this worker; None when another process has it."""
    run = _new_run(job, scheduled_at=fire_at, requested_by=None, worker=worker, now_ms=now_ms)
    claimed = _insert_run(session, run)
    clock = update(JobClock).where(col(JobClock.job) == job, col(JobClock.claimed_to) < covers_to)
    session.connection().execute(clock.values(claimed_to=covers_to))
    return claimed


def open_run(session: Session, job: str, *, requested_by: str | None, worker: str, now_ms: int) -> JobRun:
    """Record a run that begins now because somebody asked for it; its instant is never a fire time's whole second."""
    at = now_ms
    while True:
        if at % 1_000:
            run = _new_run(job, scheduled_at=at, requested_by=requested_by, worker=worker, now_ms=now_ms)
            opened = _insert_run(session, run)
            if opened is not None:
                note(session, SERVICE, "job run", f"{job}/r{opened.id}", after={"requested_by": requested_by})
                return opened
        at += 1


def beat(session: Session, run_ids: Collection[int], *, worker: str, now_ms: int) -> None:
    """Show that these runs of the worker are alive; those taken over from it are not touched."""
    alive = update(JobRun).where(
        col(JobRun.id).in_(run_ids), col(JobRun.worker) == worker, col(JobRun.finished_at).is_(None)
    )
    session.connection().execute(alive.values(heartbeat_at=now_ms))


def dead_runs(session: Session, jobs: Collection[str], *, silent_since: int) -> Sequence[JobRun]:
    """Return unfinished runs of these jobs that have shown no life since an instant."""
    unfinished = select(JobRun).where(col(JobRun.finished_at).is_(None), JobRun.heartbeat_at < silent_since)
    return session.exec(unfinished.where(col(JobRun.job).in_(jobs))).all()


def take_over(session: Session, run: JobRun, *, worker: str, now_ms: int) -> JobRun | None:
    """Take over a run that died; None when another process was faster, or when it has died too often and failed."""
    mine = update(JobRun).where(*_still(run), col(JobRun.heartbeat_at) == run.heartbeat_at)
    if run.attempt >= _MOST_ATTEMPTS:
        words = f"the process died in each of {run.attempt} attempts"
        failed = mine.values(state=RunState.FAILED, finished_at=now_ms, error=words)
        session.connection().execute(failed)
        return None
    taken = mine.values(worker=worker, attempt=run.attempt + 1, heartbeat_at=now_ms)
    if session.connection().execute(taken).rowcount == 0:
        return None
    return session.exec(select(JobRun).where(JobRun.id == run.id).execution_options(populate_existing=True)).one()


def finish_run(session: Session, run: JobRun, *, count: int | None, error: str | None, now_ms: int) -> bool:
    """Record what came of a run; False when it was taken over meanwhile, and so is another worker's to finish."""
    state = RunState.SUCCEEDED if error is None else RunState.FAILED
    done = update(JobRun).where(*_still(run))
    values = done.values(state=state, finished_at=now_ms, heartbeat_at=now_ms, count=count, error=error)
    return session.connection().execute(values).rowcount == 1


def run_of(session: Session, job: str, run_id: int) -> JobRun:
    """Return a run of a job; raises NotThere."""
    run = session.exec(select(JobRun).where(JobRun.job == job, JobRun.id == run_id)).one_or_none()
    if run is None:
        raise NotThere("The job has no such run")
    return run


def run_page(session: Session, job: str, *, cursor: str | None, limit: int) -> Page[JobRun]:
    """Return a job's runs, newest first; raises BadCursor."""
    query = select(JobRun).where(JobRun.job == job).order_by(col(JobRun.id).desc()).limit(limit + 1)
    if cursor:
        query = query.where(col(JobRun.id) < decode_cursor(cursor, int)[0])
    return page_of(session.exec(query).all(), limit, lambda run: (id_of(run),))


def last_runs(session: Session) -> dict[str, JobRun]:
    """Return the newest run of each job that has one."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    return {run.job: run for run in session.exec(select(JobRun).where(col(JobRun.id).in_(newest)))}


def last_successes(session: Session) -> dict[str, int]:
    """Return when (UTC ms) each job last succeeded, of those that ever did and whose runs are kept."""
    done = select(JobRun.job, func.max(JobRun.finished_at)).where(JobRun.state == RunState.SUCCEEDED)
    return {job: finished for job, finished in session.exec(done.group_by(JobRun.job)) if finished is not None}


def forget_runs(session: Session, *, before_ms: int) -> int:
    """Delete runs that ended before an instant; return how many."""
    return session.exec(delete(JobRun).where(col(JobRun.finished_at) < before_ms)).rowcount


def _new_run(job: str, *, scheduled_at: int, requested_by: str | None, worker: str, now_ms: int) -> JobRun:
    return JobRun(
        job=job,
        scheduled_at=scheduled_at,
        requested_by=requested_by,
        state=RunState.RUNNING,
        worker=worker,
        attempt=1,
        started_at=now_ms,
        heartbeat_at=now_ms,
    )


def _insert_run(session: Session, run: JobRun) -> JobRun | None:
    statement = _insert(session, JobRun).values(run.model_dump(exclude={"id"})).on_conflict_do_nothing()
    run.id = session.connection().execute(statement.returning(col(JobRun.id))).scalar()
    return None if run.id is None else run


def _still(run: JobRun) -> tuple[Any, ...]:
    """Return what holds while the run is its worker's and not finished."""
    return (
        col(JobRun.id) == run.id,
        col(JobRun.worker) == run.worker,
        col(JobRun.attempt) == run.attempt,
        col(JobRun.finished_at).is_(None),
    )


def _insert(session: Session, table: type[JobClock] | type[JobRun]) -> Any:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return (sqlite.insert if on_sqlite else postgresql.insert)(table)
