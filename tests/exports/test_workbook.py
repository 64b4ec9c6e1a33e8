"""The XLSX export, opened by a reader that is not its writer."""

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from app.disclosure.exports.published import Published
from app.disclosure.exports.workbook import workbook_of
from tests.exports.documents import NAME, figure, publication


def _opened(of: Published) -> Any:
    return openpyxl.load_workbook(io.BytesIO(workbook_of(of)))


@pytest.fixture(scope="module")
def book() -> Any:
    return _opened(publication())


def _row(sheet: Any, key: str) -> dict[str, Any]:
    """Return the cells of a figure's first row by their headings; an empty cell is left out."""
    headings = [cell.value for cell in sheet[3]]
    rows = [dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=4)]
    found = next(row for row in rows if row["Key"].value == key)
    return {heading: cell for heading, cell in found.items() if cell.value is not None}


def test_there_is_a_cover_a_sheet_for_each_aspect_and_three_for_what_is_behind(book: Any) -> None:
    assert book.sheetnames == ["Publication", "A1", "A2", "B1", "B2", "Lineage", "Factors", "Checks"]


def test_the_cover_names_number_and_hash(book: Any) -> None:
    of = publication()
    lines = {row[0].value: row[1].value for row in book["Publication"].iter_rows(min_row=3)}
    assert book["Publication"]["A1"].value == NAME
    assert lines["Publication"] == "2"
    assert lines["SHA-256 of the JSON"] == of.digest
    assert lines["Period"] == "1 January 2021 to 31 December 2021"
    assert lines["Plant 赣州工厂 (ganzhou)"] == "CN-JX, CN, grid CN-CENTRAL; share 60.0 %; control: operational"
    assert lines["Explanation A1.1"] == "Not material: no stack."
    assert lines["Sheet A1"] == "A1 Emissions"


def test_numbers_are_numbers_as_printed_with_the_figures_decimals(book: Any) -> None:
    row = _row(book["A1"], "ghg.scope2")
    years = [(row[year].value, row[year].data_type, row[year].number_format) for year in ("2021", "2020", "2019")]
    assert years == [(1577, "n", "#,##0"), (1400, "n", "#,##0"), (-12, "n", "#,##0")]
    assert (row["Exact value 2021"].value, row["Restated"].value) == (1577.1, "2020")
    assert (row["Coverage"].value, row["Coverage"].number_format) == (1, "0.0%")
    water = _row(book["A2"], "water.total")
    assert (water["2020"].value, water["2020"].number_format) == (551868, "#,##0.0")


def test_notes_units_and_findings_are_beside_the_figure(book: Any) -> None:
    row = _row(book["A1"], "ghg.scope2")
    assert (row["KPI"].value, row["Unit"].value) == ("A1.2, 305-2", "tCO2e")
    assert row["Notes"].value == "factor grid_central pinned"
    assert row["Findings"].value == "readings cover 98.5 % of the expected time"


def test_a_figure_without_value_has_empty_cells(book: Any) -> None:
    assert set(_row(book["A2"], "packaging.total")) == {"KPI", "Figure", "Unit", "Findings", "Key"}


def test_digits_that_a_spreadsheet_cannot_hold_stay_a_text(book: Any) -> None:
    cell = _row(book["B1"], "workforce.total")["2021"]
    assert (cell.value, cell.data_type) == ("99999999999999999.5", "s")


def test_no_text_becomes_a_formula(book: Any) -> None:
    cell = _row(book["B2"], "safety.measures")["Text"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)\nand 安全 \U0001f600", "s")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds == {"s", "n"}


def test_the_lineage_sheet_has_the_terms_as_numbers(book: Any) -> None:
    sheet = book["Lineage"]
    headings = [cell.value for cell in sheet[1]]
    first = dict(zip(headings, (cell.value for cell in sheet[2]), strict=True))
    assert (first["quantity"], first["kg_co2e"], first["value"]) == (1_000_000, 0.5257, 525.7)
    assert (first["meters"], first["factor"], sheet.max_row) == ("north", "grid_central", 5)


def test_its_instants_are_those_of_the_publication(book: Any) -> None:
    assert book.properties.created == book.properties.modified == datetime(2022, 3, 1, 8, 0, 1)  # noqa: DTZ001


def test_sheet_names_that_a_workbook_refuses_are_mended() -> None:
    codes = ["Lineage", "lineage", "[a]:*?/\\x", "'", "E" * 40]
    of = publication(figures=[figure(code, f"key.{at}", "1", "1") for at, code in enumerate(codes)])
    names = _opened(of).sheetnames
    own = ["-", "E" * 25, "Lineage (2)", "-a------x", "lineage (3)"]
    assert names == ["Publication", *own, "Lineage", "Factors", "Checks"]


def test_a_text_beyond_a_cells_limit_is_cut_off_and_says_so() -> None:
    of = publication(figures=[figure("B1.1", "long", None, None, text="x" * 40_000)])
    text = _row(_opened(of)["B1"], "long")["Text"].value
    assert len(text) == 32_767
    assert text.endswith("x … (cut off here; the JSON has all of it)")


def test_a_publication_without_figures_is_a_workbook_all_the_same() -> None:
    assert _opened(publication(figures=[], checks=[])).sheetnames == ["Publication", "Lineage", "Factors", "Checks"]
