"""What a stretch of time and a reporting period look like from outside."""

from zoneinfo import ZoneInfo

from app.core.calendar import fiscal_years
from app.core.calendar.fiscal_years import PeriodKind
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant


class Period(Shape):
    """A stretch of time, [start, end)."""

    start: Instant
    end: Instant


class ReportingPeriod(Period):
    """A reporting year, or the transition period between years of two settings, and what it is called."""

    name: str
    kind: PeriodKind


def reporting_period_from(found: fiscal_years.ReportingPeriod, zone: ZoneInfo) -> ReportingPeriod:
    """Return the outside view of a reporting period in an organization's time zone."""
    start, end = found.instants(zone)
    return ReportingPeriod(start=start, end=end, name=str(found.name), kind=found.kind)
