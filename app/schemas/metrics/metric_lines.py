"""What the metrics have in common from outside: whose they are, and lines with their months."""

from app.accounting.breakdowns import reporting_years
from app.accounting.breakdowns.reporting_years import YearBooks
from app.accounting.metrics import breakdown
from app.core.calendar.periods import date_of, zone_named
from app.core.inventory.inventory import Consolidation
from app.schemas.disclosures.disclosures import Check, checks_from
from app.schemas.inventory.filters import one_of
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import ExactNumber
from app.schemas.wire.reporting_periods import ReportingPeriod, reporting_period_from


class PlantShare(Shape):
    """The part of a plant that enters, 0 to 1, by the organization's consolidation.

    A share that does not hold all the year says from which day, and to which (the day after the last).
    """

    plant: str
    share: ExactNumber
    valid_from: Day | None
    valid_to: Day | None


class MetricMonth(Shape):
    """A line's value in the month that begins on `month`; null when no counted meter has data in it."""

    month: Day
    value: ExactNumber | None
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None


class MetricLine(Shape):
    """One number in `unit` and what it is of; its months add up to it exactly, unless it is a level or a quotient.

    Shares and coverage are 0 to 1. Coverage is null where no reading is expected at a known time, 0 without data.
    """

    dimensions: dict[str, str]
    unit: str
    value: ExactNumber | None
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None
    months: list[MetricMonth]
    flags: list[str]
    checks: list[Check]


class MetricsHead(Shape):
    """Whose metrics these are: an organization by its consolidation, or the plants that were asked for, each whole.

    `plant` is the one that was asked for, null for the organization and for several.
    """

    organization: str
    year: int
    plant: str | None
    period: ReportingPeriod
    consolidation: Consolidation
    plants: list[PlantShare]


def head_of(books: YearBooks) -> MetricsHead:
    """Return whose metrics a year's books give."""
    return MetricsHead(
        organization=books.organization.code,
        year=books.period.year,
        plant=one_of(books.boundary.plants),
        period=reporting_period_from(books.period, zone_named(books.organization.timezone)),
        consolidation=books.consolidation,
        plants=[plant_share_from(each) for each in books.shares],
    )


def plant_share_from(found: reporting_years.PlantShare) -> PlantShare:
    """Return the outside view of the share with which a plant enters."""
    return PlantShare(
        plant=found.plant,
        share=found.share,
        valid_from=None if found.first_day is None else date_of(found.first_day),
        valid_to=None if found.end_day is None else date_of(found.end_day),
    )


def line_from(found: breakdown.Line) -> MetricLine:
    """Return the outside view of a line."""
    return MetricLine(
        dimensions=dict(found.labels),
        unit=found.unit,
        value=found.value,
        coverage=found.coverage,
        measured_share=found.measured_share,
        estimated_share=found.estimated_share,
        months=[
            MetricMonth(
                month=date_of(month.first_day),
                value=month.value,
                coverage=month.coverage,
                measured_share=month.measured_share,
                estimated_share=month.estimated_share,
            )
            for month in found.months
        ],
        flags=list(found.flags),
        checks=checks_from(found.checks),
    )


def lines_from(found: tuple[breakdown.Line, ...]) -> list[MetricLine]:
    """Return the outside view of some lines."""
    return [line_from(each) for each in found]
