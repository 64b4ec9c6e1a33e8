"""What a target measures: a metric or a stated indicator, a part of it, or either per a denominator; and its value."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from app.accounting.amounts import Amount
from app.accounting.breakdown import checks
from app.accounting.breakdown_service import YearBooks
from app.accounting.datapoints import Stated, StatedBook
from app.accounting.findings import Finding, Severity
from app.accounting.formulas import Ratio, Share
from app.accounting.indicators import Indicator, Kind, indicators
from app.accounting.stated_units import printed_unit
from app.accounting.targets_base import Composition, Parts
from app.core.quantities import EXACT

STATED = "stated"
"""The name of the one part of a number that is stated of an organization as a whole."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric or indicator, the attributes or dimensions of the part that is meant, and what it is divided by."""

    metric: str
    dimensions: Mapping[str, str] = field(default_factory=dict, hash=False)
    denominator: str | None = None

    @property
    def indicator(self) -> Indicator | None:
        """Return the number that is stated under this name, None where there is none."""
        found = indicators().indicators.get(self.metric)
        return found if found is not None and found.kind is Kind.NUMBER else None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measure comes to in a year, in `unit`, with what it is made from; coverage is None for what is stated.

    `amounts` are what was computed, `stated` what was stated.
    """

    unit: str
    composition: Composition = field(hash=False)
    coverage: Decimal | None
    findings: tuple[Finding, ...]
    amounts: tuple[Amount, ...] = ()
    stated: tuple[Stated, ...] = ()

    @property
    def value(self) -> Decimal | None:
        """Return the value, None where there is none."""
        return self.composition.value

    @property
    def has_error(self) -> bool:
        """Tell whether a finding says that the value is wrong: a part without a factor, an impossible sign."""
        return any(each.severity is Severity.ERROR for each in self.findings)


def measured(books: YearBooks, stated: StatedBook | None, measure: Measure) -> Measured | None:
    """Return what a measure comes to in a year; None where neither meters nor indicators know it."""
    if measure.metric in books.book.metrics:
        return _metered(books, measure)
    if measure.indicator is None or stated is None:
        return None
    return _stated(books, stated, measure, measure.indicator)


def _metered(books: YearBooks, measure: Measure) -> Measured:
    where, evaluation = measure.dimensions, books.evaluation
    step, scale, below = Decimal(1), Decimal(1), None
    if measure.denominator is not None:
        found = evaluation.ratio(measure.metric, measure.denominator, where)
        step = books.book.denominators[measure.denominator].step
        above, below = evaluation.amount(measure.metric, where), evaluation.amount(measure.denominator, {})
    else:
        above = found = evaluation.amount(measure.metric, where)
        match books.book.metrics[measure.metric].formula:
            case Ratio(of, per, step):
                above, below = evaluation.amount(of, where), evaluation.amount(per, {})
            case Share(of, within):
                above, below, scale = evaluation.amount(of, where), evaluation.amount(within, where), Decimal(100)
    is_quotient = below is not None
    composition = Composition(_parts(above), None if below is None else _parts(below), step, scale, is_quotient)
    amounts = (above,) if below is None else (above, below)
    return Measured(found.unit, composition, found.coverage, tuple(checks(found)), amounts)


def _parts(amount: Amount) -> Parts | None:
    """Return an amount by plant; what no term accounts for was stated."""
    if amount.value is None:
        return None
    found: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for term in amount.terms:
            found[term.activity.site.place.plant] += term.value
        rest = amount.value - sum(found.values(), Decimal(0))
    return {**found, STATED: rest} if rest else dict(found)


def _stated(books: YearBooks, stated: StatedBook, measure: Measure, indicator: Indicator) -> Measured:
    rows = _rows(stated, measure, indicator)
    unit = printed_unit(indicator.unit or "", currency=books.organization.currency)
    above = {name: each.value for name, each in rows.items() if each.value is not None} or None
    findings = [] if above else [Finding("not_stated", Severity.INFO, "nobody has stated it for the period")]
    if above and STATED not in above:
        words = f"{measure.metric} is stated by {', '.join(above)} alone: their sum stands for the total"
        findings.append(Finding("sum_of_parts", Severity.INFO, words))
    coverage = None if above else Decimal(0)
    if measure.denominator is None:
        composition = Composition(above)
        return Measured(unit, composition, coverage, tuple(findings), (), tuple(rows.values()))
    below = books.evaluation.amount(measure.denominator, {})
    step = books.book.denominators[measure.denominator].step
    composition = Composition(above, _parts(below), step, is_quotient=True)
    if above and composition.value is None:
        words = f"{measure.denominator} has no value above zero: nothing to divide by"
        findings.append(Finding("no_denominator", Severity.WARNING, words))
    return Measured(
        unit,
        composition,
        below.coverage if above else coverage,
        (*findings, *(each for each in checks(below) if each.code != "no_data")),
        (below,),
        tuple(rows.values()),
    )


def _rows(stated: StatedBook, measure: Measure, indicator: Indicator) -> dict[str, Stated]:
    """Return what was stated: the number itself, or else the parts of a total by the first dimension that parts it."""
    found = stated.at(measure.metric, measure.dimensions)
    if found is not None:
        return {STATED: found}
    if measure.dimensions or not indicator.adds_up:
        return {}
    for dimension in indicator.dimensions:
        if dimension.parts_whole and (parts := stated.parts(measure.metric, dimension.name)):
            return {f"{dimension.name} {value}": each for value, each in sorted(parts.items())}
    return {}
