"""Each row is judged alone: what is wrong has a stable code, what is implausible is kept as suspect."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.core.calendar.fiscal_calendar import plain_calendar
from app.core.calendar.periods import interval_from_iso
from app.core.calendar.reading_times import DEFAULT
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import NO_START
from app.ingest.bodies.body import decode
from app.ingest.bodies.body_columns import MediaType, TextColumns
from app.ingest.bodies.coded import CodedTexts
from app.ingest.judging.judge import Judged, judge
from app.ingest.problems import RowCode
from app.ingest.writing.gathering import joined
from tests.support.bodies import body

MEASURED, ESTIMATED, MANUAL = 1, 2, 3
SUSPECT = 16
AT = "2021-03-01T00:00:00Z"
AT_MS = 1_614_556_800_000
NOW: dict[str, Any] = {"plausible": DEFAULT, "now_ms": 1_750_000_000_000}
"""15 June 2025."""


def meter(kind: str, **fields: Any) -> MeterSpec:
    """Return a meter of the kind that no database knows."""
    defaults: dict[str, Any] = {
        "id": 7,
        "code": kind,
        "organization_id": 1,
        "plant_id": 1,
        "kind": MeterKind(kind),
        "zone": ZoneInfo("Asia/Shanghai"),
        "interval": interval_from_iso("PT1H") if kind == "interval" else None,
        "edge": TimestampEdge.INTERVAL_START,
        "modulus_micro": None,
        "max_rate_micro": None,
        "dip_tolerance_micro": 0,
        "calendar": plain_calendar(1),
        "in_service_from": None,
        "in_service_to": None,
    }
    return MeterSpec(**{**defaults, **fields})


def judged(rows: Iterable[dict[str, str]], *meters: MeterSpec) -> Judged:
    filled = [{"meter": meters[0].code, "timestamp": AT, "value": "1", **row} for row in rows]
    return judge(decode(body(filled, "csv"), MediaType.CSV), {each.code: each for each in meters}, **NOW)


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"meter": "nobody"}, "meter", RowCode.UNKNOWN_METER),
        ({"meter": ""}, "meter", RowCode.UNKNOWN_METER),
        ({"timestamp": "yesterday"}, "timestamp", RowCode.TIMESTAMP_UNREADABLE),
        ({"timestamp": "2021-03-01T00:00:00"}, "timestamp", RowCode.TIMESTAMP_WITHOUT_OFFSET),
        ({"timestamp": "2021-03-01T00:00:00.0001Z"}, "timestamp", RowCode.TIMESTAMP_TOO_FINE),
        ({"timestamp": "2300-03-01T00:00:00Z"}, "timestamp", RowCode.TIMESTAMP_OUT_OF_RANGE),
        ({"quality": "suspect"}, "quality", RowCode.QUALITY_UNKNOWN),
        ({"quality": "Measured"}, "quality", RowCode.QUALITY_UNKNOWN),
        ({"start": "soon"}, "start", RowCode.TIMESTAMP_UNREADABLE),
        ({"start": "2021-02-01T00:00:00"}, "start", RowCode.TIMESTAMP_WITHOUT_OFFSET),
        ({"start": AT}, "start", RowCode.START_NOT_BEFORE_TIMESTAMP),
        ({"start": "2021-03-01T00:00:00.001Z"}, "start", RowCode.START_NOT_BEFORE_TIMESTAMP),
        ({"start": "2018-02-24T23:59:59Z"}, "start", RowCode.SEGMENT_TOO_LONG),
        ({"value": "4294967297"}, "value", RowCode.VALUE_OUT_OF_RANGE),
        ({"value": "much"}, "value", RowCode.VALUE_UNREADABLE),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_are_kept(row: dict[str, str], field: str, code: RowCode) -> None:
    result = judged([{}, row, {"value": "2"}], meter("interval"))
    assert [(problem.index, problem.field, problem.code) for problem in result.problems] == [(1, field, code)]
    assert result.columns.row.tolist() == [0, 2]
    assert result.columns.value.tolist() == [1_000_000, 2_000_000]
    assert result.columns.meter.tolist() == [7, 7]


@pytest.mark.parametrize("kind", ["register", "event", "stock", "gauge"])
def test_only_interval_meters_take_a_start(kind: str) -> None:
    result = judged([{"start": "2021-02-01T00:00:00Z"}], meter(kind))
    assert [problem.code for problem in result.problems] == [RowCode.START_NOT_ALLOWED]


def test_a_row_with_many_faults_is_one_problem() -> None:
    result = judged([{"meter": "nobody", "timestamp": "x", "quality": "y", "start": "z"}], meter("interval"))
    assert [problem.code for problem in result.problems] == [RowCode.UNKNOWN_METER]
    assert len(result.columns) == 0


def test_a_start_may_lie_three_years_back_and_qualities_are_kept() -> None:
    rows = [{"start": "2018-02-25T00:00:00Z"}, {"quality": "estimated"}, {"quality": "manual"}, {"quality": "measured"}]
    columns = judged(rows, meter("interval")).columns
    assert columns.start.tolist() == [AT_MS - 1_100 * 86_400_000, NO_START, NO_START, NO_START]
    assert columns.quality.tolist() == [MEASURED, ESTIMATED, MANUAL, MEASURED]
    assert columns.at.tolist() == [AT_MS] * 4


@pytest.mark.parametrize(
    ("spec", "values", "suspect"),
    [
        (meter("interval", max_rate_micro=Decimal(10_000_000)), ["10", "10.000001", "-10", "-10.000001"], [1, 3]),
        (meter("interval", max_rate_micro=Decimal("0.5")), ["0", "0.000001"], [1]),
        (meter("interval"), ["4294967296", "-4294967296"], []),
        (meter("register", modulus_micro=100_000_000_000), ["0", "99999.999999", "100000", "-0.000001"], [2, 3]),
        (meter("register"), ["-5", "4294967296"], []),
        (meter("stock"), ["0", "-0.000001", "12"], [1]),
        (meter("event"), ["-3"], []),
        (meter("gauge"), ["-273.15"], []),
    ],
)
def test_a_reading_that_fails_its_own_check_is_kept_as_suspect(
    spec: MeterSpec, values: list[str], suspect: list[int]
) -> None:
    result = judged([{"value": value} for value in values], spec)
    assert result.problems == []
    assert [at for at, quality in enumerate(result.columns.quality.tolist()) if quality >= SUSPECT] == suspect


@pytest.mark.parametrize(
    ("interval", "edge", "at", "start", "value", "is_suspect"),
    [
        ("P1M", TimestampEdge.INTERVAL_START, "2021-02-01T00:00:00+08:00", "", "672", False),
        ("P1M", TimestampEdge.INTERVAL_START, "2021-02-01T00:00:00+08:00", "", "672.000001", True),
        ("P1M", TimestampEdge.INTERVAL_END, "2021-02-01T00:00:00+08:00", "", "744", False),
        ("P1M", TimestampEdge.INTERVAL_END, "2021-02-01T00:00:00+08:00", "", "744.000001", True),
        ("PT1H", TimestampEdge.INTERVAL_END, "2021-02-01T02:00:00Z", "2021-02-01T00:00:00Z", "2", False),
        ("PT1H", TimestampEdge.INTERVAL_END, "2021-02-01T02:00:00Z", "2021-02-01T00:00:00Z", "2.000001", True),
    ],
)
def test_an_intervals_rate_is_held_against_the_time_it_really_covers(
    interval: str, edge: TimestampEdge, at: str, start: str, value: str, is_suspect: bool
) -> None:
    spec = meter("interval", interval=interval_from_iso(interval), edge=edge, max_rate_micro=Decimal(1_000_000))
    columns = judged([{"timestamp": at, "start": start, "value": value}], spec).columns
    assert (columns.quality.tolist()[0] >= SUSPECT) is is_suspect


def _as_lists(texts: TextColumns) -> TextColumns:
    """Return the rows with every text on its own, as a small body has them."""
    return replace(
        texts,
        meter=list(texts.meter),
        timestamp=list(texts.timestamp),
        quality=list(texts.quality),
        start=list(texts.start),
    )


def test_rows_cut_from_a_large_body_are_judged_as_those_of_small_ones() -> None:
    rows = [
        {
            "meter": ("interval", "stock", "nobody")[number % 3],
            "timestamp": ("2021-03-01T00:00:00Z", "2021-02-30T00:00:00Z", f"2021-03-01T00:{number % 60:02d}:00Z")[
                number % 7 % 3
            ],
            "value": str(number - 200),
            "quality": ("manual", "measured", "guessed", "estimated")[number % 11 % 4],
            "start": ("2021-02-01T00:00:00Z", "2021-04-01T00:00:00Z", "soon")[number % 5 % 3],
        }
        for number in range(600)
    ]
    meters = {each.code: each for each in (meter("interval", max_rate_micro=Decimal(100_000)), meter("stock"))}
    texts = decode(body(rows, "ndjson"), MediaType.NDJSON)
    assert isinstance(texts.meter, CodedTexts)
    cut, small = judge(texts, meters, **NOW), judge(_as_lists(texts), meters, **NOW)
    assert cut.problems == small.problems
    assert len({problem.code for problem in cut.problems}) == 5
    for name in ("row", "meter", "at", "value", "start", "quality"):
        assert getattr(cut.columns, name).tolist() == getattr(small.columns, name).tolist()
    assert {quality >= SUSPECT for quality in cut.columns.quality.tolist()} == {True, False}


def test_bodies_joined_are_numbered_through_with_their_problems() -> None:
    bad = [{"meter": "m", "timestamp": AT, "value": value} for value in ("1", "much", "3")]
    good = [{"meter": "n", "timestamp": AT, "value": "4", "quality": "manual"}]
    bodies = [decode(body(rows, "csv"), MediaType.CSV) for rows in (good, bad, good)]
    both = joined(bodies)
    assert both.received == 5
    assert both.row.tolist() == [0, 1, 3, 4]
    assert list(both.meter) == ["n", "m", "m", "n"]
    assert both.value.tolist() == [4_000_000, 1_000_000, 3_000_000, 4_000_000]
    assert list(both.quality) == ["manual", None, None, "manual"]
    assert [problem.index for problem in both.problems] == [2]
    assert joined([bodies[0], bodies[2]]).row.tolist() == [0, 1]
