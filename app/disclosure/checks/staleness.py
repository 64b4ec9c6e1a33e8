"""Factors that describe years long before the activity they were multiplied with."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.factors.factor import Factor, Method
from app.accounting.findings import Finding, Severity
from app.core.sentences import listed, sentence
from app.core.units.quantities import EXACT, Rounding, display, plain
from app.disclosure.checks.statement import CitedFactor, Line, Statement

STALE_YEARS = 3
"""A factor that describes a year further back than this is stale."""


def stale_factors(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure whose factors are stale, naming those in force where its plants stand."""
    stale: dict[str, dict[str, CitedFactor]] = defaultdict(dict)
    resting: dict[str, list[Line]] = defaultdict(list)
    for line in statement.valued:
        for factor in line.factors:
            if factor.year is not None and line.year - factor.year > STALE_YEARS:
                stale[line.key][factor.name] = factor
                resting[line.key].append(line)
    for key, factors in stale.items():
        last = max(resting[key], key=lambda line: line.year)
        years = listed(str(year) for year in sorted({line.year for line in resting[key]}))
        named = listed((f"{each.name} ({each.year})" for each in factors.values()), " and ")
        newer = list(_in_force(last, factors.values(), statement))
        words = sentence("%(key)s of %(years)s rests on %(named)s", key=key, years=years, named=named)
        if newer:
            words = sentence(
                "%(found)s; for %(year)s there are %(newer)s", found=words, year=last.year, newer=listed(newer)
            )
        mend = sentence("Use the factor in force in the year of the activity, or say why an older one is kept")
        yield Finding("stale_factor", Severity.WARNING, words, mend, key)


def _in_force(line: Line, stale: Iterable[CitedFactor], statement: Statement) -> Iterator[str]:
    """Yield each factor of a plant's place or country that is in force in the line's year, and what it would give."""
    by_resource = {factor.resource: factor for factor in stale}
    places = [plant.place for plant in statement.plants_of(line)]
    for factor in statement.known_factors:
        old = by_resource.get(factor.resource)
        if old is None or factor.attributes or factor.method not in (None, Method.LOCATION):
            continue
        if factor.in_force(date(line.year, 7, 1)) and any(place.level(factor.region) is not None for place in places):
            kg = statement.kg_co2e(factor)
            yield f"{factor.code} {plain(kg)}{_giving(line, old, factor, kg)}"


def _giving(line: Line, old: CitedFactor, factor: Factor, kg: Decimal) -> str:
    """Return what a figure of one factor would be by another, as words; nothing where other factors are in it too."""
    if line.computed or line.value is None or not old.kg_co2e or old.per != factor.per:
        return ""
    with localcontext(EXACT):
        value = quotient(line.value * kg, old.kg_co2e)
    return f" ({display(value, decimals=line.decimals, rounding=Rounding.HALF_UP)} {line.unit})"
