"""What the completeness of readings looks like from outside."""

from decimal import Decimal

from app.accounting.breakdowns import completeness
from app.core.calendar.periods import date_of, instant_from_ms
from app.core.inventory.resources import MeterKind
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import ExactNumber, twelve_places
from app.schemas.wire.reporting_periods import Period, ReportingPeriod


class CompletenessPart(Shape):
    """How complete a meter is over the month or year that begins on `start`; shares and coverage are 0 to 1.

    `coverage` is null where no reading is expected at known times; nothing is expected of the future.
    """

    start: Day
    expected_seconds: int
    count: int
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None
    manual_share: ExactNumber | None


class MeterCompleteness(Shape):
    """A meter's year and months, the months that lack every reading, and the gaps between its readings."""

    meter: str
    plant: str
    resource: str
    kind: MeterKind
    counts: bool
    total: CompletenessPart
    months: list[CompletenessPart]
    missing_months: list[Day]
    gaps: list[Period]


class CompletenessMetrics(Shape):
    """Some meters in order of code, and the cursor of those that follow."""

    period: ReportingPeriod
    items: list[MeterCompleteness]
    next: str | None


def completeness_from(found: completeness.MeterCompleteness) -> MeterCompleteness:
    """Return the outside view of a meter's completeness."""
    spec = found.metered.spec
    return MeterCompleteness(
        meter=spec.code,
        plant=found.metered.plant,
        resource=found.metered.resource,
        kind=spec.kind,
        counts=found.metered.counts,
        total=_part(found.year),
        months=[_part(month) for month in found.months],
        missing_months=[date_of(day) for day in found.missing_months],
        gaps=[Period(start=instant_from_ms(gap.start_ms), end=instant_from_ms(gap.end_ms)) for gap in found.gaps],
    )


def _part(found: completeness.Completeness) -> CompletenessPart:
    return CompletenessPart(
        start=date_of(found.first_day),
        expected_seconds=found.expected_s,
        count=found.count,
        coverage=_twelve(found.coverage),
        measured_share=_twelve(found.measured_share),
        estimated_share=_twelve(found.estimated_share),
        manual_share=_twelve(found.manual_share),
    )


def _twelve(value: Decimal | None) -> Decimal | None:
    return None if value is None else twelve_places(value)
