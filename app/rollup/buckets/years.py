"""Year buckets: each of a reporting period, made up of its months, or of its days where it does not begin with one."""

from collections.abc import Sequence

from sqlmodel import Session

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.fiscal_years import ReportingPeriod
from app.core.calendar.periods import Grain, month_start
from app.store.arrivals.meter_locks import lock_meters
from app.store.arrivals.rollup_additions import restate_years
from app.store.inventory.meters import meter_ids
from app.store.rollups.rollups import BucketKey, delete_buckets, sum_up, year_span


def sum_up_years(session: Session, organization_id: int, keys: Sequence[BucketKey]) -> None:
    """Make year buckets anew from their months, or from their days where they are not made up of whole months."""
    of_months = [key for key in keys if month_start(key[1]) == key[1] and month_start(key[2]) == key[2]]
    of_days = sorted(set(keys).difference(of_months))
    sum_up(session, organization_id, of_months, into=Grain.YEAR, of=Grain.MONTH)
    sum_up(session, organization_id, of_days, into=Grain.YEAR, of=Grain.DAY)


def replace_years(
    session: Session, organization_id: int, *, before: FiscalCalendar, after: FiscalCalendar
) -> list[ReportingPeriod]:
    """Put year buckets of other bounds in the place of those that are no reporting periods any more; return the new.

    The work is that of the meters times the periods that change, whatever the number of readings. Rollers that come
    later find the new bounds: they wait here for the meters, and look at the inventory's version afterwards.
    """
    meters = meter_ids(session, organization_id)
    lock_meters(session, meters)
    # Under the locks: nobody adds to a year from here on.
    span = year_span(session, organization_id, meters)
    if span is None:
        return []
    first_day, end_day = span[0], before.period_of(span[1]).end_day
    old, new = before.overlapping(first_day, end_day), after.overlapping(first_day, end_day)
    kept = {period.bounds for period in old} & {period.bounds for period in new}
    gone = [period.first_day for period in old if period.bounds not in kept]
    made = [period for period in new if period.bounds not in kept]
    restate_years(session, organization_id, meters, lambda day: after.period_of(day).first_day)
    delete_buckets(session, organization_id, meters, grain=Grain.YEAR, start_days=gone)
    sum_up_years(session, organization_id, [(meter, *period.bounds) for meter in meters for period in made])
    return made
