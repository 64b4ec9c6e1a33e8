"""The intensity metrics: any additive metric per step of any denominator, by year and month."""

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount, divided
from app.accounting.metrics.breakdown import Line, MonthValue, Slices, coverage_of, line
from app.accounting.metrics.denominators import Denominator
from app.accounting.metrics.divisors import indivisible
from app.core.units.quantities import EXACT


@dataclass(frozen=True, slots=True)
class Intensity:
    """A metric per `denominator.step` of a denominator: year / year, and each month / the same month."""

    metric: str
    denominator: Denominator
    numerator: Line
    divisor: Line
    ratio: Line


def intensity(
    metric: str, of: Amount, denominator: Denominator, per: Amount, slices: Slices, *, level: Slices | None
) -> Intensity:
    """Return the intensity of `of` to `per`; `level` are the whole months of a `per` that is a mean level."""
    numerator = line(of, slices, {"metric": metric})
    divisor = line(per, slices, {"denominator": denominator.key})
    if level is not None:
        divisor = replace(divisor, months=level_months(per, level))
    pairs = zip(numerator.months, divisor.months, strict=True)
    labels = {"metric": metric, "denominator": denominator.key}
    found = line(_quotient(of, per, denominator.step), slices, labels)
    return Intensity(
        metric=metric,
        denominator=denominator,
        numerator=numerator,
        divisor=divisor,
        ratio=replace(found, months=tuple(_month(above, below, denominator.step) for above, below in pairs)),
    )


def _quotient(of: Amount, per: Amount, step: Decimal) -> Amount:
    reason = None if of.value is None else indivisible(per, "the denominator")
    if of.value is None or per.value is None or reason is not None:
        findings = (*of.findings, *(() if reason is None else (reason,)))
        return Amount(None, of.unit, (), of.activities, findings, of.formula, per, of.gaps)
    with localcontext(EXACT):
        return divided(of, per, per.value / step, unit=of.unit)


def level_months(amount: Amount, slices: Slices) -> tuple[MonthValue, ...]:
    """Return the months of a level's mean: the sum over its groups, consolidated; slices are whole months.

    A share that holds for a part of a month enters by days.
    """
    found = []
    for first_day, parts in zip(slices.month_starts, _parts(amount, slices), strict=True):
        known = [(part.mean, share) for part, share in parts if part.mean is not None]
        with localcontext(EXACT):
            value = sum((mean * share for mean, share in known), Decimal(0)) if known else None
        found.append(MonthValue(first_day, value, coverage_of([part for part, _ in parts]), None, None))
    return tuple(found)


def _parts(amount: Amount, slices: Slices) -> list[list[tuple[Activity, Decimal]]]:
    """Return what each group did in each month in which it is held, and the share of it that counts."""
    months: list[list[tuple[Activity, Decimal]]] = [[] for _ in slices.month_starts]
    for activity in amount.activities:
        for of_month, part in zip(months, slices.activities.get(activity.group, ()), strict=True):
            first, end = max(activity.first_day, part.first_day), min(activity.end_day, part.end_day)
            if first < end:
                of_days = quotient(Decimal(end - first), Decimal(part.end_day - part.first_day))
                of_month.append((part, EXACT.multiply(of_days, activity.site.share)))
    return months


def _month(above: MonthValue, below: MonthValue, step: Decimal) -> MonthValue:
    """Return a month's quotient, with the lower coverage of its two parts."""
    value = None
    if above.value is not None and below.value is not None and below.value > 0:
        with localcontext(EXACT):
            value = quotient(above.value, below.value / step)
    coverages = [each for each in (above.coverage, below.coverage) if each is not None]
    return replace(above, value=value, coverage=min(coverages, default=None))
