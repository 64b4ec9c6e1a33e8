"""What a target may measure, and in which units: attributes, dimensions and denominators that there are."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

from app.accounting.exact import converted
from app.accounting.factors.scopes import emitter_of
from app.accounting.metrics.formulas import (
    AsStated,
    Biogenic,
    Difference,
    Emissions,
    Energy,
    Formula,
    Level,
    Quantity,
    Ratio,
    Share,
    Sum,
)
from app.accounting.metrics.stated_amounts import unit_of_stated
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.stated.indicators import indicators
from app.accounting.stated.stated_units import CURRENCY, printed_unit, stated_in
from app.accounting.targets.target_measure import Measure
from app.core.inventory.inventory import FieldProblem
from app.core.inventory.resources import Resource, matches
from app.core.units.units import PERCENT, DimensionMismatch, UnknownUnit

_CO2E = "CO2e"


def unit_of(measure: Measure, book: MetricBook) -> str:
    """Return the unit a measure is computed in, a quotient's that of what is divided; empty for one that is none."""
    if measure.metric in book.metrics:
        return book.unit(measure.metric)
    return "" if measure.indicator is None else unit_of_stated(measure.metric)


def usual_unit(measure: Measure, book: MetricBook, *, currency: str) -> str:
    """Return the unit of a target that states none: the metric's, or that in which the indicator is stated."""
    if measure.metric in book.metrics or measure.indicator is None:
        return unit_of(measure, book)
    return printed_unit(measure.indicator.unit or "", currency=currency)


def in_unit(value: Decimal, source: str, target: str, *, currency: str) -> Decimal:
    """Return a value in another unit, CO2e of a mass being the mass; raises UnknownUnit, DimensionMismatch."""
    if source == target:
        return value
    if source.startswith((CURRENCY, currency)):
        return stated_in(value, source, target, currency=currency)
    if PERCENT in (source, target) or source.endswith(_CO2E) != target.endswith(_CO2E):
        raise DimensionMismatch(f"{source} is not {target}")
    return converted(value, source.removesuffix(_CO2E), target.removesuffix(_CO2E))


def unit_fits(measure: Measure, book: MetricBook, unit: str, *, currency: str) -> bool:
    """Tell whether a measure can be stated in a unit."""
    try:
        in_unit(Decimal(1), unit_of(measure, book), unit, currency=currency)
    except (UnknownUnit, DimensionMismatch):
        return False
    return True


def uses_potentials(measure: Measure, book: MetricBook) -> bool:
    """Tell whether a measure holds CO2e of gases, which a GWP set weighs."""
    return measure.metric in book.metrics and any(isinstance(each, Emissions) for each in _leaves(measure.metric, book))


def holds_stated_co2e(measure: Measure, book: MetricBook) -> bool:
    """Tell whether a measure holds CO2e that somebody stated, by a GWP set nobody knows."""
    indicator = measure.indicator
    if measure.metric in book.metrics:
        found = [each.indicator for each in _leaves(measure.metric, book) if isinstance(each, AsStated)]
        return any(unit_of_stated(each).endswith(_CO2E) for each in found)
    return indicator is not None and (indicator.unit or "").endswith(_CO2E)


def _leaves(key: str, book: MetricBook) -> Iterator[Formula]:
    """Yield the formulas that a metric is made from in the end."""
    formula = book.metrics[key].formula
    match formula:
        case Sum(parts):
            used: tuple[str, ...] = parts
        case Difference(one, other) | Share(one, other) | Ratio(one, other):
            used = (one, other)
        case _:
            yield formula
            return
    for part in used:
        yield from _leaves(part, book)


def measure_problems(measure: Measure, book: MetricBook) -> Iterator[FieldProblem]:
    """Yield what is wrong with what a target is to measure."""
    if measure.metric not in book.metrics and measure.indicator is None:
        words = f"there is no metric and no number that is stated called {measure.metric!r}"
        yield FieldProblem("metric", "unknown_metric", f"{words}; GET /v1/indicators lists what is stated")
        return
    yield from _dimension_problems(measure, book)
    if measure.denominator is None:
        return
    if measure.denominator not in book.denominators:
        words = f"there is no denominator {measure.denominator!r}; there are {', '.join(book.denominators)}"
        yield FieldProblem("denominator", "unknown_denominator", words)
    elif measure.metric in book.metrics and isinstance(book.metrics[measure.metric].formula, Ratio | Share):
        words = f"{measure.metric} is a quotient already: leave denominator out"
        yield FieldProblem("denominator", "already_a_quotient", words)


def _dimension_problems(measure: Measure, book: MetricBook) -> Iterator[FieldProblem]:
    takes = _dimensions(measure, book)
    for name, value in measure.dimensions.items():
        if name not in takes:
            words = f"{measure.metric} is broken down by {', '.join(sorted(takes)) or 'nothing'}, not by {name!r}"
            yield FieldProblem("dimensions", "unknown_dimension", words)
        elif not any(taken(value) for taken in takes[name]):
            words = f"{name} of {measure.metric} is never {value!r}"
            yield FieldProblem("dimensions", "unknown_dimension_value", words)


def _dimensions(measure: Measure, book: MetricBook) -> dict[str, list[Callable[[str], bool]]]:
    """Return by what a measure is broken down, each with what tells whether it takes a value."""
    found: dict[str, list[Callable[[str], bool]]] = {}
    known = measure.metric in book.metrics
    stated = [each.indicator for each in _leaves(measure.metric, book) if isinstance(each, AsStated)] if known else []
    for code in stated if known else [measure.metric]:
        for dimension in indicators().named(code).dimensions:
            found.setdefault(dimension.name, []).append(dimension.takes)
    for resource in _resources(measure.metric, book) if known else ():
        for name, values in resource.attributes.items():
            found.setdefault(name, []).append(partial(_is_taken, values))
    return found


def _is_taken(values: tuple[str, ...], value: str) -> bool:
    return not values or value in values


def _resources(metric: str, book: MetricBook) -> Iterator[Resource]:
    """Yield the resources a metric looks at."""
    for leaf in _leaves(metric, book):
        match leaf:
            case Quantity(resources) | Level(resources) | Energy(resources):
                for key in resources:
                    found = [each for each in book.catalogue.resources if matches(key, each.key)]
                    yield from found or [book.catalogue.named(key)]
            case Emissions(scope) | Biogenic(scope):
                emitting = ((each, emitter_of(each)) for each in book.catalogue.resources)
                yield from (each for each, emitter in emitting if emitter is not None and emitter.scope == scope)
