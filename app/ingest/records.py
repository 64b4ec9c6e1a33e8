"""Reading a source's bytes as records, one at a time: CSV and NDJSON line by line, JSON whole."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from json import JSONDecodeError
from typing import Any, BinaryIO

from app.ingest.json_values import Members, is_storable, parsed, repeated_in
from app.ingest.mapping import field_of
from app.ingest.problems import RowCode

ENCODINGS = ("utf-8", "utf-16", "ascii", "latin-1", "cp1250", "cp1252", "gb18030", "big5", "shift_jis", "euc_kr")


class SourceFormat(StrEnum):
    """The formats sources come in."""

    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class SourceShape:
    """How a source's bytes divide into records.

    delimiter, skip_lines (lines before the header) and columns (the names where there is no header) are of CSV;
    `records` is the dotted path to the list of records in JSON, None when the document is the list.
    """

    format: SourceFormat
    encoding: str = "utf-8"
    delimiter: str = ","
    skip_lines: int = 0
    columns: Sequence[str] | None = None
    records: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record by its number in the source, from 1; `problem` says why it could not be read, `code` by which code."""

    number: int
    fields: Mapping[str, Any]
    problem: str | None = None
    code: RowCode = RowCode.UNREADABLE_ROW


class SourceUnreadable(ValueError):
    """The source as a whole, or from some place on, cannot be read; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def read_records(stream: BinaryIO, shape: SourceShape, needed: Sequence[str]) -> Iterator[Record]:
    """Yield the records of `stream`; `needed` are the fields a CSV header must have. Raises SourceUnreadable."""
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


def _csv_records(text: io.TextIOWrapper, shape: SourceShape, needed: Sequence[str]) -> Iterator[Record]:
    for _ in range(shape.skip_lines):
        text.readline()
    reader = csv.reader(text, strict=True, delimiter=shape.delimiter)
    lines = (line for line in reader if line)
    try:
        header = [name.strip() for name in (shape.columns or next(lines, ()))]
        _check_header(header, needed)
        for number, line in enumerate(lines, start=1):
            yield _csv_record(number, line, header, longer=shape.columns is not None)
    except csv.Error as error:
        place = reader.line_num + shape.skip_lines
        raise SourceUnreadable("malformed_csv", f"line {place} is not CSV: {error}") from error


def _check_header(header: Sequence[str], needed: Sequence[str]) -> None:
    for name in needed:
        if name not in header:
            raise SourceUnreadable("missing_column", f"the header lacks the column {name!r}")
        if header.count(name) > 1:
            raise SourceUnreadable("repeated_column", f"the header names the column {name!r} twice")


def _csv_record(number: int, line: Sequence[str], header: Sequence[str], *, longer: bool) -> Record:
    """Return a line as a record; where the mapping names the columns, a line may have more of them."""
    fields = dict(zip(header, line, strict=False))
    if len(line) < len(header) or (len(line) > len(header) and not longer):
        return Record(number, fields, f"{len(line)} fields where the header has {len(header)}")
    return Record(number, fields)


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
