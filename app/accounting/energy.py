"""Energy in kWh: electricity and heat as metered, fuels by stated calorific values on the lower heating value."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from app.accounting.amounts import Amount, Term, total
from app.accounting.consumption import Where, entries_of, findings_of
from app.accounting.conversion import Fuel, NotConvertible, convert
from app.accounting.factor import Basis
from app.accounting.findings import Finding, Severity
from app.accounting.ledger import Ledger
from app.core.quantities import EXACT

KWH = "kWh"


def energy(ledger: Ledger, resources: Sequence[str], where: Where) -> Amount:
    """Return the energy of the resources in kWh (LHV), consolidated.

    A fuel's calorific value is its country's: the organization's factor set first, then the newest source. A fuel
    without one is a gap that a finding names.
    """
    activities = [entry.activity for entry in entries_of(ledger, resources, where)]
    terms, findings = [], findings_of(activities)
    for activity in activities:
        if activity.quantity is None:
            continue
        fuel = Fuel(activity.resource, activity.site.place.country, (ledger.factor_set,))
        try:
            conversion = convert(fuel, activity.unit, KWH, basis=Basis.LHV)
        except NotConvertible as error:
            words = f"{error}: the energy of {activity.resource} at {activity.site.place.plant} is missing"
            findings.append(Finding("no_calorific_value", Severity.ERROR, words))
            continue
        with localcontext(EXACT):
            value = conversion.apply(activity.quantity * activity.site.share)
        terms.append(
            Term(
                activity=activity,
                quantity=activity.quantity,
                multiplier=conversion.multiplier,
                converted_to=KWH,
                choice=None,
                per_unit=Decimal(1),
                value=value,
                notes=conversion.rests_on,
            )
        )
    formula = f"energy of {' + '.join(resources)} in kWh, lower heating value"
    return total(terms, unit=KWH, activities=activities, findings=findings, formula=formula)
