"""A column of RFC 3339 texts to UTC milliseconds, whole columns at a time."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.core.columns import Int64Column
from app.ingest.problems import RowCode

FIRST_MS = 0
END_MS = 7_258_118_400_000
"""Instants from 1970 up to, not including, 2200: no meter reads outside, and every calendar rule holds inside."""

EXPLANATIONS = {
    RowCode.TIMESTAMP_UNREADABLE: "not an RFC 3339 instant such as 2021-03-01T00:15:00+08:00",
    RowCode.TIMESTAMP_WITHOUT_OFFSET: "an instant needs its offset, such as Z or +08:00",
    RowCode.TIMESTAMP_TOO_FINE: "instants are kept in milliseconds; a finer fraction would be lost",
    RowCode.TIMESTAMP_OUT_OF_RANGE: "instants lie between 1970 and 2200",
}

_ZERO = ord("0")
_PREFIX = 19  # YYYY-MM-DDTHH:MM:SS
_OFFSET = 6  # +HH:MM
_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_FIELDS = np.zeros((14, 6))
"""What each of the fourteen digits is worth in year, month, day, hour, minute and second."""
_FIELDS[:4, 0] = 1000, 100, 10, 1
for _field in range(1, 6):
    _FIELDS[2 * _field + 2 : 2 * _field + 4, _field] = 10, 1
_REPEATED = 4
_DAYS_BEFORE_MONTH = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], dtype=np.int64)
_MONTH_LENGTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
_Bytes = NDArray[np.uint8]
_Mask = NDArray[np.bool_]


def instants_from_texts(texts: Sequence[str]) -> tuple[Int64Column, dict[int, RowCode]]:
    """Return UTC milliseconds of each text, and the code of each position that is not an instant (its value is 0)."""
    distinct = dict.fromkeys(texts)
    if len(distinct) * _REPEATED < len(texts):
        return _spread(texts, list(distinct))
    result = np.zeros(len(texts), dtype=np.int64)
    problems: dict[int, RowCode] = {}
    for length, zulu, positions in _shapes(texts):
        if length < _PREFIX:
            problems.update(dict.fromkeys(positions.tolist(), RowCode.TIMESTAMP_UNREADABLE))
            continue
        chosen = texts if len(positions) == len(texts) else [texts[at] for at in positions]
        joined = "".join(chosen).encode("ascii", "replace")  # one byte a character; a foreign one becomes "?"
        characters = np.frombuffer(joined, dtype=np.uint8).reshape(len(positions), length)
        instants, codes = _parse(characters, zulu=zulu)
        result[positions] = instants
        problems.update((int(positions[at]), code) for at, code in codes.items())
    return result, problems


def _spread(texts: Sequence[str], distinct: Sequence[str]) -> tuple[Int64Column, dict[int, RowCode]]:
    """Parse each distinct text once: many meters read at one instant send it many times."""
    instants, codes = instants_from_texts(distinct)
    place = {text: at for at, text in enumerate(distinct)}
    places = np.fromiter(map(place.__getitem__, texts), dtype=np.intp, count=len(texts))
    if not codes:
        return instants[places], {}
    return instants[places], {at: codes[each] for at, each in enumerate(places.tolist()) if each in codes}


def _shapes(texts: Sequence[str]) -> list[tuple[int, bool, NDArray[np.intp]]]:
    """Group positions by text length and by whether the text ends in Z; bodies nearly always have one group."""
    shapes: dict[tuple[int, bool], list[int]] = defaultdict(list)
    lengths = set(map(len, texts))
    if len(lengths) == 1:
        length = lengths.pop()
        ends = set("".join(texts)[length - 1 :: length]) if length else {""}
        if not (ends & {"Z", "z"}) or ends <= {"Z", "z"}:
            return [(length, bool(ends & {"Z", "z"}), np.arange(len(texts)))]
    for position, text in enumerate(texts):
        shapes[len(text), text[-1:] in ("Z", "z")].append(position)
    return [(length, zulu, np.array(positions)) for (length, zulu), positions in shapes.items()]


def _parse(characters: _Bytes, *, zulu: bool) -> tuple[Int64Column, dict[int, RowCode]]:
    """Parse texts of one length, all ending in Z or all with a numeric offset or none."""
    count, length = characters.shape
    suffix = 1 if zulu else _OFFSET
    fraction_digits = length - _PREFIX - suffix - 1
    clock, good = _clock(characters)
    codes: dict[int, RowCode] = {}
    missing: _Mask = np.zeros(count, dtype=np.bool_) if zulu else _lacks_offset(characters, good)
    if fraction_digits < -1 or fraction_digits == 0:
        good[:] = False
        instants = clock
    else:
        offset_ms, offset_good = _offset(characters, zulu=zulu)
        fraction_ms, fraction_good, too_fine = _fraction(characters, fraction_digits)
        good &= offset_good & fraction_good
        instants = clock + fraction_ms - offset_ms
        _note(codes, good & too_fine, RowCode.TIMESTAMP_TOO_FINE)
        _note(codes, good & ((instants < FIRST_MS) | (instants >= END_MS)), RowCode.TIMESTAMP_OUT_OF_RANGE)
    _note(codes, ~good & missing, RowCode.TIMESTAMP_WITHOUT_OFFSET)
    _note(codes, ~good & ~missing, RowCode.TIMESTAMP_UNREADABLE)
    instants[~good] = 0
    return instants, codes


def _note(codes: dict[int, RowCode], mask: _Mask, code: RowCode) -> None:
    codes.update(dict.fromkeys(np.flatnonzero(mask).tolist(), code))


def _number(characters: _Bytes, start: int, end: int) -> Int64Column:
    result = np.zeros(len(characters), dtype=np.int64)
    for column in range(start, end):
        result = result * 10 + (characters[:, column].astype(np.int64) - _ZERO)
    return result


def _clock(characters: _Bytes) -> tuple[Int64Column, _Mask]:
    """Return milliseconds of the local date and time as if it were UTC, and which rows are well formed."""
    digits: _Bytes = characters[:, _DIGITS]
    good = np.asarray(((digits >= _ZERO) & (digits <= _ZERO + 9)).all(axis=1))
    for column, mark in ((4, b"-"), (7, b"-"), (13, b":"), (16, b":")):
        good &= characters[:, column] == mark[0]
    between = characters[:, 10]
    good &= (between == ord("T")) | (between == ord("t")) | (between == ord(" "))
    # one product of small exact doubles instead of a pass a digit
    fields = (digits.astype(np.float64) - _ZERO) @ _FIELDS
    year, month, day, hour, minute, second = fields.astype(np.int64).T
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    month = np.where(good, month, 1)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good &= (day >= 1) & (day <= _MONTH_LENGTH[month] + (leap & (month == 2)))
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    days += _DAYS_BEFORE_MONTH[month] + (leap & (month > 2)) + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000, good


def _lacks_offset(characters: _Bytes, clock_good: _Mask) -> _Mask:
    """Tell which rows are a whole date and time, perhaps with a fraction, and nothing else: local, not an instant."""
    tail = characters[:, _PREFIX:]
    if not tail.shape[1]:
        return clock_good.copy()
    digits = ((tail[:, 1:] >= _ZERO) & (tail[:, 1:] <= _ZERO + 9)).all(axis=1)
    return np.asarray(clock_good & (tail[:, 0] == ord(".")) & digits & (tail.shape[1] > 1))


def _offset(characters: _Bytes, *, zulu: bool) -> tuple[Int64Column, _Mask]:
    count = len(characters)
    if zulu:
        return np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.bool_)
    tail = characters[:, -_OFFSET:]
    digits = tail[:, (1, 2, 4, 5)]
    good: _Mask = ((digits >= _ZERO) & (digits <= _ZERO + 9)).all(axis=1) & (tail[:, 3] == ord(":"))
    negative = tail[:, 0] == ord("-")
    hours, minutes = _number(tail, 1, 3), _number(tail, 4, 6)
    good &= negative | (tail[:, 0] == ord("+"))
    good &= (hours < 24) & (minutes < 60)
    offset = (hours * 60 + minutes) * 60_000
    return np.where(negative, -offset, offset), good


def _fraction(characters: _Bytes, digits: int) -> tuple[Int64Column, _Mask, _Mask]:
    """Return the fraction in milliseconds, which rows have a well-formed one, and which are finer than that."""
    count = len(characters)
    none = np.zeros(count, dtype=np.bool_)
    if digits < 0:
        return np.zeros(count, dtype=np.int64), ~none, none
    field = characters[:, _PREFIX + 1 : _PREFIX + 1 + digits]
    good: _Mask = (characters[:, _PREFIX] == ord(".")) & ((field >= _ZERO) & (field <= _ZERO + 9)).all(axis=1)
    kept = min(digits, 3)
    milliseconds = _number(field, 0, kept) * 10 ** (3 - kept)
    finer: _Mask = (field[:, 3:] != _ZERO).any(axis=1)
    return milliseconds, good, finer
