"""Columns of numbers as columns of text: the same characters as one number at a time gives, a whole column at once.

A text column is a matrix of bytes, a line a row, in which a zero byte is nothing. An example: of the micro-units
1_500_000 and -20_000_000 the text column is

    0   0   1   .   5        0 for the zero byte
    -   2   0   0   0

and `joined` leaves the zero bytes out: 1.5 and -20. So no line is ever made by itself, which would take a microsecond
for each field of it.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import date_of
from app.core.readings.columns import Int64Column
from app.core.units.quantities import MICRO

TextColumn: TypeAlias = NDArray[np.uint8]
"""Bytes of UTF-8, (rows, width), zero where there is nothing; texts hold no zero character."""

_DAY_MS, _MINUTE_MS = 86_400_000, 60_000
_DECIMALS = 6
_ZERO, _POINT, _MINUS = b"0.-"


def texts(lines: Sequence[str]) -> TextColumn:
    """Return texts as a column."""
    encoded = [line.encode() for line in lines]
    width = max(map(len, encoded), default=0) or 1
    return np.array(encoded, dtype=f"S{width}").view(np.uint8).reshape(len(lines), width)


_MINUTES = texts([f"{minute // 60:02}:{minute % 60:02}" for minute in range(1_440)])
_SECONDS = texts([f":{second:02}" for second in range(60)])
_MILLISECONDS = texts([f".{ms:03}" if ms else "" for ms in range(1_000)])
_BYTES = texts([f"{byte:02x}" for byte in range(256)])


def each_once(column: NDArray[Any], text: Callable[[Any], str]) -> TextColumn:
    """Return the text of each number of a column that has few distinct ones: it is asked for once for each."""
    distinct, place = np.unique(column, return_inverse=True)
    return texts([text(each) for each in distinct.tolist()])[place]


def instant_texts(at: Int64Column) -> TextColumn:
    """Return instants (UTC ms) in RFC 3339 with Z, with milliseconds only where there are any.

    Raises OverflowError outside of the years 1 to 9999.
    """
    day = at // _DAY_MS
    minute, ms = np.divmod(at - day * _DAY_MS, _MINUTE_MS)
    second, ms = np.divmod(ms, 1_000)
    parts = [each_once(day, lambda number: f"{date_of(number).isoformat()}T"), _MINUTES[minute], _SECONDS[second]]
    if ms.any():
        parts.append(_MILLISECONDS[ms])
    return beside([*parts, b"Z"], len(at))


def micro_texts(micro: Int64Column) -> TextColumn:
    """Return the plain digits of units of which these are the micro-units, without zeros at the end; any 64 bits."""
    # The magnitude of the lowest number does not fit a signed integer: the same bits, unsigned, are it.
    whole, fraction = np.divmod(np.abs(micro).view(np.uint64), np.uint64(MICRO))
    digits = _digits(whole)
    sign = np.where(micro < 0, np.uint8(_MINUS), np.uint8(0))[:, np.newaxis]
    if not fraction.any():
        return np.hstack((sign, digits))
    point = np.where(fraction > 0, np.uint8(_POINT), np.uint8(0))[:, np.newaxis]
    return np.hstack((sign, digits, point, _decimals(fraction.astype(np.uint32))))


def _digits(numbers: NDArray[np.uint64]) -> TextColumn:
    """Return the digits of whole numbers, 0 as one."""
    width = len(str(int(numbers.max(initial=0))))
    found = np.zeros((len(numbers), width), dtype=np.uint8)
    # Nine digits fit 32 bits, which are divided in less time.
    left = numbers.astype(np.uint32) if width < 10 else numbers
    for place in range(width - 1, -1, -1):
        rest = left // 10
        digit = (left - rest * 10 + _ZERO).astype(np.uint8)
        # From the right: what is left is 0 once the number has no more digits. The last digit is always one, else 0
        # would be an empty text.
        found[:, place] = digit if place == width - 1 else np.where(left > 0, digit, 0)
        left = rest
    return found


def _decimals(fraction: NDArray[np.uint32]) -> TextColumn:
    """Return six decimals without the zeros at their end."""
    found = np.zeros((len(fraction), _DECIMALS), dtype=np.uint8)
    left, begun = fraction, np.zeros(len(fraction), dtype=np.bool_)
    for place in range(_DECIMALS - 1, -1, -1):
        rest = left // 10
        digit = left - rest * 10
        # From the right: zeros are nothing until the first digit that is none.
        begun |= digit > 0
        found[:, place] = np.where(begun, digit + _ZERO, 0)
        left = rest
    return found


def hexadecimal_texts(numbers: Int64Column) -> TextColumn:
    """Return sixteen hexadecimal digits of each number that is not negative."""
    # Big-endian, so that the bytes stand in the order of the digits.
    as_bytes = numbers.astype(">i8").view(np.uint8)
    return _BYTES[as_bytes].reshape(len(numbers), 16)


def where(condition: NDArray[np.bool_], column: TextColumn) -> TextColumn:
    """Return a column with nothing in the rows that do not meet a condition."""
    return np.where(condition[:, np.newaxis], column, np.uint8(0))


def joined(parts: Sequence[TextColumn | bytes], rows: int) -> bytes:
    """Return, line after line, the texts of several columns side by side; bytes stand in each line."""
    return beside(parts, rows).tobytes().translate(None, b"\0")


def beside(parts: Sequence[TextColumn | bytes], rows: int) -> TextColumn:
    """Return several columns as one; bytes stand in each line."""
    widths = [len(part) if isinstance(part, bytes) else part.shape[1] for part in parts]
    found = np.empty((rows, sum(widths)), dtype=np.uint8)
    begin = 0
    for part, width in zip(parts, widths, strict=True):
        found[:, begin : begin + width] = np.frombuffer(part, np.uint8) if isinstance(part, bytes) else part
        begin += width
    return found
