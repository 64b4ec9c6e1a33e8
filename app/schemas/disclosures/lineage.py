"""What the lineage of a figure looks like from outside: its terms, their factors and instruments, or who stated it."""

from dataclasses import asdict
from enum import StrEnum

from pydantic import Field

from app.disclosure.figures import stated
from app.disclosure.live import lineage as lineages
from app.disclosure.live.lineage_terms import FactorUsed, MeteredAs
from app.disclosure.live.lineage_terms import LineageTerm as Term
from app.schemas.disclosures.disclosures import ExactNumber
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.reporting_periods import Period


class TermPeriod(StrEnum):
    """The longest stretch a term of a lineage covers."""

    YEAR = "year"
    MONTH = "month"


class LineageFactor(Shape):
    """The emission factor of a term, kg CO2e per unit, and why it was chosen.

    `passed_over` are nearer factors that the quantity cannot be converted to, each with the reason.
    """

    code: str
    edition: str | None
    source: str
    why: str
    kg_co2e: ExactNumber
    per: str
    derivation: str | None
    carried_forward_years: int | None
    passed_over: list[str] = Field(default_factory=list)


class LineageInstrument(Shape):
    """The certificate or contract that covers a term, and where its registry keeps it."""

    code: str
    kind: str
    energy_source: str | None
    issuing_area: str | None
    registry: str | None
    first_serial: str | None
    last_serial: str | None
    source: str


class LineageCalorificValue(Shape):
    """A calorific value or density that a term's conversion rests on, and why it was chosen."""

    code: str
    states: str
    source: str
    why: str
    assumption: bool
    carried_forward_years: int | None


class LineageTerm(Shape):
    """One addend of a figure, in the figure's unit: quantity x conversion x share x factor."""

    plant: str
    resource: str
    attributes: dict[str, str]
    period: Period
    metered: ExactNumber | None = None
    metered_as: MeteredAs | None = None
    quantity: ExactNumber
    unit: str
    conversion: ExactNumber
    conversion_ratio: str | None = None
    converted_unit: str
    share: ExactNumber
    calorific_values: list[LineageCalorificValue] = Field(default_factory=list)
    factor: LineageFactor | None
    instrument: LineageInstrument | None
    value: ExactNumber
    meters: list[str]
    readings: int
    notes: list[str]


class LineageDivisor(Shape):
    """What a quotient was divided by, and the terms that add up to it."""

    value: ExactNumber | None
    unit: str
    terms: list[LineageTerm]


class StatedBy(Shape):
    """Who stated a figure, when and on which evidence; value and unit as they were sent."""

    datapoint: str
    revision: int
    value: ExactNumber | None
    unit: str | None
    text: str | None
    evidence: str | None
    key: str | None
    at: Instant


class Lineage(Shape):
    """How a figure came about: the values of its terms add up to its value exactly.

    A figure that no meter gives has no terms; `stated` says where it comes from, null where nobody has stated it.
    """

    key: str
    dimensions: dict[str, str]
    value: ExactNumber | None
    unit: str
    unit_ratio: str | None = None
    formula: str
    terms: list[LineageTerm]
    divisor: LineageDivisor | None
    stated: StatedBy | None = None


def lineage_from(found: lineages.Lineage) -> Lineage:
    """Return the outside view of a figure's lineage."""
    divisor = found.divisor
    return Lineage(
        key=found.key,
        dimensions=dict(found.dimensions),
        value=found.value,
        unit=found.unit,
        unit_ratio=found.unit_ratio,
        formula=found.formula,
        terms=[_term(term) for term in found.terms],
        divisor=None
        if divisor is None
        else LineageDivisor(value=divisor.value, unit=divisor.unit, terms=[_term(term) for term in divisor.terms]),
        stated=None if found.stated is None else _statement(found.stated),
    )


def _statement(found: stated.StatedBy) -> StatedBy:
    return StatedBy(
        datapoint=found.datapoint,
        revision=found.revision,
        value=found.value,
        unit=found.unit,
        text=found.text,
        evidence=found.evidence,
        key=found.key,
        at=found.at,
    )


def _term(term: Term) -> LineageTerm:
    factor = term.factor
    return LineageTerm(
        plant=term.plant,
        resource=term.resource,
        attributes=dict(term.attributes),
        period=Period(start=term.start, end=term.end),
        metered=term.metered,
        metered_as=term.metered_as,
        quantity=term.quantity,
        unit=term.unit,
        conversion=term.conversion,
        conversion_ratio=term.conversion_ratio,
        converted_unit=term.converted_unit,
        share=term.share,
        calorific_values=[LineageCalorificValue(**asdict(each)) for each in term.calorific_values],
        factor=None if factor is None else _lineage_factor(factor),
        instrument=None if term.instrument is None else LineageInstrument(**asdict(term.instrument)),
        value=term.value,
        meters=list(term.meters),
        readings=term.readings,
        notes=list(term.notes),
    )


def _lineage_factor(factor: FactorUsed) -> LineageFactor:
    return LineageFactor(
        code=factor.code,
        edition=factor.edition,
        source=factor.source,
        why=factor.why,
        kg_co2e=factor.kg_co2e,
        per=factor.per,
        derivation=factor.derivation,
        carried_forward_years=factor.carried_forward_years,
        passed_over=list(factor.passed_over),
    )
