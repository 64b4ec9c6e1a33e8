"""What dated settings of the fiscal year must satisfy: no day in two periods or in none, no name twice."""

from collections.abc import Iterator, Sequence

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.fiscal_years import FiscalYears, ReportingPeriod
from app.core.calendar.periods import date_of
from app.core.inventory.inventory import FieldProblem

_FIRST_YEAR, _LAST_YEAR = 1973, 9000
_LONGEST_DAYS = 2 * 366
_AROUND_DAYS = 800
"""Within so many days of a setting lie the year before it and the first two under it."""


def calendar_of_settings(undated: FiscalYears, dated: Sequence[FiscalYears]) -> FiscalCalendar:
    """Return the calendar of an undated setting and dated ones in any order, each of a day of its own."""
    return FiscalCalendar((undated, *sorted(dated, key=lambda each: each.first_day or 0)))


def settings_problems(undated: FiscalYears, dated: Sequence[FiscalYears]) -> Iterator[FieldProblem]:
    """Yield what is wrong with dated settings, each by its place among `dated`."""
    alone = [problem for index, setting in enumerate(dated) for problem in _own_problems(index, setting, dated)]
    if alone:
        yield from alone
        return
    calendar = calendar_of_settings(undated, dated)
    left = [problem for index, setting in enumerate(dated) for problem in _left_over(index, setting, calendar)]
    yield from left or _period_problems(dated, calendar)


def _own_problems(index: int, setting: FiscalYears, dated: Sequence[FiscalYears]) -> Iterator[FieldProblem]:
    day = setting.first_day or 0
    if not _FIRST_YEAR <= date_of(day).year < _LAST_YEAR:
        words = f"years are kept from {_FIRST_YEAR} to {_LAST_YEAR}; {date_of(day)} lies outside"
        yield FieldProblem("valid_from", "out_of_range", words, index)
        return
    if any(each.first_day == day for each in dated[:index]):
        yield FieldProblem("valid_from", "repeated_day", f"{date_of(day)} is stated twice", index)
    if not setting.start_month:
        yield FieldProblem("start_month", "missing", "state the first month of the year, or `weeks`", index)
        return
    if setting.weeks is not None and setting.start_month != setting.weeks.month % 12 + 1:
        words = f"years that end with month {setting.weeks.month} begin with month {setting.weeks.month % 12 + 1}"
        yield FieldProblem(
            "start_month", "start_month_mismatch", f"{words}; leave start_month out or state that", index
        )
        return
    begun = setting.year_begun(day)
    earlier, later = setting.start_in(begun), setting.start_in(begun + 1)
    if earlier != day:
        words = (
            f"under this setting years begin on {date_of(earlier)} and on {date_of(later)}, not on {date_of(day)}: "
            "the days between would be in no whole year; state one of the two"
        )
        yield FieldProblem("valid_from", "fiscal_year_gap", words, index)


def _left_over(index: int, setting: FiscalYears, calendar: FiscalCalendar) -> Iterator[FieldProblem]:
    """Yield the days before a setting that make no whole year and of which nobody says where they belong."""
    if setting.transition is not None or setting.first_day is None:
        return
    before = calendar.period_of(setting.first_day - 1)
    if before.end_day == setting.first_day and isinstance(before.name, str):
        words = (
            f"{date_of(before.first_day)} to {date_of(before.end_day - 1)} would be in no reporting year: state "
            "`short` to make them a transition period of their own, or `long` to join them to the year that follows"
        )
        yield FieldProblem("transition", "fiscal_year_gap", words, index)


def _period_problems(dated: Sequence[FiscalYears], calendar: FiscalCalendar) -> Iterator[FieldProblem]:
    """Yield the settings under which a period would be too long, or called as an earlier one is."""
    seen: set[str] = set()
    latest: ReportingPeriod | None = None
    for period in _periods_around(calendar):
        if period.end_day - period.first_day > _LONGEST_DAYS:
            words = f"{period} would be longer than two years: make one of its transitions `short`"
            yield FieldProblem("transition", "period_too_long", words, _latest(dated, period))
        taken = (
            period.name in seen if isinstance(period.name, str) else latest is not None and period.name <= latest.year
        )
        if taken:
            words = f"{period} would be called as another period is, or out of order: state another label or first day"
            yield FieldProblem("label", "repeated_period_name", words, _latest(dated, period))
        if isinstance(period.name, str):
            seen.add(period.name)
        else:
            latest = period


def _latest(dated: Sequence[FiscalYears], period: ReportingPeriod) -> int | None:
    """Return the place of the last setting that holds by the end of a period."""
    begun = [place for place, each in enumerate(dated) if (each.first_day or 0) <= period.end_day]
    return max(begun, key=lambda place: dated[place].first_day or 0, default=None)


def _periods_around(calendar: FiscalCalendar) -> Iterator[ReportingPeriod]:
    """Yield the periods from some before the first dated setting to some after the last."""
    days = [each.first_day for each in calendar.settings if each.first_day is not None]
    if days:
        yield from calendar.overlapping(days[0] - _AROUND_DAYS, days[-1] + _AROUND_DAYS)
