"""Local dates and times as loggers write them become the right instants, or none."""

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from app.ingest.local_time import Ambiguous, DateOrder, LocalTime, Midnight, TimeUnreadable, instant_from_local

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("order", "text", "instant"),
    [
        (DateOrder.DMY, "1/2/2018 0:15", "2018-01-31T15:15:00+00:00"),
        (DateOrder.MDY, "1/2/2018 0:15", "2018-01-01T15:15:00+00:00"),
        (DateOrder.YMD, "2018/1/2 0:15", "2018-01-01T15:15:00+00:00"),
        (DateOrder.DMY, "01.02.2018 13:05:09", "2018-02-01T04:05:09+00:00"),
        (DateOrder.DMY, "01.02.2018, 13:05:09,250", "2018-02-01T04:05:09.250000+00:00"),
        (DateOrder.DMY, "1-Feb-18 1:05 PM", "2018-02-01T04:05:00+00:00"),
        (DateOrder.DMY, "1-Feb-71 12:05 AM", "1971-01-31T15:05:00+00:00"),
        (DateOrder.MDY, "February 1, 2018 12:00 pm", "2018-02-01T03:00:00+00:00"),
        (DateOrder.YMD, "2018-02-01T13:05", "2018-02-01T04:05:00+00:00"),
        (DateOrder.YMD, "201802011305", "2018-02-01T04:05:00+00:00"),
        (DateOrder.YMD, "20180201 130509", "2018-02-01T04:05:09+00:00"),
        (DateOrder.YMD, "2018年2月1日 13:05", "2018-02-01T04:05:00+00:00"),
        (DateOrder.YMD, "2018-02-01", "2018-01-31T15:00:00+00:00"),
        (DateOrder.YMD, "2018-12-31 24:00", "2018-12-31T15:00:00+00:00"),
    ],
)
def test_a_date_is_read_in_the_order_that_was_stated(order: DateOrder, text: str, instant: str) -> None:
    assert instant_from_local(text, LocalTime(order, SEOUL)).isoformat() == instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("31/12/2018 0:00", "2018-12-31T15:00:00+00:00"),
        ("31/12/2018", "2018-12-31T15:00:00+00:00"),
        ("31/12/2018 24:00", "2018-12-31T15:00:00+00:00"),
        ("31/12/2018 0:15", "2018-12-30T15:15:00+00:00"),
    ],
)
def test_a_midnight_that_ends_its_day_is_the_next_days_first_instant(text: str, instant: str) -> None:
    rules = LocalTime(DateOrder.DMY, SEOUL, Midnight.ENDS_DAY)
    assert instant_from_local(text, rules).isoformat() == instant


def test_a_time_that_clocks_showed_twice_is_refused_unless_the_mapping_says_which() -> None:
    twice = "2018-10-28 02:30"
    with pytest.raises(TimeUnreadable) as refused:
        instant_from_local(twice, LocalTime(DateOrder.YMD, BERLIN))
    first = instant_from_local(twice, LocalTime(DateOrder.YMD, BERLIN, ambiguous=Ambiguous.FIRST))
    second = instant_from_local(twice, LocalTime(DateOrder.YMD, BERLIN, ambiguous=Ambiguous.SECOND))
    winter = instant_from_local(twice, LocalTime(DateOrder.YMD, timezone(timedelta(hours=1))))

    assert refused.value.code == "timestamp_ambiguous"
    assert first.isoformat() == "2018-10-28T00:30:00+00:00"
    assert second.isoformat() == "2018-10-28T01:30:00+00:00"
    assert winter == second


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2018-03-25 02:30", "timestamp_never_was"),
        ("2018-13-01 00:00", "timestamp_unreadable"),
        ("2018-02-29 00:00", "timestamp_unreadable"),
        ("2018-02-01 25:00", "timestamp_unreadable"),
        ("2018-02-01 24:15", "timestamp_unreadable"),
        ("2018-02-01 13:00 PM", "timestamp_unreadable"),
        ("2018-02-01 1:00 +09:00", "timestamp_unreadable"),
        ("2018-02-0100:15", "timestamp_unreadable"),
        ("01/02/2018 00:00", "timestamp_unreadable"),
        ("yesterday", "timestamp_unreadable"),
        ("2018-02-01 00:00:00.0005", "timestamp_too_fine"),
        ("9999-12-31 24:00", "timestamp_out_of_range"),
    ],
)
def test_what_is_no_local_instant_is_never_guessed(text: str, code: str) -> None:
    with pytest.raises(TimeUnreadable) as refused:
        instant_from_local(text, LocalTime(DateOrder.YMD, BERLIN))
    assert refused.value.code == code
