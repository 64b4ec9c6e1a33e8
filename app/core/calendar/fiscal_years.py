"""Reporting years: what they are called, and the settings that say on which days they begin and end.

A day is an integer: days since 1970-01-01. Every period is [first day, end day).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from app.core.calendar.periods import date_of, day_of, day_start_ms, instant_from_ms, month_start, next_month_start

PeriodName: TypeAlias = int | str
"""What a reporting period is called: a year by its number, as 2024; a transition period as "2024T"."""


class FiscalYearLabel(StrEnum):
    """Which calendar year names a reporting year that crosses New Year."""

    START = "start"
    END = "end"


class Weekday(StrEnum):
    """The days of the week in the order of `date.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class YearEndRule(StrEnum):
    """Which of a month's weekdays ends a year of 52 or 53 weeks: its last, or the one nearest to the month's last day.

    The nearest one may lie up to three days into the month after.
    """

    LAST = "last"
    NEAREST = "nearest"


class TransitionLength(StrEnum):
    """What becomes of the days between the last whole year of one setting and the first of the next.

    short: a period of their own. long: they are joined to the year that follows them.
    """

    SHORT = "short"
    LONG = "long"


class PeriodKind(StrEnum):
    """What a reporting period is: a plain year, a transition period however long, a year of 52 or of 53 weeks."""

    YEAR = "year"
    TRANSITION = "transition"
    WEEKS_52 = "52-week"
    WEEKS_53 = "53-week"


class UnknownPeriod(LookupError):
    """The organization has no reporting period of this name."""


def year_of(name: PeriodName) -> int:
    """Return the number in a period's name."""
    return name if isinstance(name, int) else int(name.removesuffix("T"))


def is_transition(name: PeriodName) -> bool:
    """Tell whether the name is that of a transition period with a name of its own."""
    return isinstance(name, str)


def period_name(year: int, *, transition: bool) -> PeriodName:
    """Return the name of a year, or of the transition period with its number."""
    return f"{year}T" if transition else year


@dataclass(frozen=True, slots=True)
class YearEnd:
    """Years of whole weeks that end on such a weekday of the month `month` (1 to 12), or near its end."""

    weekday: Weekday
    rule: YearEndRule
    month: int

    def day_in(self, year: int) -> int:
        """Return the last day of the reporting year that ends in, or near the end of, the month of a calendar year.

        The Saturday nearest to 31 January 2024, a Wednesday, is 3 February; the last one of that January is the 27th.
        """
        last = next_month_start(day_of(date(year, self.month, 1))) - 1
        back = (date_of(last).weekday() - list(Weekday).index(self.weekday)) % 7
        return last - back + (7 if self.rule is YearEndRule.NEAREST and back > 3 else 0)


@dataclass(frozen=True, slots=True)
class FiscalYears:
    """How reporting years run from the day `first_day` on, None for always before any dated setting.

    A year begins with the month `start_month` (1 to 12), or, where `weeks` are stated, on the day after one has ended
    in or near the month before. `transition` says what becomes of the days before `first_day` that make no whole year.
    """

    start_month: int
    label: FiscalYearLabel
    first_day: int | None = None
    weeks: YearEnd | None = None
    transition: TransitionLength | None = None

    def start_in(self, year: int) -> int:
        """Return the first day of the reporting year whose first month is of the calendar year `year`.

        That of weeks may begin some days before or after that month does.
        """
        if self.weeks is None:
            return day_of(date(year, self.start_month, 1))
        return self.weeks.day_in(year - (self.weeks.month == 12)) + 1

    def year_begun(self, day: int) -> int:
        """Return the calendar year of the first month of the reporting year that holds `day`."""
        near = date_of(day).year
        return max(year for year in (near - 1, near, near + 1) if self.start_in(year) <= day)

    def name_of(self, begun: int) -> int:
        """Return the name of the reporting year whose first month is of the calendar year `begun`."""
        return begun + 1 if self.label is FiscalYearLabel.END and self.start_month > 1 else begun


@dataclass(frozen=True, slots=True)
class ReportingPeriod:
    """The local days [first_day, end_day) of a reporting year or transition period."""

    name: PeriodName
    first_day: int
    end_day: int
    kind: PeriodKind

    @property
    def year(self) -> int:
        """Return the number in the period's name."""
        return year_of(self.name)

    @property
    def bounds(self) -> tuple[int, int]:
        """Return [first day, end day)."""
        return self.first_day, self.end_day

    @property
    def is_of_months(self) -> bool:
        """Tell whether it is made up of whole calendar months."""
        return month_start(self.first_day) == self.first_day and month_start(self.end_day) == self.end_day

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return when it begins and ends in a time zone, as UTC instants."""
        return instant_from_ms(day_start_ms(zone, self.first_day)), instant_from_ms(day_start_ms(zone, self.end_day))

    def __str__(self) -> str:
        return f"{self.name} ({date_of(self.first_day)} to {date_of(self.end_day - 1)})"
