"""Days and months follow the plant's calendar, to the second."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar.periods import (
    UnknownTimeZone,
    date_of,
    day_of,
    day_start_ms,
    instant_from_ms,
    local_day,
    month_start,
    ms_from_instant,
    next_month_start,
    zone_named,
)

ODD_ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",  # changes its clocks at midnight
    "America/Havana",  # has an hour of midnight twice
    "America/St_Johns",  # went back over midnight, one minute past it
    "Pacific/Apia",  # left out a whole day
    "Antarctica/Casey",
]
END_MS = 4_102_444_800_000


def instant(text: str) -> int:
    return ms_from_instant(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/Berlin", date(2021, 3, 28), "2021-03-27T23:00:00+00:00", 23),
        ("Europe/Berlin", date(2021, 10, 31), "2021-10-30T22:00:00+00:00", 25),
        ("America/New_York", date(2021, 3, 14), "2021-03-14T05:00:00+00:00", 23),
        ("America/New_York", date(2021, 11, 7), "2021-11-07T04:00:00+00:00", 25),
        ("Australia/Lord_Howe", date(2021, 4, 4), "2021-04-03T13:00:00+00:00", 24.5),
        ("Australia/Lord_Howe", date(2021, 10, 3), "2021-10-02T13:30:00+00:00", 23.5),
        ("Asia/Shanghai", date(2021, 3, 28), "2021-03-27T16:00:00+00:00", 24),
        ("Asia/Kathmandu", date(2021, 3, 28), "2021-03-27T18:15:00+00:00", 24),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00+00:00", 23),
        ("America/Havana", date(2021, 11, 7), "2021-11-07T04:00:00+00:00", 25),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00+00:00", 0),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30:00+00:00", 25),
    ],
)
def test_a_local_day_has_as_many_hours_as_the_plants_clocks(zone: str, day: date, start: str, hours: float) -> None:
    began = day_start_ms(ZoneInfo(zone), day_of(day))
    ended = day_start_ms(ZoneInfo(zone), day_of(day) + 1)
    assert began == instant(start)
    assert (ended - began) / 3_600_000 == hours


@given(st.sampled_from(ODD_ZONES), st.integers(0, END_MS))
def test_the_day_of_an_instant_begins_not_after_it_and_ends_after_it(zone: str, ms: int) -> None:
    place = ZoneInfo(zone)
    day = local_day(place, ms)
    assert day_start_ms(place, day) <= ms < day_start_ms(place, day + 1)


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("America/St_Johns", "2010-11-07T02:31:00+00:00"),
        ("America/Goose_Bay", "2010-11-07T03:31:00+00:00"),
        ("America/Moncton", "2006-10-29T03:31:00+00:00"),
        ("Antarctica/Casey", "2010-03-04T15:30:00+00:00"),
    ],
)
def test_where_clocks_went_back_over_midnight_the_new_day_goes_on(zone: str, at: str) -> None:
    place = ZoneInfo(zone)
    day = local_day(place, instant(at))
    assert day_start_ms(place, day) <= instant(at) < day_start_ms(place, day + 1)


@given(st.integers(0, END_MS))
def test_an_instant_comes_back_as_the_same_millisecond(ms: int) -> None:
    assert ms_from_instant(instant_from_ms(ms)) == ms
    assert instant_from_ms(ms).tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "first", "after"),
    [
        (date(2020, 2, 29), date(2020, 2, 1), date(2020, 3, 1)),
        (date(2021, 12, 31), date(2021, 12, 1), date(2022, 1, 1)),
        (date(2021, 1, 1), date(2021, 1, 1), date(2021, 2, 1)),
        (date(2021, 1, 31), date(2021, 1, 1), date(2021, 2, 1)),
    ],
)
def test_a_month_runs_from_its_first_day_to_the_next_months(day: date, first: date, after: date) -> None:
    assert date_of(month_start(day_of(day))) == first
    assert date_of(next_month_start(day_of(day))) == after


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "UTC+8", "a\0b"])
def test_a_name_that_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        zone_named(name)
