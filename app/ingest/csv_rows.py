"""Decoding CSV bodies: a header that names the columns, then a reading a line."""

import csv
import io
from collections.abc import Sequence
from itertools import compress

import numpy as np

from app.ingest.decode import OPTIONAL, REQUIRED, VALUE_LIMIT_WORDS, TextColumns
from app.ingest.numbers import decimals_from_texts, doubles_from_texts, micro_from_doubles
from app.ingest.problems import BodyInvalid, BodyUnreadable, RowCode, RowProblem

_LONGEST_FIELD = 1_000


def from_csv(body: bytes) -> TextColumns:
    """Decode CSV with the header meter,timestamp,value[,quality][,start], its columns in any order.

    Raises BodyUnreadable (a stray quote, bytes that are not UTF-8) and BodyInvalid (a missing or unknown column).
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BodyUnreadable("not_utf8", f"the body is not UTF-8: {error}") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[list[str]] = []
    try:
        lines = [line for line in reader if line]
    except csv.Error as error:
        raise BodyUnreadable("malformed_csv", f"line {reader.line_num} is not CSV: {error}") from error
    header = [name.strip() for name in lines[0]] if lines else []
    _check_header(header)
    return _columns(header, lines[1:])


def _check_header(header: Sequence[str]) -> None:
    for name in REQUIRED:
        if name not in header:
            raise BodyInvalid("missing_column", f"the header lacks the column {name!r}", name)
    for name in header:
        if name not in REQUIRED + OPTIONAL:
            raise BodyInvalid("unknown_column", f"readings have no column {name!r}", name)
    if len(set(header)) < len(header):
        raise BodyInvalid("repeated_column", "the header names a column twice")


def _columns(header: Sequence[str], lines: list[list[str]]) -> TextColumns:
    received = len(lines)
    problems: list[RowProblem] = []
    index = np.arange(received, dtype=np.int32)
    width = len(header)
    if any(len(line) != width for line in lines):
        whole = [len(line) == width for line in lines]
        for at in (at for at, good in enumerate(whole) if not good):
            detail = f"{len(lines[at])} fields where the header has {width}"
            problems.append(RowProblem(at, None, RowCode.UNREADABLE_ROW, detail))
        lines, index = list(compress(lines, whole)), index[np.array(whole)]
    columns: dict[str, Sequence[str]] = dict(zip(header, zip(*lines, strict=True), strict=False)) if lines else {}
    values = columns.get("value", ())
    doubles, unreadable = doubles_from_texts(values)
    micro, beyond = micro_from_doubles(doubles, lambda doubtful: decimals_from_texts([values[at] for at in doubtful]))
    bad = dict.fromkeys(beyond, (RowCode.VALUE_OUT_OF_RANGE, VALUE_LIMIT_WORDS))
    bad.update((at, (RowCode.VALUE_UNREADABLE, f"{values[at]!r:.80} is not a number")) for at in unreadable)
    for at, (code, detail) in bad.items():
        meter, timestamp = columns["meter"][at][:_LONGEST_FIELD], columns["timestamp"][at][:_LONGEST_FIELD]
        problems.append(RowProblem(int(index[at]), "value", code, detail, meter, timestamp))
    kept = [at not in bad for at in range(len(values))] if bad else None
    return TextColumns(
        received=received,
        row=index if kept is None else index[np.array(kept)],
        meter=_kept(columns.get("meter", ()), kept),
        timestamp=_kept(columns.get("timestamp", ()), kept),
        value=micro if kept is None else micro[np.array(kept)],
        quality=_optional(columns.get("quality"), kept, len(values)),
        start=_optional(columns.get("start"), kept, len(values)),
        problems=problems,
    )


def _kept(column: Sequence[str], kept: list[bool] | None) -> Sequence[str]:
    return column if kept is None else list(compress(column, kept))


def _optional(column: Sequence[str] | None, kept: list[bool] | None, length: int) -> Sequence[str | None]:
    """Return an optional column with empty fields as None."""
    if column is None:
        return [None] * (length if kept is None else sum(kept))
    return [text or None for text in _kept(column, kept)]
