"""A mapping makes readings of records, digit by digit, and says what is wrong with those it cannot read."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from app.ingest.bodies.json_values import Digits
from app.ingest.problems import RowCode, RowProblem
from app.ingest.sources.mapping import MappedRow, map_record
from app.schemas.readings.mappings import ReadingMapping, source_mapping

BASE: Mapping[str, Any] = {
    "format": "csv",
    "meter": {"field": "tag"},
    "timestamp": {"field": "at"},
    "value": {"field": "v"},
}
RECORD = {"tag": "m1", "at": "2021-03-01T00:15:00+08:00", "v": "12.5"}


def mapped(record: Mapping[str, Any], **changes: Any) -> MappedRow | RowProblem | None:
    rules = source_mapping(ReadingMapping.model_validate({**BASE, **changes})).rules
    (found,) = map_record(record, rules, index=0)
    return found


def problem(record: Mapping[str, Any], **changes: Any) -> tuple[str | None, str]:
    found = mapped(record, **changes)
    assert isinstance(found, RowProblem), found
    return found.field, found.code


def value(text: Any, **rule: Any) -> str:
    found = mapped({**RECORD, "v": text}, value={"field": "v", **rule})
    assert isinstance(found, MappedRow), found
    return found.value


def test_a_plain_record_goes_through_as_it_is() -> None:
    assert mapped(RECORD) == MappedRow("m1", "2021-03-01T00:15:00+08:00", "12.5", "", "")


@pytest.mark.parametrize(
    ("text", "rule", "number"),
    [
        ("1234.5", {}, "1234.5"),
        (" 1234,5 ", {"decimal": ","}, "1234.5"),
        ("1.234.567,89", {"decimal": ",", "thousands": "."}, "1234567.89"),
        ("1 234 567,89", {"decimal": ",", "thousands": " "}, "1234567.89"),
        ("1\u202f234,5", {"decimal": ",", "thousands": " "}, "1234.5"),
        ("12'345.6", {"thousands": "'"}, "12345.6"),
        ("\u22123,5", {"decimal": ","}, "-3.5"),
        ("1,5E3", {"decimal": ","}, "1.5E3"),
        (Digits("0.100000000000000005"), {"decimal": ","}, "0.100000000000000005"),
    ],
)
def test_a_number_is_read_by_its_marks_without_losing_a_digit(text: Any, rule: dict[str, Any], number: str) -> None:
    assert value(text, **rule) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("12,5", {}),
        ("12.5", {"decimal": ","}),
        ("12.5", {"decimal": ",", "thousands": "."}),
        ("1.2345,6", {"decimal": ",", "thousands": "."}),
        ("1,234,567", {"decimal": ","}),
        ("1_000", {}),
        ("٣", {}),
        ("NaN", {}),
        ("12 kWh", {}),
        ("", {}),
        (None, {}),
        (True, {}),
    ],
)
def test_a_number_with_a_mark_out_of_place_is_refused(text: Any, rule: dict[str, Any]) -> None:
    assert problem({**RECORD, "v": text}, value={"field": "v", **rule}) == ("value", "value_unreadable")


def test_a_record_without_a_reading_is_skipped_where_the_mapping_says_how_that_looks() -> None:
    rule = {"field": "v", "missing": ["", "-", "-9999"]}
    for nothing in ("", " - ", None, Digits("-9999")):
        assert mapped({**RECORD, "v": nothing}, value=rule) is None


def test_meters_are_renamed_and_unlisted_ones_refused_or_skipped() -> None:
    codes = {"field": "tag", "codes": {"Kiln 1 (kWh)": "kiln-1"}}
    found = mapped({**RECORD, "tag": "Kiln 1 (kWh)"}, meter=codes)

    assert isinstance(found, MappedRow)
    assert found.meter == "kiln-1"
    assert problem(RECORD, meter=codes) == ("meter", "unknown_meter")
    assert mapped(RECORD, meter={**codes, "unlisted": "skip"}) is None


def test_fields_are_found_in_nested_objects_and_a_literal_name_wins() -> None:
    nested = {"tag": "m1", "data": {"at": RECORD["at"], "v": Digits("7")}, "data.v": "8"}
    paths = {"timestamp": {"field": "data.at"}, "value": {"field": "data.v"}}

    assert mapped(nested, **paths) == MappedRow("m1", RECORD["at"], "8", "", "")
    del nested["data.v"]
    assert mapped(nested, **paths) == MappedRow("m1", RECORD["at"], "7", "", "")


def test_numbers_since_1970_are_instants() -> None:
    for form, number in (("epoch_s", "1614528900.25"), ("epoch_ms", "1614528900250")):
        found = mapped({**RECORD, "at": Digits(number)}, timestamp={"field": "at", "format": form})
        assert isinstance(found, MappedRow)
        assert found.timestamp == "2021-02-28T16:15:00.250+00:00"
    rule = {"timestamp": {"field": "at", "format": "epoch_s"}}
    assert problem({**RECORD, "at": "1.00001"}, **rule) == ("timestamp", "timestamp_too_fine")
    for nonsense in ("today", "NaN", "1_614_528_900", "\uff11\uff16\uff11\uff14\uff15\uff12\uff18\uff19\uff10\uff10"):
        assert problem({**RECORD, "at": nonsense}, **rule) == ("timestamp", "timestamp_unreadable")
    for never in ("-1", "7258118400", "99999999999999", "1e400", "1e999999999", "1e18446744073709551616"):
        assert problem({**RECORD, "at": never}, **rule) == ("timestamp", "timestamp_out_of_range")
    assert problem({**RECORD, "at": "1e-999999999"}, **rule) == ("timestamp", "timestamp_too_fine")


def test_a_bill_has_a_start_a_quality_and_its_time_in_a_field_of_its_own() -> None:
    bill = {"from": "15.12.2021", "to": "13.1.2022", "hour": "0:00", "v": "880", "kind": "A"}
    found = mapped(
        bill,
        meter={"constant": "bill-9"},
        timestamp={
            "field": "to",
            "time_field": "hour",
            "format": "local",
            "order": "DMY",
            "timezone": "Asia/Shanghai",
            "midnight": "ends_day",
        },
        quality={"field": "kind", "codes": {"A": "manual"}},
        start="from",
    )

    assert found == MappedRow(
        "bill-9", "2022-01-13T16:00:00.000+00:00", "880", "manual", "2021-12-14T16:00:00.000+00:00"
    )


def test_a_problem_names_the_field_and_shows_the_record() -> None:
    found = mapped({"tag": "m1", "at": "x", "v": "much"})

    words = "'much' is not a number with decimal mark '.'"
    assert found == RowProblem(0, "value", RowCode.VALUE_UNREADABLE, words, "m1", "x")
    assert problem({"at": "x", "v": "1"}) == ("meter", "missing_field")
    assert problem({"tag": "m1", "v": "1"}) == ("timestamp", "missing_field")


@pytest.mark.parametrize(
    "changes",
    [
        {"factor": 1000},
        {"value": {"field": "v", "factor": 0}},
        {"value": {"field": "v", "factor": "1/0"}},
        {"value": {"field": "v", "factor": "1/12 h"}},
        {"value": {"field": "v", "factor": "١٥"}},
        {"value": {"field": "v", "mean_power_over": "P1M"}},
        {"value": {"field": "v", "parentheses": "positive"}},
        {"value": {}},
        {"meter": {}},
        {"meter": {"constant": "a", "field": "b"}},
        {"meter": {"constant": "a", "codes": {"b": "c"}}},
        {"timestamp": {"field": "at", "format": "local", "order": "DMY"}},
        {"timestamp": {"field": "at", "format": "local", "order": "DMY", "timezone": "Asia/Soul"}},
        {"timestamp": {"field": "at", "format": "excel"}},
        {"timestamp": {"field": "at", "format": "excel", "timezone": "in_text"}},
        {"timestamp": {"field": "at", "midnight": "ends_day"}},
        {"timestamp": {"field": "at", "ambiguous": "first"}},
        {"timestamp": {"field": "at", "nonexistent": "skip"}},
        {"timestamp": {"field": "at", "dst": {"field": "s", "codes": {"S": "summer"}}}},
        {"timestamp": {"field": "at", "dst": {"field": "s", "codes": {"S": "warm"}}}},
        {"timestamp": {}},
        {"timestamp": {"field": "at", "format": "period", "timezone": "Asia/Seoul"}},
        {"reference": {}},
        {"reference": {"field": "ticket", "by_order": True}},
        {"value": {"field": "v", "decimal": ",", "thousands": ","}},
        {"quality": {"constant": "suspect"}},
        {"encoding": "utf-7"},
        {"records": "items"},
        {"format": "ndjson", "delimiter": ";"},
        {"format": "json", "comment": "#"},
        {"sheet": "2024"},
        {"columns": ["tag", "at", "v"], "header_lines": 2},
        {"skip": [{"field": "tag"}]},
        {"skip": [{"equals": [" "]}]},
        {"wide": {"names": "meters", "columns": ["a"]}},
        {"meter": {}, "value": {}, "wide": {"names": "meters", "first": "a"}},
        {"meter": {}, "value": {}, "wide": {"names": "meters", "columns": ["a"], "interval": "PT15M"}},
        {"value": {}, "wide": {"names": "positions", "first": "1", "last": "24", "interval": "PT1H"}},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReadingMapping.model_validate({**BASE, **changes})


@pytest.mark.parametrize("zone", ["Asia/Seoul", "+09:00", "UTC", "Etc/GMT-9"])
def test_a_source_zone_is_a_name_or_an_offset(zone: str) -> None:
    stamp = {"field": "at", "format": "local", "order": "YMD", "timezone": zone}
    found = mapped({**RECORD, "at": "2018-01-01 09:00"}, timestamp=stamp)
    assert isinstance(found, MappedRow)
    assert found.timestamp == ("2018-01-01T09:00:00.000+00:00" if zone == "UTC" else "2018-01-01T00:00:00.000+00:00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("31.01.2025", "2025-01"),
        ("1.2.2025", "2025-02"),
        ("2025-02-28", "2025-02"),
        ("2025-03", "2025-03"),
        ("31.01.2025 24:00", RowCode.TIMESTAMP_UNREADABLE),
        ("32.01.2025", RowCode.TIMESTAMP_UNREADABLE),
    ],
)
def test_a_date_names_the_month_that_it_lies_in(text: str, said: str) -> None:
    mapping = {
        "format": "csv",
        "meter": {"constant": "grid"},
        "timestamp": {"field": "t", "format": "month", "order": "DMY"},
        "value": {"field": "v"},
    }
    rules = source_mapping(ReadingMapping.model_validate(mapping)).rules
    (found,) = map_record({"t": text, "v": "1"}, rules, index=0)
    assert (found.timestamp if isinstance(found, MappedRow) else found and found.code) == said
