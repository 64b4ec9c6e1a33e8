"""Columns of whole numbers as few bytes: a constant, regular steps, runs, narrow numbers, or what pcodec makes of them.

Which of them a content is tells its first byte (docs/decisions/pages.md):

    7 7 7 7 7 7         constant   0 07                            2 bytes, whatever the length
    900 1800 2700       linear     1 900 in 8 bytes, 84 03         11 bytes, whatever the length
    1 x 900, 2 x 600    runs       2 runs, the values 1 2 and the lengths 900 600, each packed in its turn
    100 103 101         narrow     3 width 1, 100 in 8 bytes, 00 03 01
    quarter hours       pcodec     4 and a chunk of pcodec: 1.8 bytes a value of 14 random bits
"""

import struct
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pcodec import ChunkConfig, wrapped

from app.core.readings.columns import Int64Column

_Integer = TypeVar("_Integer", np.int16, np.int32, np.int64)
_CONSTANT, _LINEAR, _RUNS, _NARROW, _PCODEC = range(5)
_WIDTHS: dict[int, np.dtype[np.unsignedinteger]] = {width: np.dtype(f"<u{width}") for width in (1, 2, 4, 8)}
_LINE = struct.Struct("<Bq")
_RUN_SIZES = struct.Struct("<BII")
_NARROWED = struct.Struct("<BBq")
_SMALLEST, _LARGEST = -(1 << 63), (1 << 63) - 1

_ROWS_A_RUN = 64
"""Runs this long on average are packed as runs: 8 batches in 1,500 rows are 106 bytes so, and 657 by pcodec."""
_NARROW_BYTES = 160
"""What is this small when narrow stays so: pcodec saves less than a third there, and takes three times as long."""
_MOST_A_CHUNK = 1 << 18
"""Values that pcodec keeps in one page of a chunk; a longer column stays narrow."""
_LEVEL = 4
"""Below, pcodec takes runs for noise now and then (60 times the bytes); above, it saves 2 % in three times the time."""
_config = ChunkConfig(compression_level=_LEVEL)
_compressor = wrapped.FileCompressor()
_HEADER = _compressor.write_header()


def pack_integers(column: Int64Column) -> bytes:
    """Return the bytes of a column of any 64-bit integers: none for an empty one, the same ones for the same column."""
    count = len(column)
    if not count:
        return b""
    column = np.ascontiguousarray(column, dtype=np.int64)
    first = int(column[0])
    as_it_lies = column.tobytes()
    # Bytes are compared faster than numbers, and most columns of a page end here.
    if as_it_lies == as_it_lies[:8] * count:
        return bytes((_CONSTANT,)) + _shortest(first)
    if count > 2:
        step = int(column[1]) - first
        # The last number is told in Python's integers: it cannot wrap, and most columns that are no line are found out
        # by it.
        if int(column[-1]) == first + step * (count - 1) and bool((np.arange(count) * step + first == column).all()):
            return _LINE.pack(_LINEAR, first) + _shortest(step)
    if count > _ROWS_A_RUN:
        changes = column[1:] != column[:-1]
        if np.count_nonzero(changes) < count // _ROWS_A_RUN:
            return _as_runs(column, np.flatnonzero(changes))
    return _narrow_or_pcodec(column)


def unpack_integers(content: bytes, count: int) -> Int64Column:
    """Return the `count` integers that `pack_integers` made bytes of; raises ValueError when these cannot be so many.

    Not every change of the bytes is noticed: whoever keeps them keeps a checksum of them.
    """
    if not content or not count:
        if content or count:
            raise ValueError("a column without bytes has rows, or one without rows has bytes")
        return np.empty(0, dtype=np.int64)
    mode = content[0]
    if mode == _CONSTANT:
        return laid_out(np.int64(_integer(content[1:])), count)
    if mode == _LINEAR and len(content) > _LINE.size:
        first: int = _LINE.unpack_from(content)[1]
        step = _integer(content[_LINE.size :])
        if not _SMALLEST <= first + step * (count - 1) <= _LARGEST:
            raise ValueError("a column of regular steps leaves 64 bits")
        return np.arange(count) * step + first
    if mode == _RUNS and len(content) > _RUN_SIZES.size:
        return _from_runs(content, count)
    if mode == _NARROW and len(content) > _NARROWED.size:
        return _from_narrow(content, count)
    if mode == _PCODEC:
        return _from_pcodec(content[1:], count)
    raise ValueError("a column is packed in no known way, or cut")


def laid_out(value: _Integer, count: int) -> NDArray[_Integer]:
    """Return a column of one value that takes the room of one, and cannot be written to."""
    return np.ndarray((count,), value.dtype, buffer=value.tobytes(), strides=(0,))


def _shortest(number: int) -> bytes:
    """Return a 64-bit integer as 1 to 8 bytes in two's complement, little-endian."""
    bits = (number if number >= 0 else ~number).bit_length()
    return number.to_bytes(bits // 8 + 1, "little", signed=True)


def _integer(content: bytes) -> int:
    if not 1 <= len(content) <= 8:
        raise ValueError("an integer has 1 to 8 bytes")
    return int.from_bytes(content, "little", signed=True)


def _as_runs(column: Int64Column, changes: NDArray[np.intp]) -> bytes:
    """Pack the value and the length of each run; `changes` are the last rows of all runs but the last one."""
    # Of 1 1 1 2 2 the runs end in the rows 2 and 4: the values there are 1 and 2, and the lengths, 2 - -1 and 4 - 2, 3
    # and 2.
    ends = np.append(changes, len(column) - 1)
    values = pack_integers(column[ends])
    return _RUN_SIZES.pack(_RUNS, len(ends), len(values)) + values + pack_integers(np.diff(ends, prepend=-1))


def _from_runs(content: bytes, count: int) -> Int64Column:
    _, runs, size = _RUN_SIZES.unpack_from(content)
    if runs > count:
        raise ValueError("a column has more runs than rows")
    values_end = _RUN_SIZES.size + size
    values = unpack_integers(content[_RUN_SIZES.size : values_end], runs)
    lengths = unpack_integers(content[values_end:], runs)
    # Looked at before anything is repeated: a damaged length would ask for any amount of memory. No length is above the
    # number of rows, so their sum does not wrap either.
    if not runs or lengths.min() < 1 or lengths.max() > count or int(lengths.sum()) != count:
        raise ValueError("the runs of a column are not as long as the column")
    return np.repeat(values, lengths)


def _narrow_or_pcodec(column: Int64Column) -> bytes:
    """Pack the shorter way. A difference of up to 2^64 is exact in unsigned bytes, modulo 2^64 there and back."""
    lowest, count = int(column.min()), len(column)
    spread = int(column.max()) - lowest
    width = next(width for width in _WIDTHS if spread < 1 << 8 * width)
    if count * width > _NARROW_BYTES and count <= _MOST_A_CHUNK:
        chunk = _compressor.chunk_compressor(column, _config)
        packed: bytes = _HEADER + chunk.write_meta() + chunk.write_page(0)
        if len(packed) < _NARROWED.size + count * width:
            return bytes((_PCODEC,)) + packed
    # Differences wrap like the sums that undo them: 2^63 - 1 above -2^63 is 2^64 - 1, whose bits are those of -1.
    return _NARROWED.pack(_NARROW, width, lowest) + (column - lowest).astype(_WIDTHS[width]).tobytes()


def _from_narrow(content: bytes, count: int) -> Int64Column:
    lowest: int = _NARROWED.unpack_from(content)[2]
    width = content[1]
    kind = _WIDTHS.get(width)
    if kind is None or len(content) != _NARROWED.size + count * width:
        raise ValueError("a column of narrow numbers is not as long as its rows")
    return np.frombuffer(content, kind, offset=_NARROWED.size).astype(np.int64) + lowest


def _from_pcodec(packed: bytes, count: int) -> Int64Column:
    """Unpack into a column of the expected length: what damaged bytes say of their length costs no memory."""
    column = np.empty(count, dtype=np.int64)
    try:
        decompressor, after_header = wrapped.FileDecompressor.new(packed)
        chunk, meta_size = decompressor.chunk_decompressor(packed[after_header:], "i64")
        page = packed[after_header + meta_size :]
        progress, page_size = chunk.read_page_into(page, count, column)
    except RuntimeError as error:
        raise ValueError(f"pcodec: {error}") from error
    if progress.n_processed != count or page_size != len(page):
        raise ValueError("a column that pcodec packed is not as long as its rows")
    return column
