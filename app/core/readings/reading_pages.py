"""Pages: rows of readings as few bytes, column by column, which tell whether they were damaged.

docs/decisions/pages.md has the format byte by byte, why it is so, and what it costs.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import zstandard

from app.core.readings.columns import NO_REFERENCE, NO_START, Int16Column, Int32Column, Int64Column, ReferenceColumn
from app.core.readings.integer_columns import laid_out, pack_integers, unpack_integers
from app.core.readings.versions import StoredColumns

PAGE_FORMAT = 1
_HEAD = struct.Struct("<BBII")
"""Format, bytes of each column's length, rows, and stretches of rows of one meter."""
_LENGTHS = {1: struct.Struct("<12B"), 2: struct.Struct("<12H"), 4: struct.Struct("<12I")}
_CHECKSUM = struct.Struct("<I")
_PLAIN, _ZSTD = b"\0", b"\1"
_ZSTD_LEVEL = 1
"""On tickets counted up it is both shorter and faster than deflate; higher levels take long for a tenth."""
_UTF8 = "utf-8", "surrogatepass"
_NO_START = np.int64(NO_START).tobytes()


class DamagedPage(ValueError):
    """Bytes that are no page, or no longer the page they were."""


@dataclass(frozen=True, slots=True)
class _Stretches:
    """Neighbouring rows of one meter: where each stretch of them begins, and how many rows it has."""

    starts: Int64Column
    counts: Int64Column


def pack_page(columns: StoredColumns) -> bytes:
    """Return the bytes of rows sorted by identity, of one meter or of several, or of no rows.

    Exact for whatever fits the columns; references are any texts. A column in which no row has a reference comes back
    as None.
    """
    stretches = _stretches(columns.meter)
    parts = [
        pack_integers(columns.meter[stretches.starts].astype(np.int64)),
        pack_integers(stretches.counts),
        pack_integers(columns.at[stretches.starts]),
        pack_integers(_steps(columns.at, stretches)),
        pack_integers(columns.value),
        pack_integers(columns.quality.astype(np.int64)),
        *_packed_starts(columns),
        pack_integers(columns.revision.astype(np.int64)),
        pack_integers(columns.batch),
        *_packed_references(columns.reference),
    ]
    lengths = [len(part) for part in parts]
    width = next(width for width in _LENGTHS if max(lengths) < 1 << 8 * width)
    head = _HEAD.pack(PAGE_FORMAT, width, len(columns), len(stretches.starts)) + _LENGTHS[width].pack(*lengths)
    content = head + b"".join(parts)
    return content + _CHECKSUM.pack(zlib.crc32(content))


def unpack_page(content: bytes) -> StoredColumns:
    """Return the rows that `pack_page` made bytes of; raises DamagedPage."""
    body = content[: -_CHECKSUM.size]
    if len(body) < _HEAD.size or _CHECKSUM.pack(zlib.crc32(body)) != content[-_CHECKSUM.size :]:
        raise DamagedPage("a page does not have the checksum that it had")
    page_format, width, rows, stretches = _HEAD.unpack_from(body)
    if page_format != PAGE_FORMAT:
        raise DamagedPage(f"a page is of format {page_format}; this program reads format {PAGE_FORMAT}")
    try:
        return _unpacked(_parts(body, width), rows, stretches)
    except (ValueError, KeyError, struct.error, zstandard.ZstdError) as error:
        raise DamagedPage(f"the columns of a page contradict each other: {error}") from error


def _unpacked(parts: Sequence[bytes], rows: int, stretch_count: int) -> StoredColumns:
    meters, counts, first_at, steps, value, quality, has_start, start, revision, batch, lengths, references = parts
    stretches = _stretches_of(unpack_integers(counts, stretch_count), rows)
    at = _instants(unpack_integers(first_at, stretch_count), unpack_integers(steps, rows - stretch_count), stretches)
    return StoredColumns(
        meter=_meters(_int32(unpack_integers(meters, stretch_count)), stretches.counts),
        at=at,
        value=unpack_integers(value, rows),
        quality=_int16(unpack_integers(quality, rows)),
        start=_unpacked_starts(has_start, start, at),
        revision=_int16(unpack_integers(revision, rows)),
        batch=unpack_integers(batch, rows),
        reference=_unpacked_references(lengths, references, rows),
    )


def _parts(body: bytes, width: int) -> list[bytes]:
    """Return the packed columns behind the head and their lengths, which must end where the page ends."""
    parts, at = [], _HEAD.size + _LENGTHS[width].size
    for size in _LENGTHS[width].unpack_from(body, _HEAD.size):
        parts.append(body[at : at + size])
        at += size
    if at != len(body):
        raise ValueError("they are longer or shorter than the page")
    return parts


def _stretches(meter: Int32Column) -> _Stretches:
    rows = len(meter)
    if meter.tobytes() == meter[:1].tobytes() * rows:
        starts = np.zeros(min(rows, 1), dtype=np.int64)
        return _Stretches(starts, starts + rows)
    bounds = np.concatenate(([0], np.flatnonzero(meter[1:] != meter[:-1]) + 1, [rows]))
    return _Stretches(bounds[:-1], bounds[1:] - bounds[:-1])


def _stretches_of(counts: Int64Column, rows: int) -> _Stretches:
    # Before anything is laid out by them: what a damaged page says of its size costs no memory.
    if int(counts.sum()) != rows or (len(counts) > 1 and (counts.min() < 1 or counts.max() > rows)):
        raise ValueError("the meters have another number of rows than the page")
    return _Stretches(np.cumsum(counts) - counts, counts)


def _steps(at: Int64Column, stretches: _Stretches) -> Int64Column:
    """Return what lies between each instant and the one before it of the same meter, modulo 2^64.

    Meter 3 at 100, 200, 300 and meter 9 at 100, 200: the steps are 100 100 100 whatever meters there are, and the
    first instants, apart, 100 100. Both are one value, so the stamps of meters that are read together cost nothing.
    """
    steps = at[1:] - at[:-1]
    if len(stretches.starts) < 2:
        return steps
    if len(stretches.starts) == len(at):
        return steps[:0]
    # What lies between the last row of one meter and the first of the next is no step.
    inside = np.ones(len(steps), dtype=np.bool_)
    inside[stretches.starts[1:] - 1] = False
    return steps[inside]


def _instants(first_at: Int64Column, steps: Int64Column, stretches: _Stretches) -> Int64Column:
    """Return the instants with these steps: the sum of all up to a row, less that up to its meter's first row."""
    sums = np.empty(len(first_at) + len(steps), dtype=np.int64)
    if len(first_at) == 1:
        sums[:1], sums[1:] = first_at, steps
        return sums.cumsum()
    inside = np.ones(len(sums), dtype=np.bool_)
    inside[stretches.starts] = False
    # Back from the example of `_steps`: 0 100 100 | 0 100, summed 0 100 200 | 200 300. Less what was reached at each
    # meter's first row, 0 and 200, and above its first instant it is 100 200 300 | 100 200.
    sums[inside], sums[stretches.starts] = steps, 0
    np.cumsum(sums, out=sums)
    return sums + np.repeat(first_at - sums[stretches.starts], stretches.counts)


def _packed_starts(columns: StoredColumns) -> tuple[bytes, bytes]:
    """Pack which rows have a start of their own, and how long before its instant each of them begins."""
    if columns.start.tobytes() == _NO_START * len(columns):
        return b"", b""
    own = columns.start != NO_START
    return pack_integers(own.astype(np.int64)), pack_integers(columns.at[own] - columns.start[own])


def _unpacked_starts(has_start: bytes, before: bytes, at: Int64Column) -> Int64Column:
    if not has_start and not before:
        return laid_out(np.int64(NO_START), len(at))
    start = np.full(len(at), NO_START, dtype=np.int64)
    flags = unpack_integers(has_start, len(at))
    own = flags == 1
    if bool((flags[~own] != 0).any()):
        raise ValueError("a row neither has a start nor has none")
    start[own] = at[own] - unpack_integers(before, int(own.sum()))
    return start


def _packed_references(references: ReferenceColumn | None) -> tuple[bytes, bytes]:
    """Pack how many bytes each reference has, and all texts in a row, by Zstandard where that is shorter."""
    if references is None or not any(texts := references.tolist()):
        return b"", b""
    encoded = [text.encode(*_UTF8) for text in texts]
    whole = b"".join(encoded)
    shorter = zstandard.compress(whole, _ZSTD_LEVEL)
    lengths = pack_integers(np.array([len(each) for each in encoded], dtype=np.int64))
    return lengths, _ZSTD + shorter if len(shorter) < len(whole) else _PLAIN + whole


def _unpacked_references(packed_lengths: bytes, packed: bytes, rows: int) -> ReferenceColumn | None:
    if not packed_lengths and not packed:
        return None
    lengths = unpack_integers(packed_lengths, rows)
    ends = np.cumsum(lengths)
    if not rows or lengths.min() < 0 or ends.min() < 0:
        raise ValueError("a reference is shorter than nothing")
    whole = _text_of(packed, int(ends[-1]))
    references = np.full(rows, NO_REFERENCE, dtype=object)
    bounds = zip((ends - lengths).tolist(), ends.tolist(), strict=True)
    references[:] = [whole[start:end].decode(*_UTF8) for start, end in bounds]
    return references


def _text_of(packed: bytes, size: int) -> bytes:
    """Return the bytes of all references; a frame that says it holds more than it should is not unpacked."""
    whole = packed[1:]
    if packed[:1] == _ZSTD and zstandard.frame_content_size(whole) == size:
        whole = zstandard.decompress(whole)
    elif packed[:1] != _PLAIN:
        raise ValueError("the texts of references are packed in no known way")
    if len(whole) != size:
        raise ValueError("the texts of references are not as long as the references")
    return whole


def _meters(of_stretches: Int32Column, counts: Int64Column) -> Int32Column:
    if len(of_stretches) == 1:
        return laid_out(of_stretches[0], int(counts[0]))
    return np.repeat(of_stretches, counts)


def _is_constant(column: Int64Column) -> bool:
    """Tell whether a column is one value that is laid out over all rows, and takes no room."""
    return len(column) > 0 and column.strides == (0,)


def _int16(column: Int64Column) -> Int16Column:
    # One value is narrowed, and laid out over all rows again: `astype` would give each row its own two bytes.
    if _is_constant(column) and abs(int(column[0])) < 1 << 15:
        return laid_out(np.int16(column[0]), len(column))
    narrower = column.astype(np.int16)
    if bool((narrower != column).any()):
        raise ValueError("a number of 16 bits is larger")
    return narrower


def _int32(column: Int64Column) -> Int32Column:
    narrower = column.astype(np.int32)
    if bool((narrower != column).any()):
        raise ValueError("a number of 32 bits is larger")
    return narrower
