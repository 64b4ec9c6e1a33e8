"""A crontab line comes next when a crontab would say so, on the clock of its zone."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.core.calendar.crontab import BadSchedule, schedule_from
from app.core.calendar.periods import instant_from_ms, ms_from_instant

BERLIN = ZoneInfo("Europe/Berlin")


def following(line: str, after: str) -> str:
    zone = BERLIN
    instant = datetime.fromisoformat(after).replace(tzinfo=zone)
    return (
        f"{instant_from_ms(schedule_from(line).next_after(zone, ms_from_instant(instant))).astimezone(zone):%a %F %R}"
    )


@pytest.mark.parametrize(
    ("line", "after", "following_"),
    [
        ("* * * * *", "2021-03-01T00:00", "Mon 2021-03-01 00:01"),
        ("*/15 * * * *", "2021-03-01T00:46", "Mon 2021-03-01 01:00"),
        ("5/20 * * * *", "2021-03-01T00:46", "Mon 2021-03-01 01:05"),
        ("0 6 * * *", "2021-03-01T06:00", "Tue 2021-03-02 06:00"),
        ("0 6 * * 0", "2021-03-01T06:00", "Sun 2021-03-07 06:00"),
        ("0 6 * * 7", "2021-03-01T06:00", "Sun 2021-03-07 06:00"),
        ("0 6 * * MON-FRI", "2021-03-05T06:00", "Mon 2021-03-08 06:00"),
        ("0 6 * * sat-sun", "2021-03-01T06:00", "Sat 2021-03-06 06:00"),
        ("0 6 1 jan,jul *", "2021-03-01T06:00", "Thu 2021-07-01 06:00"),
        ("0 6 29 2 *", "2021-03-01T06:00", "Thu 2024-02-29 06:00"),
        ("0 6 15 * 1", "2021-03-02T00:00", "Mon 2021-03-08 06:00"),
        ("30 2 * * *", "2021-03-27T03:00", "Sun 2021-03-28 03:30"),
        ("30 2 * * *", "2021-03-28T03:30", "Mon 2021-03-29 02:30"),
        ("30 2 28 3 *", "2021-03-28T03:00", "Sun 2021-03-28 03:30"),
        ("30 2 * * *", "2021-10-30T03:00", "Sun 2021-10-31 02:30"),
    ],
)
def test_the_next_minute_is_found(line: str, after: str, following_: str) -> None:
    assert following(line, after) == following_


def runs(line: str, zone: ZoneInfo, first: str, days: int) -> list[datetime]:
    """The runs of some days from the midnight of `first`, in UTC."""
    start = datetime.fromisoformat(first).replace(tzinfo=zone)
    end = ms_from_instant(start.replace(tzinfo=None).replace(tzinfo=zone) + timedelta(days=days))
    found, ms = [], ms_from_instant(start) - 1
    while (ms := schedule_from(line).next_after(zone, ms)) < end:
        found.append(instant_from_ms(ms))
    return found


@pytest.mark.parametrize(
    ("zone", "day", "quarters"),
    [
        ("Europe/Berlin", "2021-10-31", 100),
        ("Europe/Berlin", "2021-03-28", 92),
        ("Australia/Lord_Howe", "2021-04-04", 98),
        ("Australia/Lord_Howe", "2021-10-03", 94),
        ("Africa/Casablanca", "2021-04-11", 100),
        ("Asia/Beirut", "2021-03-28", 92),
        ("Pacific/Apia", "2011-12-31", 96),
    ],
)
def test_a_quarter_hourly_line_runs_each_quarter_of_an_hour_whatever_clocks_do(
    zone: str, day: str, quarters: int
) -> None:
    found = runs("*/15 * * * *", ZoneInfo(zone), day, 1)
    assert len(found) == quarters
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=15)}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Beirut"])
@pytest.mark.parametrize("time", ["0 0", "15 0", "30 1", "45 1", "0 2", "30 2", "59 2", "0 3"])
def test_a_time_of_day_has_one_run_on_each_day(zone: str, time: str) -> None:
    assert len(runs(f"{time} * * *", ZoneInfo(zone), "2021-01-01", 365)) == 365


def test_several_times_that_clocks_skip_have_a_run_each() -> None:
    found = [f"{at.astimezone(BERLIN):%R}" for at in runs("0,20,40 2 * * *", BERLIN, "2021-03-28", 1)]
    assert found == ["03:00", "03:20", "03:40"]


def test_an_hourly_time_in_half_an_hour_that_clocks_skip_has_one_run() -> None:
    """Lord Howe's clocks skip 2:00 to 2:30."""
    zone = ZoneInfo("Australia/Lord_Howe")
    found = [f"{at.astimezone(zone):%R}" for at in runs("15 * * * *", zone, "2021-10-03", 1)]
    assert (found[1:4], len(found)) == (["01:15", "02:45", "03:15"], 24)


def test_a_run_of_a_day_before_is_still_due_after_midnight() -> None:
    zone = ZoneInfo("Pacific/Apia")
    just_before = ms_from_instant(datetime(2011, 12, 31, 5, 59, tzinfo=zone))
    assert schedule_from("0 6 30 * *").next_after(zone, just_before) == just_before + 60_000


def test_the_day_that_samoa_left_out_runs_with_the_day_after() -> None:
    """30 December 2011 did not exist in Apia: what was due on it came when its clock time came next."""
    zone = ZoneInfo("Pacific/Apia")
    assert [f"{at.astimezone(zone):%F %R}" for at in runs("0 6 30 * *", zone, "2011-12-29", 3)] == ["2011-12-31 06:00"]


@pytest.mark.parametrize(
    "line", ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
             "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *", "-1 * * * *", "0 0 30 2 *"],
)  # fmt: skip
def test_a_line_that_names_nothing_is_refused(line: str) -> None:
    with pytest.raises(BadSchedule):
        schedule_from(line).next_after(BERLIN, 0)
