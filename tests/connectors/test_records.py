"""Sources of each format are divided into the same records, and say where they cannot be read."""

import io
from typing import Any

import pytest

from app.ingest.problems import RowCode
from app.ingest.sources.records import Record, SourceFormat, SourceShape, SourceUnreadable, read_records


def read(body: bytes, shape: SourceShape, needed: tuple[str, ...] = ()) -> list[Record]:
    return list(read_records(io.BytesIO(body), shape, needed))


def fields(body: bytes, shape: SourceShape) -> list[Any]:
    return [record.fields for record in read(body, shape)]


EXPECTED = [{"at": "1", "v": "12.50"}, {"at": "2", "v": "13"}]


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (b"at,v\n1,12.50\n2,13\n", SourceShape(SourceFormat.CSV)),
        (b"\xef\xbb\xbf at ,v\r\n1,12.50\r\n\r\n2,13", SourceShape(SourceFormat.CSV)),
        (b"Export of 1 March\n\nat;v\n1;12.50\n2;13\n", SourceShape(SourceFormat.CSV, delimiter=";", skip_lines=2)),
        (b"1,12.50\n2,13,and more\n", SourceShape(SourceFormat.CSV, columns=["at", "v"])),
        ("at\tv\n1\t12.50\n2\t13\n".encode("utf-16"), SourceShape(SourceFormat.CSV, "utf-16", "\t")),
        (b'{"at": 1, "v": 12.50}\n\n{"at": 2, "v": 13}', SourceShape(SourceFormat.NDJSON)),
        (b'[{"at": 1, "v": 12.50}, {"at": 2, "v": 13}]', SourceShape(SourceFormat.JSON)),
        (b'{"a": {"b": [{"at": 1, "v": 12.50}, {"at": 2, "v": 13}]}}', SourceShape(SourceFormat.JSON, records="a.b")),
    ],
)
def test_every_format_gives_the_same_records(body: bytes, shape: SourceShape) -> None:
    assert fields(body, shape) == EXPECTED


def test_a_record_that_cannot_be_read_is_its_own_problem() -> None:
    csv = read(b"at,v\n1\n2,13\n3,14,15\n", SourceShape(SourceFormat.CSV))
    lines = read(b'{"at": 1}\n{"at"\n7\n', SourceShape(SourceFormat.NDJSON))

    assert [(each.number, each.problem) for each in csv] == [
        (1, "1 fields where the header has 2"),
        (2, None),
        (3, "3 fields where the header has 2"),
    ]
    assert [(each.number, each.problem is None) for each in lines] == [(1, True), (2, False), (3, False)]


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"v": 1}\n{"v": 1, "v": 2}\n{"a": {"v": 1, "v": 1}}\n{"v": 2}\n', SourceFormat.NDJSON),
        (b'[{"v": 1}, {"v": 1, "v": 2}, {"a": {"v": 1, "v": 1}}, {"v": 2}]', SourceFormat.JSON),
    ],
)
def test_a_record_that_gives_a_name_twice_is_its_own_problem(body: bytes, form: SourceFormat) -> None:
    records = read(body, SourceShape(form))
    assert [each.problem is None for each in records] == [True, False, False, True]
    assert {each.code for each in records if each.problem} == {RowCode.REPEATED_FIELD}


@pytest.mark.parametrize(
    ("body", "shape", "code"),
    [
        (b"", SourceShape(SourceFormat.CSV), "missing_column"),
        (b"at,w\n1,2\n", SourceShape(SourceFormat.CSV), "missing_column"),
        (b"at,v,v\n1,2,3\n", SourceShape(SourceFormat.CSV), "repeated_column"),
        (b'at,v\n1,"2"3\n', SourceShape(SourceFormat.CSV), "malformed_csv"),
        (b"at,v\n\xff,1\n", SourceShape(SourceFormat.CSV), "wrong_encoding"),
        (b"{", SourceShape(SourceFormat.JSON), "malformed_json"),
        (b"[" * 100_000, SourceShape(SourceFormat.JSON), "malformed_json"),
        (b'{"items": [{"v": 1}], "items": []}', SourceShape(SourceFormat.JSON, records="items"), "malformed_json"),
        (b'{"a": {"b": [], "b": []}}', SourceShape(SourceFormat.JSON, records="a.b"), "malformed_json"),
        (b'{"items": [], "page": {"n": 1, "n": 2}}', SourceShape(SourceFormat.JSON, records="items"), "malformed_json"),
        (b'{"items": []}', SourceShape(SourceFormat.JSON), "not_a_list"),
        (b'{"items": 7}', SourceShape(SourceFormat.JSON, records="items"), "not_a_list"),
        (b"[]", SourceShape(SourceFormat.JSON, records="items"), "not_a_list"),
    ],
)
def test_a_source_that_cannot_be_read_says_so_by_code(body: bytes, shape: SourceShape, code: str) -> None:
    with pytest.raises(SourceUnreadable) as unreadable:
        read(body, shape, ("at", "v"))
    assert unreadable.value.code == code
