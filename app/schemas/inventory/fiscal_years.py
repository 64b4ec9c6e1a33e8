"""What the dated settings of the fiscal year, and the reporting periods they make, look like from outside."""

from collections.abc import Iterable
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from app import models
from app.core.calendar import fiscal_years
from app.core.calendar.fiscal_years import FiscalYearLabel, FiscalYears, TransitionLength, Weekday, YearEndRule
from app.core.calendar.periods import date_of, day_of
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import WholeNumber
from app.schemas.wire.reporting_periods import ReportingPeriod, reporting_period_from
from app.store.directory.fiscal_years import calendar_of

Month = Annotated[WholeNumber, Field(ge=1, le=12)]


class YearEnd(Received):
    """Years of 52 or 53 weeks end on the last such weekday of a month, or on the one nearest to its last day."""

    weekday: Weekday
    rule: YearEndRule
    month: Month


class FiscalYear(Received):
    """How reporting years run from `valid_from`, the first day of the first such year, until the next setting.

    `start_month` may be left out with `weeks`: it is the month after theirs. The days before `valid_from` that make no
    whole year become a `short` transition period of their own, or are joined, `long`, to the year that follows.
    """

    valid_from: Day
    start_month: Month | None = None
    label: FiscalYearLabel = FiscalYearLabel.START
    weeks: YearEnd | None = None
    transition: TransitionLength | None = None


class FiscalYearList(Received):
    """All dated settings, in any order; before the first day the organization's own fields hold."""

    items: Annotated[list[FiscalYear], Field(max_length=100)]


class UndatedFiscalYear(Shape):
    """How reporting years run before any date: the organization's own fields."""

    start_month: int
    label: FiscalYearLabel


class FiscalCalendar(Shape):
    """All dated settings in order of day, what holds before the first, and the reporting periods they make.

    `periods` go from the first with readings, or from the one before the first setting, to the one under way, or to the
    one after the last setting.
    """

    undated: UndatedFiscalYear
    items: list[FiscalYear]
    periods: list[ReportingPeriod]


def settings_from(body: FiscalYearList) -> list[FiscalYears]:
    """Return the settings that were sent; one without a first month and without weeks has 0 for it."""
    return [
        FiscalYears(
            start_month=each.start_month or (0 if each.weeks is None else each.weeks.month % 12 + 1),
            label=each.label,
            first_day=day_of(each.valid_from),
            weeks=None
            if each.weeks is None
            else fiscal_years.YearEnd(each.weeks.weekday, each.weeks.rule, each.weeks.month),
            transition=each.transition,
        )
        for each in body.items
    ]


def fiscal_calendar_from(
    organization: models.Organization, periods: Iterable[fiscal_years.ReportingPeriod], zone: ZoneInfo
) -> FiscalCalendar:
    """Return the outside view of an organization's settings and of some of its periods."""
    return FiscalCalendar(
        undated=UndatedFiscalYear(
            start_month=organization.fiscal_year_start_month, label=FiscalYearLabel(organization.fiscal_year_label)
        ),
        items=[_setting(each) for each in calendar_of(organization).settings[1:]],
        periods=[reporting_period_from(each, zone) for each in periods],
    )


def _setting(found: FiscalYears) -> FiscalYear:
    weeks = found.weeks
    return FiscalYear(
        valid_from=date_of(found.first_day or 0),
        start_month=found.start_month,
        label=found.label,
        weeks=None if weeks is None else YearEnd(weekday=weeks.weekday, rule=weeks.rule, month=weeks.month),
        transition=found.transition,
    )
