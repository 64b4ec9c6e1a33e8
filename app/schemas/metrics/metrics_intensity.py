"""What the metrics of intensity look like from outside."""

from app.accounting.breakdowns import intensity_lines
from app.accounting.breakdowns.reporting_years import YearBooks
from app.schemas.metrics.metric_lines import MetricLine, MetricsHead, head_of, line_from
from app.schemas.wire.base import Shape
from app.schemas.wire.numbers import ExactNumber


class Intensity(Shape):
    """A metric per `step` of a denominator: the year's quotient, and each month's; `per` says it in words."""

    metric: str
    denominator: str
    step: ExactNumber
    per: str
    ratio: MetricLine
    numerator: MetricLine
    divisor: MetricLine


class IntensityMetrics(MetricsHead):
    """Intensities by metric and denominator, of those that have meters."""

    items: list[Intensity]


def intensity_from(books: YearBooks, found: list[intensity_lines.Intensity]) -> IntensityMetrics:
    """Return the outside view of intensities."""
    return IntensityMetrics(**vars(head_of(books)), items=[_intensity(books, each) for each in found])


def _intensity(books: YearBooks, found: intensity_lines.Intensity) -> Intensity:
    denominator = found.denominator
    return Intensity(
        metric=found.metric,
        denominator=denominator.key,
        step=denominator.step,
        per=denominator.per(denominator.step, currency=books.organization.currency),
        ratio=line_from(found.ratio),
        numerator=line_from(found.numerator),
        divisor=line_from(found.divisor),
    )
