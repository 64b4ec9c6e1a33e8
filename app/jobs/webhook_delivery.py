"""Telling webhooks of events: queued from the log, sent in order, each subscription at its own pace."""

import json
import secrets
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from app.clients.addresses import Reach
from app.clients.receivers import deliver
from app.core.backoff import Backoff
from app.core.calendar.periods import instant_from_ms
from app.core.events import Event
from app.core.spans import spanned
from app.store.engine.database import Database
from app.store.outbox.deliveries import (
    Attempt,
    Sendable,
    due_webhooks,
    forget_deliveries,
    lease_webhook,
    next_delivery,
    queue_events,
    record_attempt,
    release_webhook,
    webhooks_to_queue,
)

if TYPE_CHECKING:
    from app.clients.calls import Caller

_DAY_MS = 86_400_000
_KEEP_DELIVERED_MS = 7 * _DAY_MS
_KEEP_DEAD_MS = 30 * _DAY_MS
_LOOK_EVERY_S = 0.2
_BACKOFF = Backoff(first_s=2.0, longest_s=3_600.0)
_random = secrets.SystemRandom().random
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How webhooks are sent: an attempt's most seconds, the waits between attempts, the most receivers at a time.

    A run takes up new work for `run_s` seconds at most. A sender's right lasts `lease_s`, well over an attempt.
    """

    timeout_s: float = 10.0
    backoff: Backoff = _BACKOFF
    senders: int = 16
    run_s: float = 12.0
    lease_s: float = 60.0


def deliver_webhooks(database: Database, *, reach: Reach, pace: Pace | None = None) -> int:
    """Queue what the log holds for each webhook and send what is due; return how many events were accepted.

    Any number of processes may do so at once. A receiver that fails or is slow holds up its own subscription alone.
    """
    pace = pace or Pace()
    ends = time.monotonic() + pace.run_s
    accepted = 0
    running: dict[int, Future[int]] = {}
    with ThreadPoolExecutor(pace.senders, thread_name_prefix="webhook") as pool:
        while True:
            done = [webhook_id for webhook_id, future in running.items() if future.done()]
            accepted += sum(running.pop(webhook_id).result() for webhook_id in done)
            if time.monotonic() < ends:
                for webhook_id in _due(database):
                    if webhook_id not in running:
                        running[webhook_id] = pool.submit(_send_pending, database, webhook_id, reach, pace, ends)
            if not running:
                return accepted
            wait(running.values(), _LOOK_EVERY_S, FIRST_COMPLETED)


def forget_old_deliveries(database: Database) -> int:
    """Delete deliveries a week after they were accepted, thirty days after they were given up; return how many."""
    now_ms = _now_ms()
    with database.write() as session:
        return forget_deliveries(
            session, delivered_before=now_ms - _KEEP_DELIVERED_MS, dead_before=now_ms - _KEEP_DEAD_MS
        )


def event_body(event: Event, organization: str) -> str:
    """Return what a receiver is sent of an event of the organization with this code, as JSON."""
    members = {
        "id": event.id,
        "kind": event.kind,
        "organization": organization,
        "at": instant_from_ms(event.at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "plants": event.plants,
        "resources": event.resources,
        "payload": event.payload,
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def _due(database: Database) -> list[int]:
    """Return the webhooks with something due, after queueing what is new in the log."""
    with database.read() as session:
        waiting = webhooks_to_queue(session)
    for webhook_id in waiting:
        with database.write() as session:
            queue_events(session, webhook_id, event_body, now_ms=_now_ms())
    with database.read() as session:
        return due_webhooks(session, now_ms=_now_ms())


@spanned("webhook.deliver")
def _send_pending(database: Database, webhook_id: int, reach: Reach, pace: Pace, ends: float) -> int:
    """Send one webhook's pending deliveries, first to last, until one must wait; return how many were accepted."""
    from app.clients.calls import Caller

    lease = secrets.token_hex(8)
    accepted = 0
    attempt: Attempt | None = None
    with Caller(reach) as caller:
        while sendable := _next(database, webhook_id, lease, attempt, pace, over=time.monotonic() >= ends):
            attempt = _try(caller, sendable, pace)
            accepted += attempt.accepted
    return accepted


def _next(
    database: Database, webhook_id: int, lease: str, attempt: Attempt | None, pace: Pace, *, over: bool
) -> Sendable | None:
    """Record the last attempt, renew the right to send, and return what to send now; None when that is nothing."""
    now_ms = _now_ms()
    with database.write() as session:
        until_ms = now_ms + round(pace.lease_s * 1_000)
        held = lease_webhook(session, webhook_id, lease, until_ms=until_ms, now_ms=now_ms)
        if attempt is not None:
            record_attempt(session, attempt, now_ms=now_ms)
        sendable = next_delivery(session, webhook_id, now_ms=now_ms) if held and not over else None
        if sendable is None:
            release_webhook(session, webhook_id, lease)
        return sendable


def _try(caller: "Caller", sendable: Sendable, pace: Pace) -> Attempt:
    result = deliver(
        caller,
        sendable.url,
        secrets=sendable.secrets,
        event_id=sendable.event_id,
        body=sendable.body,
        timestamp_s=_now_ms() // 1_000,
        timeout_s=pace.timeout_s,
    )
    failures = sendable.attempts + 1
    given_up = failures >= sendable.max_attempts
    retry_at = None if result.accepted or given_up else _now_ms() + pace.backoff.wait_ms(failures, _random)
    if given_up and not result.accepted:
        _log.warning("webhook delivery given up", delivery=sendable.id, status=result.status, error=result.error)
    return Attempt(sendable.id, result.accepted, result.status, result.error, retry_at)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
