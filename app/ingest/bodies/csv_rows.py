"""Decoding CSV bodies: a header that names the columns, then a reading a line."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import compress

import numpy as np

from app.core.readings.columns import Int32Column
from app.ingest.bodies.body_columns import OPTIONAL, REQUIRED, VALUE_LIMIT_WORDS, TextColumns
from app.ingest.bodies.csv_pattern import alike_csv
from app.ingest.bodies.numbers import decimals_from_texts, doubles_from_texts, micro_from_doubles
from app.ingest.problems import BodyInvalid, BodyUnreadable, RowCode, RowProblem

_LONGEST_FIELD = 1_000
_COMMA, _LINE_END = ord(","), ord("\n")


def from_csv(body: bytes) -> TextColumns:
    """Decode CSV with the header meter,timestamp,value[,quality][,start][,reference], its columns in any order.

    Raises BodyUnreadable (a stray quote, bytes that are not UTF-8) and BodyInvalid (a missing or unknown column).
    """
    alike = alike_csv(body)
    return parsed_csv(body) if alike is None else alike


def parsed_csv(body: bytes) -> TextColumns:
    """Decode CSV by its text, whatever its lines look like; raises as `from_csv` does."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BodyUnreadable("not_utf8", f"the body is not UTF-8: {error}") from error
    columns = _plain_columns(text)
    if columns is not None:
        header = [name[0].strip() for name in columns]
        _check_header(header)
        return columns_from_texts(dict(zip(header, (column[1:] for column in columns), strict=True)))
    lines = _quoted_lines(text)
    header = [name.strip() for name in lines[0]] if lines else []
    _check_header(header)
    return _from_lines(header, lines[1:])


def _plain_columns(text: str) -> list[list[str]] | None:
    """Return the columns, header included, of CSV without quotes whose lines all have as many fields; None for other.

    One split instead of a list a line: nearly every body is of this kind.
    """
    text = text.replace("\r\n", "\n").strip("\n")
    if '"' in text or "\r" in text:
        return None
    width = text.partition("\n")[0].count(",") + 1
    characters = np.frombuffer(text.encode(), dtype=np.uint8)
    # Of the lines `a,b` and `1,2` what separates is `,` line end `,` line end: in rows of two a comma and a line end
    # each. A line with a field too many shifts all behind it.
    separators = np.append(characters[(characters == _COMMA) | (characters == _LINE_END)], _LINE_END)
    if len(separators) % width:
        return None
    grid = separators.reshape(-1, width)
    if (grid[:, -1] != _LINE_END).any() or (grid[:, :-1] != _COMMA).any():
        return None
    fields = text.replace("\n", ",").split(",")
    return [fields[at::width] for at in range(width)]


def _quoted_lines(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [line for line in reader if line]
    except csv.Error as error:
        raise BodyUnreadable("malformed_csv", f"line {reader.line_num} is not CSV: {error}") from error


def _check_header(header: Sequence[str]) -> None:
    for name in REQUIRED:
        if name not in header:
            raise BodyInvalid("missing_column", f"the header lacks the column {name!r}", name)
    for name in header:
        if name not in REQUIRED + OPTIONAL:
            raise BodyInvalid("unknown_column", f"readings have no column {name!r}", name)
    if len(set(header)) < len(header):
        raise BodyInvalid("repeated_column", "the header names a column twice")


def _from_lines(header: Sequence[str], lines: list[list[str]]) -> TextColumns:
    """Return the lines as columns; one with too many or too few fields is that row's problem alone."""
    problems: list[RowProblem] = []
    width = len(header)
    whole = [len(line) == width for line in lines]
    for at in (at for at, good in enumerate(whole) if not good):
        detail = f"{len(lines[at])} fields where the header has {width}"
        problems.append(RowProblem(at, None, RowCode.UNREADABLE_ROW, detail))
    fitting = list(compress(lines, whole))
    columns: list[Sequence[str]] = list(zip(*fitting, strict=True)) if fitting else [()] * width
    return _decoded(dict(zip(header, columns, strict=True)), np.flatnonzero(whole).astype(np.int32), problems)


def columns_from_texts(columns: Mapping[str, Sequence[str]]) -> TextColumns:
    """Return columns of text by their names, all of one length, with the values as micro-units."""
    return _decoded(columns, np.arange(len(columns["value"]), dtype=np.int32), [])


def _decoded(columns: Mapping[str, Sequence[str]], index: Int32Column, problems: list[RowProblem]) -> TextColumns:
    """Return columns of text with their values as micro-units; `problems` are those of rows already left out."""
    received = len(index) + len(problems)
    values = columns["value"]
    # A double tells which values are numbers, and of nearly all of them the exact integer; the digits of the others are
    # read again.
    doubles, unreadable = doubles_from_texts(values)
    micro, beyond = micro_from_doubles(doubles, lambda doubtful: decimals_from_texts([values[at] for at in doubtful]))
    bad = dict.fromkeys(beyond, (RowCode.VALUE_OUT_OF_RANGE, VALUE_LIMIT_WORDS))
    bad.update((at, (RowCode.VALUE_UNREADABLE, f"{values[at]!r:.80} is not a number")) for at in unreadable)
    for at, (code, detail) in bad.items():
        meter, timestamp = columns["meter"][at][:_LONGEST_FIELD], columns["timestamp"][at][:_LONGEST_FIELD]
        problems.append(RowProblem(int(index[at]), "value", code, detail, meter, timestamp))
    texts = TextColumns(
        received=received,
        row=index,
        meter=columns["meter"],
        timestamp=columns["timestamp"],
        value=micro,
        quality=_optional(columns.get("quality"), len(values)),
        start=_optional(columns.get("start"), len(values)),
        problems=problems,
        reference=_optional(columns["reference"], len(values)) if "reference" in columns else None,
    )
    return texts.without(list(bad)) if bad else texts


def _optional(column: Sequence[str] | None, length: int) -> Sequence[str | None]:
    """Return an optional column with empty fields as None."""
    if column is None:
        return [None] * length
    return [text or None for text in column]
