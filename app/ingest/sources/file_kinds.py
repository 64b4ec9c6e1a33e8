"""What a file is by its first bytes, where it is neither a workbook nor a text, whatever its name ends in."""

from collections.abc import Collection

_BEGINS = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x1f\x8b", "packed (gzip)"),
    (b"7z\xbc\xaf", "packed (7z)"),
    (b"Rar!", "packed (RAR)"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"PAR1", "a Parquet file"),
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<?xml", "XML"),
)
_PARTS = (
    ("xl/workbook.bin", "a binary workbook (.xlsb)"),
    ("word/document.xml", "a text document (.docx)"),
    ("ppt/presentation.xml", "a presentation (.pptx)"),
    ("content.xml", "an OpenDocument file, such as .ods"),
)
_LOOKED_AT = 1_024


def kind_of(content: bytes) -> str | None:
    """Return what a file is that is no table, in words; None where its first bytes do not tell."""
    begin = content[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    folded = begin.lower()
    return next((kind for mark, kind in _BEGINS if begin.startswith(mark) or folded.startswith(mark)), None)


def kind_of_archive(parts: Collection[str]) -> str | None:
    """Return what an archive is that is no workbook of Excel, by its parts; None where it may be one."""
    if "xl/workbook.xml" in parts or "[Content_Types].xml" in parts:
        return next((kind for part, kind in _PARTS if part in parts), None)
    return next((kind for part, kind in _PARTS if part in parts), "an archive (.zip) of other files")


def advice(kind: str) -> str:
    """Return the words for a file of another kind."""
    return f"the file is {kind}, whatever its name ends in: save or export the table as .xlsx or CSV"
