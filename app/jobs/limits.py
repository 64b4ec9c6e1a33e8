"""Watching permit limits: yesterday's and today's exceedances, computed anew from the readings."""

import time

import structlog

from app.accounting.limits_service import renew_exceedances
from app.core.periods import instant_from_ms
from app.store.engine import Database

_log = structlog.get_logger(__name__)


def watch_limits(database: Database) -> int:
    """Store the exceedances of yesterday and today; return how many are new, longer or worse than before."""
    return watch_limits_at(database, now_ms=time.time_ns() // 1_000_000)


def watch_limits_at(database: Database, *, now_ms: int) -> int:
    """Do what `watch_limits` does, at an instant (UTC ms)."""
    with database.write() as session:
        found = renew_exceedances(session, now_ms=now_ms)
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
