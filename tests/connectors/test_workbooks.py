"""Workbooks are read as tables: dates and numbers as their cells hold them, formulas as what they came to."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.protection import WorkbookProtection

from app.ingest.sources.records import Record, SourceFormat, SourceShape, SourceUnreadable, read_records
from tests.connectors.conftest import on_sqlite_alone
from tests.connectors.test_import import folder, readings, run, said

__all__ = ["folder"]

NOON = datetime(2021, 3, 1, 12, 15, tzinfo=UTC).replace(tzinfo=None)
XLSX = SourceShape(SourceFormat.XLSX)


def book(*rows: Sequence[Any], change: Callable[[Any], None] | None = None) -> bytes:
    """Return a workbook of one sheet as a spreadsheet program leaves it: nothing is to be computed on opening."""
    workbook = openpyxl.Workbook()
    workbook.calculation.fullCalcOnLoad = False
    for row in rows:
        workbook.active.append(row)
    if change is not None:
        change(workbook)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def read(body: bytes, shape: SourceShape = XLSX, needed: Sequence[str] = ()) -> list[Record]:
    return list(read_records(io.BytesIO(body), shape, needed))


def fields(body: bytes, shape: SourceShape = XLSX) -> list[list[str]]:
    return [list(record.fields.values()) for record in read(body, shape)]


def with_part(body: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """Return a workbook with one of its parts changed."""
    source, result = zipfile.ZipFile(io.BytesIO(body)), io.BytesIO()
    with zipfile.ZipFile(result, "w") as target:
        for part in source.namelist():
            text = source.read(part)
            target.writestr(part, change(text.decode()).encode() if part == name else text)
    return result.getvalue()


def test_cells_are_texts_of_what_they_hold() -> None:
    row = [NOON, date(2021, 3, 1), time(0, 15), timedelta(hours=24), 1234.5, 7, 0.000001, " a ", True, None, "#N/A"]
    assert fields(book(list("abcdefghijk"), row)) == [
        ["2021-03-01 12:15:00", "2021-03-01", "00:15:00", "24:00:00", "1234.5", "7", "1e-06", " a ", "TRUE", "", "#N/A"]
    ]


def test_rows_with_nothing_in_them_are_no_records_and_those_before_the_header_are_passed_over() -> None:
    body = book(["Export"], [], ["at", "v"], [], ["1", 2], [None, None], ["3"])
    shape = SourceShape(SourceFormat.XLSX, skip_lines=2)
    assert [(record.number, list(record.fields.values())) for record in read(body, shape)] == [
        (1, ["1", "2"]),
        (2, ["3", ""]),
    ]


@pytest.mark.parametrize(("epoch", "day"), [(None, "2018-01-01 06:00:00"), (CALENDAR_MAC_1904, "2022-01-02 06:00:00")])
def test_a_number_in_the_column_of_dates_is_one_by_the_workbooks_date_system(epoch: Any, day: str) -> None:
    def change(workbook: Any) -> None:
        workbook.epoch = epoch or workbook.epoch

    body = book(["at", "v"], [NOON, 1], [43101.25, 43101.25], [20180101, 2], change=change)
    assert fields(body, SourceShape(SourceFormat.XLSX, dates=["at"])) == [
        ["2021-03-01 12:15:00", "1"],
        [day, "43101.25"],
        ["20180101", "2"],
    ]


def test_a_header_of_two_lines_has_the_text_of_merged_cells_for_each_of_their_columns() -> None:
    def change(workbook: Any) -> None:
        workbook.active.merge_cells("B1:C1")
        workbook.active.merge_cells("A1:A2")

    body = book(["at", "Hall 1", None, "Hall 2"], [None, "kWh", "m3", "kWh"], [1, 2, 3, 4], change=change)
    (record,) = read(body, SourceShape(SourceFormat.XLSX, header_lines=2))
    assert record.fields == {"at": "1", "Hall 1 kWh": "2", "Hall 1 m3": "3", "Hall 2 kWh": "4"}


def test_sheets_are_found_by_name_by_place_and_else_the_first_that_is_shown() -> None:
    def change(workbook: Any) -> None:
        workbook.active.sheet_state = "hidden"
        for title in ("Shown", "1"):
            workbook.create_sheet(title).append(["v"])
            workbook[title].append([title])

    body = book(["v"], ["hidden"], change=change)
    found = {name: fields(body, SourceShape(SourceFormat.XLSX, sheet=name)) for name in (None, "Sheet", "2", "1")}
    with pytest.raises(SourceUnreadable) as missing:
        read(body, SourceShape(SourceFormat.XLSX, sheet="4"))

    assert found == {None: [["Shown"]], "Sheet": [["hidden"]], "2": [["Shown"]], "1": [["1"]]}
    assert (missing.value.code, missing.value.detail) == (
        "missing_sheet",
        "the workbook has no sheet '4'; there are 'Sheet', 'Shown', '1'",
    )


def test_a_formula_is_what_it_came_to_and_one_that_nobody_computed_shows_itself() -> None:
    body = book(["at", "v", "w"], ["a", "=1+1", None], ["b", None, "x"], ["c", '=""', "=B2"])
    sheet = "xl/worksheets/sheet1.xml"
    computed = with_part(body, sheet, lambda text: re.sub(r"<f>1\+1</f><v ?(/>|></v>)", "<f>1+1</f><v>2</v>", text))
    computed = with_part(
        computed, sheet, lambda text: text.replace('<c r="B4"><f>""</f>', '<c r="B4" t="str"><f>""</f>')
    )

    assert fields(body) == [["a", "=1+1", ""], ["b", "", "x"], ["c", '=""', "=B2"]]
    assert fields(computed) == [["a", "2", ""], ["b", "", "x"], ["c", "", "=B2"]]


def test_formulas_of_a_program_that_leaves_computing_to_the_reader_are_not_taken_for_0() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["at", "v"])
        sheet.write_row(1, 0, ["a", 5])
        sheet.write_formula(2, 1, "=B2*2")

    assert fields(stream.getvalue()) == [["a", "5"], ["", "=B2*2"]]


def test_a_sheet_that_says_it_is_smaller_than_it_is_is_read_whole() -> None:
    body = with_part(
        book(["at", "v"], ["a", 1], ["b", 2]),
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace('ref="A1:B3"', 'ref="A1"'),
    )
    assert fields(body) == [["a", "1"], ["b", "2"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_a_workbook"),
        (b"at,v\n1,2\n", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_a_workbook"),
        (b"PK\x03\x04" + b"\0" * 600, "malformed_workbook"),
        (book(["at"])[:-100], "malformed_workbook"),
        (with_part(book(["at"]), "xl/worksheets/sheet1.xml", lambda text: text[:-30]), "malformed_workbook"),
        (with_part(book(["at"]), "xl/workbook.xml", lambda _: "<x/>"), "malformed_workbook"),
        (book(["v"]), "missing_column"),
        (book(["at", "at"]), "repeated_column"),
    ],
)
def test_what_is_no_workbook_says_so_by_code(body: bytes, code: str) -> None:
    with pytest.raises(SourceUnreadable) as unreadable:
        read(body, XLSX, ["at"])
    assert unreadable.value.code == code


def test_a_workbook_whose_mapping_is_of_csv_is_read_and_of_json_is_refused() -> None:
    body = book(["at", "v"], ["a", 1.5])
    with pytest.raises(SourceUnreadable) as unreadable:
        read(body, SourceShape(SourceFormat.JSON))

    assert fields(body, SourceShape(SourceFormat.CSV, "cp1252", ";")) == [["a", "1.5"]]
    assert unreadable.value.code == "not_text"


def test_a_workbook_that_would_fill_the_memory_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in range(9):
            parts.writestr(f"{name}", b"\0" * 2**20)
    body = bytearray(bomb.getvalue())
    for at in _central_sizes(body):
        body[at : at + 4] = (2**28).to_bytes(4, "little")
    with pytest.raises(SourceUnreadable) as unreadable:
        read(bytes(body))
    assert unreadable.value.code == "workbook_too_large"


def _central_sizes(body: bytes | bytearray) -> list[int]:
    """Return where the directory of a ZIP file states the unpacked size of each part."""
    found, at = [], body.find(b"PK\x01\x02")
    while at >= 0:
        found.append(at + 24)
        at = body.find(b"PK\x01\x02", at + 4)
    return found


MAPPING = """\
format: xlsx
sheet: Meters
skip_lines: 1
meter: {codes: {Netz: grid, Dach: solar}}
timestamp: {field: Ende, format: local, order: DMY, timezone: Asia/Shanghai}
wide: {names: meters, first: Netz, last: Dach}
value: {decimal: ",", thousands: "."}
"""


def _export(workbook: Any) -> None:
    workbook.active.title = "Meters"
    workbook.security = WorkbookProtection(lockStructure=True)


def test_a_workbook_is_imported_and_its_report_saved_as_a_workbook_too(client: httpx.Client, folder: Path) -> None:
    later = NOON + timedelta(minutes=15)
    rows: list[list[Any]] = [["Export of March"], ["Ende", "Netz", "Dach"], [NOON, 1234.5, None], [later, "=B3*2", 0.1]]
    (folder / "export.xlsx").write_bytes(book(*rows, change=_export))
    (folder / "mapping.yaml").write_text(MAPPING, "utf-8")

    first = run(folder, "export.xlsx")
    report = (folder / "export.xlsx.rejected.csv").read_text("utf-8-sig").splitlines()
    mended = [line.replace('"0,1"', "0:1").split(",")[:3] for line in report]
    mended[1][1:] = ["2.469", "0,1"]
    (folder / "mended.xlsx").write_bytes(book([*mended[0], "rejected_record"], [*mended[1], 2]))
    second = run(folder, "mended.xlsx")

    assert (first.exit_code, first.stdout) == (1, "4 received, 2 inserted, 1 skipped, 1 rejected\n")
    assert report[1].startswith(
        "2021-03-01 12:30:00,=B3*2,\"0,1\",2,value,value_unreadable,\"column 'Netz': '=B3*2' is not"
    )
    assert (second.exit_code, second.stdout) == (0, "2 received, 1 inserted, 1 duplicate\n")
    assert readings(client, "grid") == [("2021-03-01T04:15:00Z", 1234.5), ("2021-03-01T04:30:00Z", 2469)]
    assert readings(client, "solar") == [("2021-03-01T04:30:00Z", 0.1)]


@on_sqlite_alone
def test_a_workbook_is_imported_though_the_mapping_is_of_csv(client: httpx.Client, folder: Path) -> None:
    (folder / "export.xlsx").write_bytes(book(["Ende", "Zähler", "Verbrauch"], [NOON, "Netz", 1.5]))
    (folder / "fake.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 600)

    assert run(folder, "export.xlsx").stdout == "1 received, 1 inserted\n"
    assert readings(client, "grid") == [("2021-03-01T04:15:00Z", 1.5)]
    assert "the workbook cannot be read" in said(run(folder, "fake.xlsx"))


@on_sqlite_alone
def test_an_old_workbook_says_what_to_do(folder: Path) -> None:
    (folder / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    outcome = run(folder, "old.xls")

    assert outcome.exit_code == 1
    assert "a workbook of the old kind (.xls), or has a password; save it as .xlsx without one. Nothing was stored" in (
        said(outcome)
    )
