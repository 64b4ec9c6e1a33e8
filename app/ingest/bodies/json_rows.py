"""Decoding JSON and NDJSON bodies by msgspec: whole bodies at once, row by row only where a row is bad."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec
import numpy as np

from app.ingest.bodies.body_columns import TextColumns
from app.ingest.bodies.json_faults import (
    repeats_a_name,
    row_problem,
    rows_with_bare_values,
    value_beyond,
    value_unreadable,
)
from app.ingest.bodies.json_pattern import alike_json, alike_ndjson
from app.ingest.bodies.json_values import Members, parsed
from app.ingest.bodies.numbers import (
    decimals_from_texts,
    doubles_from_strings,
    micro_from_doubles,
    micro_from_few,
)
from app.ingest.problems import BodyInvalid, BodyUnreadable, RowProblem

_FEW = 32
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    meter: str
    timestamp: str
    value: float | str
    quality: str | msgspec.UnsetType | None = msgspec.UNSET
    start: str | msgspec.UnsetType | None = msgspec.UNSET
    reference: str | msgspec.UnsetType | None = msgspec.UNSET


class _NumberOfRow(msgspec.Struct, gc=False):
    value: msgspec.Raw


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    readings: list[_Row]


class _RawBody(msgspec.Struct, forbid_unknown_fields=True):
    readings: list[msgspec.Raw]


class _RawList(msgspec.Struct, forbid_unknown_fields=True):
    readings: msgspec.Raw


_ROW = msgspec.json.Decoder(_Row)
_NUMBER_OF_ROW = msgspec.json.Decoder(_NumberOfRow)
_BODY = msgspec.json.Decoder(_Body)
_RAW_BODY = msgspec.json.Decoder(_RawBody)
_RAW_LIST = msgspec.json.Decoder(_RawList)
_OPENING = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"readings"[ \t\r\n]*:[ \t\r\n]*')


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
    if not _named_once(body, rows, other_names=1):
        return _row_by_row(_raw_rows(body))
    return _columns(rows, np.arange(len(rows), dtype=np.int32), lambda: _raw_rows(body))


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
    if not _one_a_line(body, len(rows)) or not _named_once(body, rows):
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


def _named_once(text: bytes, rows: Sequence[_Row], *, other_names: int = 0) -> bool:
    """Tell whether the text plainly gives each field of the rows once; of two the decoder would take the last.

    A name or a text is two quotation marks: `{"meter":"m","timestamp":"t","value":1}` has ten, and twelve or more when
    a name is given again or the value is a string. An escaped mark adds one too, so that its rows are looked at one by
    one.
    """
    parts = other_names + 5 * len(rows)
    for column in ([row.quality for row in rows], [row.start for row in rows], [row.reference for row in rows]):
        given = len(column) - column.count(msgspec.UNSET)
        if given:
            parts += 2 * given - column.count(None)
    # The second sum is asked for where the first is not it: values are numbers in nearly every body.
    marks = text.count(b'"')
    return marks == 2 * parts or marks == 2 * (parts + sum(isinstance(row.value, str) for row in rows))


def _raw_rows(body: bytes) -> list[bytes]:
    """Return the bytes of each row; raises BodyInvalid, and BodyUnreadable where the JSON breaks."""
    try:
        raws = [bytes(raw) for raw in _RAW_BODY.decode(body).readings]
    except msgspec.ValidationError as error:
        raise BodyInvalid("not_a_batch", f'a batch is {{"readings": [...]}}: {error}', "readings") from error
    except _UNDECODABLE as error:
        rows = rows_with_bare_values(body)
        if rows is None:
            raise BodyUnreadable("malformed_json", f"the body is not JSON: {error}") from error
        return rows
    if _has_two_lists(body):
        raise BodyUnreadable("malformed_json", "the member 'readings' is given twice")
    return raws


def _has_two_lists(body: bytes) -> bool:
    """Tell whether `readings`, the one member of a batch, is given again: the decoder takes the last alone."""
    rows = bytes(_RAW_LIST.decode(body).readings)
    opening = _OPENING.match(body)
    if opening is not None and body.startswith(rows, opening.end()):
        return body[opening.end() + len(rows) :].strip() != b"}"
    batch = parsed(body.decode())
    return isinstance(batch, Members) and batch.repeated is not None


def _row_by_row(raws: Sequence[bytes]) -> TextColumns:
    rows: list[_Row] = []
    index: list[int] = []
    problems: list[RowProblem] = []
    for position, raw in enumerate(raws):
        try:
            row = _ROW.decode(raw)
        except _UNDECODABLE as error:
            problems.append(row_problem(position, raw, str(error)))
            continue
        if not _named_once(raw, [row]) and repeats_a_name(raw):
            problems.append(row_problem(position, raw, "a field is given twice"))
            continue
        rows.append(row)
        index.append(position)
    return _columns(rows, np.array(index, dtype=np.int32), lambda: raws, len(raws), problems)


def _columns(
    rows: Sequence[_Row],
    index: np.ndarray[Any, np.dtype[np.int32]],
    raw_rows: Callable[[], Sequence[bytes]],
    received: int | None = None,
    problems: list[RowProblem] | None = None,
) -> TextColumns:
    """Turn decoded rows into columns; `raw_rows` gives the body rows' bytes, for digits a double cannot carry."""
    problems = problems or []
    stated = [row.value for row in rows]

    def exact(doubtful: Sequence[int]) -> list[Decimal]:
        # Strings kept their digits; only a number's have to be read again from the body, which is done once for all of
        # them.
        raws = raw_rows() if any(isinstance(stated[at], float) for at in doubtful) else []
        return decimals_from_texts([_digits(stated[at], raws, int(index[at])) for at in doubtful])

    meter, timestamp = [row.meter for row in rows], [row.timestamp for row in rows]
    references = _or_none([row.reference for row in rows])
    doubles, unreadable = _doubles(stated)
    value = micro_from_few(doubles) if len(doubles) <= _FEW else None
    beyond: list[int] = []
    if value is None:
        value, beyond = micro_from_doubles(np.array(doubles, dtype=np.float64), exact)
    for at in beyond:
        problems.append(value_beyond(int(index[at]), meter[at], timestamp[at]))
    for at in unreadable:
        problems.append(value_unreadable(int(index[at]), stated[at], meter[at], timestamp[at]))
    columns = TextColumns(
        received=len(rows) if received is None else received,
        row=index,
        meter=meter,
        timestamp=timestamp,
        value=value,
        quality=_or_none([row.quality for row in rows]),
        start=_or_none([row.start for row in rows]),
        problems=problems,
        reference=None if references.count(None) == len(references) else references,
    )
    bad = beyond + unreadable
    return columns.without(bad) if bad else columns


def _doubles(stated: Sequence[float | str]) -> tuple[Sequence[float], list[int]]:
    """Return the double of each value, and the positions of strings that hold no number (their double is 0)."""
    if str not in set(map(type, stated)):
        return cast(Sequence[float], stated), []
    strings, unreadable = doubles_from_strings([value for value in stated if isinstance(value, str)])
    positions = [at for at, value in enumerate(stated) if isinstance(value, str)]
    # Strings are read together; each then goes back to its place among the numbers.
    told = iter(strings.tolist())
    doubles = [next(told) if isinstance(value, str) else value for value in stated]
    return doubles, [positions[at] for at in unreadable]


def _digits(stated: float | str, raws: Sequence[bytes], row: int) -> str:
    """Return a value's digits: a string's own, a number's from the bytes of its row."""
    return stated if isinstance(stated, str) else bytes(_NUMBER_OF_ROW.decode(raws[row]).value).decode()


def _or_none(texts: list[str | msgspec.UnsetType | None]) -> list[str | None]:
    """Return the texts with None where none was given."""
    if texts.count(msgspec.UNSET) == len(texts):
        return [None] * len(texts)
    return [None if text is msgspec.UNSET else text for text in texts]
