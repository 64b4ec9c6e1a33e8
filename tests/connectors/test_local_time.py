"""Local dates and times as loggers write them become the right instants, or none."""

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from app.ingest.sources.dst_marks import DstMark
from app.ingest.sources.instant_texts import TimeUnreadable
from app.ingest.sources.local_time import Ambiguous, DateOrder, LocalTime, Midnight, instant_from_local

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
    assert instant_from_local(text, LocalTime(order, SEOUL)).first.isoformat() == instant


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
    assert instant_from_local(text, rules).first.isoformat() == instant


def test_a_time_that_clocks_showed_twice_is_either_of_two_instants_and_one_by_a_fixed_offset() -> None:
    twice = "2018-10-28 02:30"
    either = instant_from_local(twice, LocalTime(DateOrder.YMD, BERLIN))
    winter = instant_from_local(twice, LocalTime(DateOrder.YMD, timezone(timedelta(hours=1))))
    with pytest.raises(TimeUnreadable) as refused:
        instant_from_local(twice, LocalTime(DateOrder.YMD, BERLIN, ambiguous=Ambiguous.REJECT))

    assert either.second is not None
    assert (either.first.isoformat(), either.second.isoformat()) == (
        "2018-10-28T00:30:00+00:00",
        "2018-10-28T01:30:00+00:00",
    )
    assert (winter.first, winter.second) == (either.second, None)
    assert refused.value.code == "timestamp_ambiguous"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2018-10-28 2A:30", "2018-10-28T00:30:00+00:00"),
        ("2018-10-28 2B:30", "2018-10-28T01:30:00+00:00"),
        ("2018-10-28 02:30 S", "2018-10-28T00:30:00+00:00"),
        ("2018-10-28 02:30 W", "2018-10-28T01:30:00+00:00"),
        ("2018-10-28 02:30 CEST", "2018-10-28T00:30:00+00:00"),
        ("2018-10-28 02:30 cet", "2018-10-28T01:30:00+00:00"),
        ("2018-10-28 02:30 MESZ", "2018-10-28T00:30:00+00:00"),
        ("2018-10-28 02:30 MEZ", "2018-10-28T01:30:00+00:00"),
        ("2018-10-28 02:30+02", "2018-10-28T00:30:00+00:00"),
        ("2018-10-28 02:30 +0100", "2018-10-28T01:30:00+00:00"),
        ("2018-10-28 02:30 UTC+01:00", "2018-10-28T01:30:00+00:00"),
        ("2018-10-28 03:00 S", "2018-10-28T01:00:00+00:00"),
        ("2018-07-01 1:15 PM CEST", "2018-07-01T11:15:00+00:00"),
    ],
)
def test_what_a_source_says_behind_a_time_tells_its_hour(text: str, instant: str) -> None:
    found = instant_from_local(text, LocalTime(DateOrder.YMD, BERLIN))
    assert (found.first.isoformat(), found.second) == (instant, None)


def test_what_another_field_tells_is_the_hour_and_says_nothing_of_a_time_that_came_once() -> None:
    rules = LocalTime(DateOrder.YMD, BERLIN)
    found = [
        instant_from_local("2018-10-28 02:30", rules, told=DstMark.SECOND),
        instant_from_local("2018-10-28 02:30", rules, told=DstMark.SUMMER),
        instant_from_local("2018-10-28 01:30", rules, told=DstMark.SECOND),
    ]
    assert [(each.first.hour, each.first.minute, each.second) for each in found] == [
        (1, 30, None),
        (0, 30, None),
        (23, 30, None),
    ]


def test_a_time_that_ends_the_hour_which_came_twice_is_one_instant_where_nothing_but_the_source_tells() -> None:
    found = instant_from_local("2018-10-28 03:00", LocalTime(DateOrder.YMD, BERLIN, ambiguous=Ambiguous.REJECT))
    assert (found.first.isoformat(), found.second) == ("2018-10-28T02:00:00+00:00", None)


def test_texts_that_carry_their_offset_need_no_zone() -> None:
    found = instant_from_local("1.2.2018 13:05 +0530", LocalTime(DateOrder.DMY, None))
    with pytest.raises(TimeUnreadable) as refused:
        instant_from_local("1.2.2018 13:05", LocalTime(DateOrder.DMY, None))

    assert found.first.isoformat() == "2018-02-01T07:35:00+00:00"
    assert refused.value.code == "timestamp_without_offset"


def test_an_iso_date_is_read_whatever_the_order_of_others() -> None:
    assert instant_from_local("2018-02-01 00:15", LocalTime(DateOrder.MDY, SEOUL)).first.isoformat() == (
        "2018-01-31T15:15:00+00:00"
    )


@pytest.mark.parametrize(
    ("zone", "text", "instant"),
    [
        ("America/Havana", "2018-11-04", "2018-11-04T04:00:00+00:00"),
        ("America/Havana", "2018-11-03 24:00", "2018-11-04T04:00:00+00:00"),
        ("Asia/Beirut", "2018-03-25", "2018-03-24T22:00:00+00:00"),
    ],
)
def test_a_day_begins_once_where_clocks_change_at_midnight(zone: str, text: str, instant: str) -> None:
    found = instant_from_local(text, LocalTime(DateOrder.YMD, ZoneInfo(zone)))
    assert (found.first.isoformat(), found.second) == (instant, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2018-03-25 02:30", "timestamp_never_was"),
        ("2018-13-01 00:00", "timestamp_unreadable"),
        ("2018-02-29 00:00", "timestamp_unreadable"),
        ("2018-02-01 25:00", "timestamp_unreadable"),
        ("2018-02-01 24:15", "timestamp_unreadable"),
        ("2018-02-01 13:00 PM", "timestamp_unreadable"),
        ("2018-02-01 1:00 +09:00", "timestamp_never_was"),
        ("2018-02-01 1:00 UTC", "timestamp_never_was"),
        ("2018-02-01 1:00 S", "timestamp_never_was"),
        ("2018-07-01 1:00 CET", "timestamp_never_was"),
        ("2018-02-01 1:00 XYZ", "timestamp_unreadable"),
        ("2018-02-01 1:00 A", "timestamp_unreadable"),
        ("2018-02-01 1:00 +0960", "timestamp_unreadable"),
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


def test_a_fraction_finer_than_a_millisecond_is_cut_where_the_mapping_says_so() -> None:
    found = instant_from_local("2018-02-01 00:15:00.123999", LocalTime(DateOrder.YMD, SEOUL, truncate=True))
    assert found.first.isoformat() == "2018-01-31T15:15:00.123000+00:00"
