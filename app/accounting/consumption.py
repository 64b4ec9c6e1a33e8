"""Quantities of resources in their own units, and levels that are counted at instants."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from enum import StrEnum

from app.accounting.activity import Activity
from app.accounting.amounts import Amount, Term, total
from app.accounting.findings import Finding
from app.accounting.ledger import Entry, Ledger
from app.core.quantities import EXACT
from app.core.resources import matches


class Statistic(StrEnum):
    """How a level becomes one number of a period: its mean, or where it stood at the end."""

    MEAN = "mean"
    PERIOD_END = "period_end"


Where = Mapping[str, str]
"""Attribute values that an activity must have; empty asks for all."""


def entries_of(ledger: Ledger, resources: Sequence[str], where: Where) -> Iterator[Entry]:
    """Yield the entries of the resources (each may end in `.*`) that have these attributes."""
    metered = ledger.by_resource
    wanted = [key for key in metered if any(matches(resource, key) for resource in resources)]
    entries = metered[wanted[0]] if len(wanted) == 1 else ledger.entries if wanted else ()
    for entry in entries:
        if entry.activity.resource in wanted and where.items() <= entry.activity.attributes.items():
            yield entry


def findings_of(activities: Sequence[Activity]) -> list[Finding]:
    """Return what was found while measuring."""
    return [finding for activity in activities for finding in activity.findings]


def quantity(ledger: Ledger, resources: Sequence[str], where: Where, *, unit: str) -> Amount:
    """Return what was used, in the canonical unit the resources share, consolidated."""
    activities = [entry.activity for entry in entries_of(ledger, resources, where)]
    terms = [_term(activity, activity.quantity) for activity in activities if activity.quantity is not None]
    return total(
        terms, unit=unit, activities=activities, findings=findings_of(activities), formula=" + ".join(resources)
    )


def level(ledger: Ledger, resources: Sequence[str], where: Where, *, statistic: Statistic, unit: str) -> Amount:
    """Return the sum over plants of a level's mean or closing value."""
    activities = [entry.activity for entry in entries_of(ledger, resources, where)]
    of_each = [(activity, activity.mean if statistic is Statistic.MEAN else activity.last) for activity in activities]
    terms = [_term(activity, value) for activity, value in of_each if value is not None]
    formula = f"{statistic} of {' + '.join(resources)}"
    return total(terms, unit=unit, activities=activities, findings=findings_of(activities), formula=formula)


def _term(activity: Activity, value: Decimal) -> Term:
    with localcontext(EXACT):
        return Term(
            activity=activity,
            quantity=value,
            multiplier=Decimal(1),
            converted_to=activity.unit,
            choice=None,
            per_unit=Decimal(1),
            value=value * activity.site.share,
        )
