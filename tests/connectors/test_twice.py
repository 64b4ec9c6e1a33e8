"""Local times that clocks showed twice: the order of the rows tells the hours apart, or nothing is guessed."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.ingest.sources.local_time import DateOrder, LocalTime, instant_from_local
from app.ingest.sources.twice import told_apart


def told(clock: str, *, day: str = "2024-10-27", zone: str = "Europe/Berlin", descending: bool = False) -> str:
    """Return the UTC times of local ones, `?` where nothing tells."""
    rules = LocalTime(DateOrder.YMD, ZoneInfo(zone))
    times = [instant_from_local(f"{day} {time}", rules) for time in clock.split()]
    found: Sequence[datetime | None] = told_apart(times, descending=descending)
    return " ".join("?" if instant is None else f"{instant:%H:%M}" for instant in found)


@pytest.mark.parametrize(
    ("clock", "instants"),
    [
        ("02:00 02:30 02:00 02:30 03:00", "00:00 00:30 01:00 01:30 02:00"),
        ("02:00 02:30 03:00 02:30 03:00", "00:00 00:30 01:00 01:30 02:00"),
        ("02:00 02:00 02:30 02:30 03:00", "00:00 01:00 00:30 01:30 02:00"),
        ("02:00 02:30 02:30 03:00 03:00", "00:00 00:30 01:30 01:00 02:00"),
        ("02:00 02:00 03:00", "00:00 01:00 02:00"),
        ("02:00 03:00 03:00", "00:00 01:00 02:00"),
        ("02:15 02:45 02:00 02:15 02:30", "00:15 00:45 01:00 01:15 01:30"),
    ],
)
def test_passes_and_pairs_by_the_starts_or_the_ends_of_intervals_are_told_apart(clock: str, instants: str) -> None:
    assert told(clock) == instants


def test_newest_first_is_told_from_behind() -> None:
    assert told("03:00 02:30 02:00 02:30 02:00", descending=True) == "02:00 01:30 01:00 00:30 00:00"
    assert told("02:30 02:00 02:30 02:00", descending=True) == "01:30 01:00 00:30 00:00"


@pytest.mark.parametrize(
    ("clock", "instants"),
    [
        ("02:15", "?"),
        ("03:00", "02:00"),
        ("02:00 02:30 03:00", "? ? 02:00"),
        ("02:30 02:00 02:15", "? ? ?"),
        ("02:00 02:00 02:00", "? ? ?"),
        ("02:00 02:30 02:00 02:30 02:00", "? ? ? ? ?"),
        ("02:00 02:30 02:15 02:45 02:00", "? ? ? ? ?"),
        ("02:00 02:00 02:30", "00:00 01:00 ?"),
    ],
)
def test_what_the_order_does_not_tell_is_not_guessed(clock: str, instants: str) -> None:
    assert told(clock) == instants


def test_each_change_of_clocks_is_told_by_itself() -> None:
    rules = LocalTime(DateOrder.YMD, ZoneInfo("Europe/Berlin"))
    texts = ("2023-10-29 02:00", "2024-10-27 02:00", "2024-10-27 02:00")
    found = told_apart([instant_from_local(text, rules) for text in texts])

    assert found[0] is None
    assert [str(instant) for instant in found[1:]] == ["2024-10-27 00:00:00+00:00", "2024-10-27 01:00:00+00:00"]


def test_clocks_that_go_back_by_half_an_hour_or_over_midnight_are_told_as_well() -> None:
    assert told("01:30 01:45 01:30 01:45 02:00", day="2024-04-07", zone="Australia/Lord_Howe") == (
        "14:30 14:45 15:00 15:15 15:30"
    )
    assert told("00:00 00:30 00:00 00:30", zone="Atlantic/Azores") == "00:00 00:30 01:00 01:30"
