"""Every export names the days of the columns it prints, and says of an interim publication that it is one."""

import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pypdf
import pytest

from app.disclosure.exports.csv_tables import figures_csv
from app.disclosure.exports.page import page_of
from app.disclosure.exports.pdf import pdf_of
from app.disclosure.exports.published import Published
from app.disclosure.exports.readme import readme_of
from app.disclosure.exports.report import report_of
from app.disclosure.exports.workbook import workbook_of
from tests.exports.documents import earlier, figure, publication

PERIOD = {"start": "2024-03-31T16:00:00Z", "end": "2025-03-31T16:00:00Z", "name": "2024", "kind": "year"}
TRANSITION = {"start": "2023-12-31T16:00:00Z", "end": "2024-03-31T16:00:00Z", "name": "2024T", "kind": "transition"}
BEFORE = {"start": "2022-12-31T16:00:00Z", "end": "2023-12-31T16:00:00Z", "name": "2023", "kind": "year"}


def table(**members: Any) -> Published:
    """Return a publication of the year after a transition period, with one figure."""
    beside = [
        {**earlier(2024, "78", "78"), "period": TRANSITION},
        {**earlier(2023, "222", "222", restated=True), "period": BEFORE},
    ]
    power = figure("A2.1", "consumption.electricity", "243", "243", unit="MWh", comparatives=beside)
    return publication(year=2024, period=PERIOD, figures=[power], **members)


def page_text(of: Published) -> str:
    return page_of(of).decode()


def pdf_text(of: Published) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(of)))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def workbook_text(of: Published) -> str:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(of)))
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)


@pytest.mark.parametrize("text_of", [page_text, pdf_text, workbook_text])
def test_the_days_of_every_column_are_told(text_of: Callable[[Published], str]) -> None:
    text = " ".join(text_of(table()).split())
    for words in (
        "2024: 1 April 2024 to 31 March 2025",
        "2024T: 1 January 2024 to 31 March 2024",
        "2023: 1 January 2023 to 31 December 2023",
    ):
        assert words in text, words


def test_a_transition_period_is_a_column_of_its_own_between_the_years() -> None:
    report = report_of(table())
    assert report.years == ("2024", "2024T", "2023")
    (row,) = report.aspects[0].rows
    assert [(value.year, value.shown, value.restated) for value in row.values] == [
        ("2024", "243", False),
        ("2024T", "78", False),
        ("2023", "222", True),
    ]
    (cells,) = csv.DictReader(io.StringIO(figures_csv(table()).decode()))
    assert {name: cells[name] for name in cells if "20" in name or name in ("year", "period", "interim")} == {
        "year": "2024",
        "value_2024T": "78",
        "display_2024T": "78",
        "restated_2024T": "no",
        "value_2023": "222",
        "display_2023": "222",
        "restated_2023": "yes",
        "interim": "no",
        "period": "2024-04-01 to 2025-03-31",
        "period_2024T": "2024-01-01 to 2024-03-31",
        "period_2023": "2023-01-01 to 2023-12-31",
    }


def test_files_are_called_by_the_periods_name() -> None:
    assert table().name == "magnets_hkex-2020_2024_publication-2"
    assert publication(period=TRANSITION, year=2024).name == "magnets_hkex-2020_2024T_publication-2"
    assert table(interim=True).name == "magnets_hkex-2020_2024_publication-2-interim"


@pytest.mark.parametrize("text_of", [page_text, pdf_text, workbook_text, readme_of])
def test_an_interim_publication_says_so(text_of: Callable[[Published], str]) -> None:
    assert "interim" in text_of(table(interim=True)).lower()
    assert "interim" not in text_of(table()).lower()


def test_an_interim_report_says_by_when_it_holds_what_is_in_it() -> None:
    report = report_of(table(interim=True))
    assert report.title.endswith(", 2024 (interim)")
    words = (
        "prepared before the reporting period was over: it holds what was there by 1 March 2022, 16:00:00 (UTC+08:00)"
    )
    assert ("Interim", words) in report.basis.statements
    assert "Interim publication no. 2" in pdf_text(table(interim=True))
    (cells,) = csv.DictReader(io.StringIO(figures_csv(table(interim=True)).decode()))
    assert cells["interim"] == "yes"
