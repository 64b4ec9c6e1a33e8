"""Every scheduled job on one screen."""

from collections.abc import Callable
from dataclasses import dataclass

from app.jobs.reconciliation import reconcile_sample
from app.rollup.service import roll_pending
from app.store.engine import Database


@dataclass(frozen=True, slots=True)
class Job:
    """A function of the database and when it runs: a five-field crontab line, or one with seconds in front."""

    name: str
    schedule: str
    function: Callable[[Database], int]
    wakes_on_ingest: bool = False


JOBS = (
    Job("rollup", "*/5 * * * * *", roll_pending, wakes_on_ingest=True),
    Job("reconciliation", "17 2 * * *", reconcile_sample),
)
