"""Intervals are seconds, or whole days and months of the plant's calendar."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.calendar.periods import BadInterval, Interval, instant_from_ms, interval_from_iso, ms_from_instant


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("PT1M", Interval(seconds=60)),
        ("PT15M", Interval(seconds=900)),
        ("PT1H", Interval(seconds=3600)),
        ("PT10S", Interval(seconds=10)),
        ("P1D", Interval(days=1)),
        ("P1W", Interval(days=7)),
        ("P1M", Interval(months=1)),
        ("P3M", Interval(months=3)),
        ("P1Y", Interval(months=12)),
        ("P3Y", Interval(months=36)),
    ],
)
def test_a_duration_of_one_unit_is_read(text: str, interval: Interval) -> None:
    assert interval_from_iso(text) == interval


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P0D",
        "PT0S",
        "P1M1D",
        "P1DT1H",
        "PT1.5H",
        "-P1D",
        "P1H",
        "PT1D",
        "15M",
        "P4Y",
        "PT999999H",
        "P1Y ",
    ],
)
def test_any_other_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInterval):
        interval_from_iso(text)


@pytest.mark.parametrize(
    ("zone", "interval", "local", "count", "moved"),
    [
        ("Europe/Berlin", "P1D", "2021-03-27T12:00", 1, "2021-03-28T12:00"),
        ("Europe/Berlin", "P1D", "2021-10-31T00:00", 1, "2021-11-01T00:00"),
        ("Europe/Berlin", "P1W", "2021-10-25T08:00", 1, "2021-11-01T08:00"),
        ("Europe/Berlin", "PT24H", "2021-03-27T12:00", 1, "2021-03-28T13:00"),
        ("Australia/Lord_Howe", "P1D", "2021-04-04T00:00", 1, "2021-04-05T00:00"),
        ("Asia/Shanghai", "P1M", "2021-01-31T00:00", 1, "2021-02-28T00:00"),
        ("Asia/Shanghai", "P1M", "2020-01-31T00:00", 1, "2020-02-29T00:00"),
        ("Asia/Shanghai", "P1M", "2021-03-31T06:30", -1, "2021-02-28T06:30"),
        ("Asia/Shanghai", "P1M", "2021-12-15T00:00", 1, "2022-01-15T00:00"),
        ("Asia/Shanghai", "P1M", "2021-01-15T00:00", -1, "2020-12-15T00:00"),
        ("Asia/Shanghai", "P3M", "2021-11-30T00:00", 1, "2022-02-28T00:00"),
        ("Asia/Shanghai", "P1Y", "2020-02-29T00:00", 1, "2021-02-28T00:00"),
        ("America/New_York", "P1M", "2021-10-15T00:00", 1, "2021-11-15T00:00"),
    ],
)
def test_days_and_months_keep_the_local_time_and_clip_to_the_months_end(
    zone: str, interval: str, local: str, count: int, moved: str
) -> None:
    place = ZoneInfo(zone)
    at = ms_from_instant(datetime.fromisoformat(local).replace(tzinfo=place))
    shifted = interval_from_iso(interval).shift(place, at, count)
    assert instant_from_ms(shifted).astimezone(place).replace(tzinfo=None).isoformat(timespec="minutes") == moved
