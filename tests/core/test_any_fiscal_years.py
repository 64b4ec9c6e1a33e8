"""Reporting periods of whatever settings follow each other without a gap; each is found by its days and its name."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar.fiscal_years import (
    FiscalYearLabel,
    FiscalYears,
    PeriodKind,
    TransitionLength,
    Weekday,
    YearEnd,
    YearEndRule,
)
from app.core.inventory.fiscal_settings import calendar_of_settings, settings_problems
from tests.core.test_fiscal_years import day

year_ends = st.builds(YearEnd, st.sampled_from(Weekday), st.sampled_from(YearEndRule), st.integers(1, 12))
lengths = st.sampled_from(TransitionLength)


@st.composite
def settings(draw: st.DrawFn) -> list[FiscalYears]:
    """Draw up to three dated settings, each of the first day of a year of its own."""
    found = []
    for year in draw(st.lists(st.integers(2000, 2030), max_size=3, unique=True)):
        ends = draw(st.none() | year_ends)
        month = draw(st.integers(1, 12)) if ends is None else ends.month % 12 + 1
        plain = FiscalYears(month, draw(st.sampled_from(FiscalYearLabel)), weeks=ends)
        found.append(FiscalYears(month, plain.label, plain.start_in(year), ends, draw(lengths)))
    return found


@given(st.integers(1, 12), st.sampled_from(FiscalYearLabel), settings())
def test_periods_follow_each_other_and_each_is_found_by_any_of_its_days_and_by_its_name(
    start_month: int, label: FiscalYearLabel, changes: list[FiscalYears]
) -> None:
    undated = FiscalYears(start_month, label)
    if list(settings_problems(undated, changes)):
        return
    calendar = calendar_of_settings(undated, changes)
    periods = calendar.overlapping(day("1998-01-01"), day("2034-01-01"))
    assert all(one.end_day == other.first_day for one, other in pairwise(periods))
    assert len({each.name for each in periods}) == len(periods)
    for period in periods:
        assert period.first_day < period.end_day
        assert period.end_day - period.first_day <= 732
        for each in (period.first_day, (period.first_day + period.end_day) // 2, period.end_day - 1):
            assert calendar.period_of(each) == period
        assert calendar.named(period.name) == period
        if period.kind is not PeriodKind.TRANSITION:
            assert 364 <= period.end_day - period.first_day <= 371
