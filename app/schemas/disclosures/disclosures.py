"""What a disclosure and its figures look like from outside."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, WithJsonSchema

from app.accounting.findings import Finding, Severity
from app.disclosure.figures.figures import Figure as LiveFigure
from app.disclosure.history.standing import DisclosureStatus, Source
from app.disclosure.live import disclosure as disclosures
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.reporting_periods import ReportingPeriod, reporting_period_from

ExactNumber = Annotated[Decimal, WithJsonSchema({"type": "number", "format": "decimal"})]
"""A number of ours, every digit of it, however many: only ever answered, never received."""


class Check(Shape):
    """What a check found: a stable code, its weight, a sentence, and what mends it, empty where nothing can.

    `key` is the figure meant, or the KPI's code where a KPI has no figure; null for the whole.
    """

    code: str
    severity: Severity
    detail: str
    mend: str = ""
    key: str | None = None


class ComparativeValue(Shape):
    """A figure of an earlier period, restated when what was published before states another value.

    `framework` is the edition that published or printed it, null of a live one. `source` is null in publications that
    were prepared before it was kept.
    """

    year: int
    value: ExactNumber | None
    display: str | None
    restated: bool
    text: str | None = None
    source: Source | None = None
    framework: str | None = None


class Comparative(ComparativeValue):
    """The same figure of an earlier period: as it was published last, here or in an imported table, or else live."""

    period: ReportingPeriod


class FigureValue(Shape):
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
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None
    flags: list[str]
    checks: list[Check]
    text: str | None = None
    also: list[str] = Field(default=[])


class Figure(FigureValue):
    """A figure with the reporting periods before."""

    comparatives: list[Comparative]


class Disclosure(Shape):
    """Every figure a framework asks for, of one organization or one plant and one reporting year, computed live.

    `status` says how far the period has come: published once a publication of it was, else as its newest publication
    stands; `interim` that all there is of it was prepared before it was over. A plant's figures, and those of a past
    instant, are always live.
    """

    organization: str
    framework: str
    year: int
    plant: str | None
    status: DisclosureStatus
    interim: bool = False
    period: ReportingPeriod
    figures: list[Figure]
    checks: list[Check]
    as_of: Instant | None = None


def disclosure_from(live: disclosures.Disclosure) -> Disclosure:
    """Return the outside view of a live disclosure."""
    return Disclosure(
        organization=live.organization,
        framework=live.framework.code,
        year=live.period.year,
        plant=live.plant,
        status=live.standing.status,
        interim=live.standing.interim,
        period=reporting_period_from(live.period, live.zone),
        figures=[_figure(figure, live.zone) for figure in live.figures],
        checks=checks_from(live.checks),
        as_of=live.as_of,
    )


def _figure(live: LiveFigure, zone: ZoneInfo) -> Figure:
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
                period=reporting_period_from(each.period, zone),
                value=each.value,
                display=each.display,
                restated=each.restated,
                text=each.text,
                source=each.source,
                framework=each.framework,
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
