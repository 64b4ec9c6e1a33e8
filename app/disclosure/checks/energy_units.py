"""Energy in other units than the framework asks for, and fuels that were never turned into energy."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, localcontext

from app.accounting.factors.calorific_choice import shipped_book
from app.accounting.factors.conversion import NotConvertible, convert
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.fuel_days import Fuelled
from app.accounting.factors.measure import Measure
from app.accounting.findings import Finding, Severity
from app.core.calendar.periods import day_of
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import EXACT, Rounding, display
from app.core.units.units import Dimension, UnknownUnit, dimension_of
from app.disclosure.checks.statement import Line, Statement


def energy_in_another_unit(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure of energy that is not in the framework's unit of energy."""
    told: set[str] = set()
    for line in statement.valued:
        for spec in statement.specs_of(line.key):
            off = _is_energy(spec.unit) and _is_energy(line.unit) and spec.unit != line.unit
            if off and line.key not in told:
                told.add(line.key)
                words = sentence(
                    "%(kpi)s: %(line)s is in %(unit)s, where %(framework)s asks for %(asked)s",
                    kpi=spec.kpi,
                    line=line.key,
                    unit=line.unit,
                    framework=statement.framework.code,
                    asked=spec.unit,
                )
                yield Finding(
                    "energy_unit",
                    Severity.WARNING,
                    words,
                    sentence("Print %(line)s in %(unit)s", line=line.key, unit=spec.unit),
                    line.key,
                )


def fuels_that_are_not_energy(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each fuel that is given in its own unit alone, with the energy it is."""
    for line in statement.valued:
        metric = statement.metrics.metrics.get(line.key)
        resource = metric.members.get("resource") if metric else None
        if (
            line.year != statement.year
            or line.dimensions
            or resource is None
            or "denominator" in metric_members(line, statement)
        ):
            continue
        for spec in statement.specs_of(f"energy.{resource}"):
            if not _is_energy(line.unit) and statement.line(spec.key, line.year) is None:
                words = sentence(
                    "%(kpi)s: %(line)s is in %(unit)s alone, not as energy in %(asked)s",
                    kpi=spec.kpi,
                    line=line.name,
                    unit=line.unit,
                    asked=spec.unit,
                )
                words = _with_energy(words, line, resource, spec.unit, statement)
                mend = sentence(
                    "Give %(resource)s in %(unit)s too, by a stated calorific value", resource=resource, unit=spec.unit
                )
                yield Finding("energy_not_converted", Severity.WARNING, words, mend, line.key)


def metric_members(line: Line, statement: Statement) -> dict[str, str]:
    """Return which member of each family a line's metric is."""
    metric = statement.metrics.metrics.get(line.key)
    return dict(metric.members) if metric else {}


def _with_energy(words: Sentence, line: Line, resource: str, unit: str, statement: Statement) -> Sentence:
    """Return the words, with the energy that the line is where it can be told."""
    place = next((plant.place for plant in statement.plants), None)
    if place is None:
        return words
    found = statement.metrics.catalogue.named(resource)
    fuel = Fuelled(found, {}, place, Measure(line.unit), shipped_book(), None).on(day_of(date(statement.year, 1, 1)))
    try:
        conversion = convert(fuel, Measure(line.unit), Measure(unit, HeatingValueBasis.LHV))
    except (NotConvertible, UnknownUnit):
        return words
    with localcontext(EXACT):
        value = conversion.apply(line.value or Decimal(0))
    shown = display(value, decimals=0 if value >= 100 else 2, rounding=Rounding.HALF_UP)
    rests_on = listed(conversion.rests_on)
    return sentence(
        "%(found)s: it is %(shown)s %(unit)s by %(rests_on)s", found=words, shown=shown, unit=unit, rests_on=rests_on
    )


def _is_energy(unit: str) -> bool:
    try:
        return dimension_of(unit) is Dimension.ENERGY
    except UnknownUnit:
        return False
