"""Holding gauges against their permit limits: over a reporting year, and lately for whoever watches."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlmodel import Session

from app.accounting.exact import converted
from app.accounting.findings import Finding, Severity
from app.accounting.stacks.permit_limits import (
    VALID_SHARE,
    AveragingPeriod,
    ComplianceStatus,
    Over,
    PeriodMean,
    compared,
    conditions_of,
    status_of,
    times_over,
)
from app.core.calendar.periods import HOUR_MS, SECOND_MS, Grain, day_start_ms, local_day
from app.core.sentences import N_, sentence
from app.core.units.quantities import EXACT
from app.models import Exceedance, PermitLimit, id_of
from app.rollup.buckets.coverage import in_service_days
from app.rollup.buckets.hours import hours_by_day, parsed
from app.store.directory.metered import Metered, metered
from app.store.reporting.limits import LimitRow, exceedances_from, limits_of, replace_exceedances
from app.store.rollups.rollups import buckets


@dataclass(frozen=True, slots=True)
class Compliance:
    """How one limit was kept over [start_ms, end_ms), the part of what was asked in which it holds.

    `expected` periods were looked for, `valid` of them have a mean, `over` of them lie above the limit.
    """

    row: LimitRow
    status: ComplianceStatus
    start_ms: int
    end_ms: int
    expected: int
    valid: int
    over: int
    highest: Decimal | None
    exceedances: tuple[Over, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NewExceedance:
    """An exceedance that was not known before, or has become longer or worse."""

    row: LimitRow
    over: Over


def compliances(
    session: Session, organization_id: int, *, first_day: int, end_day: int, plants: Collection[str] = (), now_ms: int
) -> list[Compliance]:
    """Return how every limit was kept on local days [first_day, end_day), up to now; by plant and code.

    Raises NotThere for an unknown plant.
    """
    rows = limits_of(session, organization_id, plants=plants)
    meters = {each.spec.id: each for each in metered(session, organization_id, plants=plants)}
    return [_compliance(session, row, meters[row.limit.meter_id], first_day, end_day, now_ms) for row in rows]


def _compliance(
    session: Session, row: LimitRow, gauge: Metered, first_day: int, end_day: int, now_ms: int
) -> Compliance:
    start_ms, end_ms = _window(row, gauge, first_day, end_day, now_ms)
    means = means_between(session, row, gauge, start_ms, end_ms)
    over = times_over(means, row.limit.value)
    findings = _findings(row)
    values = [mean.value for mean in means if mean.value is not None]
    expected = _expected(gauge, AveragingPeriod(row.limit.averaging_period), start_ms, end_ms)
    if len(values) < expected:
        lacking = expected - len(values)
        words = sentence(
            N_("%(lacking)s of %(expected)s hours lack readings for %(share)s of it")
            if row.limit.averaging_period == AveragingPeriod.HOUR
            else N_("%(lacking)s of %(expected)s days lack readings for %(share)s of it"),
            lacking=lacking,
            expected=expected,
            share=f"{VALID_SHARE:.0%}",
        )
        findings.append(Finding("periods_without_mean", Severity.WARNING, words))
    return Compliance(
        row=row,
        status=status_of(means, over, findings),
        start_ms=start_ms,
        end_ms=end_ms,
        expected=expected,
        valid=len(values),
        over=sum(each.periods for each in over),
        highest=max(values, default=None),
        exceedances=tuple(over),
        findings=tuple(findings),
    )


def _window(row: LimitRow, gauge: Metered, first_day: int, end_day: int, now_ms: int) -> tuple[int, int]:
    """Return [start, end) of the days on which limit and gauge are in force, up to now; start = end where none is."""
    spec = gauge.spec
    first, end = in_service_days(first_day, end_day, row.limit.valid_from, row.limit.valid_to)
    first, end = in_service_days(first, end, spec.in_service_from, spec.in_service_to)
    if first >= end:
        start = day_start_ms(spec.zone, first_day)
        return start, start
    start, stop = day_start_ms(spec.zone, first), day_start_ms(spec.zone, end)
    return start, max(min(stop, _whole_periods(row, gauge, now_ms)), start)


def _whole_periods(row: LimitRow, gauge: Metered, now_ms: int) -> int:
    """Return when the last period that is over by now ended."""
    today = day_start_ms(gauge.spec.zone, local_day(gauge.spec.zone, now_ms))
    if AveragingPeriod(row.limit.averaging_period) is AveragingPeriod.DAY:
        return today
    return today + (now_ms - today) // HOUR_MS * HOUR_MS


def means_between(session: Session, row: LimitRow, gauge: Metered, start_ms: int, end_ms: int) -> list[PeriodMean]:
    """Return the gauge's means of each hour or day that readings touch, in the limit's unit, in order."""
    if start_ms >= end_ms:
        return []
    if AveragingPeriod(row.limit.averaging_period) is AveragingPeriod.DAY:
        return _daily(session, row, gauge, start_ms, end_ms)
    zone = gauge.spec.zone
    days = hours_by_day(session, gauge.spec, local_day(zone, start_ms), local_day(zone, end_ms - 1) + 1)
    return [
        PeriodMean(hour.start_ms, hour.end_ms, _true(hour.mean, gauge, row.limit.unit))
        for text in days.values()
        for hour in parsed(text)
        if start_ms <= hour.start_ms and hour.end_ms <= end_ms
    ]


def _daily(session: Session, row: LimitRow, gauge: Metered, start_ms: int, end_ms: int) -> list[PeriodMean]:
    spec = gauge.spec
    first_day, end_day = local_day(spec.zone, start_ms), local_day(spec.zone, end_ms - 1) + 1
    days = {"first_day": first_day, "end_day": end_day}
    stored = buckets(session, spec.organization_id, meter_ids=[spec.id], grain=Grain.DAY, **days)
    found = []
    for day in stored:
        start, end = day_start_ms(spec.zone, day.start_day), day_start_ms(spec.zone, day.start_day + 1)
        stands = day.mean is not None and day.covered_s * SECOND_MS >= VALID_SHARE * (end - start)
        mean = None if day.mean is None or not stands else day.mean.scaleb(-6, context=EXACT)
        if start_ms <= start and end <= end_ms:
            found.append(PeriodMean(start, end, _true(mean, gauge, row.limit.unit)))
    return found


def _true(mean: Decimal | None, gauge: Metered, unit: str) -> Decimal | None:
    return None if mean is None else converted(EXACT.multiply(mean, gauge.multiplier), gauge.unit, unit)


def _expected(gauge: Metered, period: AveragingPeriod, start_ms: int, end_ms: int) -> int:
    if period is AveragingPeriod.HOUR:
        return (end_ms - start_ms) // HOUR_MS
    return local_day(gauge.spec.zone, end_ms) - local_day(gauge.spec.zone, start_ms)


def _findings(row: LimitRow) -> list[Finding]:
    required = conditions_of(row.limit.model_dump())
    return list(compared(required, conditions_of(row.meter.attributes), meter=f"meter {row.meter.code}"))


def renew_exceedances(session: Session, organization_id: int, *, now_ms: int) -> list[NewExceedance]:
    """Recompute yesterday's and today's exceedances of an organization's limits, store them, and return what is new.

    An exceedance that had begun before is followed back to its beginning.
    """
    gauges = {each.spec.id: each for each in metered(session, organization_id)}
    rows = limits_of(session, organization_id)
    return [new for row in rows for new in _renewed(session, row, gauges[row.limit.meter_id], now_ms)]


def _renewed(session: Session, row: LimitRow, gauge: Metered, now_ms: int) -> list[NewExceedance]:
    spec = gauge.spec
    today = local_day(spec.zone, now_ms)
    known = exceedances_from(session, row.limit, day_start_ms(spec.zone, today - 1))
    first_day = min([today - 1, *(local_day(spec.zone, each.start_at) for each in known)])
    start_ms, end_ms = _window(row, gauge, first_day, today + 1, now_ms)
    over = times_over(means_between(session, row, gauge, start_ms, end_ms), row.limit.value)
    before = {(each.start_at, each.end_at, each.worst) for each in known}
    kept = [each for each in known if each.start_at < start_ms]
    stale = [each for each in known if each.start_at >= start_ms]
    fresh = [_stored(row.limit, each, now_ms) for each in over]
    if {(each.start_at, each.end_at, each.worst) for each in (*kept, *fresh)} != before:
        replace_exceedances(session, stale, fresh)
    found = (replace(each, worst=_kept(each.worst)) for each in over)
    return [NewExceedance(row, each) for each in found if (each.start_ms, each.end_ms, each.worst) not in before]


def _stored(limit: PermitLimit, over: Over, now_ms: int) -> Exceedance:
    return Exceedance(
        organization_id=limit.organization_id,
        limit_id=id_of(limit),
        start_at=over.start_ms,
        end_at=over.end_ms,
        periods=over.periods,
        worst=_kept(over.worst),
        worst_at=over.worst_at_ms,
        found_at=now_ms,
    )


def _kept(worst: Decimal) -> Decimal:
    """Return a mean as it is stored: what was divided has no last digit."""
    return worst.quantize(Decimal(1).scaleb(-12), context=EXACT).normalize(context=EXACT)
