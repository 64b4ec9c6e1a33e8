"""Every job on one screen: its name, when it runs (UTC), what it does, and what it counts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.ingest.writing.bulk_amend import AMENDMENTS
from app.jobs.announcements import announce_batches
from app.jobs.annual_draft import draft_years
from app.jobs.archive import archive_old
from app.jobs.backup import back_up
from app.jobs.base_years import freeze_base_years
from app.jobs.bulk_amendments import amend_on
from app.jobs.connector_pulls import pull_connectors
from app.jobs.figures import mark_current_years, tell_figures
from app.jobs.findings import tell_findings
from app.jobs.limits import watch_limits
from app.jobs.month_close import close_months
from app.jobs.reconciliation import reconcile_sample
from app.jobs.retention import forget_old
from app.jobs.stale_factors import tell_stale_factors
from app.jobs.webhook_delivery import deliver_webhooks, forget_old_deliveries
from app.rollup.rolling.roller import roll_pending
from app.settings import Settings
from app.store.engine.database import Database
from app.store.readings.folding import fold_everything
from app.store.readings.moving import move_some


@dataclass(frozen=True, slots=True)
class Job:
    """A function of the database that returns a count, and when it runs: a crontab line, or one with seconds in front.

    A job with `after` is a standing one, which takes its work from the database by itself: every process runs it at
    each fire time, and at once when something it names has happened (`ingest`, or a job that did something). With
    `rest_s` it then rests so many seconds at least, or four times as long as it ran, `longest_rest_s` at most. Its
    runs leave no record unless they fail or were asked for. Every other job runs once for each fire time, in whichever
    process claims it, and each of its runs is kept.
    """

    name: str
    schedule: str
    function: Callable[[Database], int]
    counts: str
    after: tuple[str, ...] = ()
    rest_s: float = 0
    longest_rest_s: float = 1.0

    @property
    def claimed(self) -> bool:
        """Tell whether each fire time is claimed by one process."""
        return not self.after


INGEST = "ingest"


def job_table(settings: Settings) -> tuple[Job, ...]:
    """Return every job of the service as the operator's settings have it."""
    return (
        Job(
            "rollup",
            "* * * * * *",  # what a process took that was killed before it could roll it up waits for that long
            roll_pending,
            "meters rolled up",
            after=(INGEST, AMENDMENTS),
            rest_s=0.02,
            longest_rest_s=0.3,
        ),
        Job(
            "announcements",
            "*/5 * * * * *",
            announce_batches,
            "batches told of",
            after=("rollup", AMENDMENTS),
            rest_s=0.5,
        ),
        Job(
            "figures",
            "*/5 * * * * *",
            tell_figures,
            "figures that moved",
            after=("rollup", "current-years"),
            rest_s=0.25,
            longest_rest_s=0.5,
        ),
        Job(
            "webhooks",
            "*/5 * * * * *",
            partial(deliver_webhooks, reach=settings.reach),
            "events delivered",
            after=("announcements", "figures"),
        ),
        Job(
            AMENDMENTS,
            "*/5 * * * * *",
            amend_on,
            "pieces carried out",
            after=(AMENDMENTS,),
            rest_s=0.02,
            longest_rest_s=0.3,
        ),
        Job(
            "moving",
            "*/5 * * * * *",
            move_some,
            "readings of an earlier release moved into pages",
            after=("moving",),
            rest_s=0.02,
            longest_rest_s=0.3,
        ),
        Job("pages", "27 3 * * sun", fold_everything, "readings folded into pages"),
        Job("connectors", "* * * * *", partial(pull_connectors, reach=settings.reach), "rows pulled"),
        Job("old-deliveries", "52 3 * * *", forget_old_deliveries, "deliveries forgotten"),
        Job("current-years", "*/10 * * * *", mark_current_years, "organizations looked at"),
        Job("findings", "7 * * * *", tell_findings, "new gaps and silent meters"),
        Job("limits", "*/10 * * * *", watch_limits, "exceedances new or worse"),
        Job("month-close", "22 * * * *", close_months, "months closed"),
        Job("annual-draft", "12 * * * *", draft_years, "drafts prepared"),
        Job("base-years", "34 * * * *", freeze_base_years, "bases frozen or recalculated"),
        Job("stale-factors", "40 3 1 * *", tell_stale_factors, "factors in use past their time"),
        Job("reconciliation", "17 2 * * *", reconcile_sample, "buckets that differ"),
        Job("retention", "32 * * * *", partial(forget_old, event_days=settings.event_days), "rows forgotten"),
        Job(
            "archive", "3 4 1 * *", partial(archive_old, after_years=settings.archive_after_years), "readings archived"
        ),
        Job("backup", "47 1 * * *", partial(back_up, directory=settings.backup_directory), "files written"),
    )
