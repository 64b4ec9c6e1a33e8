"""The terms of emissions: a portion of an activity by its factor, or the gap it leaves and what would close it."""

from collections.abc import Callable, Collection
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.factor import Factor
from app.accounting.factors.gwp import UNSPLIT, GwpSet, gases_of, gwp_words
from app.accounting.factors.measure import measure_of
from app.accounting.factors.scopes import Emitter
from app.accounting.findings import Finding, Severity, Statement
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Gap, Term, nothing_of
from app.accounting.ledger.lacks import lack_of
from app.accounting.ledger.ledger import Portion
from app.accounting.selection.selection import Choice, FactorGap
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import EXACT

KG_CO2E = "kgCO2e"
_OF_COMBUSTION = ("CO2", "CH4", "N2O", UNSPLIT)


def term_of(
    portion: Portion, emitter: Emitter, kg_per_unit: Callable[[Factor], Decimal], gwp_set: GwpSet | None
) -> Term | Gap | None:
    """Return the portion's term, the gap it leaves, or None when nothing was metered."""
    activity, choice, quantity = portion.activity, portion.stretch.choice, portion.quantity
    if quantity is None:
        return None
    if isinstance(choice, FactorGap):
        return gap_of(portion, _no_factor(activity, choice)) if quantity else nothing_of(activity, KG_CO2E)
    factor = choice.factor
    try:
        conversion = convert(portion.fuel, activity.measure, measure_of(factor))
    except NotConvertible as error:
        return gap_of(portion, _unusable(activity, factor, error)) if quantity else nothing_of(activity, KG_CO2E)
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
        notes=(
            choice.words,
            *((choice.blend,) if choice.blend else ()),
            *conversion.rests_on,
            *_assumptions(activity, choice, gwp_set, deducted=deducted),
        ),
        values=conversion.values,
        instrument=portion.instrument,
        ratio=-conversion.factor if deducted else conversion.factor,
    )


def gap_of(portion: Portion, finding: Finding) -> Gap:
    """Return the gap that a portion of a known quantity leaves."""
    whole = portion.activity.quantity
    if portion.part is None or not whole:
        return Gap(portion.activity, finding)
    return Gap(portion.activity, finding, quotient(portion.part, whole))


def unsplit_gap(activity: Activity, factor: Factor, gases: Collection[str]) -> Gap | None:
    """Return the gap in figures of single gases that a factor leaves which states CO2e alone; None where it is none."""
    if UNSPLIT in gases or UNSPLIT not in gases_of(factor) or not factor.kg_co2e or not may_hold(activity, gases):
        return None
    words = sentence(
        "factor %(factor)s states CO2e alone: what %(resource)s of %(plant)s emits of %(gases)s is not known",
        factor=factor.code,
        resource=activity.resource,
        plant=activity.site.place.plant,
        gases=listed(gases, " or "),
    )
    mend = sentence("add a factor of %(resource)s that states its gases", resource=activity.resource)
    found = Finding("gas_not_split", Severity.ERROR, words, mend=mend, lack=lack_of(activity, Statement.FACTOR))
    return Gap(activity, found)


def may_hold(activity: Activity, gases: Collection[str]) -> bool:
    """Tell whether what an activity emits may hold one of the gases: a flame makes no refrigerant, nor the reverse."""
    if activity.resource.startswith("refrigerant."):
        return not {"CH4", "N2O"}.issuperset(gases)
    return not activity.resource.startswith("fuel.") or any(gas in _OF_COMBUSTION for gas in gases)


def _no_factor(activity: Activity, gap: FactorGap) -> Finding:
    words = sentence(
        "%(gap)s: the emissions of %(resource)s at %(plant)s are missing",
        gap=gap.words,
        resource=activity.resource,
        plant=activity.site.place.plant,
    )
    if gap.refused:
        return Finding("not_convertible", Severity.ERROR, words, mend=gap.mend, lack=lack_of(activity, gap.lacks))
    place = activity.site.place
    mend = sentence(
        "add a factor of %(resource)s for %(plant)s, %(country)s or GLOBAL, or pin one",
        resource=activity.resource,
        plant=place.plant,
        country=place.country,
    )
    return Finding("no_factor", Severity.ERROR, words, mend=mend, lack=lack_of(activity, Statement.FACTOR))


def _unusable(activity: Activity, factor: Factor, error: NotConvertible) -> Finding:
    place = activity.site.place
    words = sentence(
        "%(error)s: factor %(factor)s cannot be used for %(resource)s at %(plant)s",
        error=error.words,
        factor=factor.code,
        resource=activity.resource,
        plant=place.plant,
    )
    mend = sentence("add a factor of %(resource)s per %(unit)s", resource=activity.resource, unit=activity.unit)
    lack = lack_of(activity, error.lacks or Statement.FACTOR)
    both = sentence("%(first)s, or %(second)s", first=error.mend, second=mend) if error.mend else mend
    return Finding("not_convertible", Severity.ERROR, words, mend=both, lack=lack)


def _assumptions(activity: Activity, choice: Choice, gwp_set: GwpSet | None, *, deducted: bool) -> list[Sentence]:
    found = []
    if deducted:
        found.append(sentence("recovered %(resource)s is deducted", resource=activity.resource))
    words = gwp_words(choice.factor, gwp_set) if gwp_set else None
    return [*found, words] if words else found
