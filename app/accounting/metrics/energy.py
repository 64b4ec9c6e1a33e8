"""Energy in kWh: electricity and heat as metered, fuels by stated calorific values on the lower heating value."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from app.accounting.exact import QUOTIENT_PLACES
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.fuel_days import ENERGY
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount, Gap, Term, nothing_of, part_total, total
from app.accounting.ledger.contracts import Source, findings_of_contracts, sources_of
from app.accounting.ledger.lacks import lack_of
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.consumption import Where, entries_of, findings_of, gaps_of, is_due
from app.core.inventory.resources import FuelGroup, Origin
from app.core.sentences import sentence
from app.core.units.quantities import EXACT

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
    metered: bool = False,
) -> Amount:
    """Return the energy of the resources in kWh (LHV), consolidated; with `origin` the part that comes from there.

    With `fuel_group` only fuels of that group count. What instruments cover is of their source, unless `metered`: then
    what meters state decides alone.

    A fuel's calorific value is the nearest that holds on the day, as for its emission factor: a fuel without one is a
    gap that a finding names.
    """
    entries = [each for each in entries_of(ledger, resources, where) if fuel_group in (None, each.activity.fuel_group)]
    activities = [each.activity for each in entries]
    sources = [source for each in entries for source in sources_of(each, metered=metered or origin is None)]
    inside = [each for each in sources if any(part.share(origin) for part in each.parts)]
    due = list(dict.fromkeys(each.whole for each in inside))
    terms, gaps = list[Term](), gaps_of(due)
    for each in inside:
        found = list(_terms(each, origin))
        terms += [term for term in found if isinstance(term, Term)]
        gaps += [gap for gap in found if isinstance(gap, Gap)]
    named = f"{' + '.join(resources)}{f' of the group {fuel_group}' if fuel_group else ''}"
    formula, findings = f"energy of {named} in kWh, lower heating value", findings_of(activities)
    if origin is None:
        return total(terms, unit=KWH, activities=activities, findings=findings, formula=formula, gaps=gaps)
    silent = [part.activity for each in sources for part in each.parts if part.is_silent]
    return part_total(
        terms,
        unit=KWH,
        activities=activities,
        unknown=[*silent, *filter(is_due, due)],
        findings=[*findings, *findings_of_contracts(ledger, sources, metered=metered)],
        formula=f"{origin} part of {formula}{', as metered' if metered else ''}",
        gaps=gaps,
    )


def _terms(source: Source, origin: Origin | None) -> Iterator[Term | Gap]:
    """Yield the terms of what was used, or the gap it leaves without a calorific value; nothing without quantity.

    Each part is what the running quantity converts to less what it did before it: together they are what the whole
    converts to, to the last digit.
    """
    activity, running, before = source.activity, Decimal(0), Decimal(0)
    if activity.quantity is None:
        return
    try:
        conversion = convert(source.fuel, activity.measure, ENERGY)
    except NotConvertible as error:
        yield Gap(activity, _not_energy(activity, error)) if activity.quantity else nothing_of(activity, KWH)
        return
    with localcontext(EXACT):
        for part in source.parts:
            if part.quantity is None:
                continue
            running += part.quantity
            reached = conversion.apply(running * activity.site.share)
            value, before, share = reached - before, reached, part.share(origin)
            if share:
                yield Term(
                    activity=part.activity,
                    quantity=part.quantity,
                    multiplier=conversion.multiplier * share,
                    converted_to=KWH,
                    choice=None,
                    per_unit=Decimal(1),
                    value=value * share,
                    notes=(*conversion.rests_on, *part.notes),
                    values=conversion.values,
                    fuel=source.fuel,
                    instrument=part.instrument,
                    ratio=conversion.factor * Fraction(share),
                )


def _not_energy(activity: Activity, error: NotConvertible) -> Finding:
    words = sentence(
        "%(error)s: the energy of %(resource)s at %(plant)s is missing",
        error=error.words,
        resource=activity.resource,
        plant=activity.site.place.plant,
    )
    return Finding("no_calorific_value", Severity.ERROR, words, mend=error.mend, lack=lack_of(activity, error.lacks))
