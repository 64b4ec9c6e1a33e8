"""Fiscal years: from which days on reporting years run otherwise, and the reporting periods that come of it."""

from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.core.calendar.periods import zone_named
from app.disclosure.history import fiscal_years
from app.http.deps import Db, MayAdminister, MayRead, NowMs, api_router
from app.http.preconditions import IfUnchanged
from app.schemas.inventory.fiscal_years import FiscalCalendar, FiscalYearList, fiscal_calendar_from, settings_from
from app.schemas.wire.problems import conflicts
from app.store.inventory.organizations import organization_of

router = api_router("organizations", "/v1/organizations/{organization}/fiscal-years")


@router.get("")
def get_fiscal_years(access: MayRead, database: Db, now_ms: NowMs) -> FiscalCalendar:
    """Read the dated settings and the reporting periods they make."""
    with database.read() as session:
        return _read(session, access, now_ms)


@router.put("", responses=conflicts("period_in_use"))
def put_fiscal_years(
    access: MayAdminister, body: FiscalYearList, database: Db, now_ms: NowMs, unchanged: IfUnchanged
) -> FiscalCalendar:
    """Put dated settings in the place of all there are; every figure follows in the same transaction."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, now_ms))
        fiscal_years.put_fiscal_years(session, access.organization, settings_from(body))
        return _read(session, access, now_ms)


def _read(session: Session, access: OrganizationAccess, now_ms: int) -> FiscalCalendar:
    organization = organization_of(session, access.organization)
    periods = fiscal_years.periods_shown(session, organization, now_ms=now_ms)
    return fiscal_calendar_from(organization, periods, zone_named(organization.timezone))
