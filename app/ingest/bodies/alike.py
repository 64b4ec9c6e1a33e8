"""Rows all written alike, cut into fields by vector operations instead of a parser.

Machines write each row by one pattern: the same bytes around the fields, row after row. A body that follows its pattern
to the last byte is cut here; one with anything else in it is left to the parser of its format.

Two rows of a body, and what is found of them:

    {"meter":"M-1","timestamp":"2026-01-01T00:00Z","value":12.5},{"meter":"M-22","timestamp":"2026-01-01T00:15Z","value":7}
    ^ starts[0]                                                  ^ starts[1]
    marks   {"meter":"   ","timestamp":"   ","value":   },          names   meter  timestamp  value

Field by field a column of positions moves on, for all rows at once: behind the first mark begin the meters, at 10 and
71; they end where the next mark stands, at 13 and 75. Nothing is looked at row by row in Python, and no field is copied
before it is known which of them are alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.ingest.bodies.coded import WORD, Bytes, Places, Words

FEWEST_BYTES = 8_192
"""Smaller bodies are faster parsed row by row."""

WIDEST = 96
"""No field of text and no mark is wider: a meter's code has at most 64 characters."""

_WIDER = 8
_PADDING = bytes(2 * WIDEST + WORD)
"""Behind the body, so that what is read ahead from its last bytes is there: a field, the mark after it, and a word."""
_SPACE = 0x20
_PIECE_BYTES = 64 * 2**10
_MASKS = np.array([(1 << 8 * count) - 1 for count in range(WORD + 1)], dtype=np.uint64)
"""By a count of bytes, the word of which only the first so many are kept."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How rows are written: `marks[n]` stands before the field `names[n]`, the last mark between two rows.

    Where fields end by a byte that none of them may hold, `closing` is that byte. `tail` follows the last field.
    """

    names: tuple[str, ...]
    marks: tuple[bytes, ...]
    closing: int
    tail: re.Pattern[bytes]


@dataclass(frozen=True, slots=True)
class Cells:
    """One field of every row: where it begins and ends in a body that has some padding behind it."""

    padded: bytes
    start: Places
    end: Places
    same_width: bool

    def words(self) -> Words:
        """Return the bytes of each field in words, NULs after its end."""
        length = self.end - self.start
        width = int(length.max())
        words = _words_at(self.padded, self.start, width)
        for column in range(words.shape[1]):
            if self.same_width:
                words[:, column] &= _MASKS[min(width - column * WORD, WORD)]
            else:
                words[:, column] &= _MASKS[np.clip(length - column * WORD, 0, WORD)]
        return words

    def last_bytes(self, count: int) -> Bytes:
        """Return the `count` bytes up to each end as columns; those of a narrower field begin before it."""
        window = _windows(self.padded, count)[self.end - count]
        return np.ascontiguousarray(window.view(np.uint8).reshape(-1, count).T)


def cells_of(body: bytes, starts: Places, pattern: Pattern) -> Mapping[str, Cells] | None:
    """Return the fields of the rows that begin at `starts`; None when anything departs from the pattern.

    So it does where a byte is neither printable ASCII nor part of a mark, where a field is too wide, where a row does
    not end at the next one's beginning, and where something else follows the last.
    """
    # What is searched for the end begins in the last row at the earliest, and is short however long the body is.
    tail = pattern.tail.search(body, max(int(starts[-1]), len(body) - WIDEST))
    if tail is None or max(map(len, pattern.marks)) > WIDEST or not _accounted(body, starts, pattern, tail.start()):
        return None
    padded = body + _PADDING
    cells = _cut(padded, starts, pattern, tail.start(), guessing=True)
    if cells is None and any(len(mark) == 1 for mark in pattern.marks):
        # beside an empty field the mark after it can be taken for the one before it
        cells = _cut(padded, starts, pattern, tail.start(), guessing=False)
    return cells


def _cut(padded: bytes, starts: Places, pattern: Pattern, stop: int, *, guessing: bool) -> Mapping[str, Cells] | None:
    """Cut every row field by field. `start` holds where the present field begins in each row, and moves from mark to
    mark; the last field ends where the mark between rows begins, which is told by the beginning of the next row.
    """
    cells: dict[str, Cells] = {}
    if not _stands_at(padded, pattern.marks[0], starts):
        return None
    start = starts + len(pattern.marks[0])
    for name, mark in zip(pattern.names[:-1], pattern.marks[1:-1], strict=True):
        cell = _cell(padded, start, mark, guessing=guessing)
        if cell is None:
            return None
        cells[name] = cell
        start = cell.end + len(mark)
    between = pattern.marks[-1]
    end = np.append(starts[1:] - len(between), stop)
    width = end - start
    if width.min() < 0 or width.max() > WIDEST or not _stands_at(padded, between, end[:-1]):
        return None
    cells[pattern.names[-1]] = Cells(padded, start, end, bool((width == width[0]).all()))
    return cells


def _accounted(body: bytes, starts: Places, pattern: Pattern, stop: int) -> bool:
    """Tell whether no field holds a byte that closes fields, or one that is not printable ASCII."""
    # In the example of two rows the marks have ten quotation marks a row, so twenty are expected: of the twenty-first
    # nobody could tell which field it ends, and the parser is left to say what the body means.
    expected = np.zeros(2, dtype=np.int64)
    for mark in pattern.marks[:-1]:
        expected += len(starts) * _odd_bytes(mark, pattern.closing)
    expected += (len(starts) - 1) * _odd_bytes(pattern.marks[-1], pattern.closing)
    expected += _odd_bytes(body[: int(starts[0])] + body[stop:], pattern.closing)
    return bool((_odd_bytes(body, pattern.closing) == expected).all())


def _odd_bytes(text: bytes, closing: int) -> NDArray[np.int64]:
    """Count the bytes that are not printable ASCII, and those that close fields; in pieces that a cache holds."""
    found = np.zeros(2, dtype=np.int64)
    characters = np.frombuffer(text, dtype=np.int8)
    for start in range(0, len(characters), _PIECE_BYTES):
        piece = characters[start : start + _PIECE_BYTES]
        # as signed numbers the bytes beyond ASCII lie below zero
        found += np.count_nonzero(piece < _SPACE), np.count_nonzero(piece == closing)
    return found


def _windows(padded: bytes, width: int) -> NDArray[np.void]:
    """Return the `width` bytes from each position on as one element; nothing is copied."""
    # A step of one byte from element to element: they overlap, and indexing copies only those that are asked for.
    return np.ndarray((len(padded) - width + 1,), dtype=f"V{width}", buffer=padded, strides=(1,))


def _words_at(padded: bytes, at: Places, width: int) -> Words:
    """Return at least `width` bytes from each of these positions, in whole words."""
    words = -(-width // WORD)
    if not words:
        return np.zeros((len(at), 0), dtype=np.uint64)
    return _windows(padded, words * WORD)[at].view("<u8").reshape(len(at), words)


def _stands_at(padded: bytes, mark: bytes, at: Places) -> bool:
    words = _words_at(padded, at, len(mark))
    wanted = np.frombuffer(mark.ljust(words.shape[1] * WORD, b"\0"), dtype="<u8")
    # What stands behind the mark in its last word is another field's.
    last = _MASKS[len(mark) - (words.shape[1] - 1) * WORD] if mark else 0
    whole = all((words[:, column] == wanted[column]).all() for column in range(words.shape[1] - 1))
    return whole and (not mark or bool((words[:, -1] & last == wanted[-1]).all()))


def _cell(padded: bytes, start: Places, mark: bytes, *, guessing: bool) -> Cells | None:
    """Return the fields that begin at `start` and end at the mark; guessing, all as wide as the first."""
    first = int(start[0])
    width = padded.find(mark, first, first + WIDEST + len(mark)) - first
    if width < 0:
        return None
    # Instants and codes of a fixed width: the mark stands as far behind every other beginning as behind the first.
    if guessing and _stands_at(padded, mark, start + width):
        return Cells(padded, start, start + width, same_width=True)
    # Of fields of differing widths, the first byte that the mark begins with ends each; it is looked for in a window a
    # little wider than the first field, and in the widest one only where some row has none in that.
    for widest in (min(width + _WIDER, WIDEST), WIDEST):
        ends = _words_at(padded, start, widest).view(np.uint8) == mark[0]
        length = ends.argmax(axis=1)
        if ends[np.arange(len(start)), length].all():
            end = start + length
            return Cells(padded, start, end, same_width=False) if _stands_at(padded, mark, end) else None
    return None
