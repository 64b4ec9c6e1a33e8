"""A crontab line comes next when a crontab would say so, on the clock of its zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.crontab import BadSchedule, schedule_from
from app.core.periods import instant_from_ms, ms_from_instant

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
        ("30 2 * * *", "2021-03-27T03:00", "Mon 2021-03-29 02:30"),
        ("30 2 * * *", "2021-10-30T03:00", "Sun 2021-10-31 02:30"),
    ],
)
def test_the_next_minute_is_found(line: str, after: str, following_: str) -> None:
    assert following(line, after) == following_


@pytest.mark.parametrize(
    "line", ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
             "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *", "-1 * * * *", "0 0 30 2 *"],
)  # fmt: skip
def test_a_line_that_names_nothing_is_refused(line: str) -> None:
    with pytest.raises(BadSchedule):
        schedule_from(line).next_after(BERLIN, 0)
