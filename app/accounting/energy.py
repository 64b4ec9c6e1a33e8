"""Energy in kWh: electricity and heat as metered, fuels by stated calorific values on the lower heating value."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from app.accounting.activity import Activity
from app.accounting.amounts import Amount, Gap, Term, nothing_of, part_total, total
from app.accounting.consumption import Where, entries_of, findings_of, gaps_of, is_due
from app.accounting.conversion import NotConvertible, convert
from app.accounting.exact import QUOTIENT_PLACES
from app.accounting.findings import Finding, Severity
from app.accounting.fuel_days import ENERGY
from app.accounting.ledger import Ledger, Use
from app.accounting.origin import part_from, states_origin
from app.core.quantities import EXACT
from app.core.resources import FuelGroup, Origin

KWH, GJ = "kWh", "GJ"
_GJ_PER_KWH = Decimal("0.0036")


def gj_of(kwh: Decimal) -> Decimal:
    """Return kWh in GJ to twenty places: the calorific value that the kWh came from is met again exactly."""
    with localcontext(EXACT):
        return (kwh * _GJ_PER_KWH).quantize(QUOTIENT_PLACES).normalize()


def energy(
    ledger: Ledger,
    resources: Sequence[str],
    where: Where,
    *,
    origin: Origin | None = None,
    fuel_group: FuelGroup | None = None,
) -> Amount:
    """Return the energy of the resources in kWh (LHV), consolidated; with `origin` the part that comes from there.

    With `fuel_group` only fuels of that group count.

    A fuel's calorific value is the nearest that holds on the day, as for its emission factor: a fuel without one is a
    gap that a finding names.
    """
    entries = [each for each in entries_of(ledger, resources, where) if fuel_group in (None, each.activity.fuel_group)]
    activities = [each.activity for each in entries]
    inside = [(each, part) for each in entries if (part := _part(each.activity, origin))]
    terms, gaps = list[Term](), gaps_of(each.activity for each, _ in inside)
    for use, part in ((use, part) for each, part in inside for use in each.uses):
        found = _term(use, part)
        if isinstance(found, Term):
            terms.append(found)
        elif found is not None:
            gaps.append(found)
    named = f"{' + '.join(resources)}{f' of the group {fuel_group}' if fuel_group else ''}"
    formula, findings = f"energy of {named} in kWh, lower heating value", findings_of(activities)
    if origin is None:
        return total(terms, unit=KWH, activities=activities, findings=findings, formula=formula, gaps=gaps)
    silent = [activity for activity in activities if activity.has_data and not states_origin(activity)]
    return part_total(
        terms,
        unit=KWH,
        activities=activities,
        unknown=[*silent, *(each.activity for each, _ in inside if is_due(each.activity))],
        findings=[*findings, *map(_assumed_fossil, silent)],
        formula=f"{origin} part of {formula}",
        gaps=gaps,
    )


def _part(activity: Activity, origin: Origin | None) -> Decimal:
    return Decimal(1) if origin is None else part_from(activity, origin)


def _term(use: Use, part: Decimal) -> Term | Gap | None:
    """Return the term of what was used, the gap it leaves without a calorific value, None without quantity."""
    activity = use.activity
    if activity.quantity is None:
        return None
    try:
        conversion = convert(use.fuel, activity.measure, ENERGY)
    except NotConvertible as error:
        return nothing_of(activity, KWH) if not activity.quantity else Gap(activity, _not_energy(activity, error))
    with localcontext(EXACT):
        value = conversion.apply(activity.quantity * activity.site.share) * part
        multiplier = conversion.multiplier * part
    return Term(
        activity=activity,
        quantity=activity.quantity,
        multiplier=multiplier,
        converted_to=KWH,
        choice=None,
        per_unit=Decimal(1),
        value=value,
        notes=conversion.rests_on,
    )


def _not_energy(activity: Activity, error: NotConvertible) -> Finding:
    words = f"{error}: the energy of {activity.resource} at {activity.site.place.plant} is missing"
    return Finding("no_calorific_value", Severity.ERROR, words, mend=error.mend)


def _assumed_fossil(activity: Activity) -> Finding:
    words = f"the origin of {activity.resource} of {activity.site.place.plant} is not stated: it counts as fossil"
    return Finding("origin_not_stated", Severity.INFO, words, mend=f"state origin on {', '.join(activity.meters)}")
