"""A job that takes its work from the database by itself: run when it is asked to, one run at a time in a process."""

import threading
import time
from collections.abc import Callable

from app.core.acting import acting_as, job_actor
from app.jobs.failures import Failures
from app.jobs.table import Job
from app.store.engine.database import Database
from app.store.engine.time_limits import Purpose, working_for

_REST = 4


class StandingJob:
    """One job's function, with the memory of whether it was asked to run again while it ran."""

    def __init__(
        self, database: Database, job: Job, failures: Failures, on_work: Callable[[str], None], *, rests: bool = True
    ) -> None:
        self.job = job
        self._database = database
        self._failures = failures
        self._on_work = on_work
        self._rests = rests
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._asked = False
        self._running = False
        self._rests_until = 0.0

    def ask(self) -> bool:
        """Note that there is work; tell whether the scheduler must be told too."""
        with self._lock:
            first = not self._asked and not self._running
            self._asked = True
            return first

    def stop(self) -> None:
        """Begin no further run."""
        self._stopping.set()

    def __call__(self) -> None:
        again = self._begin()
        while again:
            if self._stopping.wait(max(0.0, self._rests_until - time.monotonic())):
                self._end()
                return
            self._run()
            again = self._again()

    def _run(self) -> None:
        started = time.monotonic()
        worked = 0
        try:
            with acting_as(job_actor(self.job.name)), working_for(Purpose.JOB):
                worked = self.job.function(self._database)
        except Exception as error:  # whatever it was, the next run must come
            self._failures.note(self.job.name, error)
        if self.job.rest_s:
            ended = time.monotonic()
            share_s = min(_REST * (ended - started), self.job.longest_rest_s) if self._rests else 0.0
            self._rests_until = ended + max(self.job.rest_s, share_s)
        if worked:
            self._on_work(self.job.name)

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

    def _end(self) -> None:
        with self._lock:
            self._running = False
