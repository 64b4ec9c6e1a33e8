"""Making dirty days anew from their readings, and with them their months and years from their parts."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session

from app.core.calendar.periods import Grain, month_start, next_month_start
from app.core.inventory.meters import MeterSpec
from app.rollup.buckets.days import Days, days_of
from app.rollup.buckets.years import sum_up_years
from app.store.rollups.bucket_columns import insert_columns
from app.store.rollups.rollups import BucketKey, delete_days, insert_days, sum_up


def renew(session: Session, organization_id: int, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]) -> None:
    """Bring the buckets of spans of days, apart from each other, up to date, and their months and years."""
    if spans:
        put_days(session, organization_id, specs, spans, days_of(session, organization_id, specs, spans))


def put_days(
    session: Session,
    organization_id: int,
    specs: Mapping[int, MeterSpec],
    spans: Sequence[BucketKey],
    days: Days,
) -> None:
    """Put day buckets in the place of those of spans of days, and sum up the months and years that hold them."""
    delete_days(session, organization_id, spans)
    insert_columns(session, organization_id, days.columns)
    insert_days(session, organization_id, days.buckets)
    # Last, since months are summed from stored days, and years from stored months.
    _sum_up(session, organization_id, specs, spans)


def _sum_up(session: Session, organization_id: int, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]) -> None:
    sum_up(session, organization_id, _months(spans), into=Grain.MONTH, of=Grain.DAY)
    sum_up_years(session, organization_id, _years(spans, specs))


def _months(keys: Iterable[BucketKey]) -> list[BucketKey]:
    months: set[BucketKey] = set()
    for meter, first, end in keys:
        month = month_start(first)
        while month < end:
            months.add((meter, month, next_month_start(month)))
            month = next_month_start(month)
    return sorted(months)


def _years(keys: Iterable[BucketKey], specs: Mapping[int, MeterSpec]) -> list[BucketKey]:
    return sorted(
        {
            (meter, *period.bounds)
            for meter, first, end in keys
            for period in specs[meter].calendar.overlapping(first, end)
        }
    )
