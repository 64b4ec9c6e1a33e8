"""A process that serves nobody: it runs the jobs, so that who waits for an answer shares no interpreter with them."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType

import structlog
from prometheus_client import CollectorRegistry
from sqlmodel import Session

from app.ingest.writing.bulk_amend import AMENDMENTS
from app.jobs.runner import JobRunner
from app.jobs.table import INGEST, job_table
from app.monitoring import WorkMetrics, counts_together
from app.settings import Settings
from app.starting import configure_logging, database_of, prepare
from app.store.arrivals.arrivals import organizations_with_arrivals
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable, telling_outages
from app.store.operations.bulk_amendments import organizations_amending
from app.store.rollups.rolling import organizations_with_marks
from app.tracing import traced

_LOOK_S = 0.03
"""Between two looks for what serving processes have left to do: part of how old a figure may be."""

_RETRY_S = 1.0
_NICE = 5
"""Beside processes that serve on the same machine: where all processors are busy, they come first."""
_log = structlog.get_logger(__name__)


def run_jobs(settings: Settings, *, until_stdin_ends: bool = False) -> None:
    """Run the jobs of the database until this process is asked to end, or whoever started it has ended.

    A serving process cannot wake jobs of another one, so what it left is looked for. Raises DatabaseUnavailable when
    the database is away at the start.
    """
    configure_logging(json=settings.log_json)
    stopping = threading.Event()
    _stop_at_a_signal(stopping)
    if until_stdin_ends:
        threading.Thread(target=_await_end_of_stdin, args=(stopping,), daemon=True).start()
    with closing(database_of(settings)) as database, traced(settings, database):
        prepare(database)
        if counts_together():
            database.observer = WorkMetrics(CollectorRegistry())
        gc.freeze()  # what is in memory now stays: no collection need look at it
        database.rolls = database.is_sqlite  # where those who serve wait for the one writer that the file has
        with _running(JobRunner(database, job_table(settings), rests=database.rolls)) as runner:
            while not stopping.wait(_LOOK_S):
                try:
                    _wake_for_what_waits(database, runner)
                except DatabaseUnavailable as error:
                    _log.warning("nothing could be looked for", error=str(error))
                    stopping.wait(_RETRY_S)


@contextmanager
def _running(runner: JobRunner) -> Iterator[JobRunner]:
    runner.start()
    try:
        yield runner
    finally:
        runner.stop()


def _wake_for_what_waits(database: Database, runner: JobRunner) -> None:
    with database.read() as session:
        causes = list(_causes(session))
    for cause in causes:
        runner.wake(cause)


def _causes(session: Session) -> Iterator[str]:
    if organizations_with_arrivals(session) or organizations_with_marks(session):
        yield INGEST
    if organizations_amending(session):
        yield AMENDMENTS


def _stop_at_a_signal(stopping: threading.Event) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)


def _await_end_of_stdin(stopping: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1_024):  # past the interpreter's buffer, whose lock it needs to end
        pass
    stopping.set()


if __name__ == "__main__":  # as `esg serve` starts it
    os.nice(_NICE)
    with telling_outages():
        run_jobs(Settings(), until_stdin_ends=True)
