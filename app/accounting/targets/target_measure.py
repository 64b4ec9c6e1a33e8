"""What a target measures: a metric or a stated indicator, a part of it, or either per a denominator; and its value."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from app.accounting.breakdowns.reporting_years import YearBooks
from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.amounts import Amount, Term
from app.accounting.metrics.breakdown import checks
from app.accounting.metrics.formulas import Level, Ratio, Share
from app.accounting.metrics.stated_amounts import stated
from app.accounting.stated.indicators import Indicator, Kind, indicators
from app.accounting.targets.target_base import Composition, Parts
from app.core.units.quantities import EXACT

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

    `amounts` are what was computed: of a quotient both sides. `is_mean`: it is a level, such as a number of employees.
    """

    unit: str
    composition: Composition = field(hash=False)
    coverage: Decimal | None
    findings: tuple[Finding, ...]
    amounts: tuple[Amount, ...] = ()
    is_mean: bool = False

    @property
    def value(self) -> Decimal | None:
        """Return the value, None where there is none."""
        return self.composition.value

    def in_proportion(self, value: Decimal) -> Decimal:
        """Return what a value of this measure comes to if the time without readings is as the rest.

        25 t in readings of a quarter of the year are 100 t. What is no sum, a quotient or a level, is taken as it is.
        """
        if not self.coverage or self.composition.is_quotient or self.is_mean:
            return value
        with localcontext(EXACT):
            return quotient(value, min(self.coverage, Decimal(1)))

    @property
    def has_error(self) -> bool:
        """Tell whether a finding says that the value is wrong: a part without a factor, an impossible sign."""
        return any(each.severity is Severity.ERROR for each in self.findings)


def measured(books: YearBooks, measure: Measure) -> Measured | None:
    """Return what a measure comes to in a year; None where neither meters nor indicators know it."""
    where, evaluation = measure.dimensions, books.evaluation
    if measure.metric in books.book.metrics:
        of = evaluation.amount(measure.metric, where)
    elif measure.indicator is not None:
        ledger = books.ledger
        of = stated(ledger.stated, measure.metric, where, first_day=ledger.first_day, end_day=ledger.end_day)
    else:
        return None
    if measure.denominator is not None:
        found, per = evaluation.per(of, measure.metric, measure.denominator), evaluation.amount(measure.denominator, {})
        return _quotient(found, of, per, books.book.denominators[measure.denominator].step, Decimal(1))
    formula = books.book.metrics[measure.metric].formula if measure.metric in books.book.metrics else None
    match formula:
        case Ratio(part, whole, step):
            return _quotient(of, evaluation.amount(part, where), evaluation.amount(whole, {}), step, Decimal(1))
        case Share(part, whole):
            parts = evaluation.amount(part, where), evaluation.amount(whole, where)
            return _quotient(of, *parts, Decimal(1), Decimal(100))
    return Measured(
        of.unit, Composition(_parts(of)), of.coverage, _findings(of), (of,), is_mean=isinstance(formula, Level)
    )


def _quotient(found: Amount, above: Amount, below: Amount, step: Decimal, scale: Decimal) -> Measured:
    """Return the quotient of two amounts, `found` being it: where that has no value, nothing has."""
    of = None if found.value is None else _parts(above)
    composition = Composition(of, _parts(below), step, scale, is_quotient=True)
    return Measured(found.unit, composition, found.coverage, _findings(found), (above, below))


def _findings(amount: Amount) -> tuple[Finding, ...]:
    """Return what must be said of an amount; of what nobody has stated, just that."""
    return tuple(checks(amount) if amount.activities else amount.findings or checks(amount))


def _parts(amount: Amount) -> Parts | None:
    """Return an amount by plant, and what was stated by what it was stated of; what no term accounts for is a rest."""
    if amount.value is None:
        return None
    found: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for term in amount.terms:
            found[_part_name(term)] += term.value
    return dict(found)


def _part_name(term: Term) -> str:
    plant, dimensions = term.activity.site.place.plant, sorted(term.activity.attributes.items())
    return plant or ", ".join(f"{STATED} {name} {value}" for name, value in dimensions) or STATED


def stated_parts(parts: Parts | None) -> frozenset[str]:
    """Return the names of parts that were stated of single categories or the like, not of the whole."""
    return frozenset(name for name in parts or () if name.startswith(f"{STATED} "))
