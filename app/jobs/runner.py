"""Running the job table in the background of a serving process, by APScheduler."""

import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from app.jobs.claims import Claims
from app.jobs.failures import Failures
from app.jobs.schedule import next_fire, trigger_of
from app.jobs.standing import StandingJob
from app.jobs.table import INGEST, Job
from app.models import JobRun, id_of
from app.store.engine.database import Database
from app.store.operations.jobs import run_of
from app.store.sql.conflicts import NotThere

_THREADS = 16


class JobRunner:
    """A scheduler with a job table; `wake` runs at once what waits for new readings.

    Any number of processes may have one: work is claimed in the database. `on_work` is called, from any thread, after
    a run that did something or failed. Unless it `rests`, what works all the time leaves nothing to others here.
    """

    def __init__(
        self,
        database: Database,
        jobs: Sequence[Job],
        *,
        on_work: Callable[[], None] = lambda: None,
        rests: bool = True,
        beat_s: float = 5.0,
        lease_s: float = 30.0,
    ) -> None:
        self.jobs = tuple(jobs)
        self._database = database
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._told = on_work
        self._threads = ThreadPoolExecutor(_THREADS)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._threads},
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        failures = Failures(database, worker=self.worker)
        self._standing = [
            StandingJob(database, job, failures, self._worked, rests=rests) for job in jobs if not job.claimed
        ]
        self._claims = Claims(database, worker=self.worker, on_work=self._worked, beat_s=beat_s, lease_s=lease_s)

    def start(self, *, scheduled: bool = True) -> None:
        """Start every job's schedule; run once now what standing jobs find, and what came due while nobody ran.

        Unless they are `scheduled` here, only what is requested runs in this process.
        """
        self._claims.start(self.jobs if scheduled else (), self._resume)
        if not scheduled:
            self._standing = []
        else:
            self._schedule(datetime.now(UTC))
        self._scheduler.start()

    def _schedule(self, now: datetime) -> None:
        for standing in self._standing:
            self._scheduler.add_job(
                standing, trigger_of(standing.job.schedule), id=standing.job.name, next_run_time=now
            )
        for job in self.jobs:
            if job.claimed:
                run_due = partial(self._claims.run_due, job)
                self._scheduler.add_job(
                    run_due, trigger_of(job.schedule), id=job.name, next_run_time=now, max_instances=_THREADS
                )

    def wake(self, cause: str = INGEST) -> None:
        """Have the jobs that wait for readings, or for another cause, run now; cheap, and safe from any thread."""
        self._ask_those_after(cause)

    def stop(self) -> None:
        """Stop the schedules once the running jobs have ended."""
        for standing in self._standing:
            standing.stop()
        self._scheduler.shutdown(wait=False)  # while it waits it holds a lock that ending jobs need
        self._threads.shutdown(wait=True)
        self._claims.stop()

    def request(self, name: str, *, requested_by: str | None) -> JobRun:
        """Start a run of a job now, in the background, and return it; raises NotThere."""
        job = self.job_named(name)
        run = self._claims.open(job, requested_by=requested_by)
        self._carry_out_soon(job, run)
        return run

    def run_here(self, name: str) -> JobRun:
        """Run a job on this thread and return the run, which another process takes over should this one die.

        Raises NotThere. The runner must not have been started.
        """
        job = self.job_named(name)
        self._claims.start([], lambda run: None)
        try:
            run = self._claims.open(job, requested_by=None)
            self._claims.carry_out(job, run)
        finally:
            self._claims.stop()
        with self._database.read() as session:
            return run_of(session, name, id_of(run))

    def job_named(self, name: str) -> Job:
        """Return the job called `name`; raises NotThere."""
        job = next((job for job in self.jobs if job.name == name), None)
        if job is None:
            raise NotThere(f"There is no job {name!r}")
        return job

    def next_fire(self, name: str) -> int | None:
        """Return the next fire time of a job's schedule, UTC ms; raises NotThere."""
        now_ms = time.time_ns() // 1_000_000
        return next_fire(trigger_of(self.job_named(name).schedule), after_ms=now_ms)

    def _resume(self, run: JobRun) -> None:
        self._carry_out_soon(self.job_named(run.job), run)

    def _carry_out_soon(self, job: Job, run: JobRun) -> None:
        self._scheduler.add_job(self._claims.carry_out, args=(job, run), next_run_time=datetime.now(UTC))

    def _worked(self, name: str) -> None:
        self._told()
        self._ask_those_after(name)

    def _ask_those_after(self, cause: str) -> None:
        for standing in self._standing:
            if cause in standing.job.after and standing.ask():
                with suppress(JobLookupError):  # the scheduler has stopped
                    self._scheduler.modify_job(standing.job.name, next_run_time=datetime.now(UTC))
