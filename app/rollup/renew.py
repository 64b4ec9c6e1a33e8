"""Making dirty days anew from their readings, and with them their months and years from their parts."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session

from app.core.buckets import Bucket
from app.core.meters import MeterSpec
from app.core.periods import Grain, month_start, next_month_start
from app.rollup.compute import day_buckets
from app.rollup.interval_days import interval_days
from app.rollup.segment_columns import in_columns
from app.rollup.years import sum_up_years
from app.store.rollup_columns import insert_columns
from app.store.rollups import BucketKey, delete_days, insert_days, sum_up


def renew(session: Session, organization_id: int, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]) -> None:
    """Bring the buckets of spans of days, apart from each other, up to date, and the months and years that hold them.

    Days of interval meters are made of columns, many meters at once; any other day by segments.
    """
    if not spans:
        return
    delete_days(session, spans)
    found, too_large = interval_days(session, specs, [span for span in spans if in_columns(specs[span[0]])])
    insert_columns(session, found)
    by_segments = [span for span in spans if not in_columns(specs[span[0]]) or span[0] in too_large]
    insert_days(
        session,
        [bucket for meter, first, end in by_segments for bucket in day_buckets(session, specs[meter], first, end)],
    )
    _sum_up(session, specs, spans)


def put_days(
    session: Session,
    organization_id: int,
    specs: Mapping[int, MeterSpec],
    spans: Sequence[BucketKey],
    buckets: Sequence[Bucket],
) -> None:
    """Put day buckets in the place of those of spans of days, and sum up the months and years that hold them."""
    delete_days(session, spans)
    insert_days(session, buckets)
    _sum_up(session, specs, spans)


def _sum_up(session: Session, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]) -> None:
    sum_up(session, _months(spans), into=Grain.MONTH, of=Grain.DAY)
    sum_up_years(session, _years(spans, specs))


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
