"""Bodies are read row by row: a bad row is its own problem, a bad body is named with its place."""

from collections.abc import Callable
from typing import Any

import pytest

from app.ingest.bodies.body import decode
from app.ingest.bodies.body_columns import MediaType, TextColumns, media_type
from app.ingest.problems import BodyInvalid, BodyUnreadable, MediaTypeUnsupported, RowCode

AT = '"timestamp": "2021-01-01T00:00:00Z"'
GOOD = f'{{"meter": "m", {AT}, "value": 1}}'
JSON_ROWS = [
    ('{"meter": "m"', None),
    (f'{{{AT}, "value": 1}}', ("meter", RowCode.MISSING_FIELD)),
    ('{"meter": "m", "value": 1}', ("timestamp", RowCode.MISSING_FIELD)),
    (f'{{"meter": "m", {AT}}}', ("value", RowCode.MISSING_FIELD)),
    (f'{{"meter": "m", {AT}, "value": 1, "unit": "kWh"}}', ("unit", RowCode.UNKNOWN_FIELD)),
    (f'{{"meter": 7, {AT}, "value": 1}}', ("meter", RowCode.WRONG_TYPE)),
    ('{"meter": "m", "timestamp": 1609459200, "value": 1}', ("timestamp", RowCode.WRONG_TYPE)),
    (f'{{"meter": "m", {AT}, "value": 1, "quality": 2}}', ("quality", RowCode.WRONG_TYPE)),
    (f'{{"meter": "m", {AT}, "value": 1, "start": false}}', ("start", RowCode.WRONG_TYPE)),
    (f'{{"meter": "m", {AT}, "value": "1 kWh"}}', ("value", RowCode.VALUE_UNREADABLE)),
    (f'{{"meter": "m", {AT}, "value": " 1"}}', ("value", RowCode.VALUE_UNREADABLE)),
    (f'{{"meter": "m", {AT}, "value": ""}}', ("value", RowCode.VALUE_UNREADABLE)),
    (f'{{"meter": "m", {AT}, "value": ["1"]}}', ("value", RowCode.VALUE_UNREADABLE)),
    (f'{{"meter": "m", {AT}, "value": "1e999"}}', ("value", RowCode.VALUE_OUT_OF_RANGE)),
    (f'{{"meter": "m", {AT}, "value": "1", "value": "2"}}', ("value", RowCode.REPEATED_FIELD)),
    (f'{{"meter": "m", {AT}, "value": 1, "value": "2"}}', ("value", RowCode.REPEATED_FIELD)),
    (f'{{"meter": "m", {AT}, "value": null}}', ("value", RowCode.VALUE_UNREADABLE)),
    (f'{{"meter": "m", {AT}, "value": NaN}}', ("value", RowCode.VALUE_UNREADABLE)),
    (f'{{"meter": "m", {AT}, "value": 1e99}}', ("value", RowCode.VALUE_OUT_OF_RANGE)),
    (f'{{"meter": "m", {AT}, "value": 1e999, "quality": null}}', ("value", RowCode.VALUE_OUT_OF_RANGE)),
    (f'{{"meter": "m", {AT}, "value": 1, "value": 2}}', ("value", RowCode.REPEATED_FIELD)),
    (f'{{"meter": "m", {AT}, "value": 1, "v\\u0061lue": 2}}', ("value", RowCode.REPEATED_FIELD)),
    (f'{{"meter": "m", "meter": "m", {AT}, "value": 1}}', ("meter", RowCode.REPEATED_FIELD)),
    (f'{{"meter": "m", {AT}, "value": 1, "quality": null, "quality": null}}', ("quality", RowCode.REPEATED_FIELD)),
    (f'{{"meter": "m", {AT}, {AT}, "value": 1e999}}', ("timestamp", RowCode.REPEATED_FIELD)),
    (f'{{"meter": "m", {AT}, "start": "s", "value": NaN, "start": "s"}}', ("start", RowCode.REPEATED_FIELD)),
    ("[1, 2]", (None, RowCode.UNREADABLE_ROW)),
    ("7", (None, RowCode.UNREADABLE_ROW)),
    ("null", (None, RowCode.UNREADABLE_ROW)),
]


def _json(rows: list[str]) -> bytes:
    return ('{"readings": [' + ", ".join(rows) + "]}").encode()


def _problems(columns: TextColumns) -> list[tuple[int, str | None, RowCode]]:
    return [(problem.index, problem.field, problem.code) for problem in columns.problems]


@pytest.mark.parametrize(("row", "problem"), [case for case in JSON_ROWS if case[1]])
@pytest.mark.parametrize(
    ("media", "write"),
    [(MediaType.JSON, _json), (MediaType.NDJSON, lambda rows: "\n".join(rows).encode())],
    ids=["json", "ndjson"],
)
def test_a_bad_row_is_named_with_its_field_and_the_others_are_read(
    media: MediaType, write: Callable[[list[str]], bytes], row: str, problem: tuple[Any, RowCode]
) -> None:
    columns = decode(write([GOOD, row, GOOD]), media)
    assert columns.received == 3
    assert columns.row.tolist() == [0, 2]
    assert columns.value.tolist() == [1_000_000, 1_000_000]
    assert _problems(columns) == [(1, *problem)]


@pytest.mark.parametrize(
    "line",
    [
        '{"meter": "m"',
        "not json",
        "{}{}",
        GOOD + GOOD,
        GOOD + " 5",
        '{"meter": "\\ud800", "timestamp": "x", "value": 1}',
        "\x00",
    ],
)
def test_a_line_that_is_no_object_is_that_rows_problem_alone(line: str) -> None:
    columns = decode(f"{GOOD}\n{line}\n{GOOD}\n".encode(), MediaType.NDJSON)
    assert columns.received == 3
    assert columns.row.tolist() == [0, 2]
    assert [problem.index for problem in columns.problems] == [1]
    assert columns.problems[0].code in (RowCode.UNREADABLE_ROW, RowCode.MISSING_FIELD)


def test_two_objects_on_a_line_and_one_on_two_lines_do_not_pass_for_three_rows() -> None:
    first, second = GOOD.split(", ", 1)
    columns = decode(f"{GOOD} {GOOD}\n{first},\n{second}\n".encode(), MediaType.NDJSON)
    assert columns.received == 3
    assert [problem.code for problem in columns.problems] == [RowCode.UNREADABLE_ROW] * 3


def test_blank_lines_and_carriage_returns_are_no_rows() -> None:
    columns = decode(f"\r\n{GOOD}\r\n\r\n  \n{GOOD}".encode(), MediaType.NDJSON)
    assert columns.received == 2
    assert columns.row.tolist() == [0, 1]
    assert columns.problems == []


def test_what_can_be_read_of_a_bad_row_is_echoed() -> None:
    columns = decode(_json([f'{{"meter": "m", {AT}, "value": "x"}}']), MediaType.JSON)
    problem = columns.problems[0]
    assert (problem.meter, problem.timestamp) == ("m", "2021-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty_body"),
        (" \n ", "empty_body"),
        ("{", "malformed_json"),
        ('{"readings": [', "malformed_json"),
        ('{"readings": [' + "[" * 100_000, "malformed_json"),
        ('{"readings": [{"meter": "\\ud800", "timestamp": "2021-01-01T00:00:00Z", "value": 1}]}', "malformed_json"),
        ('{"readings": [{"meter": "m", "x": "\\udfff", "value": NaN}]}', "malformed_json"),
        (f'{{"readings": [{GOOD}], "readings": [{GOOD}]}}', "malformed_json"),
        (f'{{"readings": [{GOOD}], "re\\u0061dings": [{GOOD}]}}', "malformed_json"),
        (f'{{"readings": [], "readings": [{GOOD}, 7]}}', "malformed_json"),
    ],
)
def test_a_body_that_is_not_json_cannot_be_read(body: str, code: str) -> None:
    with pytest.raises(BodyUnreadable) as raised:
        decode(body.encode(), MediaType.JSON)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"readings": []}', "no_readings"),
        ("{}", "not_a_batch"),
        ("[]", "not_a_batch"),
        ("5", "not_a_batch"),
        ('{"readings": {}}', "not_a_batch"),
        (f'{{"readings": [{GOOD}], "more": 1}}', "not_a_batch"),
    ],
)
def test_json_that_is_no_batch_is_invalid(body: str, code: str) -> None:
    with pytest.raises(BodyInvalid) as raised:
        decode(body.encode(), MediaType.JSON)
    assert raised.value.code == code


@pytest.mark.parametrize("count", [1, 100])
def test_a_field_given_twice_in_every_row_is_noticed_in_a_body_of_any_size(count: int) -> None:
    twice = f'{{"meter": "m", {AT}, "value": 1, "value": 2}}'
    for content, media in (
        (_json([twice] * count), MediaType.JSON),
        ("\n".join([twice] * count).encode(), MediaType.NDJSON),
    ):
        columns = decode(content, media)
        assert [problem.code for problem in columns.problems] == [RowCode.REPEATED_FIELD] * count
        assert len(columns.value) == 0


@pytest.mark.parametrize("text", ["\\u006d", 'm\\"', "m"])
@pytest.mark.parametrize(
    "optional", ["", ', "quality": null', ', "start": "s", "quality": "manual"', ', "start": null']
)
def test_escapes_and_optional_fields_are_not_taken_for_names_given_twice(text: str, optional: str) -> None:
    row = f'{{"meter": "{text}", {AT}, "value": 1{optional}}}'
    for content, media in ((_json([row, row]), MediaType.JSON), (f"{row}\n{row}".encode(), MediaType.NDJSON)):
        columns = decode(content, media)
        assert columns.problems == []
        assert columns.value.tolist() == [1_000_000, 1_000_000]


@pytest.mark.parametrize("media", [MediaType.JSON, MediaType.NDJSON, MediaType.CSV])
def test_a_byte_order_mark_is_no_part_of_a_body(media: MediaType) -> None:
    csv = "meter,timestamp,value\nm,t,1\n"
    content = {MediaType.JSON: _json([GOOD]), MediaType.NDJSON: GOOD.encode(), MediaType.CSV: csv.encode()}[media]
    assert decode(b"\xef\xbb\xbf" + content, media).value.tolist() == [1_000_000]


def test_constants_that_json_does_not_have_spoil_their_row_alone() -> None:
    rows = [GOOD, f'{{"meter": "m", {AT}, "value": -Infinity}}', f'{{"meter": "m", {AT}, "value": {10**40}}}', GOOD]
    columns = decode(_json(rows), MediaType.JSON)
    assert columns.row.tolist() == [0, 3]
    assert sorted(_problems(columns), key=lambda each: each[0]) == [
        (1, "value", RowCode.VALUE_UNREADABLE),
        (2, "value", RowCode.VALUE_OUT_OF_RANGE),
    ]


def test_the_columns_of_csv_come_in_any_order_and_empty_optional_fields_are_none() -> None:
    text = "value,start,meter,timestamp,quality\n1.5,,m,2021-01-01T00:00:00Z,\n2,s,n,t,manual\n"
    columns = decode(b"\xef\xbb\xbf" + text.encode(), MediaType.CSV)
    assert columns.value.tolist() == [1_500_000, 2_000_000]
    assert list(columns.meter) == ["m", "n"]
    assert list(columns.timestamp) == ["2021-01-01T00:00:00Z", "t"]
    assert list(columns.quality) == [None, "manual"]
    assert list(columns.start) == [None, "s"]


def test_a_csv_line_of_another_width_is_that_rows_problem_alone() -> None:
    columns = decode(b"meter,timestamp,value\nm,t,1\nm,t\n\nm,t,2,x\nm,t,3\n", MediaType.CSV)
    assert columns.received == 4
    assert columns.row.tolist() == [0, 3]
    assert columns.value.tolist() == [1_000_000, 3_000_000]
    assert _problems(columns) == [(1, None, RowCode.UNREADABLE_ROW), (2, None, RowCode.UNREADABLE_ROW)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("meter,value\nm,1\n", "missing_column"),
        ("meter;timestamp;value\nm;t;1\n", "missing_column"),
        ("meter,timestamp,value,unit\nm,t,1,kWh\n", "unknown_column"),
        ("meter,timestamp,value,value\nm,t,1,1\n", "repeated_column"),
        ("meter,timestamp,value\n", "no_readings"),
    ],
)
def test_a_csv_header_that_does_not_name_readings_is_invalid(text: str, code: str) -> None:
    with pytest.raises(BodyInvalid) as raised:
        decode(text.encode(), MediaType.CSV)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'meter,timestamp,value\nm,"t,1\n', "malformed_csv"),
        (b'meter,timestamp,value\n"' + b"m" * 200_000 + b'",t,1\n', "malformed_csv"),
        (b"meter,timestamp,value\n\xff,t,1\n", "not_utf8"),
    ],
)
def test_csv_that_cannot_be_read_says_why(body: bytes, code: str) -> None:
    with pytest.raises(BodyUnreadable) as raised:
        decode(body, MediaType.CSV)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("header", "media"),
    [
        ("application/json", MediaType.JSON),
        ("Application/JSON; charset=utf-8", MediaType.JSON),
        (" application/x-ndjson", MediaType.NDJSON),
        ("text/csv;header=present", MediaType.CSV),
    ],
)
def test_a_content_type_names_a_format_whatever_its_parameters(header: str, media: MediaType) -> None:
    assert media_type(header) is media


@pytest.mark.parametrize("header", [None, "", "text/plain", "application/jsonx", "multipart/form-data; boundary=x"])
def test_any_other_content_type_is_refused(header: str | None) -> None:
    with pytest.raises(MediaTypeUnsupported):
        media_type(header)
