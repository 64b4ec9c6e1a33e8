"""Watching permit limits: hours are kept, then yesterday's and today's exceedances computed anew from them."""

import time

import structlog
from sqlmodel import Session

from app.accounting.stacks.exceedances import NewExceedance, renew_exceedances
from app.core.calendar.periods import instant_from_ms
from app.core.events import EventKind
from app.core.units.quantities import plain
from app.rollup.buckets.hours import keep_missing
from app.schemas.wire.instants import rfc3339
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.outbox.events import append_event
from app.store.reporting.limits import organizations_with_limits, watched_meters

_log = structlog.get_logger(__name__)


def watch_limits(database: Database) -> int:
    """Store the exceedances of yesterday and today; return how many are new, longer or worse than before."""
    return watch_limits_at(database, now_ms=time.time_ns() // 1_000_000)


def watch_limits_at(database: Database, *, now_ms: int) -> int:
    """Do what `watch_limits` does, at an instant (UTC ms)."""
    with database.read() as session:
        watched = directories(database).by_organization(session, watched_meters(session))
        specs = [
            spec
            for organization_id, meter_ids in watched.items()
            for spec in directories(database).specs_of(session, organization_id, meter_ids).values()
        ]
        limited = organizations_with_limits(session)
    keep_missing(database, specs)
    return sum(_watch(database, organization_id, now_ms) for organization_id in limited)


def _watch(database: Database, organization_id: int, now_ms: int) -> int:
    with database.write() as session:
        found = renew_exceedances(session, organization_id, now_ms=now_ms)
        for new in found:
            _tell(session, new, now_ms)
    for new in found:
        _log.warning(
            "limit exceeded",
            limit=new.row.limit.code,
            meter=new.row.meter.code,
            plant=new.row.plant,
            start=instant_from_ms(new.over.start_ms).isoformat(),
            end=instant_from_ms(new.over.end_ms).isoformat(),
            worst=str(new.over.worst),
            unit=new.row.limit.unit,
        )
    return len(found)


def _tell(session: Session, new: NewExceedance, now_ms: int) -> None:
    append_event(
        session,
        organization_id=new.row.limit.organization_id,
        kind=EventKind.LIMITS_EXCEEDED,
        payload={
            "limit": new.row.limit.code,
            "meter": new.row.meter.code,
            "start": rfc3339(instant_from_ms(new.over.start_ms)),
            "end": rfc3339(instant_from_ms(new.over.end_ms)),
            "worst": plain(new.over.worst),
            "unit": new.row.limit.unit,
        },
        at_ms=now_ms,
        plants=[new.row.plant],
        resources=[new.row.meter.resource],
    )
