"""Pulling readings from sources that are due: page by page, each page taken the way a posted body is."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from app.clients.addresses import Reach
from app.clients.replies import CallFailed
from app.clients.sources import PAGE_BYTES, fetch_page
from app.core.backoff import Backoff
from app.core.calendar.crontab import schedule_from
from app.core.calendar.periods import zone_named
from app.core.spans import span
from app.ingest.sources.records import SourceUnreadable
from app.ingest.writing.intake import BatchContended
from app.jobs.source_pages import Progress, first_url, take_page
from app.models import Connector, ConnectorPull, id_of
from app.schemas.readings.mappings import ReadingMapping, source_mapping
from app.store.engine.database import Database
from app.store.operations.pulls import due_connectors, finish_pull, keep_place, lease_connector

if TYPE_CHECKING:
    from app.clients.calls import Caller

_PULLS_AT_A_TIME = 8
_LONGEST_PULL_S = 120.0
_LEASE_MS = 300_000
_BACKOFF = Backoff(first_s=60.0, longest_s=3_600.0)
_STALE = ("refused", "redirected")


def pull_connectors(database: Database, *, reach: Reach, page_bytes: int = PAGE_BYTES) -> int:
    """Pull for every connector that is due and that no other process pulls for; return how many rows were received."""
    with database.read() as session:
        due = due_connectors(session, now_ms=_now_ms())
    with ThreadPoolExecutor(_PULLS_AT_A_TIME, thread_name_prefix="pull") as pool:
        pulls = [pool.submit(_pull, database, connector_id, reach, page_bytes) for connector_id in due]
    return sum(pull.result() for pull in pulls)


def _pull(database: Database, connector_id: int, reach: Reach, page_bytes: int) -> int:
    from app.clients.calls import Caller

    started_ms = _now_ms()
    lease = secrets.token_hex(8)
    with database.write() as session:
        connector = lease_connector(session, connector_id, lease, until_ms=started_ms + _LEASE_MS, now_ms=started_ms)
    if connector is None:
        return 0
    progress = Progress(connector.page_url or first_url(connector, started_ms), connector.page_newest)
    with span("connector.pull"), Caller(reach) as caller:
        _take_pages(database, connector, lease, caller, progress, page_bytes)
    if not progress.stopped:
        _finish(database, connector, lease, progress, started_ms)
    return progress.counts.received


def _take_pages(
    database: Database, connector: Connector, lease: str, caller: "Caller", progress: Progress, page_bytes: int
) -> None:
    """Take pages until there is none, the bounds are reached, one fails, or the connector is no longer ours."""
    mapping = source_mapping(ReadingMapping.model_validate(connector.mapping))
    ends = time.monotonic() + _LONGEST_PULL_S
    while progress.following and progress.pages < connector.max_pages and time.monotonic() < ends:
        try:
            page = fetch_page(caller, progress.following, connector.headers, limit_bytes=page_bytes)
            take_page(database, connector, mapping, page, progress)
        except (CallFailed, SourceUnreadable) as failure:
            progress.failure = failure
            return
        except BatchContended:
            progress.failure = CallFailed("busy", "the same readings were being changed by others for too long")
            return
        with database.write() as session:
            progress.stopped = not keep_place(
                session,
                id_of(connector),
                lease,
                page_url=progress.following,
                page_newest=progress.newest_ms,
                until_ms=_now_ms() + _LEASE_MS,
            )
        if progress.stopped:
            return


def _finish(database: Database, connector: Connector, lease: str, progress: Progress, started_ms: int) -> None:
    now_ms = _now_ms()
    failure, counts = progress.failure, progress.counts
    pull = ConnectorPull(
        connector_id=id_of(connector),
        started_at=started_ms,
        finished_at=now_ms,
        pages=progress.pages,
        received=counts.received,
        inserted=counts.inserted,
        replaced=counts.replaced,
        duplicate=counts.duplicate,
        suspect=counts.suspect,
        rejected=counts.rejected,
        skipped=counts.skipped,
        error=None if failure is None else failure.code,
        detail=None if failure is None else failure.detail,
        problems=progress.problems,
    )
    done = failure is None and progress.following is None
    with database.write() as session:
        finish_pull(
            session,
            pull,
            lease,
            position=_position(connector, progress.newest_ms, now_ms) if done else connector.position,
            next_at=_next_at(connector, progress, now_ms),
            begin_anew=done or (failure is not None and failure.code in _STALE),
        )


def _position(connector: Connector, newest_ms: int | None, now_ms: int) -> int | None:
    """Return the latest instant taken, never one to come: a source whose clock is ahead would hide what follows."""
    if newest_ms is None:
        return connector.position
    taken = min(newest_ms, now_ms)
    return taken if connector.position is None else max(taken, connector.position)


def _next_at(connector: Connector, progress: Progress, now_ms: int) -> int:
    """Return when to pull next: by the schedule, sooner after a failure, at once when pages are left."""
    if progress.failure is None and progress.following is not None:
        return now_ms
    scheduled = schedule_from(connector.schedule).next_after(zone_named(connector.timezone), now_ms)
    if progress.failure is None:
        return scheduled
    wait_ms = _BACKOFF.wait_ms(connector.failures + 1, secrets.SystemRandom().random)
    return min(scheduled, now_ms + wait_ms)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
