"""The lineage of a figure: its formula and the terms that add up to it exactly, down to meters and factor sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from app.accounting.factors.calorific_choice import Candidate
from app.accounting.ledger.amounts import Amount, Term
from app.accounting.ledger.instrument import Instrument
from app.accounting.years.believed import Believed
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import day_start_ms, instant_from_ms
from app.disclosure.figures.books import Books, open_books
from app.disclosure.figures.figures import amount_of
from app.disclosure.figures.months import by_month
from app.disclosure.figures.stated import StatedBy, StatedYears, statement_of
from app.disclosure.frameworks.stated_specs import StatedSpec
from app.models import id_of
from app.store.arrivals.entered import read_as_of
from app.store.engine.database import Database


@dataclass(frozen=True, slots=True)
class FactorUsed:
    """The factor of a term: kg CO2e per unit, where it comes from, why it was chosen and what could not be used."""

    code: str
    edition: str | None
    source: str
    why: str
    kg_co2e: Decimal
    per: str
    derivation: str | None
    carried_forward_years: int | None
    passed_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstrumentUsed:
    """The certificate or contract that covers a term, with the serial numbers under which its registry knows it."""

    code: str
    kind: str
    energy_source: str | None
    issuing_area: str | None
    registry: str | None
    first_serial: str | None
    last_serial: str | None
    source: str


@dataclass(frozen=True, slots=True)
class CalorificValueUsed:
    """A calorific value or density that a conversion rests on: what it states, its source, and why it was chosen."""

    code: str
    states: str
    source: str
    why: str
    assumption: bool
    carried_forward_years: int | None


@dataclass(frozen=True, slots=True)
class LineageTerm:
    """One addend: quantity x conversion x share x factor, in the figure's unit; the period is the plant's local days.

    An intensity's term is its part of the quotient.
    """

    plant: str
    resource: str
    attributes: Mapping[str, str] = field(hash=False)
    start: datetime
    end: datetime
    quantity: Decimal
    unit: str
    conversion: Decimal
    converted_unit: str
    share: Decimal
    calorific_values: tuple[CalorificValueUsed, ...]
    factor: FactorUsed | None
    instrument: InstrumentUsed | None
    value: Decimal
    meters: tuple[str, ...]
    readings: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Divisor:
    """What a quotient was divided by: its own value and the terms that add up to it."""

    value: Decimal | None
    unit: str
    terms: tuple[LineageTerm, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """How a figure came about; `value` is the exact sum of the terms' values, None without any.

    A figure that no meter gives has no terms: `stated` says who stated it, None where nobody has.
    """

    key: str
    dimensions: Mapping[str, str] = field(hash=False)
    value: Decimal | None
    unit: str
    formula: str
    terms: tuple[LineageTerm, ...]
    divisor: Divisor | None
    stated: StatedBy | None = None


class UnknownFigure(LookupError):
    """The framework has no such figure."""


def figure_lineage(
    database: Database,
    *,
    organization: str,
    framework: str,
    year: PeriodName,
    key: str,
    dimensions: Mapping[str, str],
    plant: str | None = None,
    as_of_ms: int | None = None,
    monthly: bool = False,
) -> Lineage:
    """Compute the lineage of a figure, as of now or an instant, its terms by month if asked.

    Raises NotThere, UnknownFramework, UnknownFigure.
    """
    with read_as_of(database, as_of_ms, organization) as session:
        books = open_books(
            session,
            organization=organization,
            framework=framework,
            year=year,
            plant=plant,
            earlier=0,
            as_of_ms=as_of_ms,
        )
        believed = Believed(session, id_of(books.organization), as_of_ms) if monthly else None
        return lineage_of(books, year, key, dimensions, monthly_from=believed)


def lineage_of(
    books: Books, year: PeriodName, key: str, dimensions: Mapping[str, str], *, monthly_from: Believed | None = None
) -> Lineage:
    """Return the lineage of a figure of these books, by month when given where their buckets come from.

    Raises UnknownFigure for an unknown key or dimension.
    """
    asked = books.stated.spec(key)
    if asked is not None:
        return _stated(books.stated, asked, dimensions, year)
    spec = next((spec for spec in books.specs if spec.metric.key == key), None)
    if spec is None:
        raise UnknownFigure(f"{books.framework.code} has no figure {key!r}")
    if len(dimensions) > 1 or not set(dimensions) <= set(spec.dimensions):
        broken_down = ", ".join(spec.dimensions) or "nothing"
        raise UnknownFigure(f"{key} is broken down by {broken_down}, one at a time")
    amount = amount_of(spec, dimensions, books.evaluations[year])
    if monthly_from is not None:
        amount = _monthly(monthly_from, books, amount)
    return Lineage(
        key=key,
        dimensions=dict(dimensions),
        value=amount.value,
        unit=books.unit(spec),
        formula=amount.formula,
        terms=_terms(amount),
        divisor=_divisor(amount.divisor),
    )


def _stated(years: StatedYears, spec: StatedSpec, dimensions: Mapping[str, str], year: PeriodName) -> Lineage:
    if not set(dimensions) <= set(spec.dimensions):
        raise UnknownFigure(f"{spec.key} is broken down by {', '.join(spec.dimensions) or 'nothing'}")
    stated = years.books[year].at(spec.key, dimensions)
    return Lineage(
        key=spec.key,
        dimensions=dict(dimensions),
        value=years.value(spec, dimensions, year),
        unit=years.unit(spec),
        formula="stated",
        terms=(),
        divisor=None,
        stated=None if stated is None else statement_of(stated),
    )


def _monthly(believed: Believed, books: Books, amount: Amount) -> Amount:
    divisor = None if amount.divisor is None else _monthly(believed, books, amount.divisor)
    return replace(amount, terms=tuple(by_month(believed, books.boundary, amount.terms)), divisor=divisor)


def _divisor(amount: Amount | None) -> Divisor | None:
    return None if amount is None else Divisor(amount.value, amount.unit, _terms(amount))


def _terms(amount: Amount) -> tuple[LineageTerm, ...]:
    return tuple(_term(term) for term in amount.terms)


def _term(term: Term) -> LineageTerm:
    activity = term.activity
    return LineageTerm(
        plant=activity.site.place.plant,
        resource=activity.resource,
        attributes=dict(activity.attributes),
        start=instant_from_ms(day_start_ms(activity.site.zone, activity.first_day)),
        end=instant_from_ms(day_start_ms(activity.site.zone, activity.end_day)),
        quantity=term.quantity,
        unit=activity.unit,
        conversion=term.multiplier,
        converted_unit=term.converted_to,
        share=activity.site.share,
        calorific_values=tuple(map(_calorific_value, term.values)),
        factor=_factor(term),
        instrument=None if term.instrument is None else _instrument(term.instrument),
        value=term.value,
        meters=activity.meters,
        readings=activity.readings,
        notes=term.notes,
    )


def _calorific_value(found: Candidate) -> CalorificValueUsed:
    value = found.value
    return CalorificValueUsed(
        code=value.code,
        states=value.words,
        source=value.source,
        why=found.why,
        assumption=value.assumption,
        carried_forward_years=found.carried_forward_years,
    )


def _instrument(found: Instrument) -> InstrumentUsed:
    return InstrumentUsed(
        code=found.code,
        kind=found.kind,
        energy_source=found.energy_source,
        issuing_area=found.issuing_area,
        registry=found.registry,
        first_serial=found.first_serial,
        last_serial=found.last_serial,
        source=found.source,
    )


def _factor(term: Term) -> FactorUsed | None:
    if term.choice is None:
        return None
    factor = term.choice.factor
    return FactorUsed(
        code=factor.code,
        edition=factor.edition,
        source=factor.source,
        why=term.choice.why,
        kg_co2e=term.per_unit,
        per=factor.per,
        derivation=factor.derivation,
        carried_forward_years=term.choice.carried_forward_years,
        passed_over=term.choice.passed_over,
    )
