"""Greenhouse gas emissions of a scope in kg CO2e: one term for each plant, resource and chosen factor."""

from decimal import localcontext

from app.accounting.activity import Activity
from app.accounting.amounts import Amount, Term, total
from app.accounting.consumption import Where, findings_of
from app.accounting.conversion import Fuel, NotConvertible, convert
from app.accounting.factor import Method
from app.accounting.findings import Finding, Severity
from app.accounting.gwp import GwpSet, gwp_words, kg_co2e_per_unit
from app.accounting.ledger import Entry, Ledger, Portion
from app.accounting.scopes import Emitter, emitter_of
from app.accounting.selection import Choice, FactorGap
from app.core.quantities import EXACT
from app.core.units import Dimension, dimension_of

KG_CO2E = "kgCO2e"


def emissions(ledger: Ledger, where: Where, *, scope: int, method: Method | None, gwp_set: GwpSet) -> Amount:
    """Return the emissions of a scope in kg CO2e, consolidated; purchased energy by `method`.

    A portion without a factor, or one that no stated value converts, is a gap that a finding names: nothing is
    borrowed for it.
    """
    emitting = [(entry, emitter) for entry in ledger.entries if (emitter := _in_scope(entry, scope, where))]
    activities = [entry.activity for entry, _ in emitting]
    terms, findings = [], findings_of(activities)
    for entry, emitter in emitting:
        for portion in entry.portions[emitter.method(method)]:
            found = _term(portion, ledger, gwp_set)
            if isinstance(found, Term):
                terms.append(found)
            elif found is not None:
                findings.append(found)
    based = f", {method}-based" if method else ""
    formula = f"Scope {scope}{based}: quantity x conversion x emission factor"
    return total(terms, unit=KG_CO2E, activities=activities, findings=findings, formula=formula)


def _in_scope(entry: Entry, scope: int, where: Where) -> Emitter | None:
    emitter = emitter_of(entry.activity.resource)
    fits = emitter is not None and emitter.scope == scope and where.items() <= entry.activity.attributes.items()
    return emitter if fits else None


def _term(portion: Portion, ledger: Ledger, gwp_set: GwpSet) -> Term | Finding | None:
    """Return the portion's term, the finding that says why there is none, or None when nothing was metered."""
    activity, choice = portion.activity, portion.stretch.choice
    if activity.quantity is None:
        return None
    if isinstance(choice, FactorGap):
        words = f"{choice.words}: the emissions of {activity.resource} at {activity.site.place.plant} are missing"
        return Finding("no_factor", Severity.ERROR, words)
    factor = choice.factor
    fuel = Fuel(activity.resource, activity.site.place.country, (factor.factor_set, ledger.factor_set))
    try:
        conversion = convert(fuel, activity.unit, factor.per, basis=factor.basis)
    except NotConvertible as error:
        words = f"{error}: factor {factor.code} cannot be used for {activity.resource} at {activity.site.place.plant}"
        return Finding("not_convertible", Severity.ERROR, words)
    per_unit = kg_co2e_per_unit(factor, gwp_set)
    with localcontext(EXACT):
        value = conversion.apply(activity.quantity * activity.site.share) * per_unit
    return Term(
        activity=activity,
        quantity=activity.quantity,
        multiplier=conversion.multiplier,
        converted_to=factor.per,
        choice=choice,
        per_unit=per_unit,
        value=value,
        notes=(choice.words, *conversion.rests_on, *_assumptions(activity, choice, gwp_set)),
    )


def _assumptions(activity: Activity, choice: Choice, gwp_set: GwpSet) -> list[str]:
    found = []
    condition = choice.factor.reference_condition
    if condition and dimension_of(activity.unit) is Dimension.VOLUME:
        found.append(f"assumption: metered {activity.unit} of {activity.resource} are at {condition}")
    words = gwp_words(choice.factor, gwp_set)
    return [*found, words] if words else found
