"""Decoding JSON and NDJSON bodies by msgspec: whole bodies at once, row by row only where a row is bad."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from app.ingest.decode import OPTIONAL, REQUIRED, VALUE_LIMIT_WORDS, TextColumns
from app.ingest.json_pattern import alike_json, alike_ndjson
from app.ingest.numbers import micro_from_doubles, micro_from_few
from app.ingest.problems import BodyInvalid, BodyUnreadable, RowCode, RowProblem

Raw = bytes | msgspec.Raw
_FEW = 32
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    meter: str
    timestamp: str
    value: float
    quality: str | None = None
    start: str | None = None


class _ExactRow(msgspec.Struct, gc=False):
    value: Decimal


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    readings: list[_Row]


class _RawBody(msgspec.Struct, forbid_unknown_fields=True):
    readings: list[msgspec.Raw]


_ROW = msgspec.json.Decoder(_Row)
_EXACT_ROW = msgspec.json.Decoder(_ExactRow)
_BODY = msgspec.json.Decoder(_Body)
_RAW_BODY = msgspec.json.Decoder(_RawBody)
_EXACT_JSON = msgspec.json.Encoder(decimal_format="number")


def from_json(body: bytes) -> TextColumns:
    """Decode `{"readings": [...]}`; raises BodyUnreadable with the byte where the JSON breaks, or BodyInvalid."""
    alike = alike_json(body)
    return parsed_json(body) if alike is None else alike


def parsed_json(body: bytes) -> TextColumns:
    """Decode a batch by the parser, whatever its rows look like; raises as `from_json` does."""
    try:
        rows = _BODY.decode(body).readings
    except _UNDECODABLE:
        return _row_by_row(_raw_rows(body))
    return _columns(rows, np.arange(len(rows), dtype=np.int32), lambda: _RAW_BODY.decode(body).readings)


def from_ndjson(body: bytes) -> TextColumns:
    """Decode one reading a line; a line that cannot be read is that row's problem alone."""
    alike = alike_ndjson(body)
    return parsed_ndjson(body) if alike is None else alike


def parsed_ndjson(body: bytes) -> TextColumns:
    """Decode lines by the parser, whatever they look like."""
    try:
        rows = _ROW.decode_lines(body)
    except _UNDECODABLE:
        return _row_by_row(_lines(body))
    if not _one_a_line(body, len(rows)):
        return _row_by_row(_lines(body))
    return _columns(rows, np.arange(len(rows), dtype=np.int32), lambda: _lines(body))


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.split(b"\n") if line.strip()]


def _one_a_line(body: bytes, count: int) -> bool:
    """Tell whether `count` objects stand one a line: the decoder itself minds no line ends."""
    stripped = body.strip()
    if stripped.count(b"\n") == stripped.count(b"}\n{") == count - 1:
        return True
    lines = [line.strip() for line in _lines(body)]
    return len(lines) == count and all(line[:1] == b"{" and line[-1:] == b"}" for line in lines)


def _raw_rows(body: bytes) -> Sequence[Raw]:
    try:
        return _RAW_BODY.decode(body).readings
    except msgspec.ValidationError as error:
        raise BodyInvalid("not_a_batch", f'a batch is {{"readings": [...]}}: {error}', "readings") from error
    except _UNDECODABLE as error:
        lenient = _with_constants_as_text(body)
        if isinstance(lenient, dict) and lenient.keys() == {"readings"} and isinstance(lenient["readings"], list):
            return [_EXACT_JSON.encode(row) for row in lenient["readings"]]
        raise BodyUnreadable("malformed_json", f"the body is not JSON: {error}") from error


def _with_constants_as_text(raw: Raw) -> Any:
    """Return the value of JSON that is well formed but for NaN and Infinity, those as text; None when it is not.

    Half a surrogate pair is not well formed either: it could be neither stored nor echoed.
    """
    try:
        value = json.loads(bytes(raw), parse_float=Decimal, parse_int=Decimal, parse_constant=str)
        _EXACT_JSON.encode(value)
    except (ValueError, RecursionError):
        return None
    return value


def _row_by_row(raws: Sequence[Raw]) -> TextColumns:
    rows: list[_Row] = []
    index: list[int] = []
    problems: list[RowProblem] = []
    for position, raw in enumerate(raws):
        try:
            rows.append(_ROW.decode(raw))
            index.append(position)
        except _UNDECODABLE as error:
            problems.append(_problem(position, raw, str(error)))
    return _columns(rows, np.array(index, dtype=np.int32), lambda: raws, len(raws), problems)


def _columns(
    rows: Sequence[_Row],
    index: np.ndarray[Any, np.dtype[np.int32]],
    raw_rows: Callable[[], Sequence[Raw]],
    received: int | None = None,
    problems: list[RowProblem] | None = None,
) -> TextColumns:
    """Turn decoded rows into columns; `raw_rows` gives the body rows' bytes, for digits a double cannot carry."""
    problems = problems or []

    def exact(doubtful: Sequence[int]) -> list[Decimal]:
        raws = raw_rows()
        return [_EXACT_ROW.decode(raws[int(index[at])]).value for at in doubtful]

    meter, timestamp = [row.meter for row in rows], [row.timestamp for row in rows]
    doubles = [row.value for row in rows]
    value = micro_from_few(doubles) if len(doubles) <= _FEW else None
    beyond: list[int] = []
    if value is None:
        value, beyond = micro_from_doubles(np.array(doubles, dtype=np.float64), exact)
    for at in beyond:
        problems.append(_beyond(int(index[at]), {"meter": meter[at], "timestamp": timestamp[at]}))
    columns = TextColumns(
        received=len(rows) if received is None else received,
        row=index,
        meter=meter,
        timestamp=timestamp,
        value=value,
        quality=[row.quality for row in rows],
        start=[row.start for row in rows],
        problems=problems,
    )
    return columns.without(beyond) if beyond else columns


def _beyond(position: int, echo: dict[str, str]) -> RowProblem:
    return RowProblem(position, "value", RowCode.VALUE_OUT_OF_RANGE, VALUE_LIMIT_WORDS, **echo)


def _problem(position: int, raw: Raw, words: str) -> RowProblem:
    """Say which field of an undecodable row is at fault, and echo what of it can be read."""
    row = _with_constants_as_text(raw)
    if not isinstance(row, dict):
        return RowProblem(position, None, RowCode.UNREADABLE_ROW, f"a reading is a JSON object: {words}")
    echo = {name: row[name] for name in ("meter", "timestamp") if isinstance(row.get(name), str)}
    for name in row:
        if name not in REQUIRED + OPTIONAL:
            return RowProblem(position, name, RowCode.UNKNOWN_FIELD, f"a reading has no field {name!r}", **echo)
    for name in REQUIRED:
        if name not in row:
            return RowProblem(position, name, RowCode.MISSING_FIELD, f"a reading needs {name!r}", **echo)
    value = row["value"]
    if not isinstance(value, Decimal):
        detail = f"value is a finite JSON number, not {value!r}"
        return RowProblem(position, "value", RowCode.VALUE_UNREADABLE, detail, **echo)
    for name in ("meter", "timestamp", *OPTIONAL):
        if not isinstance(row.get(name, ""), str):
            return RowProblem(position, name, RowCode.WRONG_TYPE, f"{name} is a string, not {row[name]!r}", **echo)
    return _beyond(position, echo)
