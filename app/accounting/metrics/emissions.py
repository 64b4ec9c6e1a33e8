"""Greenhouse gas emissions of a scope in kg CO2e: one term for each plant, resource and chosen factor."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from app.accounting.factors.factor import Factor, Method
from app.accounting.factors.gwp import GwpSet, gases_of, kg_co2e_of, kg_co2e_per_unit
from app.accounting.factors.scopes import Emitter
from app.accounting.findings import Finding, Severity, Statement
from app.accounting.ledger.amounts import Amount, Gap, Term, total
from app.accounting.ledger.instrument import SCOPE_2
from app.accounting.ledger.lacks import lack_of
from app.accounting.ledger.ledger import Entry, Ledger, Portion
from app.accounting.ledger.origin import part_from
from app.accounting.metrics.consumption import Where, findings_of, gaps_of
from app.accounting.metrics.emission_terms import KG_CO2E, gap_of, may_hold, term_of, unsplit_gap
from app.accounting.metrics.outside_scopes import outside_scopes_apart
from app.accounting.selection.selection import Choice, FactorGap
from app.core.inventory.resources import Origin
from app.core.sentences import listed, sentence
from app.core.units.quantities import EXACT, plain


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
    known: dict[tuple[str, Decimal | None], Decimal] = {}

    def kg_per_unit(factor: Factor) -> Decimal:
        # A renewable share splits a factor's CO2 and leaves its code.
        asked = factor.code, factor.kg_co2
        if asked not in known:
            known[asked] = kg_co2e_of(factor, gwp_set, gases) if gases else kg_co2e_per_unit(factor, gwp_set)
        return known[asked]

    terms, findings = list[Term](), findings_of(activities)
    gaps = gaps_of(each for each in activities if not gases or may_hold(each, gases))
    for entry, emitter in emitting:
        for portion in _portions(entry, emitter, method):
            found = (
                _of_gases(portion, gases)
                if gases and not _states(portion, gases)
                else term_of(portion, emitter, kg_per_unit, gwp_set)
            )
            if isinstance(found, Term):
                terms.append(found)
            elif found is not None:
                gaps.append(found)
    if not gases:
        findings += [*_biogenic_apart(terms), *outside_scopes_apart(terms, gwp_set)]
    if method is Method.MARKET:
        findings += [each.finding for each in ledger.findings if each.carrier in SCOPE_2]
    if scope == 1 and not gases:
        findings += _contracts_apart([entry for entry, _ in emitting])
    if gases and not terms:
        findings.append(
            Finding(
                "gas_not_stated",
                Severity.INFO,
                sentence("no factor in use states %(gases)s", gases=listed(gases, " or ")),
            )
        )
    based = f", {method}-based" if method else ""
    formula = f"Scope {scope}{based}: quantity x conversion x emission factor"
    if gases:
        formula = f"{formula} of {' + '.join(gases)}"
    return _not_below_zero(
        total(terms, unit=KG_CO2E, activities=activities, findings=findings, formula=formula, gaps=gaps)
    )


def _not_below_zero(amount: Amount) -> Amount:
    """Return emissions, with an error where they are below zero: more was recovered than escaped, or worse."""
    if amount.value is None or amount.value >= 0:
        return amount
    words = sentence(
        "the emissions add up to less than nothing: %(amount)s %(unit)s", amount=plain(amount.value), unit=amount.unit
    )
    mend = sentence("check what was recovered against what was topped up, and what else is negative")
    found = Finding("negative_emissions", Severity.ERROR, words, mend=mend)
    return replace(amount, findings=(*amount.findings, found))


def biogenic(ledger: Ledger, where: Where, *, scope: int) -> Amount:
    """Return the biogenic CO2 of a scope in kg, consolidated; None where no chosen factor states any.

    What is won from biomass and has no factor, or one that says nothing of biogenic CO2, is a gap.
    """
    emitting = [(entry, emitter) for entry, emitter in _emitting(ledger, scope, where) if _is_biogenic(entry)]
    activities = [entry.activity for entry, _ in emitting]
    terms, gaps = list[Term](), gaps_of(activities)
    for entry, emitter in emitting:
        for portion in entry.portions[emitter.method(None)]:
            found = _not_biogenic(portion) or term_of(portion, emitter, _kg_biogenic, None)
            if isinstance(found, Term):
                terms.append(found)
            elif found is not None:
                gaps.append(found)
    return total(
        terms,
        unit=KG_CO2E,
        activities=activities,
        findings=findings_of(activities),
        formula=f"Scope {scope}: quantity x conversion x biogenic CO2 of the factor",
        gaps=gaps,
    )


def _kg_biogenic(factor: Factor) -> Decimal:
    return factor.kg_co2_biogenic or Decimal(0)


def _not_biogenic(portion: Portion) -> Gap | None:
    """Return the gap of a fuel that is biomass, or holds some, of which the factor says no biogenic CO2.

    One of 100 % fossil fuel, stated by its gases, is split by the share that meters state: only CO2e alone cannot be.
    """
    choice, activity = portion.stretch.choice, portion.activity
    if isinstance(choice, FactorGap) or choice.factor.kg_co2_biogenic is not None or not portion.quantity:
        return None
    part = part_from(activity, Origin.RENEWABLE)
    if part != 1 and not (part and choice.factor.kg_co2e):
        return None
    words = sentence(
        "factor %(factor)s states no biogenic CO2: that of %(resource)s at %(plant)s",
        factor=choice.factor.code,
        resource=activity.resource,
        plant=activity.site.place.plant,
    )
    mend = sentence("add a factor of %(resource)s with kg_co2_biogenic", resource=activity.resource)
    finding = Finding("biogenic_not_stated", Severity.ERROR, words, mend=mend, lack=lack_of(activity, Statement.FACTOR))
    return gap_of(portion, finding)


def _emitting(ledger: Ledger, scope: int, where: Where) -> list[tuple[Entry, Emitter]]:
    return [
        (entry, entry.emitter)
        for entry in ledger.entries
        if entry.emitter is not None
        and entry.emitter.scope == scope
        and where.items() <= entry.activity.attributes.items()
    ]


def _portions(entry: Entry, emitter: Emitter, method: Method | None) -> Sequence[Portion]:
    """Return an entry's portions by a method: what is accounted one way has those of contracts once any covers it."""
    covered = entry.by_contract if method is Method.MARKET else ()
    return covered or entry.portions[emitter.method(method)]


def _contracts_apart(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Say which fuels are covered by instruments that change nothing in Scope 1."""
    for entry in entries:
        if names := dict.fromkeys(each.instrument.code for each in entry.by_contract if each.instrument is not None):
            words = sentence(
                "%(resource)s of %(plant)s is covered by %(names)s: its energy counts by contract, Scope 1 is what was "
                "burnt. The GHG Protocol gives no guidance on market-based Scope 1 (interim update on "
                "biomethane certificates)",
                resource=entry.activity.resource,
                plant=entry.activity.site.place.plant,
                names=listed(names),
            )
            yield Finding("contract_not_in_scope_1", Severity.INFO, words)


def _states(portion: Portion, gases: Collection[str]) -> bool:
    """Tell whether the portion's factor states one of the gases; a gap might, so that it is not passed over."""
    choice = portion.stretch.choice
    if isinstance(choice, FactorGap):
        return may_hold(portion.activity, gases)
    return not gases_of(choice.factor).isdisjoint(gases)


def _of_gases(portion: Portion, gases: Collection[str]) -> Gap | None:
    """Return the gap that a portion leaves whose factor does not tell its gases apart."""
    choice = portion.stretch.choice
    if isinstance(choice, FactorGap) or not portion.quantity:
        return None
    return unsplit_gap(portion.activity, choice.factor, gases)


def _is_biogenic(entry: Entry) -> bool:
    """Tell whether a factor of the entry states biogenic CO2, or one should: some of what burns is biomass."""
    choices = [portion.stretch.choice for portions in entry.portions.values() for portion in portions]
    if any(isinstance(choice, Choice) and choice.factor.kg_co2_biogenic is not None for choice in choices):
        return True
    part = part_from(entry.activity, Origin.RENEWABLE)
    unsplit = any(isinstance(choice, FactorGap) or choice.factor.kg_co2e for choice in choices)
    return part == 1 or (bool(part) and unsplit)


def _biogenic_apart(terms: Iterable[Term]) -> list[Finding]:
    """Say how much biogenic CO2 the factors of these terms leave out of their CO2e."""
    kg = Decimal(0)
    with localcontext(EXACT):
        for term in terms:
            if term.choice is not None and term.choice.factor.kg_co2_biogenic:
                consolidated = term.quantity * term.activity.site.share * term.multiplier
                kg += consolidated * term.choice.factor.kg_co2_biogenic
    words = sentence("%(kg)s kg of biogenic CO2 are reported apart (ghg.biogenic) and are not part of it", kg=plain(kg))
    return [Finding("biogenic_apart", Severity.INFO, words)] if kg else []
