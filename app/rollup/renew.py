"""Bringing dirty days up to date, and with them their months and years."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session

from app.core.daywindow import DayWindow
from app.core.meters import MeterSpec
from app.core.periods import Grain, month_start, next_month_start
from app.rollup.compute import day_buckets
from app.rollup.regular import DayCalendar, day_calendar, day_window, is_regular
from app.rollup.years import sum_up_years
from app.store.rolling import meters_with_own_starts, roll_plain_days, sum_regular_days
from app.store.rollups import BucketKey, delete_days, insert_days, sum_up


def renew(session: Session, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]) -> None:
    """Bring the buckets of spans of days up to date, with the months and years that hold them.

    Plain days first, by what they change. The rest is made anew, each day from its readings, each month and year from
    its parts; what the plain days have added is in those parts.
    """
    regular = _regular_meters(session, specs, {meter for meter, _, _ in spans})
    left = [span for span in spans if span[0] not in regular]
    left += _renew_plain([span for span in spans if span[0] in regular], session, specs)
    if not left:
        return
    delete_days(session, left)
    _insert_anew(session, specs, left, regular)
    sum_up(session, _months(left), into=Grain.MONTH, of=Grain.DAY)
    sum_up_years(session, _years(left, specs))


def _regular_meters(session: Session, specs: Mapping[int, MeterSpec], meters: Iterable[int]) -> set[int]:
    """Return the meters whose days the database can sum: on a grid, and no reading states a start of its own."""
    on_a_grid = [meter for meter in sorted(meters) if is_regular(specs[meter])]
    return set(on_a_grid) - meters_with_own_starts(session, on_a_grid)


def _renew_plain(spans: Sequence[BucketKey], session: Session, specs: Mapping[int, MeterSpec]) -> list[BucketKey]:
    """Bring plain days up to date; return the others, a day each."""
    windows = _windows(spans, specs)
    left = roll_plain_days(session, [window for window in windows if window.whole])
    left |= {(meter, window.day) for window in windows if not window.whole for meter in window.meters}
    return [(meter, day, day + 1) for meter, day in sorted(left)]


def _windows(spans: Iterable[BucketKey], specs: Mapping[int, MeterSpec]) -> list[DayWindow]:
    """Return the days of the spans, each once for all meters that share it."""
    sharing: dict[tuple[DayCalendar, int, int], list[int]] = defaultdict(list)
    for meter, first, end in spans:
        sharing[day_calendar(specs[meter]), first, end].append(meter)
    return [
        day_window(calendar, day, tuple(meters))
        for (calendar, first, end), meters in sharing.items()
        for day in range(first, end)
    ]


def _insert_anew(
    session: Session, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey], regular: set[int]
) -> None:
    """Insert the day buckets of the spans: regular days summed by the database, others by segments."""
    windows = _windows([span for span in spans if span[0] in regular], specs)
    by_segments = [span for span in spans if span[0] not in regular]
    by_segments += [(meter, day, day + 1) for meter, day in sum_regular_days(session, windows)]
    insert_days(
        session,
        [bucket for meter, first, end in by_segments for bucket in day_buckets(session, specs[meter], first, end)],
    )


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
