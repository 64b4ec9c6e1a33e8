"""Coverage of the days that have come: of a running year, nothing is expected of those that are ahead."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from app.accounting.findings import Finding
from app.accounting.ledger.activity import Activity, CountedMeter, Coverage, silence
from app.accounting.ledger.amounts import Amount
from app.core.calendar.periods import local_day
from app.core.inventory.resources import MeterKind
from app.rollup.buckets.coverage import expected_seconds


def so_far(amount: Amount, meters: Mapping[str, CountedMeter], *, now_ms: int) -> Amount:
    """Return an amount whose coverage counts the local days that ended by an instant (UTC ms); its value is the same.

    `meters` are those of its activities, by code. A year of which half has come and was read wholly is covered by all,
    where its coverage over the year is a half. A quotient's divisor is looked at in the same way. A meter whose service
    begins on a day to come, or of which no day has ended, is not told of as silent.
    """
    early = {each for one in amount.activities for each in _early_silences(one, meters, now_ms)}
    early |= {each for gap in amount.gaps for each in _early_silences(gap.activity, meters, now_ms)}
    activities = tuple(activity_so_far(each, meters, now_ms=now_ms) for each in amount.activities)
    gaps = tuple(replace(gap, activity=activity_so_far(gap.activity, meters, now_ms=now_ms)) for gap in amount.gaps)
    divisor = None if amount.divisor is None else so_far(amount.divisor, meters, now_ms=now_ms)
    findings = tuple(each for each in amount.findings if each not in early)
    return replace(amount, activities=activities, gaps=gaps, divisor=divisor, findings=findings)


def activity_so_far(activity: Activity, meters: Mapping[str, CountedMeter], *, now_ms: int) -> Activity:
    """Return an activity with the coverage of its local days that ended by an instant (UTC ms)."""
    end_day = local_day(activity.site.zone, now_ms)
    if end_day >= activity.end_day:
        return activity
    own = [meters[code] for code in activity.meters if code in meters and _expects(meters[code])]
    due_s = sum(_due_s(each, activity, end_day) for each in own)
    # What today has brought so far covers no day that has ended.
    return replace(activity, coverage=Coverage(min(activity.coverage.covered_s, Decimal(due_s)), due_s))


def _early_silences(activity: Activity, meters: Mapping[str, CountedMeter], now_ms: int) -> Iterator[Finding]:
    """Yield what would be told of meters of an activity that nothing was due of by an instant (UTC ms)."""
    end_day = local_day(activity.site.zone, now_ms)
    if end_day >= activity.end_day:
        return
    for code in activity.meters:
        if code in meters and not _due_s(meters[code], activity, end_day):
            yield silence(code, activity.site)


def _due_s(meter: CountedMeter, activity: Activity, end_day: int) -> int:
    """Return the seconds of the activity's local days before `end_day` in which the meter was in service."""
    first, end = activity.first_day, max(end_day, activity.first_day)
    return expected_seconds(activity.site.zone, first, end, meter.in_service_from, meter.in_service_to)


def _expects(meter: CountedMeter) -> bool:
    """Tell whether readings of the meter are due at known times."""
    return meter.interval is not None or meter.kind not in (MeterKind.EVENT, MeterKind.STOCK)
