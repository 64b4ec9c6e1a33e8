"""The stretch of time that is looked at: a day, a week, a month or a year around a date, and its neighbours."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.calendar.periods import Grain


class Span(StrEnum):
    """How long a stretch is looked at."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


GRAINS = {Span.DAY: Grain.HOUR, Span.WEEK: Grain.HOUR, Span.MONTH: Grain.DAY, Span.YEAR: Grain.DAY}
"""Into what buckets each is cut."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Local days [first, end)."""

    span: Span
    first: date
    end: date

    @property
    def before(self) -> date:
        """Return a date in the stretch before."""
        return self.first - timedelta(days=1)

    @property
    def last(self) -> date:
        """Return its last day."""
        return self.end - timedelta(days=1)

    @property
    def years_before(self) -> "Stretch":
        """Return the same stretch a year earlier: a week and a day by their weekday, 52 weeks before."""
        if self.span in (Span.DAY, Span.WEEK):
            return stretch_of(self.span, self.first - timedelta(weeks=52))
        return stretch_of(self.span, _year_before(self.first))


def stretch_of(span: Span, around: date) -> Stretch:
    """Return the stretch that has a date in it; weeks begin on Monday, years on 1 January."""
    match span:
        case Span.DAY:
            return Stretch(span, around, around + timedelta(days=1))
        case Span.WEEK:
            monday = around - timedelta(days=around.weekday())
            return Stretch(span, monday, monday + timedelta(weeks=1))
        case Span.MONTH:
            first = around.replace(day=1)
            return Stretch(span, first, (first + timedelta(days=31)).replace(day=1))
    first = around.replace(month=1, day=1)
    return Stretch(span, first, first.replace(year=first.year + 1))


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28))
