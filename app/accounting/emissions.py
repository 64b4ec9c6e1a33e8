"""Greenhouse gas emissions of a scope in kg CO2e: one term for each plant, resource and chosen factor."""

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal, localcontext

from app.accounting.activity import Activity
from app.accounting.amounts import Amount, Term, total
from app.accounting.consumption import Where, findings_of
from app.accounting.conversion import Fuel, NotConvertible, convert
from app.accounting.factor import Factor, Method
from app.accounting.findings import Finding, Severity
from app.accounting.gwp import GwpSet, gases_of, gwp_words, kg_co2e_of, kg_co2e_per_unit
from app.accounting.ledger import Entry, Ledger, Portion
from app.accounting.scopes import Emitter
from app.accounting.selection import Choice, FactorGap
from app.core.quantities import EXACT, plain
from app.core.units import Dimension, dimension_of

KG_CO2E = "kgCO2e"


def emissions(
    ledger: Ledger,
    where: Where,
    *,
    scope: int,
    method: Method | None,
    gwp_set: GwpSet,
    gases: Collection[str] = (),
) -> Amount:
    """Return the emissions of a scope in kg CO2e, consolidated; purchased energy by `method`; of `gases` alone if any.

    A portion without a factor, or one that no stated value converts, is a gap that a finding names: nothing is
    borrowed for it. What was recovered is deducted.
    """
    emitting = _emitting(ledger, scope, where)
    activities = [entry.activity for entry, _ in emitting]
    known: dict[str, Decimal] = {}

    def kg_per_unit(factor: Factor) -> Decimal:
        if factor.code not in known:
            known[factor.code] = kg_co2e_of(factor, gwp_set, gases) if gases else kg_co2e_per_unit(factor, gwp_set)
        return known[factor.code]

    terms, findings = [], findings_of(activities)
    for entry, emitter in emitting:
        for portion in entry.portions[emitter.method(method)]:
            if gases and not _states(portion, gases):
                continue
            found = _term(portion, emitter, ledger, kg_per_unit, gwp_set)
            if isinstance(found, Term):
                terms.append(found)
            elif found is not None:
                findings.append(found)
    if not gases:
        findings += _biogenic_apart(terms)
    if method is Method.MARKET:
        findings += ledger.findings
    if gases and not terms:
        findings.append(Finding("gas_not_stated", Severity.INFO, f"no factor in use states {' or '.join(gases)}"))
    based = f", {method}-based" if method else ""
    formula = f"Scope {scope}{based}: quantity x conversion x emission factor"
    if gases:
        formula = f"{formula} of {' + '.join(gases)}"
    return total(terms, unit=KG_CO2E, activities=activities, findings=findings, formula=formula)


def biogenic(ledger: Ledger, where: Where, *, scope: int) -> Amount:
    """Return the biogenic CO2 of a scope in kg, consolidated; None where no chosen factor states any."""
    emitting = [(entry, emitter) for entry, emitter in _emitting(ledger, scope, where) if _states_biogenic(entry)]
    found = (
        _term(portion, emitter, ledger, lambda factor: factor.kg_co2_biogenic or Decimal(0), None)
        for entry, emitter in emitting
        for portion in entry.portions[emitter.method(None)]
    )
    terms = [term for term in found if isinstance(term, Term)]
    activities = [entry.activity for entry, _ in emitting]
    formula = f"Scope {scope}: quantity x conversion x biogenic CO2 of the factor"
    return total(terms, unit=KG_CO2E, activities=activities, findings=findings_of(activities), formula=formula)


def _emitting(ledger: Ledger, scope: int, where: Where) -> list[tuple[Entry, Emitter]]:
    return [
        (entry, entry.emitter)
        for entry in ledger.entries
        if entry.emitter is not None
        and entry.emitter.scope == scope
        and where.items() <= entry.activity.attributes.items()
    ]


def _states(portion: Portion, gases: Collection[str]) -> bool:
    """Tell whether the portion's factor states one of the gases; a gap might, so that it is not passed over."""
    choice = portion.stretch.choice
    return isinstance(choice, FactorGap) or not gases_of(choice.factor).isdisjoint(gases)


def _states_biogenic(entry: Entry) -> bool:
    choices = (portion.stretch.choice for portions in entry.portions.values() for portion in portions)
    return any(isinstance(choice, Choice) and choice.factor.kg_co2_biogenic is not None for choice in choices)


def _biogenic_apart(terms: Iterable[Term]) -> list[Finding]:
    """Say how much biogenic CO2 the factors of these terms leave out of their CO2e."""
    kg = Decimal(0)
    with localcontext(EXACT):
        for term in terms:
            if term.choice is not None and term.choice.factor.kg_co2_biogenic:
                consolidated = term.quantity * term.activity.site.share * term.multiplier
                kg += consolidated * term.choice.factor.kg_co2_biogenic
    words = f"{plain(kg)} kg of biogenic CO2 are reported apart (ghg.biogenic) and are not part of it"
    return [Finding("biogenic_apart", Severity.INFO, words)] if kg else []


def _term(
    portion: Portion, emitter: Emitter, ledger: Ledger, kg_per_unit: Callable[[Factor], Decimal], gwp_set: GwpSet | None
) -> Term | Finding | None:
    """Return the portion's term, the finding that says why there is none, or None when nothing was metered."""
    activity, choice, quantity = portion.activity, portion.stretch.choice, portion.quantity
    if quantity is None:
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
    deducted = emitter.deducts(activity.attributes)
    per_unit = kg_per_unit(factor)
    with localcontext(EXACT):
        value = conversion.apply(quantity * activity.site.share) * per_unit
    return Term(
        activity=activity,
        quantity=quantity,
        multiplier=conversion.multiplier.copy_negate() if deducted else conversion.multiplier,
        converted_to=factor.per,
        choice=choice,
        per_unit=per_unit,
        value=value.copy_negate() if deducted else value,
        notes=(choice.words, *conversion.rests_on, *_assumptions(activity, choice, gwp_set, deducted=deducted)),
    )


def _assumptions(activity: Activity, choice: Choice, gwp_set: GwpSet | None, *, deducted: bool) -> list[str]:
    found = []
    condition = choice.factor.reference_condition
    if condition and dimension_of(activity.unit) is Dimension.VOLUME:
        found.append(f"assumption: metered {activity.unit} of {activity.resource} are at {condition}")
    if deducted:
        found.append(f"recovered {activity.resource} is deducted")
    words = gwp_words(choice.factor, gwp_set) if gwp_set else None
    return [*found, words] if words else found
