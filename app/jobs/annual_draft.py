"""Drafting the annual disclosure: once, in the first hours after an organization's reporting year has ended."""

import time

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName, year_of
from app.core.calendar.periods import HOUR_MS, day_start_ms, local_day, zone_named
from app.disclosure.frameworks.editions import edition_in
from app.disclosure.frameworks.frameworks import framework_named
from app.disclosure.history.still import AmendmentUnderWay
from app.disclosure.live.displays import shown_now
from app.disclosure.live.reporting import frameworks_for
from app.disclosure.publications.preparing import prepare_first
from app.disclosure.publications.steps import PublicationYear
from app.models import Organization, id_of
from app.store.directory.fiscal_years import calendar_of
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.reporting.figure_settings import figure_settings
from app.store.reporting.gwp_sets import gwp_choices
from app.store.reporting.publications import frameworks_published, publications_of

PREPARED_BY = "job:annual-draft"
_GRACE_MS = 6 * HOUR_MS


def draft_years(database: Database, *, at_ms: int | None = None) -> int:
    """Prepare the draft of every year that ended and has none yet; return how many.

    A year ends in the organization's time zone; six hours are left for its last readings. It is drafted by the edition
    in force of each framework the organization reports by, where any of its figures has a value; one that has not
    chosen any is taken to report by those it publishes or has settings for. Years that were over before the
    organization was there are left alone. `at_ms` is now when not given.
    """
    now_ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    with database.read() as session:
        due = [year for each in every_organization(session) for year in _due(session, each, now_ms)]
    return sum(_drafted(database, year) for year in due)


def _drafted(database: Database, year: PublicationYear) -> bool:
    """Prepare the draft of a year; tell whether there was none. While many readings are amended it waits for the next
    run.
    """
    try:
        return prepare_first(database, year, key_code=PREPARED_BY) is not None
    except AmendmentUnderWay:
        return False


def _due(session: Session, organization: Organization, now_ms: int) -> list[PublicationYear]:
    zone = zone_named(organization.timezone)
    calendar = calendar_of(organization)
    over = calendar.before(calendar.period_of(local_day(zone, now_ms - _GRACE_MS)))
    if organization.created_at >= day_start_ms(zone, over.end_day):
        return []
    return [
        PublicationYear(organization.code, framework, over.name)
        for framework in _frameworks(session, organization, over.name)
        if all(each.interim for each in publications_of(session, id_of(organization), framework, over.name))
        and shown_now(session, organization=organization.code, framework=framework, year=over.name)
    ]


def _frameworks(session: Session, organization: Organization, year: PeriodName) -> list[str]:
    """Return the editions to be drafted: those it has chosen, else those of what it uses, else of the default."""
    reported = [each.code for each in frameworks_for(organization, year)]
    if organization.frameworks is not None:
        return reported
    organization_id = id_of(organization)
    used = frameworks_published(session, organization_id)
    used |= {each.framework for each in gwp_choices(session, organization_id)}
    used |= {each.framework for each in figure_settings(session, organization_id)}
    return sorted({edition_in(framework_named(code).family, year_of(year)).code for code in used}) or reported
