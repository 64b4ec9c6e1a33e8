"""A reader of pages written from docs/decisions/pages.md alone: it shares no line with the program's."""

import zlib
from collections.abc import Iterator
from itertools import repeat

import numpy as np
import zstandard
from pcodec import wrapped

Row = tuple[int, int, int, int, int | None, int, int, str]
"""Meter, instant, value, quality, start, revision, batch and reference."""

ADVANCE = 1 << 64


def read_page(page: bytes) -> list[Row]:
    assert zlib.crc32(page[:-4]) == number(page[-4:])
    assert page[0] == 1
    width, rows, stretches = page[1], number(page[2:6]), number(page[6:10])
    place = 10 + 12 * width
    columns = []
    for column in range(12):
        size = number(page[10 + column * width : 10 + (column + 1) * width])
        columns.append(page[place : place + size])
        place += size
    assert place == len(page) - 4
    counts = integers(columns[1], stretches)
    meters = [meter for meter, count in zip(integers(columns[0], stretches), counts, strict=True) for _ in range(count)]
    steps = iter(integers(columns[3], rows - stretches))
    at = []
    for first, count in zip(integers(columns[2], stretches), counts, strict=True):
        at.append(first)
        for _ in range(count - 1):
            at.append(signed(at[-1] + next(steps)))
    return list(
        zip(
            meters,
            at,
            integers(columns[4], rows),
            integers(columns[5], rows),
            starts(columns[6], columns[7], at),
            integers(columns[8], rows),
            integers(columns[9], rows),
            references(columns[10], columns[11], rows),
            strict=True,
        )
    )


def starts(flags: bytes, differences: bytes, at: list[int]) -> list[int | None]:
    if not flags:
        return [None] * len(at)
    own = integers(flags, len(at))
    before = iter(integers(differences, sum(own)))
    return [signed(instant - next(before)) if flag else None for instant, flag in zip(at, own, strict=True)]


def references(lengths: bytes, packed: bytes, rows: int) -> list[str]:
    if not lengths:
        return [""] * rows
    texts = zstandard.decompress(packed[1:]) if packed[0] else packed[1:]
    found = []
    for length in integers(lengths, rows):
        found.append(texts[:length].decode("utf-8", "surrogatepass"))
        texts = texts[length:]
    assert not texts
    return found


def integers(column: bytes, count: int) -> list[int]:
    if not count:
        assert not column
        return []
    return list(_integers(column[0], column[1:], count))


def _integers(way: int, rest: bytes, count: int) -> Iterator[int]:
    if way == 0:
        yield from repeat(whole(rest), count)
    elif way == 1:
        yield from (whole(rest[:8]) + n * whole(rest[8:]) for n in range(count))
    elif way == 2:
        runs, size = number(rest[:4]), number(rest[4:8])
        values, lengths = integers(rest[8 : 8 + size], runs), integers(rest[8 + size :], runs)
        for value, length in zip(values, lengths, strict=True):
            yield from repeat(value, length)
    elif way == 3:
        width, lowest = rest[0], whole(rest[1:9])
        yield from (signed(lowest + number(rest[n : n + width])) for n in range(9, 9 + count * width, width))
    else:
        file, header = wrapped.FileDecompressor.new(rest)
        chunk, meta = file.chunk_decompressor(rest[header:], "i64")
        decoded = np.zeros(count, dtype=np.int64)
        chunk.read_page_into(rest[header + meta :], count, decoded)
        yield from decoded.tolist()


def number(content: bytes) -> int:
    return int.from_bytes(content, "little")


def whole(content: bytes) -> int:
    return int.from_bytes(content, "little", signed=True)


def signed(integer: int) -> int:
    """Return an integer modulo 2^64 as a signed one of 64 bits."""
    return (integer + (ADVANCE >> 1)) % ADVANCE - (ADVANCE >> 1)
