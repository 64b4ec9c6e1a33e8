"""Working off marks: dirty days made anew, then their months, then their years, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session

from app.core.buckets import Bucket
from app.core.meters import MeterSpec
from app.core.periods import Grain, month_start, next_month_start, next_year_start, year_start
from app.rollup.compute import day_buckets
from app.rollup.dirty import DayRange, Stretch, dirty_days, is_ever, whole_life
from app.rollup.news import tell_rolled
from app.rollup.regular import is_regular, window
from app.store.directory import DirectoryCache
from app.store.engine import Database
from app.store.marks import mark_everything
from app.store.rolling import lock_meters, meters_with_marks, meters_with_own_starts, sum_regular_days, take_marks
from app.store.rollups import BucketKey, delete_days, delete_meter, insert_days, sum_up

_METERS_A_TRANSACTION = 500


def roll_pending(database: Database, *, meters_a_transaction: int = _METERS_A_TRANSACTION) -> int:
    """Work off every mark committed by now; return how many meters were rolled. Any number of processes may do it.

    One pass through the meters in order of id, so that the first ones, marked again meanwhile, never starve the last.
    """
    rolled = 0
    after = 0
    while True:
        with database.read() as session:
            meter_ids = meters_with_marks(session, after=after, limit=meters_a_transaction)
        if not meter_ids:
            return rolled
        with database.write() as session:
            rolled += roll(session, database.directories, meter_ids)
        after = meter_ids[-1]


def roll(session: Session, directories: DirectoryCache, meter_ids: Sequence[int]) -> int:
    """Take the marks of these meters and make everything they touch anew; return how many meters had any."""
    lock_meters(session, meter_ids)
    stretches: dict[int, list[Stretch]] = defaultdict(list)
    for meter_id, first, last in take_marks(session, meter_ids):
        stretches[meter_id].append((first, last))
    specs = directories.specs_of(session, list(stretches))
    ranges: dict[int, list[DayRange]] = {}
    for meter_id, spec in specs.items():
        if any(map(is_ever, stretches[meter_id])):
            delete_meter(session, meter_id)
            ranges[meter_id] = whole_life(session, spec)
        else:
            ranges[meter_id] = dirty_days(session, spec, stretches[meter_id])
    keys = [(meter_id, *days) for meter_id, all_days in ranges.items() for days in all_days]
    delete_days(session, keys)
    insert_days(session, _days_anew(session, specs, ranges))
    sum_up(session, _months(keys), into=Grain.MONTH, of=Grain.DAY)
    sum_up(session, _years(keys, specs), into=Grain.YEAR, of=Grain.MONTH)
    tell_rolled(session, keys, specs)
    return len(stretches)


def rebuild(database: Database, meter_ids: Sequence[int]) -> int:
    """Make all rollups of these meters anew from their readings; return how many meters were rolled."""
    with database.write() as session:
        mark_everything(session, meter_ids)
    return roll_pending(database)


def _days_anew(session: Session, specs: Mapping[int, MeterSpec], ranges: Mapping[int, list[DayRange]]) -> list[Bucket]:
    """Return the day buckets of every range by segments, but for regular days: those the database sums by itself."""
    own_starts = meters_with_own_starts(session, [meter for meter in ranges if is_regular(specs[meter])])
    regular = {meter for meter in ranges if is_regular(specs[meter]) and meter not in own_starts}
    windows = [window(specs[meter], day) for meter in regular for span in ranges[meter] for day in range(*span)]
    irregular = [(meter, (day, day + 1)) for meter, day in sum_regular_days(session, windows)]
    irregular += [(meter, span) for meter in ranges if meter not in regular for span in ranges[meter]]
    return [bucket for meter, span in irregular for bucket in day_buckets(session, specs[meter], *span)]


def _months(keys: Iterable[BucketKey]) -> list[BucketKey]:
    months: set[BucketKey] = set()
    for meter, first, end in keys:
        month = month_start(first)
        while month < end:
            months.add((meter, month, next_month_start(month)))
            month = next_month_start(month)
    return sorted(months)


def _years(keys: Iterable[BucketKey], specs: Mapping[int, MeterSpec]) -> list[BucketKey]:
    years: set[BucketKey] = set()
    for meter, first, end in keys:
        start_month = specs[meter].fiscal_start_month
        year = year_start(first, start_month)
        while year < end:
            years.add((meter, year, next_year_start(year, start_month)))
            year = next_year_start(year, start_month)
    return sorted(years)
