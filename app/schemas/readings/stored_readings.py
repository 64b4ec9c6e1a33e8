"""What stored readings look like from outside: as JSON items, NDJSON lines and CSV rows, made of whole columns."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from app.core.readings.batches import stored_at_ms
from app.core.readings.columns import NO_START, Quality, stated_quality
from app.core.readings.text_columns import (
    TextColumn,
    beside,
    each_once,
    hexadecimal_texts,
    instant_texts,
    joined,
    micro_texts,
    texts,
    where,
)
from app.core.readings.versions import StoredColumns
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import ExactNumber


class Reading(Shape):
    """A stored reading: `value` as it was sent, in the meter's unit and before its multiplier."""

    meter: str
    timestamp: Instant
    value: ExactNumber
    quality: Quality
    start: Instant | None
    stored_at: Instant
    batch: str
    revision: int
    reference: str | None


class ReadingPage(Shape):
    """Readings by meter and instant."""

    items: list[Reading]
    next: str | None


CSV_HEADER = b"meter,timestamp,value,quality,start,stored_at,batch,revision,reference\n"
_ROWS_AT_ONCE = 4_096
"""Half a megabyte of text, which stays in the processor's cache while the columns are laid beside each other."""

_encode = msgspec.json.Encoder().encode


def csv_lines(chunks: Iterable[StoredColumns], codes: Mapping[int, str]) -> Iterator[bytes]:
    """Yield the header, then each chunk's rows."""
    yield CSV_HEADER
    for chunk in chunks:
        yield b"".join(_csv(rows, codes) for rows in _pieces(chunk))


def ndjson_lines(
    chunks: Iterable[StoredColumns], codes: Mapping[int, str], *, in_strings: bool = False
) -> Iterator[bytes]:
    """Yield each chunk's readings, one JSON object a line; with `in_strings` their values are strings."""
    write = _Writing(json.dumps, b"\n", in_strings)
    for chunk in chunks:
        yield b"".join(_objects(rows, codes, write) for rows in _pieces(chunk))


def json_page(
    rows: StoredColumns, codes: Mapping[int, str], following: str | None, *, in_strings: bool = False
) -> bytes:
    """Return the JSON of a ReadingPage, as it is written wherever schema objects are."""
    write = _Writing(lambda text: _encode(text).decode(), b",", in_strings)
    items = b"".join(_objects(piece, codes, write) for piece in _pieces(rows))
    return b'{"items":[%b],"next":%b}' % (items[:-1], _encode(following))


def _pieces(rows: StoredColumns) -> Iterator[StoredColumns]:
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows.take(slice(begin, begin + _ROWS_AT_ONCE))


def _csv(rows: StoredColumns, codes: Mapping[int, str]) -> bytes:
    """Return readings as lines of CSV; codes need no quoting, by their pattern."""
    meter, timestamp, value, quality, start, stored, revision = _columns(rows, codes, b",")
    fields = (meter, timestamp, value, quality, b"" if start is None else start, stored, revision)
    parts = [part for field in fields for part in (field, b",")]
    named = b"" if rows.reference is None else texts([_quoted(each) for each in rows.reference.tolist()])
    return joined([*parts, named, b"\n"], len(rows))


@dataclass(frozen=True, slots=True)
class _Writing:
    """How objects are written: a reference in JSON, what stands behind each, and whether values are strings."""

    reference: Callable[[str], str]
    separator: bytes
    in_strings: bool


def _objects(rows: StoredColumns, codes: Mapping[int, str], write: _Writing) -> bytes:
    """Return readings as JSON objects with a separator behind each."""
    meter, timestamp, value, quality, start, stored, revision = _columns(rows, codes, b'","batch":"')
    own_start: TextColumn | bytes = b"null"
    if start is not None:
        own = rows.start != NO_START
        own_start = np.hstack((where(own, beside([b'"', start, b'"'], len(rows))), where(~own, _null(len(rows)))))
    named: TextColumn | bytes = b"null"
    if rows.reference is not None:
        named = texts([write.reference(each) if each else "null" for each in rows.reference.tolist()])
    mark = b'"' if write.in_strings else b""
    parts = (
        *(b'{"meter":"', meter, b'","timestamp":"', timestamp, b'","value":' + mark, value),
        *(mark + b',"quality":"', quality),
        *(b'","start":', own_start, b',"stored_at":"', stored, b'","revision":', revision),
        *(b',"reference":', named, b"}" + write.separator),
    )
    return joined(parts, len(rows))


def _null(rows: int) -> TextColumn:
    return beside([b"null"], rows)


def _columns(
    rows: StoredColumns, codes: Mapping[int, str], between: bytes
) -> tuple[TextColumn, TextColumn, TextColumn, TextColumn, TextColumn | None, TextColumn, TextColumn]:
    """Return meter, timestamp, value, quality, start, instant of storing with the batch's code, and revision.

    The start is None when no row has one of its own, and else nothing where a row has none. What is told by a batch is
    written once for each.
    """
    own = rows.start != NO_START
    batches, place = np.unique(rows.batch, return_inverse=True)
    stored_at = instant_texts(stored_at_ms(batches))
    stored = beside([stored_at, between, b"b", hexadecimal_texts(batches)], len(batches))
    return (
        each_once(rows.meter, codes.__getitem__),
        instant_texts(rows.at),
        micro_texts(rows.value),
        each_once(rows.quality, stated_quality),
        where(own, instant_texts(np.where(own, rows.start, 0))) if own.any() else None,
        stored[place],
        each_once(rows.revision, str),
    )


def _quoted(reference: str) -> str:
    """Return a reference as a field of CSV."""
    return f'"{reference.replace(chr(34), chr(34) * 2)}"' if any(mark in reference for mark in ',"') else reference
