"""Reporting periods follow each other without a gap or an overlap, and end where companies' years have ended."""

from datetime import date

import pytest

from app.core.calendar.fiscal_calendar import FiscalCalendar, plain_calendar
from app.core.calendar.fiscal_years import (
    FiscalYearLabel,
    FiscalYears,
    PeriodKind,
    ReportingPeriod,
    TransitionLength,
    UnknownPeriod,
    Weekday,
    YearEnd,
    YearEndRule,
)
from app.core.calendar.periods import date_of, day_of
from app.core.inventory.fiscal_settings import calendar_of_settings, settings_problems

START, END = FiscalYearLabel.START, FiscalYearLabel.END
CALENDAR = FiscalYears(1, START)


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def weeks(weekday: str, rule: str, month: int, label: FiscalYearLabel) -> FiscalCalendar:
    """Return the calendar of a company whose years have always been of whole weeks."""
    ends = YearEnd(Weekday(weekday), YearEndRule(rule), month)
    return FiscalCalendar((FiscalYears(month % 12 + 1, label, weeks=ends),))


def dated(first: str, start_month: int, label: FiscalYearLabel, transition: str | None, **more: YearEnd) -> FiscalYears:
    length = None if transition is None else TransitionLength(transition)
    return FiscalYears(start_month, label, day(first), transition=length, **more)


def shown(period: ReportingPeriod) -> tuple[int | str, str, str, str]:
    first, last = date_of(period.first_day), date_of(period.end_day - 1)
    return period.name, first.isoformat(), last.isoformat(), str(period.kind)


def around(calendar: FiscalCalendar, first: str, end: str) -> list[tuple[int | str, str, str, str]]:
    return [shown(each) for each in calendar.overlapping(day(first), day(end))]


@pytest.mark.parametrize(
    ("day", "start_month", "first", "after", "by_start", "by_end"),
    [
        (date(2021, 3, 31), 4, date(2020, 4, 1), date(2021, 4, 1), 2020, 2021),
        (date(2021, 4, 1), 4, date(2021, 4, 1), date(2022, 4, 1), 2021, 2022),
        (date(2020, 2, 29), 3, date(2019, 3, 1), date(2020, 3, 1), 2019, 2020),
        (date(2021, 12, 31), 1, date(2021, 1, 1), date(2022, 1, 1), 2021, 2021),
        (date(2021, 11, 30), 12, date(2020, 12, 1), date(2021, 12, 1), 2020, 2021),
    ],
)
def test_a_reporting_year_is_named_by_its_start_or_by_its_end(
    day: date, start_month: int, first: date, after: date, by_start: int, by_end: int
) -> None:
    for label, name in ((START, by_start), (END, by_end)):
        period = plain_calendar(start_month, label).period_of(day_of(day))
        assert (period.name, period.kind) == (name, PeriodKind.YEAR)
        assert [date_of(each) for each in period.bounds] == [first, after]
        assert plain_calendar(start_month, label).named(name) == period


# Year ends as these companies stated them in their annual reports.
@pytest.mark.parametrize(
    ("weekday", "rule", "month", "label", "ends"),
    [
        pytest.param(
            "saturday",
            "nearest",
            1,
            START,
            {
                2011: ("2012-01-28", 52),
                2012: ("2013-02-02", 53),
                2013: ("2014-02-01", 52),
                2016: ("2017-01-28", 52),
                2017: ("2018-02-03", 53),
                2018: ("2019-02-02", 52),
                2022: ("2023-01-28", 52),
                2023: ("2024-02-03", 53),
                2024: ("2025-02-01", 52),
            },
            id="the retail calendar: Target, Macy's",
        ),
        pytest.param(
            "sunday",
            "nearest",
            1,
            START,
            {2018: ("2019-02-03", 53), 2022: ("2023-01-29", 52), 2023: ("2024-01-28", 52), 2024: ("2025-02-02", 53)},
            id="Home Depot",
        ),
        pytest.param(
            "saturday",
            "last",
            9,
            END,
            {2017: ("2017-09-30", 53), 2022: ("2022-09-24", 52), 2023: ("2023-09-30", 53), 2024: ("2024-09-28", 52)},
            id="Apple",
        ),
        pytest.param(
            "sunday",
            "last",
            1,
            END,
            {2016: ("2016-01-31", 53), 2017: ("2017-01-29", 52), 2022: ("2022-01-30", 52), 2024: ("2024-01-28", 52)},
            id="NVIDIA",
        ),
        pytest.param(
            "saturday",
            "last",
            12,
            END,
            {2021: ("2021-12-25", 52), 2022: ("2022-12-31", 53), 2023: ("2023-12-30", 52)},
            id="PepsiCo",
        ),
        pytest.param(
            "sunday",
            "nearest",
            8,
            END,
            {2017: ("2017-09-03", 53), 2018: ("2018-09-02", 52), 2022: ("2022-08-28", 52), 2023: ("2023-09-03", 53)},
            id="Costco",
        ),
        pytest.param(
            "sunday",
            "nearest",
            12,
            END,
            {2019: ("2019-12-29", 52), 2020: ("2021-01-03", 53), 2022: ("2023-01-01", 52), 2023: ("2023-12-31", 52)},
            id="Johnson & Johnson, whose year 2020 ended in 2021",
        ),
    ],
)
def test_years_of_whole_weeks_end_when_companies_have_ended_them(
    weekday: str, rule: str, month: int, label: FiscalYearLabel, ends: dict[int, tuple[str, int]]
) -> None:
    calendar = weeks(weekday, rule, month, label)
    found = {name: calendar.named(name) for name in ends}
    assert {name: (shown(each)[2], (each.end_day - each.first_day) // 7) for name, each in found.items()} == ends
    assert {name: str(each.kind) for name, each in found.items()} == {
        name: f"{count}-week" for name, (_, count) in ends.items()
    }


def test_a_moved_year_start_leaves_a_short_transition_period_of_its_own() -> None:
    calendar = calendar_of_settings(CALENDAR, [dated("2024-04-01", 4, START, "short")])
    assert around(calendar, "2023-01-01", "2025-04-01") == [
        (2023, "2023-01-01", "2023-12-31", "year"),
        ("2024T", "2024-01-01", "2024-03-31", "transition"),
        (2024, "2024-04-01", "2025-03-31", "year"),
    ]
    assert shown(calendar.named("2024T")) == ("2024T", "2024-01-01", "2024-03-31", "transition")


def test_a_long_transition_joins_what_is_left_to_the_year_that_follows() -> None:
    calendar = calendar_of_settings(CALENDAR, [dated("2024-04-01", 4, END, "long")])
    assert around(calendar, "2023-01-01", "2025-05-01") == [
        (2023, "2023-01-01", "2023-12-31", "year"),
        (2025, "2024-01-01", "2025-03-31", "transition"),
        (2026, "2025-04-01", "2026-03-31", "year"),
    ]
    with pytest.raises(UnknownPeriod, match=r"no reporting period 2024; 2024 lies in 2025 \(2024-01-01 to 2025-03-31"):
        calendar.named(2024)


def test_years_of_weeks_may_take_over_from_years_of_months() -> None:
    retail = YearEnd(Weekday.SATURDAY, YearEndRule.NEAREST, 1)
    calendar = calendar_of_settings(FiscalYears(2, START), [dated("2023-01-29", 2, START, "short", weeks=retail)])
    assert around(calendar, "2022-01-31", "2024-02-05") == [
        (2021, "2021-02-01", "2022-01-31", "year"),
        ("2022T", "2022-02-01", "2023-01-28", "transition"),
        (2023, "2023-01-29", "2024-02-03", "53-week"),
        (2024, "2024-02-04", "2025-02-01", "52-week"),
    ]


def test_two_settings_one_soon_after_the_other_leave_two_transition_periods() -> None:
    calendar = calendar_of_settings(
        CALENDAR, [dated("2025-07-01", 7, START, "short"), dated("2024-04-01", 4, START, "short")]
    )
    assert around(calendar, "2023-12-31", "2025-07-02") == [
        (2023, "2023-01-01", "2023-12-31", "year"),
        ("2024T", "2024-01-01", "2024-03-31", "transition"),
        (2024, "2024-04-01", "2025-03-31", "year"),
        ("2025T", "2025-04-01", "2025-06-30", "transition"),
        (2025, "2025-07-01", "2026-06-30", "year"),
    ]


def test_a_long_transition_that_is_itself_cut_short_is_one_transition_period() -> None:
    calendar = calendar_of_settings(
        CALENDAR, [dated("2024-04-01", 4, END, "long"), dated("2024-10-01", 10, END, "short")]
    )
    assert around(calendar, "2023-12-31", "2024-10-02") == [
        (2023, "2023-01-01", "2023-12-31", "year"),
        ("2024T", "2024-01-01", "2024-09-30", "transition"),
        (2025, "2024-10-01", "2025-09-30", "year"),
    ]


def test_earlier_periods_are_as_many_years_and_the_transitions_between_them() -> None:
    calendar = calendar_of_settings(CALENDAR, [dated("2024-04-01", 4, START, "short")])
    assert [each.name for each in calendar.back_from(2025, 2)] == [2025, 2024, "2024T", 2023]
    assert [each.name for each in calendar.back_from("2024T", 2)] == ["2024T", 2023, 2022]
    assert [each.name for each in calendar.back_from(2024, 0)] == [2024]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ([dated("2024-05-01", 4, START, "short")], ("valid_from", "fiscal_year_gap", 0)),
        ([dated("2024-04-01", 4, START, None)], ("transition", "fiscal_year_gap", 0)),
        (
            [dated("2024-04-01", 4, START, "short"), dated("2024-04-01", 4, END, "long")],
            ("valid_from", "repeated_day", 1),
        ),
        ([dated("1960-04-01", 4, START, "short")], ("valid_from", "out_of_range", 0)),
        ([dated("2024-04-01", 0, START, "short")], ("start_month", "missing", 0)),
        (
            [dated("2024-02-04", 3, START, "short", weeks=YearEnd(Weekday.SATURDAY, YearEndRule.NEAREST, 1))],
            ("start_month", "start_month_mismatch", 0),
        ),
        (
            [dated("2024-02-01", 2, START, "short", weeks=YearEnd(Weekday.SATURDAY, YearEndRule.NEAREST, 1))],
            ("valid_from", "fiscal_year_gap", 0),
        ),
        (
            [dated("2023-12-01", 12, END, "long"), dated("2024-11-01", 11, END, "long")],
            ("transition", "period_too_long", 1),
        ),
        # Years named by their end, then by their start: two would be called 2025.
        (
            [dated("2020-04-01", 4, END, "short"), dated("2025-04-01", 4, START, None)],
            ("label", "repeated_period_name", 1),
        ),
        # Two transition periods would be called 2024T.
        (
            [dated("2024-04-01", 4, START, "short"), dated("2024-07-01", 7, START, "short")],
            ("label", "repeated_period_name", 1),
        ),
    ],
)
def test_settings_that_would_leave_a_day_in_no_period_or_a_name_in_two_are_refused(
    settings: list[FiscalYears], problem: tuple[str, str, int]
) -> None:
    (found,) = settings_problems(CALENDAR, settings)
    assert (found.field, found.code, found.index) == problem


def test_a_refusal_names_the_days_that_would_do() -> None:
    (found,) = settings_problems(CALENDAR, [dated("2024-05-01", 4, START, "short")])
    assert "years begin on 2024-04-01 and on 2025-04-01, not on 2024-05-01" in found.detail
    (found,) = settings_problems(CALENDAR, [dated("2024-04-01", 4, START, None)])
    assert found.detail.startswith("2024-01-01 to 2024-03-31 would be in no reporting year: state `short`")


def test_a_new_label_that_skips_a_number_leaves_no_day_out() -> None:
    calendar = calendar_of_settings(CALENDAR, [dated("2024-04-01", 4, END, "short")])
    assert list(settings_problems(CALENDAR, list(calendar.settings[1:]))) == []
    assert around(calendar, "2023-12-31", "2024-04-02") == [
        (2023, "2023-01-01", "2023-12-31", "year"),
        ("2024T", "2024-01-01", "2024-03-31", "transition"),
        (2025, "2024-04-01", "2025-03-31", "year"),
    ]
    assert not calendar.has(2024)
    assert [each.name for each in calendar.of_years([2024])] == ["2024T"]
