"""What a disclosure, its figures and their lineage look like from outside."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from app.accounting.findings import Finding, Severity
from app.disclosure import lineage as lineages
from app.disclosure import service as disclosures
from app.disclosure import stated
from app.disclosure.figures import Figure as LiveFigure
from app.disclosure.standing import DisclosureStatus, Source
from app.schemas.instants import Instant

ExactNumber = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""A number of ours, every digit of it, however many: only ever answered, never received."""


class TermPeriod(StrEnum):
    """The longest stretch a term of a lineage covers."""

    YEAR = "year"
    MONTH = "month"


class Period(BaseModel):
    """A stretch of time, [start, end)."""

    start: Instant
    end: Instant


class Check(BaseModel):
    """What a check found: a stable code, its weight, a sentence, and what mends it, empty where nothing can.

    `key` is the figure meant, or the KPI's code where a KPI has no figure; null for the whole.
    """

    code: str
    severity: Severity
    detail: str
    mend: str = ""
    key: str | None = None


class Comparative(BaseModel):
    """The same figure of an earlier year: as it was published last, here or in an imported table, or computed live.

    It is restated when what was published before states another value. `source` says which of these it is; null in
    publications that were prepared before it was kept.
    """

    year: int
    value: ExactNumber | None
    display: str | None
    restated: bool
    text: str | None = None
    source: Source | None = None


class Figure(BaseModel):
    """A figure, identified by key and dimensions; `value` is exact and in `unit`, `display` what is printed.

    Coverage is null where no reading is expected at a known time, and 0 without data. A figure that asks for words has
    `text` and no value. `also` are further codes of the framework that ask for the same figure.
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
    text: str | None = None
    also: list[str] = []


class Disclosure(BaseModel):
    """Every figure a framework asks for, of one organization or one plant and one reporting year, computed live.

    `status` says how far the year has come: published once a publication of it was, else as its newest publication
    stands. A plant's figures, and those of a past instant, are always live.
    """

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


class StatedBy(BaseModel):
    """Who stated a figure, when and on which evidence; value and unit as they were sent."""

    datapoint: str
    revision: int
    value: ExactNumber | None
    unit: str | None
    text: str | None
    evidence: str | None
    key: str | None
    at: Instant


class Lineage(BaseModel):
    """How a figure came about: the values of its terms add up to its value exactly.

    A figure that no meter gives has no terms; `stated` says where it comes from, null where nobody has stated it.
    """

    key: str
    dimensions: dict[str, str]
    value: ExactNumber | None
    unit: str
    formula: str
    terms: list[LineageTerm]
    divisor: LineageDivisor | None
    stated: StatedBy | None = None


def disclosure_from(live: disclosures.Disclosure) -> Disclosure:
    """Return the outside view of a live disclosure."""
    return Disclosure(
        organization=live.organization,
        framework=live.framework.code,
        year=live.year,
        plant=live.plant,
        status=live.status,
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
            Comparative(
                year=each.year,
                value=each.value,
                display=each.display,
                restated=each.restated,
                text=each.text,
                source=each.source,
            )
            for each in live.comparatives
        ],
        coverage=live.coverage,
        measured_share=live.measured_share,
        estimated_share=live.estimated_share,
        flags=list(live.flags),
        checks=checks_from(live.checks),
        text=live.text,
        also=list(live.also),
    )


def checks_from(findings: Iterable[Finding]) -> list[Check]:
    """Return the outside view of findings."""
    return [
        Check(code=each.code, severity=each.severity, detail=each.detail, mend=each.mend, key=each.key)
        for each in findings
    ]


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
        passed_over=list(factor.passed_over),
    )
