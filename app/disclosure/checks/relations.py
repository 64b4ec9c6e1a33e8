"""How figures hang together: which two a ratio divides, which parts a total has, and which resources a key counts."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

from app.accounting.metrics.formulas import Energy, Quantity, Ratio, Share, Sum
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.stated.indicators import indicators
from app.core.inventory.resources import matches
from app.core.units.quantities import EXACT, Rounding
from app.core.units.units import PERCENT
from app.disclosure.checks.spans import Span
from app.disclosure.checks.statement import Dimensions, Line, Statement


@dataclass(frozen=True, slots=True)
class Parts:
    """A ratio: `numerator` over `step` units of `denominator`, times `times`."""

    numerator: str
    denominator: str
    step: Decimal = Decimal(1)
    times: Decimal = Decimal(1)


def parts_of(line: Line, statement: Statement) -> Parts | None:
    """Return what a ratio divides: as the line says itself, or as its metric or indicator does; None for no ratio."""
    known = _known_parts(line.key, statement)
    numerator = line.numerator or (known.numerator if known else None)
    denominator = line.denominator or (known.denominator if known else None)
    if numerator is None or denominator is None:
        return None
    if known is not None and known.denominator == denominator:
        return Parts(numerator, denominator, line.per or known.step, known.times)
    standard = statement.metrics.denominators.get(denominator)
    return Parts(numerator, denominator, line.per or (standard.step if standard else Decimal(1)))


def _known_parts(key: str, statement: Statement) -> Parts | None:
    metric = statement.metrics.metrics.get(key)
    if metric is not None:
        match metric.formula:
            case Ratio(of, per):
                return Parts(of, per, statement.metrics.denominators[per].step)
            case Share(of, within):
                return Parts(of, within)
        return None
    indicator = indicators().indicators.get(key)
    if indicator is None or indicator.ratio is None:
        return None
    return Parts(indicator.ratio.of, indicator.ratio.per, times=indicator.ratio.times)


def recomputed(line: Line, parts: Parts, statement: Statement, *, by: Line | None = None) -> Span | None:
    """Return what a ratio should be by the lines of its parts, in its unit; None where one of them is not there.

    `by` takes the place of the denominator.
    """
    over = statement.line(parts.numerator, line.year, line.where) or _summed(statement, parts.numerator, line)
    under = by or statement.line(parts.denominator, line.year, line.where)
    if over is None or under is None:
        return None
    # A share's parts are in one unit; another ratio is in its numerator's.
    above = _span_in(over, under.unit if line.unit == PERCENT else line.unit, line, statement)
    below = _in_steps(under, parts, statement)
    if above is None or below is None:
        return None
    quotient = above.over(below)
    times = parts.times * 100 if line.unit == PERCENT else parts.times
    return None if quotient is None else quotient.times(times)


def _summed(statement: Statement, key: str, line: Line) -> tuple[Line, ...] | None:
    """Return the lines that part a total which was not printed itself."""
    if line.where or not adds_up(key, statement):
        return None
    broken = statement.broken_down(key, line.year)
    whole = [tuple(members.values()) for name, members in broken.items() if parts_whole(key, name)]
    return whole[0] if whole else None


def _span_in(found: Line | tuple[Line, ...], unit: str, line: Line, statement: Statement) -> Span | None:
    if isinstance(found, Line):
        return statement.in_unit(found, unit, statement.rounding)
    whole: Span | None = None
    for each in found:
        span = statement.in_unit(each, unit, statement.rounding)
        if span is None:
            return None
        whole = span if whole is None else whole.plus(span)
    return whole


def _in_steps(under: Line, parts: Parts, statement: Statement) -> Span | None:
    """Return the span of a denominator in steps of its base unit."""
    denominator = statement.metrics.denominators.get(under.key)
    unit = under.unit if denominator is None else denominator.unit
    span = statement.in_unit(under, unit, statement.rounding)
    if span is None:
        return None
    with localcontext(EXACT):
        return Span(span.low / parts.step, span.high / parts.step)


def adds_up(key: str, statement: Statement) -> bool:
    """Tell whether parts of a figure add up to it."""
    metric = statement.metrics.metrics.get(key)
    if metric is not None:
        return not isinstance(metric.formula, Ratio | Share)
    indicator = indicators().indicators.get(key)
    return indicator is not None and indicator.adds_up


def parts_whole(key: str, name: str) -> bool:
    """Tell whether the values of a dimension part a figure without a rest; what meters qualify is taken to."""
    indicator = indicators().indicators.get(key)
    if indicator is None:
        return True
    dimension = indicator.dimension(name)
    return dimension is not None and dimension.parts_whole


def components(key: str, statement: Statement) -> tuple[str, ...]:
    """Return the keys whose figures add up to that of `key`; none where it is no total of others."""
    metric = statement.metrics.metrics.get(key)
    match metric.formula if metric else None:
        case Sum(keys):
            return keys
        case Energy(resources, None) if len(resources) > 1:
            return tuple(each for each in statement.keys if _single_energy(each, resources, statement))
        case Quantity(resources, None) if len(resources) > 1:
            return tuple(each for each in statement.keys if each != key and _single(each, resources, statement))
    return ()


def _single(key: str, resources: tuple[str, ...], statement: Statement) -> bool:
    metric = statement.metrics.metrics.get(key)
    match metric.formula if metric else None:
        case Quantity((only,), None):
            return _under(only, resources)
    return False


def _single_energy(key: str, resources: tuple[str, ...], statement: Statement) -> bool:
    metric = statement.metrics.metrics.get(key)
    match metric.formula if metric else None:
        case Energy((only,), None):
            return _under(only, resources)
    return False


def _under(key: str, patterns: tuple[str, ...]) -> bool:
    return any(matches(pattern, key) for pattern in patterns)


def activity_line(resource: str, year: int, statement: Statement, where: Dimensions = ()) -> Line | None:
    """Return the line that prints how much of a resource was used: its own, or that of a sum it is part of."""
    # What the grid delivers is all of it, whatever it was bought as: the sum before the part.
    keys = sorted(_counting(statement.metrics, resource), key=lambda found: not found[1])
    return next((line for key, _ in keys if (line := statement.line(key, year, where)) is not None), None)


@lru_cache(maxsize=1024)
def _counting(metrics: MetricBook, resource: str) -> tuple[tuple[str, bool], ...]:
    """Return each key that counts a resource, and whether it is a sum over several."""
    found = []
    for key, metric in metrics.metrics.items():
        match metric.formula:
            case Quantity(resources, None) if any(matches(each, resource) for each in resources):
                found.append((key, len(resources) > 1))
    return tuple(found)


def agrees(line: Line, computed: Span, rule: Rounding | None) -> bool:
    """Tell whether a line's printed digits may stand for a computed value."""
    return line.span(rule).meets(computed)
