"""Running the job table in the background of a serving process, by APScheduler."""

import threading
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from app.jobs.table import JOBS, Job
from app.store.engine import Database

_log = structlog.get_logger(__name__)


class JobRunner:
    """A scheduler with the job table; `wake` runs at once what waits for new readings.

    Any number of processes may have one: jobs take their work in the database.
    """

    def __init__(self, database: Database, jobs: tuple[Job, ...] = JOBS) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None}
        )
        self._runs = [_Run(database, job) for job in jobs]

    def start(self) -> None:
        """Start every job's schedule, and run each waking job once for what an earlier process left."""
        for run in self._runs:
            self._scheduler.add_job(run, _trigger(run.job.schedule), id=run.job.name)
        self._scheduler.start()
        self.wake()

    def wake(self) -> None:
        """Have the jobs that wake on ingest run now; cheap, and safe from any thread."""
        for run in self._runs:
            if run.job.wakes_on_ingest and run.ask():
                self._scheduler.modify_job(run.job.name, next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Stop the schedules once the running jobs have ended."""
        self._scheduler.shutdown(wait=True)


class _Run:
    """One job's function with the memory of whether it was asked to run again meanwhile."""

    def __init__(self, database: Database, job: Job) -> None:
        self.job = job
        self._database = database
        self._lock = threading.Lock()
        self._asked = False
        self._running = False

    def ask(self) -> bool:
        """Note that there is work; tell whether the scheduler must be told too."""
        with self._lock:
            first = not self._asked and not self._running
            self._asked = True
            return first

    def __call__(self) -> None:
        again = self._begin()
        while again:
            try:
                self.job.function(self._database)
            except Exception:
                _log.exception("job failed", job=self.job.name)
            again = self._again()

    def _begin(self) -> bool:
        """Begin unless it runs already; the run that goes on then sees that it was asked again.

        The scheduler forgets a run a moment after it has ended, hence two instances, of which one does the work.
        """
        with self._lock:
            if self._running:
                self._asked = True
                return False
            self._running, self._asked = True, False
            return True

    def _again(self) -> bool:
        """Tell whether it was asked to run while it ran; else it has ended."""
        with self._lock:
            again, self._asked = self._asked, False
            self._running = again
            return again


def _trigger(schedule: str) -> CronTrigger:
    *seconds, minute, hour, day, month, day_of_week = schedule.split()
    return CronTrigger(
        second=seconds[0] if seconds else "0",
        minute=minute,
        hour=hour,
        day=day,
        month=month,
        day_of_week=day_of_week,
        timezone=UTC,
    )
