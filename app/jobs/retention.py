"""Forgetting what nobody needs any more: events, answers, files that wait, runs of jobs, batches without a change."""

import time

from app.core.calendar.periods import HOUR_MS
from app.store.engine.database import Database
from app.store.operations.jobs import forget_runs
from app.store.operations.kept_answers import forget_kept_answers
from app.store.operations.uploads import forget_old_uploads, organizations_with_old_uploads
from app.store.outbox.announcements import forget_idle_batches
from app.store.outbox.events import forget_events

_DAY_MS = 24 * HOUR_MS


_RUN_DAYS = 90
_IDLE_BATCH_DAYS = 30


def forget_old(database: Database, *, event_days: int) -> int:
    """Delete events past their days, answers and files that wait after 1, runs after 90, idle batches after 30.

    Returns how many rows.

    A reader of the stream can resume from any event that is kept. A batch that changed a reading is never deleted.
    """
    now_ms = time.time_ns() // 1_000_000
    forgotten = 0
    with database.write() as session:
        forgotten += forget_events(session, before_ms=now_ms - event_days * _DAY_MS)
    with database.write() as session:
        forgotten += forget_kept_answers(session, now_ms=now_ms)
    with database.read() as session:
        organizations = organizations_with_old_uploads(session, now_ms=now_ms)
    for organization_id in organizations:
        with database.write() as session:
            forgotten += forget_old_uploads(session, organization_id, now_ms=now_ms)
    with database.write() as session:
        forgotten += forget_runs(session, before_ms=now_ms - _RUN_DAYS * _DAY_MS)
    with database.write() as session:
        forgotten += forget_idle_batches(session, before_ms=now_ms - _IDLE_BATCH_DAYS * _DAY_MS)
    return forgotten
