"""The nightly proof: a sample of meters recomputed from nothing, every difference an error in the log."""

import secrets
import time

import structlog

from app.core.calendar.periods import date_of, local_day, zone_named
from app.rollup.rolling.reconcile import reconcile
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.rollups.rolling import sample_meters

_SAMPLE = 50
_METERS_A_TRANSACTION = 5
_log = structlog.get_logger(__name__)


def reconcile_sample(database: Database) -> int:
    """Recompute one reporting year of a random sample of meters; return how many buckets differ.

    The year is the one that holds a random day of the last three years.
    """
    today = local_day(zone_named("UTC"), time.time_ns() // 1_000_000)
    around_day = today - secrets.randbelow(3 * 365)
    with database.read() as session:
        meter_ids = sample_meters(session, _SAMPLE)
    differing = 0
    for at in range(0, len(meter_ids), _METERS_A_TRANSACTION):
        with database.write() as session:
            differences = reconcile(
                session, directories(database), meter_ids[at : at + _METERS_A_TRANSACTION], around_day=around_day
            )
        for difference in differences:
            bucket = difference.stored or difference.recomputed
            _log.error(
                "rollup differs from its readings",
                grain=difference.grain.name.lower(),
                meter_id=bucket.meter_id if bucket else None,
                day=str(date_of(bucket.start_day)) if bucket else None,
                stored=difference.stored,
                recomputed=difference.recomputed,
            )
        differing += len(differences)
    return differing
