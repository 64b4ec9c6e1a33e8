"""What permit limits, and how they were kept, look like from outside."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from app import models
from app.accounting.findings import Severity
from app.accounting.stacks.exceedances import Compliance
from app.accounting.stacks.permit_limits import (
    VALID_SHARE,
    AveragingPeriod,
    ComplianceStatus,
    Moisture,
    compared,
    conditions_of,
)
from app.core.calendar import fiscal_years
from app.core.calendar.periods import instant_from_ms, zone_named
from app.core.inventory.inventory import FieldProblem, unit_problem
from app.core.inventory.resources import MeterKind
from app.core.units.units import dimension_of
from app.schemas.disclosures.disclosures import Check, checks_from
from app.schemas.inventory.filters import one_of
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Day, Instant
from app.schemas.wire.numbers import ExactNumber, NonNegativeNumber, Number, PositiveNumber, twelve_places
from app.schemas.wire.reporting_periods import Period, ReportingPeriod, reporting_period_from
from app.schemas.wire.texts import Code, Sentence, Word
from app.store.reporting.limits import LimitRow


class ReferenceCondition(Received):
    """The state of the gas a permit speaks of; compared with what the meter's attributes state, never converted."""

    moisture: Moisture | None = None
    temperature_c: Number | None = None
    pressure_kpa: PositiveNumber | None = None
    oxygen_percent: NonNegativeNumber | None = None


class LimitCreate(Received):
    """A new permit limit: the most that the mean of a gauge may be, in force on [valid_from, valid_to)."""

    code: Code
    meter: Code
    value: PositiveNumber
    unit: Word
    averaging_period: AveragingPeriod = AveragingPeriod.HOUR
    reference: ReferenceCondition = Field(default_factory=ReferenceCondition)
    valid_from: Day
    valid_to: Day | None = None
    source: Sentence | None = None


class PermitLimit(Shape):
    """A permit limit on a gauge."""

    code: str
    meter: str
    plant: str
    resource: str
    value: ExactNumber
    unit: str
    averaging_period: AveragingPeriod
    reference: ReferenceCondition
    valid_from: Day
    valid_to: Day | None
    source: str | None
    created_at: Instant


class PermitLimitPage(Shape):
    """Some limits, and the cursor of those that follow."""

    items: list[PermitLimit]
    next: str | None


class Exceedance(Shape):
    """Consecutive periods whose means lie above the limit; `worst` is the highest of them, in the limit's unit."""

    start: Instant
    end: Instant
    periods: int
    worst: ExactNumber
    worst_start: Instant


class LimitCompliance(Shape):
    """How a limit was kept in the period: of the expected means, how many are valid and how many lie above it."""

    limit: PermitLimit
    status: ComplianceStatus
    period: Period
    expected: int
    valid: int
    without_mean: int
    over: int
    highest: ExactNumber | None
    exceedances: list[Exceedance]
    checks: list[Check]


class ComplianceMetrics(Shape):
    """How every limit was kept in a reporting year, up to the last whole hour or day; a mean needs `valid_share`."""

    organization: str
    year: int
    period: ReportingPeriod
    plant: str | None
    valid_share: ExactNumber
    limits: list[LimitCompliance]


def limit_problems(body: LimitCreate, meter: models.Meter) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new limit on a meter, beyond the form of its fields."""
    if meter.kind != MeterKind.GAUGE:
        yield FieldProblem("meter", "not_applicable", f"the meter {meter.code!r} is no gauge: it has no mean to hold")
        return
    problem = unit_problem(body.unit, dimension_of(meter.unit))
    if problem:
        yield problem
    if body.valid_to is not None and body.valid_to <= body.valid_from:
        yield FieldProblem("valid_to", "invalid_period", "valid_to is the day after the last; it lies after valid_from")
    required = conditions_of(body.reference.model_dump())
    for finding in compared(required, conditions_of(meter.attributes), meter=f"meter {meter.code}"):
        if finding.severity is Severity.ERROR:
            yield FieldProblem("reference", finding.code, finding.detail)


def limit_from(row: LimitRow) -> PermitLimit:
    """Return the outside view of a stored limit."""
    limit = row.limit
    return PermitLimit(
        code=limit.code,
        meter=row.meter.code,
        plant=row.plant,
        resource=row.meter.resource,
        value=limit.value,
        unit=limit.unit,
        averaging_period=AveragingPeriod(limit.averaging_period),
        reference=ReferenceCondition(
            moisture=Moisture(limit.moisture) if limit.moisture else None,
            temperature_c=limit.temperature_c,
            pressure_kpa=limit.pressure_kpa,
            oxygen_percent=limit.oxygen_percent,
        ),
        valid_from=limit.valid_from,
        valid_to=limit.valid_to,
        source=limit.source,
        created_at=instant_from_ms(limit.created_at),
    )


def compliance_from(
    organization: models.Organization,
    period: fiscal_years.ReportingPeriod,
    plants: Sequence[str],
    found: list[Compliance],
) -> ComplianceMetrics:
    """Return the outside view of how limits were kept."""
    return ComplianceMetrics(
        organization=organization.code,
        year=period.year,
        period=reporting_period_from(period, zone_named(organization.timezone)),
        plant=one_of(plants),
        valid_share=VALID_SHARE,
        limits=[_compliance(each) for each in found],
    )


def _compliance(found: Compliance) -> LimitCompliance:
    return LimitCompliance(
        limit=limit_from(found.row),
        status=found.status,
        period=Period(start=instant_from_ms(found.start_ms), end=instant_from_ms(found.end_ms)),
        expected=found.expected,
        valid=found.valid,
        without_mean=found.expected - found.valid,
        over=found.over,
        highest=None if found.highest is None else twelve_places(found.highest),
        exceedances=[
            Exceedance(
                start=instant_from_ms(each.start_ms),
                end=instant_from_ms(each.end_ms),
                periods=each.periods,
                worst=twelve_places(each.worst),
                worst_start=instant_from_ms(each.worst_at_ms),
            )
            for each in found.exceedances
        ],
        checks=checks_from(found.findings),
    )
