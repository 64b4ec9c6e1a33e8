"""Figures: a metric's exact amount in the framework's unit, with what is shown of it and what must be said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction

from app.accounting.findings import Finding
from app.accounting.ledger.amounts import Amount, in_unit
from app.accounting.ledger.sites import share_words
from app.accounting.metrics.breakdown import checks
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.formulas import Ratio, Share
from app.accounting.metrics.standard_coal import TCE, in_standard_coal, in_tce
from app.accounting.metrics.vocabulary import MetricBook
from app.core.calendar.fiscal_years import ReportingPeriod
from app.core.sentences import Sentence
from app.core.units.quantities import EXACT, Rounding, display
from app.disclosure.frameworks.frameworks import FigureSpec, printed_ratio, printed_units
from app.disclosure.frameworks.stated_specs import StatedSpec
from app.disclosure.history.standing import Source


@dataclass(frozen=True, slots=True)
class Comparative:
    """The same figure of an earlier period, and where it comes from; restated where it was printed otherwise before.

    `framework` is the edition that published or printed it, None of a live one.
    """

    period: ReportingPeriod
    value: Decimal | None
    display: str | None
    restated: bool
    text: str | None = None
    source: Source = Source.LIVE
    framework: str | None = None

    @property
    def year(self) -> int:
        """Return the number in the period's name."""
        return self.period.year


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, identified by key and dimensions. `value` is exact and in `unit`; shares and coverage are 0 to 1.

    coverage is None where no reading was expected at a known time, and 0 without data. `text` is what was stated where
    the framework asks for words. `also` are further codes that ask for the same figure.
    """

    kpi: str
    key: str
    dimensions: Mapping[str, str] = field(hash=False)
    title: Sentence
    unit: str
    value: Decimal | None
    display: str | None
    comparatives: tuple[Comparative, ...]
    coverage: Decimal | None
    measured_share: Decimal | None
    estimated_share: Decimal | None
    flags: tuple[Sentence, ...]
    checks: tuple[Finding, ...]
    text: str | None = None
    also: tuple[str, ...] = ()
    coverage_so_far: Decimal | None = None
    """Its coverage without the days that are to come, which people look at while the year runs."""


def amount_of(spec: FigureSpec, where: Mapping[str, str], evaluation: Evaluation) -> Amount:
    """Return the exact amount of a figure in the framework's unit; energy in standard coal by the rules of that."""
    amount = evaluation.amount(spec.metric.key, where)
    if in_standard_coal(amount.unit, spec.unit):
        amount = in_tce(amount)
    return in_unit(amount, spec.unit, lambda value: printed_units(value, amount.unit, spec.unit))


def unit_ratio(spec: FigureSpec, book: MetricBook) -> Fraction:
    """Return what the sum of a figure's terms, before they are printed, is multiplied by to be in its unit.

    Of tCO2e per CNY 1,000, added up in kgCO2e and divided by CNY, that is 1,000 / 1,000: the step, and kg in t.
    """
    formula, unit = spec.metric.formula, book.unit(spec.metric.key)
    if isinstance(formula, Share):
        return Fraction(100)
    step = Fraction(formula.step) if isinstance(formula, Ratio) else Fraction(1)
    return step * printed_ratio(TCE if in_standard_coal(unit, spec.unit) else unit, spec.unit)


def unit_of(spec: FigureSpec, book: MetricBook, *, currency: str) -> str:
    """Return the unit a figure is printed in, an intensity's with what it is per, such as `MWh per CNY 1,000`."""
    formula = spec.metric.formula
    if not isinstance(formula, Ratio):
        return spec.unit
    return f"{spec.unit} per {book.denominators[formula.per].per(formula.step, currency=currency)}"


def shown(value: Decimal | None, spec: FigureSpec | StatedSpec, rounding: Rounding) -> str | None:
    """Return the digits that are printed, by the figure's own rounding rule or else by `rounding`; None for None.

    A quotient that its decimals would print as nothing has two significant digits: 0.000321 MWh per CNY 1,000 of two
    decimals is 0.00032. Without a unit of one's own to count in, 0.00 says that there is none.
    """
    if value is None:
        return None
    rule = spec.rounding or rounding
    digits = display(value, decimals=spec.decimals, rounding=rule)
    is_quotient = isinstance(spec, FigureSpec) and isinstance(spec.metric.formula, Ratio)
    if is_quotient and value and not Decimal(digits):
        rounded = Decimal(display(value, decimals=1 - value.adjusted(), rounding=rule))
        return display(value, decimals=1 - rounded.adjusted(), rounding=rule)  # 0.000999 is 0.0010
    return digits


def figure(
    spec: FigureSpec,
    where: Mapping[str, str],
    amount: Amount,
    *,
    unit: str,
    comparatives: Sequence[Comparative],
    rounding: Rounding,
    come: Amount | None = None,
) -> Figure:
    """Return the figure of an amount; `come` is it with the coverage of the days that have come, None if all have."""
    estimated = amount.quality_share(lambda activity: activity.estimated_share)
    manual = amount.quality_share(lambda activity: activity.manual_share)
    measured = None
    if estimated is not None and manual is not None:
        with localcontext(EXACT):
            measured = 1 - estimated - manual
    return Figure(
        kpi=spec.kpi,
        key=spec.metric.key,
        dimensions=dict(where),
        title=spec.title,
        unit=unit,
        value=amount.value,
        display=shown(amount.value, spec, rounding),
        comparatives=tuple(comparatives),
        coverage=amount.coverage,
        measured_share=measured,
        estimated_share=estimated,
        flags=tuple(dict.fromkeys(_flags(amount))),
        checks=tuple(dict.fromkeys(checks(amount if come is None else come))),
        also=spec.also,
        coverage_so_far=(amount if come is None else come).coverage,
    )


def _flags(amount: Amount) -> list[Sentence]:
    """Return the factors and assumptions the figure rests on, each once, and its consolidation."""
    terms = amount.plain_terms
    found = [note for term in terms for note in term.notes]
    found += [words for term in terms if (words := share_words(term.activity.site))]
    return found
