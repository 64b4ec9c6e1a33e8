"""What is missing of a year's readings: meters and months without any, and activities that are covered too little."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from sqlmodel import Session

from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity, CountedMeter
from app.accounting.ledger.ledger import Group
from app.accounting.ledger.sites import held_spans
from app.accounting.metrics.so_far import activity_so_far
from app.core.calendar.periods import Grain, date_of, local_day, month_start, next_month_start
from app.core.inventory.resources import MeterKind
from app.core.sentences import listed, sentence
from app.core.units.quantities import Rounding, display
from app.disclosure.figures.books import Books
from app.models import id_of
from app.rollup.buckets.coverage import in_service_days
from app.store.rollups.rollups import buckets, months_with_readings

ENOUGH = Decimal("0.95")
"""The share of the expected time that readings should cover."""

_MEND = sentence("Send the readings, or correct in_service_from and in_service_to of the meter")


def missing_readings(session: Session, books: Books, *, now_ms: int | None) -> Iterator[Finding]:
    """Yield the gaps in a year's readings, by plant and resource.

    Nothing is expected of the days from now on, of those on which a plant is not held, nor of a month that is not over
    or not held to its end; without `now_ms` the year is over.
    """
    expecting = [group for group in books.boundary.groups if any(map(_expects, group.meters))]
    ends = {group.site.place.plant: _end(group, books.period.end_day, now_ms) for group in books.boundary.groups}
    yield from _missing(session, books, expecting, ends)
    ledger = next(iter(books.evaluations.values())).ledger
    groups = {_identity(group): group for group in books.boundary.groups}
    for entry in ledger.entries:
        activity = entry.activity
        place = activity.site.place.plant, activity.resource, tuple(sorted(activity.attributes.items()))
        if activity.has_data and place in groups:
            yield from _low_coverage(activity, groups[place].meters, now_ms)


def _identity(group: Group) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return group.site.place.plant, group.resource, tuple(sorted(group.attributes.items()))


def _expects(meter: CountedMeter) -> bool:
    """Tell whether readings of the meter are due at known times."""
    return meter.interval is not None or meter.kind not in (MeterKind.EVENT, MeterKind.STOCK)


def _end(group: Group, end_day: int, now_ms: int | None) -> int:
    """Return the first day of the year that has not ended at a plant."""
    return end_day if now_ms is None else min(end_day, local_day(group.site.zone, now_ms))


def _missing(session: Session, books: Books, groups: Sequence[Group], ends: dict[str, int]) -> Iterator[Finding]:
    """Yield the meters without a reading in the year, and the months without any of those that have some."""
    due = {
        meter.id: _due(meter, held_spans(group.site, books.period.first_day, ends[meter.plant]))
        for group in groups
        for meter in group.meters
        if _expects(meter)
    }
    own = id_of(books.organization)
    days = {"first_day": _first_month(books.period.first_day), "end_day": month_start(books.period.end_day)}
    months = months_with_readings(session, own, meter_ids=list(due), **days) if due else {}
    months |= dict.fromkeys(
        _read_in_part(session, books, [each for each in due if due[each] and each not in months]), 0
    )
    # Where a plant is not held all the year, readings may be of the days on which it is not.
    partly = {meter.id for group in groups if group.site.later for meter in group.meters}
    gappy = [each for each in due if each in months and (each in partly or months[each] < len(due[each]))]
    present: dict[int, set[int]] = {each: set() for each in gappy}
    if gappy:
        for bucket in buckets(session, own, meter_ids=gappy, grain=Grain.MONTH, **days):
            if bucket.count or bucket.covered_s:
                present[bucket.meter_id].add(bucket.start_day)
    for group in groups:
        place = f"{group.site.place.plant}, {group.resource}"
        silent = [meter.code for meter in group.meters if due.get(meter.id) and meter.id not in months]
        if silent:
            words = sentence("%(place)s: no readings in the year of %(silent)s", place=place, silent=listed(silent))
            yield Finding("missing_meter", Severity.WARNING, words, _MEND)
        for meter in group.meters:
            if meter.id in present:
                absent = [f"{date_of(day):%Y-%m}" for day in due[meter.id] if day not in present[meter.id]]
                if absent:
                    words = sentence(
                        "%(place)s: %(meter)s has no readings in %(absent)s",
                        place=place,
                        meter=meter.code,
                        absent=listed(absent),
                    )
                    yield Finding("missing_months", Severity.WARNING, words, _MEND)


def _first_month(day: int) -> int:
    """Return the first month that begins on or after `day`."""
    return day if month_start(day) == day else next_month_start(day)


def _read_in_part(session: Session, books: Books, meter_ids: Sequence[int]) -> list[int]:
    """Return the meters of these, none of which has a reading in a whole month of the year, that have one in it."""
    first_day = books.period.first_day
    if not meter_ids or books.period.is_of_months:
        return []
    own, days = id_of(books.organization), {"first_day": first_day, "end_day": first_day + 1}
    years = buckets(session, own, meter_ids=meter_ids, grain=Grain.YEAR, **days)
    return [bucket.meter_id for bucket in years if bucket.count or bucket.covered_s]


def _due(meter: CountedMeter, spans: Iterable[tuple[int, int]]) -> list[int]:
    """Return the first day of each month of which readings are due whole: in service, and on days of a span."""
    in_service = (in_service_days(first, end, meter.in_service_from, meter.in_service_to) for first, end in spans)
    return [month for days in in_service for month in _whole_months(days)]


@lru_cache(maxsize=1024)
def _whole_months(days: tuple[int, int]) -> tuple[int, ...]:
    """Return the first day of each whole month in local days [first, end)."""
    first, end = days
    found, day = [], month_start(first)
    while next_month_start(day) <= end:
        if day >= first:
            found.append(day)
        day = next_month_start(day)
    return tuple(found)


def _low_coverage(activity: Activity, meters: Sequence[CountedMeter], now_ms: int | None) -> Iterator[Finding]:
    if now_ms is not None:
        activity = activity_so_far(activity, {each.code: each for each in meters}, now_ms=now_ms)
    share = activity.coverage.share
    if share is not None and share < ENOUGH:
        shown = display(share * 100, decimals=1, rounding=Rounding.DOWN)
        attributes = "".join(f" {value}" for _, value in sorted(activity.attributes.items()))
        words = sentence(
            "%(plant)s, %(resource)s%(attributes)s: readings cover %(shown)s %% of the time",
            plant=activity.site.place.plant,
            resource=activity.resource,
            attributes=attributes,
            shown=shown,
        )
        mend = sentence("Send what is missing, or state it by readings of quality estimated")
        yield Finding("low_coverage", Severity.WARNING, words, mend)
