"""What jobs and their runs look like from outside."""

from typing import Protocol

from app import models
from app.core.calendar.periods import instant_from_ms
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.store.operations.jobs import RunState


class JobRow(Protocol):
    """A row of the job table."""

    @property
    def name(self) -> str: ...
    @property
    def schedule(self) -> str: ...
    @property
    def counts(self) -> str: ...
    @property
    def claimed(self) -> bool: ...


class JobRun(Shape):
    """One run. `scheduled_at` is the fire time it stands for, or when it was asked for; `count` is of what it did.

    `requested_by` is the key that asked for it, null when the schedule did; `worker` is the process that ran it.
    """

    job: str
    run: str
    state: RunState
    scheduled_at: Instant
    requested_by: str | None
    worker: str
    attempt: int
    started_at: Instant
    finished_at: Instant | None
    duration_ms: int | None
    count: int | None
    error: str | None


class JobRunPage(Shape):
    """Runs, newest first."""

    items: list[JobRun]
    next: str | None


class Job(Shape):
    """A job: `schedule` is a crontab line in UTC, with seconds in front when it has six fields.

    With `recorded` each fire time is run once, by one process, and kept. Other jobs run often, in every process, and
    are kept only when they fail or were asked for.
    """

    name: str
    schedule: str
    counts: str
    recorded: bool
    next_at: Instant | None
    last_run: JobRun | None


class JobPage(Shape):
    """Every job, in the order of the table."""

    items: list[Job]
    next: str | None


def job_from(row: JobRow, *, next_at_ms: int | None, last_run: models.JobRun | None) -> Job:
    """Return the outside view of a job."""
    return Job(
        name=row.name,
        schedule=row.schedule,
        counts=row.counts,
        recorded=row.claimed,
        next_at=None if next_at_ms is None else instant_from_ms(next_at_ms),
        last_run=None if last_run is None else run_from(last_run),
    )


def run_from(run: models.JobRun) -> JobRun:
    """Return the outside view of a run."""
    return JobRun(
        job=run.job,
        run=f"r{run.id}",
        state=RunState(run.state),
        scheduled_at=instant_from_ms(run.scheduled_at),
        requested_by=run.requested_by,
        worker=run.worker,
        attempt=run.attempt,
        started_at=instant_from_ms(run.started_at),
        finished_at=None if run.finished_at is None else instant_from_ms(run.finished_at),
        duration_ms=None if run.finished_at is None else run.finished_at - run.started_at,
        count=run.count,
        error=run.error,
    )
