"""Rows written alike are cut by vector operations, and say exactly what the parser of their format would."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest.bodies.alike import FEWEST_BYTES
from app.ingest.bodies.body_columns import TextColumns
from app.ingest.bodies.coded import CodedTexts
from app.ingest.bodies.csv_pattern import alike_csv
from app.ingest.bodies.csv_rows import parsed_csv
from app.ingest.bodies.json_pattern import alike_json, alike_ndjson
from app.ingest.bodies.json_rows import parsed_json, parsed_ndjson
from app.ingest.problems import BodyInvalid, BodyUnreadable

Row = tuple[str, str, str]
CODES = ["m1", "m0001", "m0002", "PLANT-1.line_2", "x" * 64, "long" * 20, ""]
TIMES = ["2024-01-01T00:15:00+08:00", "2024-01-01T00:30:00+08:00", "2024-01-01T00:30:00.5Z", "yesterday"]
PLAIN_NUMBERS = ["0", "-0.0", "1", "12.5", "99.999", "-7.25", "4294967296", "-4294967295.999999", "0.000001"]
ODD_NUMBERS = [
    "1e-3",
    "0.0000005",
    "98765432.1234565",
    "007",
    ".5",
    "5.",
    "+5",
    "4294967296.000001",
    "18446744073710",
    "-9999999999999",
    "-18446744073709.6",
    "1.2.3",
    "-",
    "",
    " 1",
    "1\t",
    "null",
]


@dataclass(frozen=True)
class Format:
    """How a body is written, and the two ways of reading it."""

    write: Callable[[list[Row]], bytes]
    alike: Callable[[bytes], TextColumns | None]
    parsed: Callable[[bytes], TextColumns]


def _object(row: Row) -> str:
    return f'{{"meter": "{row[0]}", "timestamp": "{row[1]}", "value": {row[2]}}}'


def _reordered(row: Row) -> str:
    return f'{{ "value":{row[2]} ,"quality":"manual","timestamp":"{row[1]}",\t"meter":"{row[0]}" }}'


def _json(rows: list[Row]) -> bytes:
    return ('{"readings": [' + ", ".join(map(_object, rows)) + "]}").encode()


def _pretty(rows: list[Row]) -> bytes:
    return ('\n{ "readings" : [\n  ' + ",\n  ".join(map(_reordered, rows)) + "\n]}\n").encode()


def _in_string(row: Row) -> str:
    return f'{{"meter":"{row[0]}","timestamp":"{row[1]}","value":"{row[2]}"}}'


def _json_strings(rows: list[Row]) -> bytes:
    return ('{"readings":[' + ",".join(map(_in_string, rows)) + "]}").encode()


def _string_lines(rows: list[Row]) -> bytes:
    return "\n".join(f'{{"value":"{row[2]}","meter":"{row[0]}","timestamp":"{row[1]}"}}' for row in rows).encode()


def _lines(rows: list[Row]) -> bytes:
    return "\n".join(map(_object, rows)).encode()


def _other_lines(rows: list[Row]) -> bytes:
    return ("\r\n".join(map(_reordered, rows)) + "\r\n").encode()


def _csv(rows: list[Row]) -> bytes:
    return ("meter,timestamp,value\n" + "\n".join(map(",".join, rows)) + "\n").encode()


def _wide_csv(rows: list[Row]) -> bytes:
    lines = (f"{value},,{meter},{'manual' if at % 2 else ''},{time}" for at, (meter, time, value) in enumerate(rows))
    return ("\ufeffvalue, start ,meter,quality,timestamp\r\n" + "\r\n".join(lines)).encode()


FORMATS = {
    "json": Format(_json, alike_json, parsed_json),
    "pretty json": Format(_pretty, alike_json, parsed_json),
    "numbers in strings": Format(_json_strings, alike_json, parsed_json),
    "lines of strings": Format(_string_lines, alike_ndjson, parsed_ndjson),
    "ndjson": Format(_lines, alike_ndjson, parsed_ndjson),
    "other ndjson": Format(_other_lines, alike_ndjson, parsed_ndjson),
    "csv": Format(_csv, alike_csv, parsed_csv),
    "wide csv": Format(_wide_csv, alike_csv, parsed_csv),
}
form = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS.keys())


def _said(columns: TextColumns) -> list[Any]:
    texts = (columns.meter, columns.timestamp, columns.quality, columns.start)
    numbers = (columns.row.tolist(), columns.value.tolist())
    return [columns.received, *map(list, texts), *numbers, columns.problems]


def _many(rows: list[Row]) -> list[Row]:
    """Return the rows again and again, until every format's body is large enough to be cut."""
    return rows * (FEWEST_BYTES // (12 * len(rows)) + 1)


def _rows(numbers: list[str]) -> st.SearchStrategy[list[Row]]:
    row = st.tuples(st.sampled_from(CODES[:-1]), st.sampled_from(TIMES), st.sampled_from(numbers))
    return st.lists(row, min_size=1, max_size=6)


@form
@given(rows=_rows(PLAIN_NUMBERS))
def test_plain_rows_are_cut_and_say_what_the_parser_says(form: Format, rows: list[Row]) -> None:
    body = form.write(_many(rows))
    cut = form.alike(body)
    assert cut is not None
    assert _said(cut) == _said(form.parsed(body))


@form
@pytest.mark.parametrize("number", ["4294967297", "18446744073710", "-9999999999999", "18446744073709.6"])
def test_a_number_beyond_what_a_reading_can_be_is_left_to_the_parser(form: Format, number: str) -> None:
    assert form.alike(form.write(_many([("m1", TIMES[0], "1"), ("m1", TIMES[1], number)]))) is None


@form
@given(rows=_rows(PLAIN_NUMBERS + ODD_NUMBERS))
def test_numbers_of_any_kind_are_read_as_the_parser_reads_them_or_left_to_it(form: Format, rows: list[Row]) -> None:
    body = form.write(_many(rows))
    cut = form.alike(body)
    assert cut is None or _said(cut) == _said(form.parsed(body))


@form
@given(
    rows=_rows(PLAIN_NUMBERS),
    where=st.floats(0, 1, exclude_max=True),
    length=st.integers(0, 12),
    other=st.one_of(
        st.binary(max_size=4), st.sampled_from([b'"', b"\\", b"{", b"}", b"\n", b",", b"},{", b"\0", b" "])
    ),
)
def test_a_body_damaged_anywhere_is_left_to_the_parser_or_means_the_same(
    form: Format, rows: list[Row], where: float, length: int, other: bytes
) -> None:
    body = form.write(_many(rows))
    at = int(where * len(body))
    body = body[:at] + other + body[at + length :]
    cut = form.alike(body)
    if cut is not None:
        assert _said(cut) == _said(form.parsed(body))


@form
@pytest.mark.parametrize("number", ["1.00000049999999999", "98765432.1234565", "12345678.00000149999999999", "1e-7"])
def test_digits_that_a_double_cannot_carry_are_exact_in_cut_rows_too(form: Format, number: str) -> None:
    body = form.write(_many([("m", TIMES[0], number)]))
    cut = form.alike(body)
    assert cut is not None
    assert set(cut.value.tolist()) == {_exact(number)}


def _exact(number: str) -> int:
    return {
        "1.00000049999999999": 1_000_000,
        "98765432.1234565": 98_765_432_123_456,
        "12345678.00000149999999999": 12_345_678_000_001,
        "1e-7": 0,
    }[number]


@form
def test_every_format_gives_the_same_integers(form: Format) -> None:
    cut = form.alike(form.write(_many([("m", TIMES[0], number) for number in PLAIN_NUMBERS])))
    assert cut is not None
    expected = [0, 0, 1_000_000, 12_500_000, 99_999_000, -7_250_000, 2**32 * 10**6, -(2**32 * 10**6) + 1, 1]
    assert cut.value[:9].tolist() == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"readings":[' + b'{"meter":"m","timestamp":"t","value":1},' * 500 + b"]}",
        b'{"readings":[' + b'{"meter":"m","value":1},' * 500 + b'{"meter":"m","value":1}]}',
        b'{"readings":[' + b'{"meter":"m","timestamp":"t","value":1}' * 500 + b"]}",
        b'{"readings":[' + b",".join([b'{"meter":"m","timestamp":"t","value":1}'] * 500) + b"]}}",
        b'{"readings":[' + b",".join([b'{"meter":"m","meter":"n","timestamp":"t","value":1}'] * 500) + b"]}",
        b'{"readings":[{"meter":"m","timestamp":"t","value":1' + b" " * 9_000 + b"}]}",
        b'{"readings":[{"meter":"' + b"m" * 9_000 + b'","timestamp":"t","value":1},{}]}',
        b'{"readings":[' + b"{" * 9_000,
        b"{" * 9_000,
        b"\0" * 9_000,
        bytes(range(256)) * 40,
    ],
)
def test_what_is_no_plain_batch_is_left_to_the_parser(body: bytes) -> None:
    assert alike_json(body) is None
    assert alike_ndjson(body) is None
    assert alike_csv(body) is None
    with pytest.raises((BodyInvalid, BodyUnreadable)):
        parsed_csv(body)


def test_many_meters_are_kept_once_each() -> None:
    rows = [(f"m{number:04d}", TIMES[slot % 2], "1") for slot in range(10) for number in range(100)]
    cut = alike_csv(_csv(rows))
    assert cut is not None
    assert isinstance(cut.meter, CodedTexts)
    assert sorted(cut.meter.texts) == [f"m{number:04d}" for number in range(100)]
    assert list(cut.meter) == [row[0] for row in rows]
    assert cut.meter[150] == "m0050"
    assert cut.meter[99:101] == ["m0099", "m0000"]


@given(st.lists(st.text("abcXYZ019-._", min_size=1, max_size=64), min_size=2, max_size=30))
def test_codes_of_any_width_keep_their_places(codes: list[str]) -> None:
    rows = _many([(code, TIMES[0], "1") for code in codes])
    cut = alike_ndjson(_lines(rows))
    assert cut is not None
    assert list(cut.meter) == [row[0] for row in rows]
