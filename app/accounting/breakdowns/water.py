"""The water metrics: withdrawal by source, recycling, discharge by destination, and what was consumed."""

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.breakdown import Line, MonthValue, Slices, line, lines, part_of
from app.accounting.metrics.divisors import share_of
from app.core.calendar.periods import date_of
from app.core.sentences import listed, sentence
from app.core.units.quantities import EXACT, plain

RECYCLING_WORDS = "recycled / (withdrawal + recycled)"
CONSUMPTION_WORDS = "withdrawal - discharge; null where either is"


@dataclass(frozen=True, slots=True)
class Classified:
    """The part of withdrawal that an attribute marks true: its share of the whole is null where nothing says.

    `unclassified` is what no attribute speaks of; it counts as neither.
    """

    quantity: Decimal | None
    share: Decimal | None
    unclassified: Decimal | None


@dataclass(frozen=True, slots=True)
class WaterMetrics:
    """Water of a year in m3; shares and rates are 0 to 1."""

    withdrawal: Line
    withdrawal_by_source: tuple[Line, ...]
    withdrawal_by_plant: tuple[Line, ...]
    recycled: Line
    recycled_by_plant: tuple[Line, ...]
    discharge: Line
    discharge_by_destination: tuple[Line, ...]
    discharge_by_plant: tuple[Line, ...]
    consumption: Line
    recycling_rate: Decimal | None
    freshwater: Classified
    stressed: Classified


def water_metrics(
    withdrawal: Amount, recycled: Amount, discharge: Amount, consumption: Amount, slices: Slices
) -> WaterMetrics:
    """Return the metrics of a year's amounts, all in m3."""
    taken, given = line(withdrawal, slices, {}), line(discharge, slices, {})
    used = line(consumption, slices, {})
    return WaterMetrics(
        withdrawal=taken,
        withdrawal_by_source=tuple(lines(withdrawal, slices, lambda each: _by(each, "source"))),
        withdrawal_by_plant=tuple(lines(withdrawal, slices, _plant)),
        recycled=line(recycled, slices, {}),
        recycled_by_plant=tuple(lines(recycled, slices, _plant)),
        discharge=given,
        discharge_by_destination=tuple(lines(discharge, slices, lambda each: _by(each, "destination"))),
        discharge_by_plant=tuple(lines(discharge, slices, _plant)),
        consumption=_by_month(used, taken, given),
        recycling_rate=recycling_rate(withdrawal, recycled),
        freshwater=classified(withdrawal, "freshwater"),
        stressed=classified(withdrawal, "stressed"),
    )


def recycling_rate(withdrawal: Amount, recycled: Amount) -> Decimal | None:
    """Return the recycled part of all water used, 0 to 1; null where either is unknown or nothing was used."""
    if withdrawal.value is None or recycled.value is None or withdrawal.gaps or recycled.gaps:
        return None
    with localcontext(EXACT):
        used = withdrawal.value + recycled.value
    return quotient(recycled.value, used) if used > 0 else None


def classified(withdrawal: Amount, attribute: str) -> Classified:
    """Return the part of withdrawal for which the attribute is `true`."""
    marked = part_of(withdrawal, lambda each: each.attributes.get(attribute) == "true")
    silent = part_of(withdrawal, lambda each: attribute not in each.attributes)
    says = any(attribute in activity.attributes for activity in withdrawal.activities)
    if not says or withdrawal.value is None:
        return Classified(None, None, silent.value)
    quantity = marked.value if marked.value is not None else Decimal(0) if not marked.activities else None
    return Classified(quantity, None if marked.gaps else share_of(quantity, withdrawal), silent.value)


def _plant(activity: Activity) -> dict[str, str]:
    return {"plant": activity.site.place.plant}


def _by(activity: Activity, attribute: str) -> dict[str, str]:
    return {attribute: activity.attributes.get(attribute, "unclassified")}


def _by_month(used: Line, taken: Line, given: Line) -> Line:
    """Return the consumption with its months, and an error for those in which more was given than taken."""
    months = tuple(map(_consumed, taken.months, given.months, used.months))
    less = [
        sentence(
            "%(amount)s in %(month)s",
            amount=f"{plain(each.value)} {used.unit}",
            month=f"{date_of(each.first_day):%Y-%m}",
        )
        for each in months
        if each.value is not None and each.value < 0
    ]
    if not less:
        return replace(used, months=months)
    words = sentence("withdrawal - discharge is negative: %(less)s", less=listed(less))
    mend = sentence(
        "check both sides: what is stored, rain and recycled water are discharged without being withdrawn in the month"
    )
    found = Finding("negative_difference", Severity.ERROR, words, mend=mend)
    return replace(used, months=months, checks=(*used.checks, found))


def _consumed(taken: MonthValue, given: MonthValue, used: MonthValue) -> MonthValue:
    """Return a month's consumption: nothing is subtracted as if it were zero."""
    known = taken.value is not None and given.value is not None
    return used if known else replace(used, value=None)
