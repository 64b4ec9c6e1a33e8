"""Figures that somebody stated: a datapoint in the framework's unit, what is shown of it, and who stated it when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.accounting.findings import Finding, Severity
from app.accounting.stated.datapoints import Stated, StatedBook, canonical, stated_words
from app.accounting.stated.indicators import indicators
from app.accounting.stated.reconciliation import findings_on
from app.accounting.stated.stated_units import printed_unit, stated_in
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod
from app.core.calendar.periods import instant_from_ms
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import Rounding
from app.disclosure.figures.figures import Comparative, Figure, shown
from app.disclosure.frameworks.stated_specs import StatedSpec

Where = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StatedBy:
    """Who stated a figure, when (a UTC instant), on which evidence, and the number and unit as they were sent."""

    datapoint: str
    revision: int
    value: Decimal | None
    unit: str | None
    text: str | None
    evidence: str | None
    key: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class StatedYears:
    """The figures a framework asks somebody to state, as the organization prints them, and the book of each period.

    Books come newest period first.
    """

    specs: tuple[StatedSpec, ...]
    books: Mapping[PeriodName, StatedBook] = field(hash=False)
    periods: Mapping[PeriodName, ReportingPeriod] = field(hash=False)
    currency: str
    rounding: Rounding

    def spec(self, key: str) -> StatedSpec | None:
        """Return what the framework asks under this key, None where it asks nothing."""
        return next((spec for spec in self.specs if spec.key == key), None)

    def unit(self, spec: StatedSpec) -> str:
        """Return the unit a figure is printed in."""
        return printed_unit(spec.unit, currency=self.currency)

    def value(self, spec: StatedSpec, where: Where, year: PeriodName) -> Decimal | None:
        """Return the exact number stated, in the framework's unit."""
        stated = self.books[year].at(spec.key, where)
        if stated is None or stated.value is None:
            return None
        return stated_in(stated.value, spec.indicator.unit or "", spec.unit, currency=self.currency)

    def display(self, spec: StatedSpec, where: Where, year: PeriodName) -> str | None:
        """Return the digits that are printed; None for a text and where nothing is stated."""
        return shown(self.value(spec, where, year), spec, self.rounding)


def stated_figures(years: StatedYears, year: PeriodName) -> Iterator[Figure]:
    """Yield each figure of a year: the total, and every part that is stated in any of the years beside it."""
    for spec in years.specs:
        for where in parts_of(spec, years.books):
            yield _figure(years, spec, where, year)


def parts_of(spec: StatedSpec, books: Mapping[PeriodName, StatedBook]) -> Sequence[Where]:
    """Return the total and each stated part whose dimensions the framework shows, in the order of their values."""
    found: dict[str, Where] = {}
    for book in books.values():
        for stated in book.all_of(spec.key):
            if stated.dimensions and set(stated.dimensions) <= set(spec.dimensions):
                found[canonical(stated.dimensions)] = stated.dimensions
    return [{}, *sorted(found.values(), key=lambda where: _place(spec, where))]


def statement_of(stated: Stated) -> StatedBy:
    """Return who stated a datapoint, when and on which evidence."""
    return StatedBy(
        datapoint=stated.code,
        revision=stated.revision,
        value=stated.stated_value,
        unit=stated.stated_unit,
        text=stated.text,
        evidence=stated.evidence,
        key=stated.key,
        at=instant_from_ms(stated.stored_ms),
    )


def _figure(years: StatedYears, spec: StatedSpec, where: Where, year: PeriodName) -> Figure:
    stated = years.books[year].at(spec.key, where)
    return Figure(
        kpi=spec.kpi,
        key=spec.key,
        dimensions=dict(where),
        title=spec.title,
        unit=years.unit(spec),
        value=years.value(spec, where, year),
        display=years.display(spec, where, year),
        comparatives=tuple(_comparative(years, spec, where, each) for each in years.books if each != year),
        # What is stated is not a matter of coverage; what is not, is a figure without data.
        coverage=Decimal(0) if stated is None else None,
        measured_share=None,
        estimated_share=None,
        flags=() if stated is None else _flags(stated),
        checks=_checks(stated, years.books[year]),
        text=None if stated is None else stated.text,
        also=spec.also,
    )


def _comparative(years: StatedYears, spec: StatedSpec, where: Where, year: PeriodName) -> Comparative:
    stated = years.books[year].at(spec.key, where)
    value, display = years.value(spec, where, year), years.display(spec, where, year)
    text = None if stated is None else stated.text
    return Comparative(years.periods[year], value, display, restated=False, text=text)


def _flags(stated: Stated) -> tuple[Sentence, ...]:
    return (stated_words(stated),)


def _checks(stated: Stated | None, book: StatedBook) -> tuple[Finding, ...]:
    if stated is None:
        return (Finding("not_stated", Severity.INFO, sentence("nobody has stated it for the period")),)
    return findings_on(stated, book, indicators())


def _place(spec: StatedSpec, where: Where) -> tuple[object, ...]:
    """Return where a part stands: by its dimensions in the row's order, then by their values in the catalogue's."""
    names = [name for name in spec.dimensions if name in where]
    return len(names), [(spec.dimensions.index(name), *_rank(spec, name, where[name])) for name in names]


def _rank(spec: StatedSpec, name: str, value: str) -> tuple[int, str]:
    dimension = spec.indicator.dimension(name)
    listed = dimension.values if dimension is not None and dimension.values is not None else ()
    return (listed.index(value) if value in listed else len(listed)), value
