"""Runs that one process alone carries out: claimed in the database, kept alive, taken over from the dead."""

import threading
import time
from collections.abc import Callable, Collection

import structlog

from app.core.acting import acting_as, job_actor
from app.core.spans import span
from app.jobs.failures import finish_failed
from app.jobs.schedule import due, trigger_of
from app.jobs.table import Job
from app.models import JobRun
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable
from app.store.engine.time_limits import Purpose, working_for
from app.store.operations.jobs import (
    beat,
    claim_run,
    claimed_to,
    dead_runs,
    finish_run,
    open_run,
    start_clocks,
    take_over,
)

_log = structlog.get_logger(__name__)


class Claims:
    """The runs this process, called `worker`, has claimed.

    A run whose worker shows no life for `lease_s` seconds may be taken over; the clocks of all processes must agree
    to well within that. The run is then carried out again from its beginning, so a job's function must bear that.
    """

    def __init__(
        self, database: Database, *, worker: str, on_work: Callable[[str], None], beat_s: float, lease_s: float
    ) -> None:
        self._database = database
        self._worker = worker
        self._on_work = on_work
        self._beat_s = beat_s
        self._lease_s = lease_s
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None
        self._known: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._alive: set[int | None] = set()

    def start(self, jobs: Collection[Job], resume: Callable[[JobRun], None]) -> None:
        """Begin to show life and to look for runs of these jobs that died, which `resume` is to carry out elsewhere."""
        self._known = frozenset(job.name for job in jobs)
        with self._database.write() as session:
            start_clocks(session, [job.name for job in jobs if job.claimed], now_ms=_now_ms())
        self._watch = threading.Thread(target=self._keep_watch, args=(resume,), name="job-watch", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """Stop showing life; call it when the last run has ended."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()

    def run_due(self, job: Job) -> None:
        """Claim what is due of a job and carry it out; nothing when another process has it."""
        now_ms = _now_ms()
        with self._database.read() as session:
            claimed = claimed_to(session, job.name)
        found = None if claimed is None else due(trigger_of(job.schedule), claimed_to=claimed, now_ms=now_ms)
        if found is None:
            return
        with self._database.write() as session:
            run = claim_run(
                session, job.name, fire_at=found.fire_at, covers_to=found.covers_to, worker=self._worker, now_ms=now_ms
            )
            self._keep(run)
        if run is not None:
            self.carry_out(job, run)

    def open(self, job: Job, *, requested_by: str | None) -> JobRun:
        """Record a run that somebody asked for; it is then to be carried out."""
        with self._database.write() as session:
            run = open_run(session, job.name, requested_by=requested_by, worker=self._worker, now_ms=_now_ms())
            self._keep(run)
        return run

    def carry_out(self, job: Job, run: JobRun) -> None:
        """Call the job's function and record what came of it; where that fails, the run will be taken over."""
        try:
            self._carry_out(job, run)
        finally:
            with self._lock:
                self._alive.discard(run.id)

    def _carry_out(self, job: Job, run: JobRun) -> None:
        try:
            with acting_as(job_actor(job.name)), working_for(Purpose.JOB), span(f"job {job.name}"):
                count = job.function(self._database)
        except Exception as error:  # whatever the job raised, its run must end, and say why
            _log.exception("job failed", job=job.name, run=run.id)
            mine = finish_failed(self._database, run, error)
            count = 0
        else:
            with self._database.write() as session:
                mine = finish_run(session, run, count=count, error=None, now_ms=_now_ms())
        if not mine:
            _log.warning("a run was taken over while it went on", job=job.name, run=run.id)
        if count:
            self._on_work(job.name)

    def _keep_watch(self, resume: Callable[[JobRun], None]) -> None:
        while not self._stopping.wait(self._beat_s):
            try:
                self._beat()
                for run in self._take_over():
                    resume(run)
            except Exception as error:  # whatever it is, the next beat must come
                outage = isinstance(error, DatabaseUnavailable)
                _log.warning("no life could be shown", error=str(error), exc_info=None if outage else error)

    def _keep(self, run: JobRun | None) -> None:
        if run is not None:
            with self._lock:
                self._alive.add(run.id)

    def _beat(self) -> None:
        with self._lock:
            alive = [run_id for run_id in self._alive if run_id is not None]
        if alive:
            with self._database.write() as session:
                beat(session, alive, worker=self._worker, now_ms=_now_ms())

    def _take_over(self) -> list[JobRun]:
        """Take over every run whose process died."""
        since = _now_ms() - round(self._lease_s * 1_000)
        with self._database.read() as session:
            dead = dead_runs(session, self._known, silent_since=since)
        taken: list[JobRun] = []
        for run in dead:
            with self._database.write() as session:
                mine = take_over(session, run, worker=self._worker, now_ms=_now_ms())
                self._keep(mine)
            if mine is not None:
                _log.warning("run taken over", job=run.job, run=run.id, attempt=mine.attempt, worker=run.worker)
                taken.append(mine)
        return taken


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
