"""The formats a publication can be had in, each with its media type and how it is made."""

from enum import StrEnum

from app.disclosure.exports.csv_tables import figures_csv_in_words
from app.disclosure.exports.published import Published


class ExportFormat(StrEnum):
    """A format, named as its files end; `zip` is the assurance pack."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    PDF = "pdf"
    ZIP = "zip"


class ExportLanguage(StrEnum):
    """A language that people read exports in: one of `app.core.language.LANGUAGES`."""

    EN = "en"
    ZH = "zh"


MEDIA_TYPES = {
    ExportFormat.JSON: "application/json",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.HTML: "text/html; charset=utf-8",
    ExportFormat.PDF: "application/pdf",
    ExportFormat.ZIP: "application/zip",
}


def export_of(of: Published, wanted: ExportFormat) -> bytes:
    """Return a publication in a format: for one document the same bytes in every process and on every day.

    What people read is in the language that is spoken; JSON, and the data files of a pack, are the same in each. The
    assurance pack is without evidence and audit log, which the document does not have: see `pack_of`.
    """
    match wanted:
        case ExportFormat.JSON:
            return of.text.encode()
        case ExportFormat.CSV:
            return figures_csv_in_words(of)
        case ExportFormat.XLSX:
            from app.disclosure.exports.workbook import workbook_of

            return workbook_of(of)
        case ExportFormat.HTML:
            from app.disclosure.exports.page import page_of

            return page_of(of)
        case ExportFormat.PDF:
            from app.disclosure.exports.pdf import pdf_of

            return pdf_of(of)
        case ExportFormat.ZIP:
            from app.disclosure.exports.pack import pack_of

            return b"".join(pack_of(of))
