"""Reading a source's bytes as records, one at a time: CSV and NDJSON line by line, JSON whole."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, zip_longest
from json import JSONDecodeError
from typing import Any, BinaryIO

from app.ingest.bodies.json_values import Digits, Members, is_storable, parsed, repeated_in
from app.ingest.problems import RowCode
from app.ingest.sources.header import column_names
from app.ingest.sources.mapping import field_of
from app.ingest.sources.workbook import Sheet, WorkbookUnreadable, is_workbook

ENCODINGS = ("utf-8", "utf-16", "ascii", "latin-1", "cp1250", "cp1252", "gb18030", "big5", "shift_jis", "euc_kr")


class SourceFormat(StrEnum):
    """The formats sources come in."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class SourceShape:
    """How a source's bytes divide into records.

    Of CSV: delimiter, and comment, what a line to be ignored begins with. Of workbooks: sheet, its name or the number
    of its place from 1, None for the first; dates, the columns in which a number is a date. Of both: skip_lines before
    the header, header_lines, and columns, the names where there is no header. Of JSON: records, the dotted path to the
    list, None when the document is the list.
    """

    format: SourceFormat
    encoding: str = "utf-8"
    delimiter: str = ","
    skip_lines: int = 0
    columns: Sequence[str] | None = None
    records: str | None = None
    header_lines: int = 1
    comment: str | None = None
    sheet: str | None = None
    dates: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One record by its number in the source, from 1; `problem` says why it could not be read, `code` by which code.

    `line` is where it stands in a table: the line of the file that it ends on, or the row of the sheet.
    """

    number: int
    fields: Mapping[str, Any]
    problem: str | None = None
    code: RowCode = RowCode.UNREADABLE_ROW
    line: int | None = None


class SourceUnreadable(ValueError):
    """The source as a whole, or from some place on, cannot be read; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def read_records(stream: BinaryIO, shape: SourceShape, needed: Sequence[str]) -> Iterator[Record]:
    """Yield the records of a seekable stream; `needed` are the fields a table's header must have.

    A workbook is read as one where the mapping is of CSV too. Raises SourceUnreadable.
    """
    packed = is_workbook(stream)
    if packed and shape.format in (SourceFormat.JSON, SourceFormat.NDJSON):
        raise SourceUnreadable("not_text", f"the source is a workbook, and the mapping is of the format {shape.format}")
    if packed or shape.format is SourceFormat.XLSX:
        return _workbook_records(stream, shape, needed)
    return _text_records(stream, shape, needed)


def _text_records(stream: BinaryIO, shape: SourceShape, needed: Sequence[str]) -> Iterator[Record]:
    encoding = "utf-8-sig" if shape.encoding == "utf-8" else shape.encoding
    text = io.TextIOWrapper(stream, encoding, newline="")
    try:
        if shape.format is SourceFormat.CSV:
            yield from _csv_records(text, shape, needed)
        elif shape.format is SourceFormat.NDJSON:
            yield from _ndjson_records(text)
        else:
            yield from records_of(parse_document(text.read()), shape.records)
    except UnicodeDecodeError as error:
        raise SourceUnreadable("wrong_encoding", f"the source is not {shape.encoding}: {error.reason}") from error
    finally:
        text.detach()


def parse_document(text: str) -> Any:
    """Return a JSON document with its numbers as Digits and its objects as Members; raises SourceUnreadable."""
    try:
        return parsed(text)
    except JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SourceUnreadable("malformed_json", f"the source is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise SourceUnreadable("malformed_json", "the source is nested too deeply") from None


class _Lines:
    """The lines of a text less those that are comments; `number` is that of the last one, from 1."""

    def __init__(self, text: io.TextIOWrapper, shape: SourceShape) -> None:
        self._text = text
        self._comment = shape.comment
        self.number = shape.skip_lines
        for _ in range(shape.skip_lines):
            text.readline()

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.number += 1
            if self._comment is None or not line.startswith(self._comment):
                yield line


def _csv_records(text: io.TextIOWrapper, shape: SourceShape, needed: Sequence[str]) -> Iterator[Record]:
    lines = _Lines(text, shape)
    rows = (row for row in csv.reader(lines, strict=True, delimiter=shape.delimiter) if row)
    try:
        header = _header(rows, shape, needed)
        for number, row in enumerate(rows, start=1):
            yield _csv_record(number, row, header, lines.number, longer=shape.columns is not None)
    except csv.Error as error:
        raise SourceUnreadable("malformed_csv", f"line {lines.number} is not CSV: {error}") from error


def _header(rows: Iterator[Sequence[str]], shape: SourceShape, needed: Sequence[str]) -> list[str]:
    """Return the names of a table's columns; raises SourceUnreadable when one that is needed is not there, or twice."""
    names = column_names([shape.columns] if shape.columns else list(islice(rows, shape.header_lines)))
    for name in needed:
        if name not in names:
            there = ", ".join(repr(each) for each in names if each)[:300] or "none"
            raise SourceUnreadable("missing_column", f"the header lacks the column {name!r}; there are {there}")
        if (second := f"{name} (2)") in names and second not in needed:
            raise SourceUnreadable("repeated_column", f"the header names the column {name!r} twice")
    return names


def _csv_record(number: int, row: Sequence[str], header: Sequence[str], line: int, *, longer: bool) -> Record:
    """Return a line as a record; where the mapping names the columns, a line may have more of them."""
    fields = dict(zip_longest(header, row[: len(header)], fillvalue=""))
    if len(row) < len(header) or (len(row) > len(header) and not longer):
        return Record(number, fields, f"{len(row)} fields where the header has {len(header)}", line=line)
    return Record(number, fields, line=line)


def _workbook_records(stream: BinaryIO, shape: SourceShape, needed: Sequence[str]) -> Iterator[Record]:
    try:
        sheet = Sheet(stream, shape.sheet)
        rows = (row for row in sheet.rows() if row.number > shape.skip_lines)
        header = _header((row.cells for row in rows), shape, needed)
        for number, row in enumerate(rows, start=1):
            fields = dict(zip_longest(header, row.cells[: len(header)], fillvalue=""))
            for name in shape.dates:
                if isinstance(fields[name], Digits):
                    fields[name] = sheet.date_text(fields[name])
            yield Record(number, fields, line=row.number)
    except WorkbookUnreadable as error:
        raise SourceUnreadable(error.code, error.detail) from error


def _ndjson_records(text: io.TextIOWrapper) -> Iterator[Record]:
    number = 0
    for line in text:
        if not line.strip():
            continue
        number += 1
        try:
            record = parse_document(line)
        except SourceUnreadable as error:
            yield Record(number, {}, error.detail)
            continue
        yield _json_record(number, record)


def records_of(document: Any, path: str | None) -> Iterator[Record]:
    """Yield the records of a parsed JSON document; raises SourceUnreadable when there is no list of them."""
    found = document if path is None else field_of(document, path) if isinstance(document, dict) else None
    _check_around(document, found)
    if not isinstance(found, list):
        where = "the document" if path is None else f"what the document has at {path!r}"
        raise SourceUnreadable("not_a_list", f"{where} is not a list of records")
    for number, record in enumerate(found, start=1):
        yield _json_record(number, record)


def _check_around(document: Any, records: Any) -> None:
    """Raise SourceUnreadable when a name is given twice around the records, so that there may be two lists of them."""
    if not isinstance(document, Members) or document is records:
        return
    if document.repeated is not None:
        raise SourceUnreadable("malformed_json", f"the source gives {document.repeated!r:.80} twice in one object")
    for inner in document.values():
        if inner is not records:
            _check_around(inner, records)


def _json_record(number: int, record: Any) -> Record:
    if not isinstance(record, dict):
        return Record(number, {}, "a record is a JSON object")
    if not is_storable(record):
        return Record(number, {}, "the record holds half a surrogate pair, which is no text")
    if (name := repeated_in(record)) is not None:
        return Record(number, record, f"the record gives {name!r:.80} twice in one object", RowCode.REPEATED_FIELD)
    return Record(number, record)
