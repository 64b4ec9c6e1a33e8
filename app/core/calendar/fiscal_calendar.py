"""The reporting periods of an organization: every day lies in exactly one, by fiscal-year settings that are dated."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.core.calendar.fiscal_years import (
    FiscalYearLabel,
    FiscalYears,
    PeriodKind,
    PeriodName,
    ReportingPeriod,
    TransitionLength,
    UnknownPeriod,
    is_transition,
    period_name,
    year_of,
)
from app.core.calendar.periods import date_of, day_of

_YEARS = (1000, 9990)
"""No year outside is looked for: the calendar ends with 9999."""


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """The reporting periods of an organization, one after the other, without a gap and without an overlap.

    `settings` are in order of day; the first one is undated. Each dated one begins on the first day of a year of its
    own.
    """

    settings: tuple[FiscalYears, ...]

    def period_of(self, day: int) -> ReportingPeriod:
        """Return the period that holds `day`."""
        return _period_of(self, day)

    def named(self, name: PeriodName) -> ReportingPeriod:
        """Return the period called `name`; raises UnknownPeriod."""
        found = self._find(name)
        if found is None:
            raise UnknownPeriod(f"There is no reporting period {name}{self._instead_of(name)}")
        return found

    def before(self, period: ReportingPeriod) -> ReportingPeriod:
        """Return the period that ends where this one begins."""
        return self.period_of(period.first_day - 1)

    def of_years(self, years: Iterable[int]) -> list[ReportingPeriod]:
        """Return the periods with these numbers, transition periods among them, in order of day.

        Raises UnknownPeriod for a number that neither has.
        """
        found: list[ReportingPeriod] = []
        for year in years:
            named = [self._find(name) for name in (year, period_name(year, transition=True))]
            found += [each for each in named if each is not None] or [self.named(year)]
        return sorted(found, key=lambda each: each.first_day)

    def has(self, name: PeriodName) -> bool:
        """Tell whether a period is called `name`."""
        return self._find(name) is not None

    def back_from(self, name: PeriodName, years: int) -> list[ReportingPeriod]:
        """Return the period called `name` and those before it, newest first, until so many of them are years.

        A transition period between two years comes on top. Raises UnknownPeriod.
        """
        found = [self.named(name)]
        while years > 0:
            found.append(self.before(found[-1]))
            years -= not is_transition(found[-1].name)
        return found

    def overlapping(self, first_day: int, end_day: int) -> list[ReportingPeriod]:
        """Return the periods that hold a day of [first_day, end_day), in order."""
        found: list[ReportingPeriod] = []
        day = first_day
        while day < end_day:
            found.append(self.period_of(day))
            day = found[-1].end_day
        return found

    def _find(self, name: PeriodName) -> ReportingPeriod | None:
        if not _YEARS[0] < year_of(name) < _YEARS[1]:
            return None
        found = (self.period_of(day) for day in self._days_of(name))
        return next((each for each in found if each.name == name), None)

    def _days_of(self, name: PeriodName) -> Iterator[int]:
        """Yield a day of each period that might be called so."""
        for setting in self.settings:
            if isinstance(name, int):
                yield setting.start_in(name)
                yield setting.start_in(name - 1)
            elif setting.first_day is not None:
                yield setting.first_day - 1

    def _instead_of(self, name: PeriodName) -> str:
        year = year_of(name)
        if len(self.settings) == 1 or not _YEARS[0] < year < _YEARS[1]:
            return ""
        around = self.overlapping(day_of(date(year, 1, 1)), day_of(date(year + 1, 1, 1)))
        return f"; {year} lies in {', '.join(map(str, around))}"


def plain_calendar(start_month: int, label: FiscalYearLabel = FiscalYearLabel.START) -> FiscalCalendar:
    """Return the calendar of an organization whose years have always begun with the same month."""
    return FiscalCalendar((FiscalYears(start_month, label),))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The days of a year that one setting governs; `begun` is None where the next setting cuts it short."""

    first_day: int
    end_day: int
    setting: FiscalYears
    begun: int | None


@lru_cache(maxsize=65536)
def _period_of(calendar: FiscalCalendar, day: int) -> ReportingPeriod:
    """Return the period that holds `day`: one stretch, or several where a transition is long."""
    stretches = [_stretch_of(calendar, day)]
    while _is_joined(calendar, stretches[0].first_day):
        stretches.insert(0, _stretch_of(calendar, stretches[0].first_day - 1))
    while _is_joined(calendar, stretches[-1].end_day):
        stretches.append(_stretch_of(calendar, stretches[-1].end_day))
    first_day, end_day, last = stretches[0].first_day, stretches[-1].end_day, stretches[-1]
    if last.begun is None:
        return ReportingPeriod(
            _transition_name(calendar, first_day, end_day), first_day, end_day, PeriodKind.TRANSITION
        )
    name = last.setting.name_of(last.begun)
    if len(stretches) > 1:
        return ReportingPeriod(name, first_day, end_day, PeriodKind.TRANSITION)
    return ReportingPeriod(name, first_day, end_day, _kind_of(last))


def _stretch_of(calendar: FiscalCalendar, day: int) -> _Stretch:
    """Return the stretch that holds `day`."""
    setting, following = calendar.settings[0], None
    for each in calendar.settings[1:]:
        if each.first_day is not None and each.first_day > day:
            following = each.first_day
            break
        setting = each
    begun = setting.year_begun(day)
    first_day, end_day = setting.start_in(begun), setting.start_in(begun + 1)
    if following is not None and following < end_day:
        return _Stretch(first_day, following, setting, None)
    return _Stretch(first_day, end_day, setting, begun)


def _is_joined(calendar: FiscalCalendar, day: int) -> bool:
    """Tell whether what ends on `day` is joined to what begins there: a part of a year, before a long transition."""
    long = any(each.first_day == day and each.transition is TransitionLength.LONG for each in calendar.settings)
    return long and _stretch_of(calendar, day - 1).begun is None


def _transition_name(calendar: FiscalCalendar, first_day: int, end_day: int) -> PeriodName:
    """Return the name of a transition period, by the label of the setting that follows it."""
    following = next(each for each in calendar.settings if each.first_day == end_day)
    named_by = first_day if following.label is FiscalYearLabel.START else end_day - 1
    return period_name(date_of(named_by).year, transition=True)


def _kind_of(whole: _Stretch) -> PeriodKind:
    if whole.setting.weeks is None:
        return PeriodKind.YEAR
    return PeriodKind.WEEKS_53 if whole.end_day - whole.first_day == 53 * 7 else PeriodKind.WEEKS_52
