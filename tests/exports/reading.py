"""What a person reads of an export, as one text."""

import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import openpyxl
import pypdf

from app.disclosure.exports.formats import ExportFormat

FOR_PEOPLE = (ExportFormat.PDF, ExportFormat.HTML, ExportFormat.XLSX, ExportFormat.CSV)


def read(wanted: ExportFormat, content: bytes) -> str:
    """Return the text of an export: of a page without its tags, of a workbook cell by cell."""
    match wanted:
        case ExportFormat.PDF:
            pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
            return re.sub(r"\s+", " ", " ".join(pages))
        case ExportFormat.HTML:
            body = re.sub(r"<style>.*?</style>", "", content.decode(), flags=re.DOTALL)
            return unescape(re.sub(r"<(?:[^>\"]|\"[^\"]*\")*>", "\n", body))
        case ExportFormat.XLSX:
            return "\n".join(_cells(openpyxl.load_workbook(io.BytesIO(content))))
    return content.decode("utf-8-sig")


def _cells(book: Any) -> Iterator[str]:
    for sheet in book:
        yield sheet.title
        yield sheet.oddFooter.left.text or ""
        yield from (str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str))
