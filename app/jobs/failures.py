"""Recording that a job failed: a run that says why, and an event that says that it did."""

import threading
import time

import structlog

from app.core.events import EventKind
from app.models import JobRun
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable
from app.store.operations.jobs import finish_run, open_run
from app.store.outbox.events import append_to_every_organization

_QUIET_S = 60.0
_LONGEST_ERROR = 2_000
_log = structlog.get_logger(__name__)


class Failures:
    """Notes failures of standing jobs, which may come every few seconds: each job's at most once a minute."""

    def __init__(self, database: Database, *, worker: str) -> None:
        self._database = database
        self._worker = worker
        self._lock = threading.Lock()
        self._noted: dict[str, float] = {}

    def note(self, job: str, error: Exception) -> None:
        """Log and record a failed run of a job and tell of it, unless that was done within the last minute."""
        now = time.monotonic()
        with self._lock:
            if now - self._noted.get(job, now - _QUIET_S) < _QUIET_S:
                return
            self._noted[job] = now
        outage = isinstance(error, DatabaseUnavailable)
        _log.error("job failed", job=job, error=str(error), exc_info=None if outage else error)
        now_ms = time.time_ns() // 1_000_000
        try:
            with self._database.write() as session:
                run = open_run(session, job, requested_by=None, worker=self._worker, now_ms=now_ms)
            finish_failed(self._database, run, error)
        except Exception as again:  # nobody is left to tell, and the job must be run again all the same
            _log.error("the failure could not be recorded", job=job, error=str(again))


def finish_failed(database: Database, run: JobRun, error: Exception) -> bool:
    """End a run as failed and tell every organization that the job failed; False when it was taken over meanwhile.

    The event names the class of the error alone: its words may speak of another organization.
    """
    now_ms = time.time_ns() // 1_000_000
    words = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
    with database.write() as session:
        mine = finish_run(session, run, count=None, error=words, now_ms=now_ms)
        if mine:
            payload = {"job": run.job, "run": run_code(run), "error": type(error).__name__}
            append_to_every_organization(session, kind=EventKind.JOB_FAILED, payload=payload, at_ms=now_ms)
    return mine


def run_code(run: JobRun) -> str:
    """Return how a run is called outside."""
    return f"r{run.id}"
