"""Numbers and instants as other programs write them: read where no doubt is possible or the mapping says so."""

from fractions import Fraction
from typing import Any

import pytest

from app.ingest.problems import RowProblem
from app.ingest.sources.instant_texts import TimeUnreadable, local_from_serial, rfc3339_from_loose
from app.ingest.sources.mapping import MappedRow
from app.ingest.sources.number_texts import NumberUnreadable, ValueRule, number_from_text, scaled
from tests.connectors.test_mapping import RECORD, mapped, problem, value


@pytest.mark.parametrize(
    ("text", "rule", "number"),
    [
        ("12.5-", {}, "-12.5"),
        ("1.234,5 -", {"decimal": ",", "thousands": "."}, "-1234.5"),
        ("(12.5)", {"parentheses": "negative"}, "-12.5"),
        ("- 3", {}, "-3"),
        ("1,23,45,678.9", {"thousands": ","}, "12345678.9"),
        ("1.619", {"decimal": ",", "thousands": "."}, "1619"),
    ],
)
def test_signs_and_groups_are_read_as_they_are_written(text: str, rule: dict[str, Any], number: str) -> None:
    assert value(text, **rule) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0.619", {"decimal": ",", "thousands": "."}),
        ("-0.619", {"decimal": ",", "thousands": "."}),
        ("01.619", {"decimal": ",", "thousands": "."}),
        ("0,619", {"thousands": ","}),
        ("(12.5)", {}),
        ("-12.5-", {}),
        ("(-12.5)", {"parentheses": "negative"}),
        ("(12.5", {"parentheses": "negative"}),
        ("1.23.45.678", {"decimal": ",", "thousands": "."}),
        ("1,23,45", {"thousands": ","}),
        ("-", {}),
    ],
)
def test_a_number_that_may_be_another_is_refused(text: str, rule: dict[str, Any]) -> None:
    assert problem({**RECORD, "v": text}, value={"field": "v", **rule}) == ("value", "value_unreadable")


@pytest.mark.parametrize(
    ("text", "rule", "number"),
    [
        ("1234", {"factor": "0.001"}, "1.234"),
        ("3.6", {"factor": "1/3.6"}, "1"),
        ("12", {"mean_power_over": "PT5M"}, "1"),
        ("7", {"mean_power_over": "PT5M"}, "0.583333"),
        ("1", {"mean_power_over": "PT10M"}, "0.166667"),
        ("1", {"mean_power_over": "PT20M"}, "0.333333"),
        ("1", {"mean_power_over": "PT5M", "factor": "3.6"}, "0.3"),
        ("0.000001", {"factor": "1.5"}, "0.000002"),
        ("0.000001", {"factor": "2.5"}, "0.000002"),
        ("744664389.330498", {"factor": "1/12"}, "62055365.777542"),
        ("138515714.1375", {"factor": "0.001"}, "138515.714138"),
        ("-7", {"factor": "1/12"}, "-0.583333"),
        ("1e999999999", {"factor": "1/12"}, "1e999999999"),
    ],
)
def test_a_factor_and_a_mean_power_are_exact_and_rounded_once(text: str, rule: dict[str, Any], number: str) -> None:
    assert value(text, **rule) == number


def test_a_factor_acts_on_numbers_of_json_and_of_cells_too() -> None:
    assert scaled("1.5e3", Fraction(1, 12)) == "125"
    assert scaled("9" * 61, Fraction(1, 12)) == "9" * 61
    with pytest.raises(NumberUnreadable, match=r"thousands mark '\.'"):
        number_from_text("0.5", ValueRule(decimal=",", thousands="."))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2021-03-01T00:15+01", "2021-03-01T00:15:00+01:00"),
        ("2021-03-01 00:15:00+0100", "2021-03-01T00:15:00+01:00"),
        ("2021-03-01 00:15:00 +01:00", "2021-03-01T00:15:00+01:00"),
        ("2021-03-01 00:15:00 UTC", "2021-03-01T00:15:00Z"),
        ("2021-03-01 00:15 GMT", "2021-03-01T00:15:00Z"),
        ("2021-03-01T00:15:00,250z", "2021-03-01T00:15:00.250Z"),
        ("2021-03-01T00:15:00", "2021-03-01T00:15:00"),
        ("2021-03-01T00:15:00.123456Z", "2021-03-01T00:15:00.123456Z"),
        ("1.3.2021 00:15 UTC", "1.3.2021 00:15 UTC"),
    ],
)
def test_an_instant_with_its_offset_is_read_however_loosely_it_is_written(text: str, instant: str) -> None:
    assert rfc3339_from_loose(text, truncate=False) == instant


def test_microseconds_are_cut_where_the_mapping_says_so_and_for_numbers_too() -> None:
    stamp = {"field": "at", "finer": "truncate"}
    for text, rule, instant in (
        ("2021-03-01T00:15:00.123456Z", stamp, "2021-03-01T00:15:00.123Z"),
        ("1614528900.250999", {**stamp, "format": "epoch_s"}, "2021-02-28T16:15:00.250+00:00"),
        ("1614528900250999", {**stamp, "format": "epoch_us"}, "2021-02-28T16:15:00.250+00:00"),
        ("1614528900250000000", {**stamp, "format": "epoch_ns", "finer": "reject"}, "2021-02-28T16:15:00.250+00:00"),
    ):
        found = mapped({**RECORD, "at": text}, timestamp=rule)
        assert found is not None
        assert found.timestamp == instant
    refused = {"timestamp": {"field": "at", "format": "epoch_us"}}
    assert problem({**RECORD, "at": "1614528900250999"}, **refused) == ("timestamp", "timestamp_too_fine")


@pytest.mark.parametrize(
    ("text", "from_1904", "local"),
    [
        ("43101", False, "2018-01-01 00:00:00"),
        ("43101.010416666664", False, "2018-01-01 00:15:00"),
        ("43101.01042", False, "2018-01-01 00:15:00"),
        ("43101.0104166", False, "2018-01-01 00:15:00"),
        ("43101,5", False, "2018-01-01 12:00:00"),
        ("43101.000005787", False, "2018-01-01 00:00:00.500000"),
        ("41639", True, "2018-01-01 00:00:00"),
    ],
)
def test_a_day_number_of_a_spreadsheet_is_the_minute_its_digits_mean(text: str, from_1904: bool, local: str) -> None:
    assert str(local_from_serial(text, from_1904=from_1904)) == local


@pytest.mark.parametrize("text", ["60", "-43101", "1e5", "2018-01-01", "9999999"])
def test_what_is_no_day_number_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadable):
        local_from_serial(text, from_1904=False)


def test_a_day_number_is_of_the_stated_zone_and_a_whole_one_may_end_its_day() -> None:
    rule = {"field": "at", "format": "excel", "timezone": "Asia/Seoul"}
    found = [
        mapped({**RECORD, "at": "43101.25"}, timestamp=rule),
        mapped({**RECORD, "at": "43101"}, timestamp={**rule, "midnight": "ends_day"}),
        mapped({**RECORD, "at": "41639"}, timestamp={**rule, "format": "excel_1904"}),
    ]

    assert [None if isinstance(each, RowProblem | None) else each.timestamp for each in found] == [
        "2017-12-31T21:00:00.000+00:00",
        "2018-01-01T15:00:00.000+00:00",
        "2017-12-31T15:00:00.000+00:00",
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2026-04", "2026-04"),
        ("2026年4月", "2026-04"),
        ("Apr-26", "2026-04"),
        ("202604", "2026-04"),
        ("Q2 2026", "2026-Q2"),
        ("2026", "2026"),
    ],
)
def test_a_name_of_a_period_is_handed_on_in_one_form(text: str, named: str) -> None:
    found = mapped({**RECORD, "at": text}, timestamp={"field": "at", "format": "period"})
    assert isinstance(found, MappedRow)
    assert found.timestamp == named


def test_what_names_no_period_is_refused() -> None:
    period = {"timestamp": {"field": "at", "format": "period"}}
    for text in ("2026-13", "1 April 2026", "Summer 2026"):
        assert problem({**RECORD, "at": text}, **period) == ("timestamp", "timestamp_unreadable")


@pytest.mark.parametrize(
    ("name", "named"), [("Jan", "2026-01"), ("1月", "2026-01"), ("12", "2026-12"), ("Q4", "2026-Q4")]
)
def test_a_year_of_the_row_and_the_name_of_a_column_name_a_period(name: str, named: str) -> None:
    record = {"tag": "m1", "year": "2026", name: "5"}
    wide = {"names": "timestamps", "columns": [name]}
    found = mapped(record, timestamp={"field": "year", "format": "period"}, wide=wide, value={})
    assert isinstance(found, MappedRow)
    assert (found.timestamp, found.value) == (named, "5")
