"""What `/metrics` tells: of every process that one `esg serve` has started, and of their database.

What a process counts (requests, rows, readers) it counts for itself. Where `esg serve` starts several processes, they
count in files of a folder that they share, so that whichever is asked tells the sum: two workers that have answered 40
and 60 requests are both asked for 100. What the database tells is the same whoever asks it, and is looked up then.
"""

import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlmodel import Session

from app.models import JobRun
from app.settings import Settings
from app.store.arrivals.arrivals import all_rows_waiting
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable
from app.store.operations.jobs import RunState, last_claim_s, last_runs, last_successes
from app.store.outbox.deliveries import count_waiting_deliveries
from app.store.pages.damage import damaged_meters
from app.store.readings.set_aside import count_set_aside
from app.store.rollups.rolling import count_marks
from app.store.upkeep.backup import newest_backup_at
from app.store.upkeep.concerns import Bounds, Concern, Look, directories_of, look

_Told = TypeVar("_Told")
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_LIVE = re.compile(r"gauge_live\w+_(\d+)\.db")
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600)


class Monitoring:
    """The metrics of this process, and what `/metrics` answers.

    `counters` are added up over the processes; what is registered with `live` is told by the one that is asked.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self.counters = CollectorRegistry()
        self.live = CollectorRegistry()
        self._database = database
        others = {"backup": settings.backup_directory, "archive": settings.archive_directory}
        self._bounds = Bounds(settings.min_disk_free_bytes, settings.max_waiting_s, directories_of(database, others))
        self.live.register(_DatabaseMetrics(database, settings.backup_directory))
        self.live.register(_ConcernMetrics(self.look))
        database.observer = WorkMetrics(self.counters)

    def look(self) -> Look:
        """Return how things stand now; raises DatabaseUnavailable."""
        with self._database.read() as session:
            return look(self._database, session, self._bounds, now_s=time.time())

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return generate_latest(_of_all_processes(self.counters)) + generate_latest(self.live)


class WorkMetrics:
    """Counts what the database's observer is told of: rows by what became of them, and how soon they were rolled up."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._rows = Counter("esg_rows", "Rows of readings, by what became of them.", ("outcome",), registry=registry)
        self._rejected = Counter("esg_rejected_rows", "Rows that were rejected, by why.", ("code",), registry=registry)
        self._rolled_up = Histogram(
            "esg_rolled_up_seconds",
            "From the answer to the oldest post of a transaction until its rows are in the rollups, or marked.",
            buckets=_SECONDS,
            registry=registry,
        )

    def took(self, counts: Mapping[str, int], rejected: Mapping[str, int]) -> None:
        """Count rows that were answered, by outcome, and those that were rejected, by code."""
        for outcome, count in counts.items():
            self._rows.labels(outcome).inc(count)
        for code, count in rejected.items():
            self._rejected.labels(code).inc(count)

    def rolled_up(self, age_s: float) -> None:
        """Note how old the oldest post of those that were entered together was then, in seconds."""
        self._rolled_up.observe(age_s)


@contextmanager
def counted_together() -> Iterator[None]:
    """Have this process, and those it starts meanwhile, count in one folder, which is gone at the end."""
    folder = tempfile.mkdtemp(prefix="esg-metrics-")
    os.environ[_FOLDER] = folder
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # the package decides when it is imported, which was before
    try:
        yield
    finally:
        del os.environ[_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)


def counts_together() -> bool:
    """Tell whether this process counts together with others."""
    return _FOLDER in os.environ


def _of_all_processes(counters: CollectorRegistry) -> CollectorRegistry:
    if not counts_together():
        return counters
    for found in Path(os.environ[_FOLDER]).iterdir():
        named = _LIVE.fullmatch(found.name)
        if named and not Path(f"/proc/{named[1]}").exists():  # its readers are gone with it; what it counted stays
            mark_process_dead(int(named[1]))  # type: ignore[no-untyped-call]
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


class _DatabaseMetrics(Collector):
    """Looked up when they are asked for; none that the database does not tell."""

    def __init__(self, database: Database, backups: Path | None) -> None:
        self._database = database
        self._backups = backups

    def describe(self) -> Iterator[Metric]:
        """Ask no database when they are registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield a gauge each, not a number while the database is away."""
        for name, words, count in _COUNTS:
            yield GaugeMetricFamily(name, words, value=self._asked(count, math.nan))
        succeeded = GaugeMetricFamily("esg_job_success_timestamp_seconds", "When it last succeeded.", labels=["name"])
        failed = GaugeMetricFamily("esg_job_failed", "1 while a job's last run failed.", labels=["name"])
        successes: dict[str, int] = self._asked(last_successes, {})
        for job, finished_ms in successes.items():
            succeeded.add_metric([job], finished_ms / 1_000)
        runs: dict[str, JobRun] = self._asked(last_runs, {})
        for job, run in runs.items():
            failed.add_metric([job], float(run.state == RunState.FAILED))
        yield from (succeeded, failed)
        newest = newest_backup_at(self._backups)
        yield GaugeMetricFamily(
            "esg_backup_timestamp_seconds",
            "When the newest proved backup was made.",
            value=math.nan if newest is None else newest.timestamp(),
        )

    def _asked(self, count: Callable[[Session], _Told], unknown: _Told) -> _Told:
        try:
            with self._database.read() as session:
                return count(session)
        except DatabaseUnavailable:
            return unknown


class _ConcernMetrics(Collector):
    """What somebody should look at, as `/health/ready` names it; none of it while the database is away."""

    def __init__(self, look: Callable[[], Look]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Ask no database when they are registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield what stands below `warnings` of the readiness, and what it is measured by."""
        warnings = GaugeMetricFamily("esg_warning", "1 while something needs to be looked at.", labels=["name"])
        free = GaugeMetricFamily("esg_disk_free_bytes", "Room on the disk of a directory.", labels=["directory"])
        waited = GaugeMetricFamily("esg_longest_waiting_seconds", "The longest that rows have waited.")
        try:
            found = self._look()
        except DatabaseUnavailable:
            yield from (warnings, free, waited)
            return
        for concern in Concern:
            warnings.add_metric([concern.value], float(concern in found.concerns))
        for directory, size in found.disk_free.items():
            free.add_metric([directory], size)
        waited.add_metric([], found.waiting_s)
        yield from (warnings, free, waited)


def _count_damaged(session: Session) -> int:
    return len(damaged_meters(session))


_COUNTS: tuple[tuple[str, str, Callable[[Session], float]], ...] = (
    ("esg_arrivals_set_aside", "Arrivals that cannot be entered.", count_set_aside),
    (
        "esg_damaged_meters",
        "Meters whose rollups wait beside a damaged page.",
        _count_damaged,
    ),
    ("esg_jobs_claimed_timestamp_seconds", "Latest fire time of a job that a process has claimed.", last_claim_s),
    ("esg_rows_waiting", "Rows that are stored and not in the rollups yet.", all_rows_waiting),
    ("esg_marks_waiting", "Stretches of meters that wait to be rolled up anew.", count_marks),
    ("esg_deliveries_waiting", "Deliveries to webhooks that are not done.", count_waiting_deliveries),
)
