"""Quantities of resources in their own units, and levels that are counted at instants."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from fractions import Fraction

from app.accounting.exact import quotient
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.measure import Measure
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount, Gap, Statistic, Term, nothing_of, part_total, total
from app.accounting.ledger.lacks import lack_of
from app.accounting.ledger.ledger import Entry, Ledger
from app.core.inventory.resources import matches
from app.core.sentences import listed, sentence
from app.core.units.gas_volumes import ReferenceConditions
from app.core.units.quantities import EXACT

_UNKNOWN = ("overflow", "register_reset", "register_drop_out", "register_spike", "implausible_rise")

Where = Mapping[str, str]
"""Attribute values that an activity must have; empty asks for all."""


@dataclass(frozen=True, slots=True)
class Having:
    """The values of an attribute, one of which an activity must have to count."""

    attribute: str
    values: tuple[str, ...]

    def holds(self, activity: Activity) -> bool:
        """Tell whether an activity has one of the values."""
        return activity.attributes.get(self.attribute) in self.values

    def not_stated_by(self, activities: Iterable[Activity]) -> list[Activity]:
        """Return the activities that do not have the attribute."""
        return [activity for activity in activities if self.attribute not in activity.attributes]


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


def gaps_of(activities: Iterable[Activity]) -> list[Gap]:
    """Return the activities whose meters have readings of which what they add up to is unknown."""
    return [
        Gap(activity, _without_quantity(activity, why))
        for activity in activities
        if activity.has_data and activity.quantity is None
        for why in [next((each for each in activity.findings if each.code in _UNKNOWN), None)]
        if why is not None
    ]


def _without_quantity(activity: Activity, why: Finding) -> Finding:
    if why.severity is Severity.ERROR:
        return why
    words = sentence(
        "%(resource)s of %(plant)s has no quantity: %(why)s",
        resource=activity.resource,
        plant=activity.site.place.plant,
        why=why.detail,
    )
    return Finding("no_quantity", Severity.ERROR, words, mend=why.mend)


def is_due(activity: Activity) -> bool:
    """Tell whether readings of the activity are expected at known times and none has given a quantity."""
    return activity.quantity is None and bool(activity.coverage.expected_s)


def quantity(
    ledger: Ledger, resources: Sequence[str], where: Where, *, unit: str, having: Having | None = None
) -> Amount:
    """Return what was used, in the canonical unit the resources share, consolidated; with `having` a part of it.

    What does not state that attribute is in no part, and a finding says so. A fuel that is metered otherwise is
    converted; gas is in the one state that its meters state, or in the normal state where they state several.
    """
    entries = list(entries_of(ledger, resources, where))
    activities = [entry.activity for entry in entries]
    findings, formula, target = findings_of(activities), " + ".join(resources), _target(activities, unit)
    inside = entries if having is None else [each for each in entries if having.holds(each.activity)]
    found = [each for entry in inside for each in _in_measure(entry, target)]
    terms = [each for each in found if isinstance(each, Term)]
    gaps = [*gaps_of(each.activity for each in inside), *(each for each in found if isinstance(each, Gap))]
    if having is None:
        return total(terms, unit=unit, activities=activities, findings=findings, formula=formula, gaps=gaps)
    stated, silent = [entry.activity for entry in inside], having.not_stated_by(activities)
    unstated = [Gap(activity, _unclassified(activity, having.attribute)) for activity in silent if activity.has_data]
    return part_total(
        terms,
        unit=unit,
        activities=activities,
        unknown=filter(is_due, (*stated, *silent)),
        findings=findings,
        formula=f"{formula} with {having.attribute} {' or '.join(having.values)}",
        gaps=[*gaps, *unstated],
    )


def _target(activities: Iterable[Activity], unit: str) -> Measure:
    """Return what quantities are added up in: a volume of gas in the state its meters state, if they state one."""
    states = {each.conditions for each in activities if each.has_data and each.conditions is not None}
    if not states:
        return Measure(unit)
    return Measure(unit, None, states.pop() if len(states) == 1 else ReferenceConditions.C0)


def _in_measure(entry: Entry, target: Measure) -> Iterator[Term | Gap]:
    """Yield a term for what was used, by the days on which it converts in one way; a gap where nothing leads there."""
    if entry.activity.measure == target:
        if entry.activity.quantity is not None:
            yield _term(entry.activity, entry.activity.quantity)
        return
    for use in entry.uses:
        activity = use.activity
        if activity.quantity is None:
            continue
        try:
            conversion = convert(use.fuel, activity.measure, target)
        except NotConvertible as error:
            words = sentence(
                "%(error)s: %(resource)s of %(plant)s is missing in %(unit)s",
                error=error.words,
                resource=activity.resource,
                plant=activity.site.place.plant,
                unit=target.unit,
            )
            lack = lack_of(activity, error.lacks)
            finding = Finding("not_convertible", Severity.ERROR, words, mend=error.mend, lack=lack)
            yield Gap(activity, finding) if activity.quantity else nothing_of(activity, target.unit)
            continue
        with localcontext(EXACT):
            value = conversion.apply(activity.quantity * activity.site.share)
        term = _term(activity, activity.quantity, conversion.multiplier)
        yield replace(
            term,
            converted_to=target.unit,
            value=value,
            notes=conversion.rests_on,
            values=conversion.values,
            ratio=conversion.factor,
        )


def _unclassified(activity: Activity, attribute: str) -> Finding:
    words = sentence(
        "%(resource)s of %(plant)s states no %(attribute)s: it is in no part",
        resource=activity.resource,
        plant=activity.site.place.plant,
        attribute=attribute,
    )
    return Finding(
        "unclassified",
        Severity.WARNING,
        words,
        mend=sentence("state %(attribute)s on %(meters)s", attribute=attribute, meters=listed(activity.meters)),
    )


def level(ledger: Ledger, resources: Sequence[str], where: Where, *, statistic: Statistic, unit: str) -> Amount:
    """Return the sum over plants of a level's mean or closing value.

    A plant whose share changes enters its mean with each share by the days it held, its close with the last one.
    """
    activities = [entry.activity for entry in entries_of(ledger, resources, where)]
    if statistic is Statistic.MEAN:
        terms = [
            _level_term(activity, activity.mean, statistic, _part_of_year(activity, ledger))
            for activity in activities
            if activity.mean is not None
        ]
    else:
        at_close = [activity for activity in activities if activity.end_day == ledger.end_day]
        terms = [_level_term(activity, activity.last, statistic) for activity in at_close if activity.last is not None]
    formula = f"{statistic} of {' + '.join(resources)}"
    return total(terms, unit=unit, activities=activities, findings=findings_of(activities), formula=formula)


def _part_of_year(activity: Activity, ledger: Ledger) -> Fraction:
    return Fraction(activity.end_day - activity.first_day, ledger.end_day - ledger.first_day)


def _level_term(activity: Activity, value: Decimal, statistic: Statistic, part: Fraction = Fraction(1)) -> Term:
    multiplier = quotient(Decimal(part.numerator), Decimal(part.denominator))
    return replace(_term(activity, value, multiplier), ratio=part, statistic=statistic)


def _term(activity: Activity, value: Decimal, multiplier: Decimal = Decimal(1)) -> Term:
    with localcontext(EXACT):
        return Term(
            activity=activity,
            quantity=value,
            multiplier=multiplier,
            converted_to=activity.unit,
            choice=None,
            per_unit=Decimal(1),
            value=value * activity.site.share * multiplier,
        )
