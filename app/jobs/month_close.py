"""Closing months: saying, two days after a month's end, how complete the readings of its meters are."""

import time

from sqlmodel import Session

from app.core.calendar.periods import Grain, date_of, local_day, month_start, next_month_start, zone_named
from app.core.events import EventKind
from app.core.inventory.resources import MeterKind
from app.models import Organization, id_of
from app.rollup.buckets.coverage import expected_seconds
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.outbox.events import append_event
from app.store.reporting.findings import close_month, last_closed_month
from app.store.rollups.rollups import buckets

_DAYS_OF_GRACE = 2
_MOST_LISTED = 100


def close_months(database: Database, *, at_ms: int | None = None) -> int:
    """Append `month.closed` for every organization's months that are over; return how many.

    A month is over two days after its end in the organization's time zone. Nothing is locked: later readings still
    count. An organization's first close is of the last month alone; afterwards none is left out. `at_ms` is now when
    not given.
    """
    now_ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    with database.read() as session:
        organizations = every_organization(session)
        due = [(each, month) for each in organizations for month in _months_over(session, each, now_ms)]
    return sum(_close(database, organization, month, now_ms) for organization, month in due)


def _months_over(session: Session, organization: Organization, now_ms: int) -> list[int]:
    today = local_day(zone_named(organization.timezone), now_ms) - _DAYS_OF_GRACE
    current = month_start(today)
    closed = last_closed_month(session, id_of(organization))
    months: list[int] = []
    month = month_start(current - 1) if closed is None else next_month_start(closed)
    while month < current:
        months.append(month)
        month = next_month_start(month)
    return months


def _close(database: Database, organization: Organization, month: int, now_ms: int) -> int:
    organization_id = id_of(organization)
    with database.write() as session:
        if not close_month(session, organization_id, month, now_ms=now_ms):
            return 0
        meters = [each for each in metered(session, organization_id) if _is_expected(each, month)]
        lacking = _incomplete(session, meters, month)
        append_event(
            session,
            organization_id=organization_id,
            kind=EventKind.MONTH_CLOSED,
            payload={
                "month": f"{date_of(month):%Y-%m}",
                "meters": len(meters),
                "complete": len(meters) - len(lacking),
                "incomplete": [each.spec.code for each in lacking[:_MOST_LISTED]],
            },
            at_ms=now_ms,
        )
    return 1


def _is_expected(meter: Metered, month: int) -> bool:
    """Tell whether readings are expected of the meter at known times in the month."""
    spec = meter.spec
    covers = spec.kind in (MeterKind.INTERVAL, MeterKind.REGISTER, MeterKind.GAUGE)
    return covers and _expected_s(meter, month) > 0


def _expected_s(meter: Metered, month: int) -> int:
    spec = meter.spec
    return expected_seconds(spec.zone, month, next_month_start(month), spec.in_service_from, spec.in_service_to)


def _incomplete(session: Session, meters: list[Metered], month: int) -> list[Metered]:
    own, ids = meters[0].spec.organization_id if meters else 0, [each.spec.id for each in meters]
    found = buckets(session, own, meter_ids=ids, grain=Grain.MONTH, first_day=month, end_day=month + 1) if ids else []
    covered = {bucket.meter_id: bucket.covered_s for bucket in found}
    return [each for each in meters if covered.get(each.spec.id, 0) < _expected_s(each, month)]
