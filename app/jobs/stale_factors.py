"""Telling, each month, which factors an organization's current figures use though their time is long over."""

import time

from app.core.calendar.periods import local_day, zone_named
from app.core.events import EventKind
from app.disclosure.live.reporting import framework_for
from app.disclosure.live.stale import carried_forward
from app.models import Organization, id_of
from app.store.directory.fiscal_years import calendar_of
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.outbox.events import append_event

_STALE_YEARS = 2


def tell_stale_factors(database: Database) -> int:
    """Append `factors.stale` where factors are carried forward for two years or more; return how many factors."""
    with database.read() as session:
        organizations = every_organization(session)
    return sum(_tell(database, organization) for organization in organizations)


def _tell(database: Database, organization: Organization) -> int:
    now_ms = time.time_ns() // 1_000_000
    period = calendar_of(organization).period_of(local_day(zone_named(organization.timezone), now_ms))
    framework = framework_for(organization, period.name).code
    with database.read() as session:
        ages = carried_forward(session, organization=organization.code, framework=framework, year=period.name)
    stale = [{"factor": code, "years": age} for code, age in ages.items() if age >= _STALE_YEARS]
    if stale:
        with database.write() as session:
            append_event(
                session,
                organization_id=id_of(organization),
                kind=EventKind.FACTORS_STALE,
                payload={"framework": framework, "year": period.year, "period": str(period.name), "factors": stale},
                at_ms=now_ms,
            )
    return len(stale)
