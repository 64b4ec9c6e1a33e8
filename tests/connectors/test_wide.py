"""Wide rows are divided into the readings of their columns; what is wrong with one column leaves the others alone."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.ingest.bodies.json_values import Digits
from app.ingest.problems import RowProblem
from app.ingest.sources.mapping import MappedRow, map_record
from app.schemas.readings.mappings import ReadingMapping, source_mapping
from tests.connectors.test_import import folder, readings, run

__all__ = ["folder"]

BERLIN = {"field": "day", "format": "local", "order": "YMD", "timezone": "Europe/Berlin"}
QUARTERS = {"names": "positions", "columns": [f"q{at}" for at in range(1, 101)], "interval": "PT15M"}


def found(record: dict[str, Any], wide: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """Return timestamp and value of each column, or code and words; columns without a reading are left out."""
    base = {"format": "csv", "meter": {"constant": "m"}, "timestamp": BERLIN, "wide": wide}
    rules = source_mapping(ReadingMapping.model_validate({**base, **changes})).rules
    cells = map_record(record, rules, index=0)
    return [
        (cell.timestamp[:19], cell.value) if isinstance(cell, MappedRow) else (cell.code.value, cell.detail)
        for cell in cells
        if cell is not None
    ]


def quarters(day: str, *places: int) -> dict[str, str]:
    return {"day": day, **{f"q{at}": str(at) if at in places else "" for at in range(1, 101)}}


@pytest.mark.parametrize(
    ("day", "places", "instants"),
    [
        ("2024-03-30", (1, 96), ["2024-03-29T23:15:00", "2024-03-30T23:00:00"]),
        ("2024-03-31", (8, 9, 92), ["2024-03-31T01:00:00", "2024-03-31T01:15:00", "2024-03-31T22:00:00"]),
        ("2024-10-27", (12, 13, 100), ["2024-10-27T01:00:00", "2024-10-27T01:15:00", "2024-10-27T23:00:00"]),
    ],
)
def test_a_day_has_as_many_intervals_as_it_is_long(day: str, places: tuple[int, ...], instants: list[str]) -> None:
    edge = {**QUARTERS, "edge": "interval_end"}
    assert [when for when, _ in found(quarters(day, *places), edge)] == instants


def test_an_interval_that_the_day_has_not_is_rejected() -> None:
    edge = {**QUARTERS, "edge": "interval_start"}
    words = "column 'q93': the day '2024-03-31' has no interval 93: there are 92"
    skipping = {**BERLIN, "nonexistent": "skip"}

    assert found(quarters("2024-03-31", 93), edge) == [("timestamp_never_was", words)]
    assert found(quarters("2024-03-31", 93), edge, timestamp=skipping) == [("timestamp_never_was", words)]
    assert found(quarters("2024-03-30", 97), edge)[0][0] == "timestamp_never_was"


def test_columns_that_follow_the_clock_skip_an_hour_in_spring() -> None:
    clock = {**QUARTERS, "edge": "interval_start", "counted": "clock"}
    spring = found(quarters("2024-03-31", 8, 9, 13), clock)
    skipped = found(quarters("2024-03-31", 8, 9, 13), clock, timestamp={**BERLIN, "nonexistent": "skip"})

    assert spring == [
        ("2024-03-31T00:45:00", "8"),
        ("timestamp_never_was", "column 'q9': clocks skipped 2024-03-31 02:00:00 in Europe/Berlin"),
        ("2024-03-31T01:00:00", "13"),
    ]
    assert skipped == [("2024-03-31T00:45:00", "8"), ("2024-03-31T01:00:00", "13")]


@pytest.mark.parametrize(
    ("name", "edge", "instant"),
    [
        ("00:15", None, "2024-06-30T22:15:00"),
        ("24:00", None, "2024-07-01T22:00:00"),
        ("00:15 [kWh]", None, "2024-06-30T22:15:00"),
        ("1:15 PM", None, "2024-07-01T11:15:00"),
        ("0015", None, "2024-06-30T22:15:00"),
        ("00:00-00:15", "interval_start", "2024-06-30T22:00:00"),
        ("00:00 - 00:15", "interval_end", "2024-06-30T22:15:00"),
        ("23:45-0:00", "interval_end", "2024-07-01T22:00:00"),
        ("23:45–24:00", "interval_end", "2024-07-01T22:00:00"),
    ],
)
def test_a_column_is_named_by_a_time_or_a_span(name: str, edge: str | None, instant: str) -> None:
    wide = {"names": "times", "columns": [name], "edge": edge}
    assert found({"day": "2024-07-01", name: "5"}, wide) == [(instant, "5")]


def test_a_span_without_an_edge_and_a_name_that_is_no_time_are_rejected() -> None:
    spans = {"names": "times", "columns": ["00:00-00:15", "noon"]}
    codes = [code for code, _ in found({"day": "2024-07-01", "00:00-00:15": "1", "noon": "2"}, spans)]
    assert codes == ["timestamp_unreadable", "timestamp_unreadable"]


def test_columns_that_are_not_there_or_in_another_order_are_no_silence() -> None:
    wide = {"names": "times", "first": "00:15", "last": "00:30"}
    for record in ({"day": "2024-07-01", "00:30": "1", "00:15": "2"}, {"day": "2024-07-01", "00:30": "1"}):
        ((code, words),) = found(record, wide)
        assert code == "missing_field"
        assert "the last stands before the first" in words


def test_numbers_of_json_and_factors_are_those_of_narrow_rows() -> None:
    wide = {"names": "times", "first": "00:15", "last": "00:30"}
    record = {"day": "2024-07-01", "00:15": Digits("12"), "00:30": None, "00:45": Digits("9")}
    assert found(record, wide, format="json", value={"mean_power_over": "PT5M"}) == [("2024-06-30T22:15:00", "1")]


def test_a_problem_of_one_column_names_it_and_shows_the_row() -> None:
    rules = source_mapping(
        ReadingMapping.model_validate(
            {
                "format": "csv",
                "timestamp": {**BERLIN, "field": "at"},
                "wide": {"names": "meters", "columns": ["a", "b"]},
            }
        )
    ).rules
    cells = list(map_record({"at": "2024-07-01", "a": "1", "b": "much"}, rules, index=7))

    assert isinstance(cells[0], MappedRow)
    assert isinstance(cells[1], RowProblem)
    assert (cells[0].meter, cells[1].index, cells[1].field, cells[1].timestamp) == ("a", 7, "value", "2024-07-01")
    assert cells[1].detail == "column 'b': 'much' is not a number with decimal mark '.'"


def test_a_wide_file_is_imported_reported_once_a_row_and_mended(client: httpx.Client, folder: Path) -> None:
    mapping = """\
format: csv
delimiter: ";"
meter: {field: meter}
timestamp: {field: day, format: local, order: YMD, timezone: Asia/Shanghai}
wide: {names: times, first: "06:00", last: "24:00"}
value: {decimal: ","}
"""
    lines = ["meter;day;06:00;12:00;18:00;24:00", "grid;2021-03-01;1,5;x;y;4", "solar;2021-03-01;;2;;"]
    (folder / "mapping.yaml").write_text(mapping, "utf-8")
    (folder / "wide.csv").write_text("\n".join(lines), "utf-8")

    first = run(folder, "wide.csv")
    report = (folder / "wide.csv.rejected.csv").read_text("utf-8-sig")
    (folder / "mended.csv").write_text(report.replace(",x,y,", ',"2,5",3,'), "utf-8-sig")
    second = run(folder, "mended.csv")

    assert (first.exit_code, first.stdout) == (1, "8 received, 3 inserted, 3 skipped, 2 rejected\n")
    assert report.splitlines()[0].startswith("meter,day,06:00,12:00,18:00,24:00,rejected_record")
    assert len(report.splitlines()) == 2
    assert "column '12:00': 'x' is not a number" in report
    assert "column '18:00': 'y' is not a number" in report
    assert (second.exit_code, second.stdout) == (0, "4 received, 2 inserted, 2 duplicate\n")
    assert readings(client, "grid") == [
        ("2021-02-28T22:00:00Z", 1.5),
        ("2021-03-01T04:00:00Z", 2.5),
        ("2021-03-01T10:00:00Z", 3),
        ("2021-03-01T16:00:00Z", 4),
    ]
    assert readings(client, "solar") == [("2021-03-01T04:00:00Z", 2)]
