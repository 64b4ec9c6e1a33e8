"""What a disclosure, its figures and their lineage look like from outside."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, WithJsonSchema

from app.accounting.findings import Finding, Severity
from app.disclosure import lineage as lineages
from app.disclosure import service as disclosures
from app.disclosure.figures import Figure as LiveFigure
from app.schemas.instants import Instant

ExactNumber = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""A number of ours, every digit of it, however many: only ever answered, never received."""


class DisclosureStatus(StrEnum):
    """Where a disclosure stands: live figures are computed from what is stored now."""

    LIVE = "live"


class TermPeriod(StrEnum):
    """The longest stretch a term of a lineage covers."""

    YEAR = "year"
    MONTH = "month"


class Period(BaseModel):
    """A stretch of time, [start, end)."""

    start: Instant
    end: Instant


class Check(BaseModel):
    """What a check found: a stable code, its weight, and a sentence."""

    code: str
    severity: Severity
    detail: str


class Comparative(BaseModel):
    """The same figure of an earlier year."""

    year: int
    value: ExactNumber | None
    display: str | None
    restated: bool


class Figure(BaseModel):
    """A figure, identified by key and dimensions; `value` is exact and in `unit`, `display` what is printed.

    Coverage is null where no reading is expected at a known time, and 0 without data.
    """

    kpi: str
    key: str
    dimensions: dict[str, str]
    title: str
    unit: str
    value: ExactNumber | None
    display: str | None
    comparatives: list[Comparative]
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None
    flags: list[str]
    checks: list[Check]


class Disclosure(BaseModel):
    """Every figure a framework asks for, of one organization or one plant and one reporting year."""

    organization: str
    framework: str
    year: int
    plant: str | None
    status: DisclosureStatus
    period: Period
    figures: list[Figure]
    checks: list[Check]
    as_of: Instant | None = None


class LineageFactor(BaseModel):
    """The emission factor of a term, kg CO2e per unit, and why it was chosen."""

    code: str
    edition: str | None
    source: str
    why: str
    kg_co2e: ExactNumber
    per: str
    derivation: str | None
    carried_forward_years: int | None


class LineageTerm(BaseModel):
    """One addend of a figure, in the figure's unit: quantity x conversion x share x factor."""

    plant: str
    resource: str
    attributes: dict[str, str]
    period: Period
    quantity: ExactNumber
    unit: str
    conversion: ExactNumber
    converted_unit: str
    share: ExactNumber
    factor: LineageFactor | None
    value: ExactNumber
    meters: list[str]
    readings: int
    notes: list[str]


class LineageDivisor(BaseModel):
    """What a quotient was divided by, and the terms that add up to it."""

    value: ExactNumber | None
    unit: str
    terms: list[LineageTerm]


class Lineage(BaseModel):
    """How a figure came about: the values of its terms add up to its value exactly."""

    key: str
    dimensions: dict[str, str]
    value: ExactNumber | None
    unit: str
    formula: str
    terms: list[LineageTerm]
    divisor: LineageDivisor | None


def disclosure_from(live: disclosures.Disclosure) -> Disclosure:
    """Return the outside view of a live disclosure."""
    return Disclosure(
        organization=live.organization,
        framework=live.framework.code,
        year=live.year,
        plant=live.plant,
        status=DisclosureStatus.LIVE,
        period=Period(start=live.start, end=live.end),
        figures=[_figure(figure) for figure in live.figures],
        checks=checks_from(live.checks),
        as_of=live.as_of,
    )


def _figure(live: LiveFigure) -> Figure:
    return Figure(
        kpi=live.kpi,
        key=live.key,
        dimensions=dict(live.dimensions),
        title=live.title,
        unit=live.unit,
        value=live.value,
        display=live.display,
        comparatives=[
            Comparative(year=each.year, value=each.value, display=each.display, restated=each.restated)
            for each in live.comparatives
        ],
        coverage=live.coverage,
        measured_share=live.measured_share,
        estimated_share=live.estimated_share,
        flags=list(live.flags),
        checks=checks_from(live.checks),
    )


def checks_from(findings: Iterable[Finding]) -> list[Check]:
    """Return the outside view of findings."""
    return [Check(code=each.code, severity=each.severity, detail=each.detail) for each in findings]


def lineage_from(found: lineages.Lineage) -> Lineage:
    """Return the outside view of a figure's lineage."""
    divisor = found.divisor
    return Lineage(
        key=found.key,
        dimensions=dict(found.dimensions),
        value=found.value,
        unit=found.unit,
        formula=found.formula,
        terms=[_term(term) for term in found.terms],
        divisor=None
        if divisor is None
        else LineageDivisor(value=divisor.value, unit=divisor.unit, terms=[_term(term) for term in divisor.terms]),
    )


def _term(term: lineages.LineageTerm) -> LineageTerm:
    factor = term.factor
    return LineageTerm(
        plant=term.plant,
        resource=term.resource,
        attributes=dict(term.attributes),
        period=Period(start=term.start, end=term.end),
        quantity=term.quantity,
        unit=term.unit,
        conversion=term.conversion,
        converted_unit=term.converted_unit,
        share=term.share,
        factor=None if factor is None else _lineage_factor(factor),
        value=term.value,
        meters=list(term.meters),
        readings=term.readings,
        notes=list(term.notes),
    )


def _lineage_factor(factor: lineages.FactorUsed) -> LineageFactor:
    return LineageFactor(
        code=factor.code,
        edition=factor.edition,
        source=factor.source,
        why=factor.why,
        kg_co2e=factor.kg_co2e,
        per=factor.per,
        derivation=factor.derivation,
        carried_forward_years=factor.carried_forward_years,
    )
