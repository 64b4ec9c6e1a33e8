"""What share of the expected time, or of the expected readings, a bucket covers."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.core.calendar.periods import Interval, day_of
from app.core.inventory.resources import MeterKind
from app.rollup.buckets.coverage import coverage_share, expected_seconds

_DAY_S = 86_400
_BY_CALENDAR = [
    (Interval(months=1), 365, 11, "0.91666666666666666667"),  # 11.99 mean months: 12 are expected
    (Interval(months=1), 366, 12, "1"),
    (Interval(months=1), 28, 1, "1"),
    (Interval(months=3), 365, 3, "0.75"),
    (Interval(months=12), 365, 1, "1"),
    (Interval(months=12), 366, 1, "1"),
    (Interval(days=7), 365, 26, "0.5"),
    (Interval(days=2), 31, 4, "0.25"),  # 15.5 fit: half a one counts as one
    (Interval(seconds=3_600), 1, 6, "0.25"),
    (Interval(months=12), 31, 1, "1"),  # at least one, however short the stretch
    (Interval(months=1), 365, 40, "1"),
]


@pytest.mark.parametrize("kind", [MeterKind.EVENT, MeterKind.STOCK])
@pytest.mark.parametrize(("interval", "days", "count", "share"), _BY_CALENDAR)
def test_single_readings_cover_as_many_intervals_as_fit_to_the_nearest(
    kind: MeterKind, interval: Interval, days: int, count: int, share: str
) -> None:
    found = coverage_share(kind=kind, interval=interval, count=count, covered_s=0, expected_s=days * _DAY_S)
    assert found is not None
    assert round(found, 20) == Decimal(share)


@pytest.mark.parametrize("kind", [MeterKind.EVENT, MeterKind.STOCK])
def test_single_readings_without_an_interval_cover_nothing_that_could_be_told(kind: MeterKind) -> None:
    assert coverage_share(kind=kind, interval=None, count=3, covered_s=0, expected_s=_DAY_S) is None


@pytest.mark.parametrize("kind", [MeterKind.INTERVAL, MeterKind.REGISTER, MeterKind.GAUGE])
@pytest.mark.parametrize(("covered_s", "share"), [(0, "0"), (21_600, "0.25"), (_DAY_S, "1"), (_DAY_S + 1, "1")])
def test_the_others_cover_the_time_their_readings_stand_for(kind: MeterKind, covered_s: int, share: str) -> None:
    interval = Interval(seconds=900)
    found = coverage_share(kind=kind, interval=interval, count=1, covered_s=covered_s, expected_s=_DAY_S)
    assert found == Decimal(share)


def test_nothing_is_covered_of_a_time_out_of_service() -> None:
    found = coverage_share(kind=MeterKind.GAUGE, interval=None, count=1, covered_s=900, expected_s=0)
    assert found is None


@pytest.mark.parametrize(
    ("in_service", "hours"),
    [
        ((None, None), 71),
        ((date(2021, 3, 28), None), 47),
        ((None, date(2021, 3, 29)), 47),
        ((date(2021, 3, 28), date(2021, 3, 29)), 23),
        ((date(2021, 1, 1), date(2021, 12, 31)), 71),
        ((date(2021, 3, 30), None), 0),
        ((date(2021, 3, 29), date(2021, 3, 28)), 0),
    ],
)
def test_a_meter_is_expected_to_read_while_it_is_in_service(
    in_service: tuple[date | None, date | None], hours: int
) -> None:
    """Three days of Berlin, of which the middle one, on which the clocks go forward, has 23 hours."""
    first, end = day_of(date(2021, 3, 27)), day_of(date(2021, 3, 30))
    assert expected_seconds(ZoneInfo("Europe/Berlin"), first, end, *in_service) == hours * 3_600
