"""The head of a table that nobody has described: its encoding, its delimiter, its sheets and its first lines."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from app.ingest.sources.file_kinds import advice, kind_of
from app.ingest.sources.records import SourceFormat, SourceUnreadable
from app.ingest.sources.workbook import Sheet, WorkbookUnreadable, is_workbook, sheet_names

HEAD_LINES = 2_000
"""So many lines tell what columns hold, and which meters are named."""

_DELIMITERS = (";", "\t", "|", ",")
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table that has anything in it: its number in the file or sheet, from 1, and its cells."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Head:
    """The first lines of a file. `sheets` are those of a workbook that are not hidden, `sheet` is the one read."""

    format: SourceFormat
    lines: Sequence[Line]
    encoding: str = "utf-8"
    delimiter: str = ","
    sheets: Sequence[str] = ()
    sheet: str | None = None


def head_of(
    content: bytes, *, sheet: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> Head:
    """Return the head of a workbook or of CSV; what is not given is told from the content. Raises SourceUnreadable."""
    stream = io.BytesIO(content)
    if is_workbook(stream):
        return _workbook_head(stream, sheet)
    if (kind := kind_of(content)) is not None:
        raise SourceUnreadable("not_text", advice(kind))
    encoding = encoding or encoding_of(content)
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise SourceUnreadable("wrong_encoding", f"the file is not {encoding}: {error.reason}") from error
    except LookupError as error:
        raise SourceUnreadable("wrong_encoding", f"there is no encoding {encoding[:40]!r}") from error
    if "\0" in text:
        raise SourceUnreadable("not_text", "the file is neither a workbook (.xlsx) nor CSV")
    delimiter = delimiter or delimiter_of(text)
    try:
        lines = list(islice(_csv_lines(text, delimiter), HEAD_LINES))
    except (csv.Error, TypeError) as error:  # the latter of a delimiter that is none
        raise SourceUnreadable("malformed_csv", f"the file is not CSV: {error}") from error
    return Head(SourceFormat.CSV, lines, encoding, delimiter)


def encoding_of(content: bytes) -> str:
    """Return the encoding of a text, told from its bytes.

    What is no UTF-8 is of a Western or of a Chinese Windows. `Zähler` has one byte above 127 alone among others,
    `电表` has four in a row: the first encoding writes such letters singly, the second in pairs.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        high = [byte > 127 for byte in content[:100_000]]
        pairs = sum(one and other for one, other in pairwise(high))
        return "gb18030" if pairs * 2 > sum(high) else "cp1252"
    return "utf-8"


def delimiter_of(text: str) -> str:
    """Return the delimiter by which most lines have equally many fields, more than one.

    Of `Ende;Zähler;kWh` above `01.03.2021;hall;1,5` the semicolon makes three of both, the comma one and two.
    """
    lines = [line for line in text[:200_000].splitlines()[:_LOOKED_AT] if line.strip()]

    def agreement(delimiter: str) -> int:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        return max((count for width, count in widths.items() if width > 1), default=0)

    return max(_DELIMITERS, key=agreement) if any(map(agreement, _DELIMITERS)) else ","


def _csv_lines(text: str, delimiter: str) -> Iterator[Line]:
    """Yield the lines with the number at which each begins, as `skip_lines` counts them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield Line(begins, [cell.strip() for cell in row])
        begins = reader.line_num + 1


def _workbook_head(stream: io.BytesIO, sheet: str | None) -> Head:
    try:
        names = sheet_names(stream)
        shown = sheet if sheet in names else (names[0] if names else None)
        rows = Sheet(stream, shown).rows()
        lines = [Line(row.number, row.cells) for row in islice(rows, HEAD_LINES)]
    except WorkbookUnreadable as error:
        raise SourceUnreadable(error.code, error.detail) from error
    return Head(SourceFormat.XLSX, lines, sheets=names, sheet=shown)
