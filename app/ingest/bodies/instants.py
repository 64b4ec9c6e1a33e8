"""A column of RFC 3339 texts to UTC milliseconds, whole columns at a time."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from app.core.readings.columns import Int64Column
from app.ingest.bodies.coded import Bytes, CodedTexts, Places
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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOURS, _SIXTIETHS = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_PLAIN = re.compile(
    rf"\d{{4}}-\d\d-\d\dT{_HOURS}:{_SIXTIETHS}:{_SIXTIETHS}(?:\.\d{{3}})?(?:Z|[+-]{_HOURS}:{_SIXTIETHS})", re.ASCII
)
_FEW = 48
"""So many texts are faster read one by one."""

_ZERO = ord("0")
_PREFIX = 19  # YYYY-MM-DDTHH:MM:SS
_OFFSET = 6  # +HH:MM
_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
_REPEATED = 4
"""Where texts come so many times each, they are parsed once and spread over the rows."""
_DAYS_BEFORE_MONTH = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], dtype=np.int32)
_MONTH_LENGTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)
_Mask = NDArray[np.bool_]


def instants_from_texts(texts: Sequence[str]) -> tuple[Int64Column, dict[int, RowCode]]:
    """Return UTC milliseconds of each text, and the code of each position that is not an instant (its value is 0)."""
    if isinstance(texts, CodedTexts):
        return _from_coded(texts)
    distinct = dict.fromkeys(texts)
    if len(distinct) <= _FEW:
        known = {text: _plain_instant(text) for text in distinct}
        if None not in known.values():
            return np.array([known[text] for text in texts], dtype=np.int64), {}
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


def _plain_instant(text: str) -> int | None:
    """Return the milliseconds of an instant as machines write it; None of any other text."""
    if not _PLAIN.fullmatch(text):
        return None
    try:
        since = datetime.fromisoformat(text) - _EPOCH
    except ValueError:
        return None
    ms = since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000
    return ms if FIRST_MS <= ms < END_MS else None


def _from_coded(texts: CodedTexts) -> tuple[Int64Column, dict[int, RowCode]]:
    """Parse the lines of a column whose texts are of one length and end alike; spread the instants over the rows."""
    if len(texts.words) <= _FEW:
        return _placed(*instants_from_texts(texts.texts), texts.place)
    characters = texts.characters
    # As long as the first text: a shorter one has a NUL in its last place, a longer one has something behind it.
    length = int(np.count_nonzero(characters[:1]))
    ends = characters[:, length - 1 : length]
    zulu = (ends == ord("Z")) | (ends == ord("z"))
    if length < _PREFIX or not ends.all() or characters[:, length:].any() or zulu.any() != zulu.all():
        instants, codes = instants_from_texts(texts.texts)
    else:
        instants, codes = _parse(characters[:, :length], zulu=bool(zulu.any()))
    return _placed(instants, codes, texts.place)


def _placed(
    instants: Int64Column, codes: Mapping[int, RowCode], place: Places
) -> tuple[Int64Column, dict[int, RowCode]]:
    """Give each row the instant, or the code, of its text."""
    if not codes:
        return instants[place], {}
    return instants[place], {at: codes[each] for at, each in enumerate(place.tolist()) if each in codes}


def _spread(texts: Sequence[str], distinct: Sequence[str]) -> tuple[Int64Column, dict[int, RowCode]]:
    """Parse each distinct text once: many meters read at one instant send it many times."""
    instants, codes = instants_from_texts(distinct)
    place = {text: at for at, text in enumerate(distinct)}
    return _placed(instants, codes, np.fromiter(map(place.__getitem__, texts), dtype=np.intp, count=len(texts)))


def _shapes(texts: Sequence[str]) -> list[tuple[int, bool, NDArray[np.intp]]]:
    """Group positions by text length and by whether the text ends in Z; bodies nearly always have one group."""
    shapes: dict[tuple[int, bool], list[int]] = defaultdict(list)
    lengths = set(map(len, texts))
    if len(lengths) == 1:
        length = lengths.pop()
        # All texts are as long as each other, so every `length`-th character of them joined is a last one.
        ends = set("".join(texts)[length - 1 :: length]) if length else {""}
        if not (ends & {"Z", "z"}) or ends <= {"Z", "z"}:
            return [(length, bool(ends & {"Z", "z"}), np.arange(len(texts)))]
    for position, text in enumerate(texts):
        shapes[len(text), text[-1:] in ("Z", "z")].append(position)
    return [(length, zulu, np.array(positions)) for (length, zulu), positions in shapes.items()]


def _parse(characters: Bytes, *, zulu: bool) -> tuple[Int64Column, dict[int, RowCode]]:
    """Parse texts of one length, all ending in Z or all with a numeric offset or none.

    From here on a column is what stands at one place in every text: its single bytes cost next to nothing.
    """
    length = characters.shape[1]
    columns = np.ascontiguousarray(characters.T)
    # -1 where there is neither point nor digit, 0 of a point without a digit; far below where there is no offset
    # either.
    fraction_digits = length - _PREFIX - (1 if zulu else _OFFSET) - 1
    instants, good = _clock(columns)
    codes: dict[int, RowCode] = {}
    missing: _Mask = np.zeros_like(good) if zulu else _lacks_offset(columns, good)
    if fraction_digits < -1 or fraction_digits == 0:
        good[:] = False
    else:
        if not zulu:
            instants -= _offset_ms(columns[-_OFFSET:], good)
        if fraction_digits > 0:
            fraction_ms, too_fine = _fraction(columns[_PREFIX : _PREFIX + 1 + fraction_digits], good)
            instants += fraction_ms
            _note(codes, good & too_fine, RowCode.TIMESTAMP_TOO_FINE)
        _note(codes, good & ((instants < FIRST_MS) | (instants >= END_MS)), RowCode.TIMESTAMP_OUT_OF_RANGE)
    if not good.all():
        _note(codes, ~good & missing, RowCode.TIMESTAMP_WITHOUT_OFFSET)
        _note(codes, ~good & ~missing, RowCode.TIMESTAMP_UNREADABLE)
        instants[~good] = 0
    return instants, codes


def _note(codes: dict[int, RowCode], mask: _Mask, code: RowCode) -> None:
    if mask.any():
        codes.update(dict.fromkeys(np.flatnonzero(mask).tolist(), code))


def _are_digits(columns: Bytes) -> _Mask:
    return np.asarray((columns - np.uint8(_ZERO) <= 9).all(axis=0))


def _two_digits(columns: Bytes, at: int) -> Bytes:
    """Return the number that two digits are, from 0 to 99."""
    return np.asarray((columns[at] - np.uint8(_ZERO)) * np.uint8(10) + (columns[at + 1] - np.uint8(_ZERO)))


def _clock(columns: Bytes) -> tuple[Int64Column, _Mask]:
    """Return milliseconds of the local date and time as if it were UTC, and which rows are well formed."""
    good = _are_digits(columns[_DIGITS])
    for at, mark in ((4, b"-"), (7, b"-"), (13, b":"), (16, b":")):
        good &= columns[at] == mark[0]
    between = columns[10]
    good &= (between == ord("T")) | (between == ord("t")) | (between == ord(" "))
    year = _two_digits(columns, 0).astype(np.int32) * 100 + _two_digits(columns, 2)
    month, day, hour, minute, second = (_two_digits(columns, at) for at in (5, 8, 11, 14, 17))
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    # It is an index below; what comes of such a row is not used.
    month[~good] = 1
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good &= (day >= 1) & (day <= _MONTH_LENGTH[month] + (leap & (month == 2)))
    before = year - 1
    # Days since 1 January of the year 1, of which 1 January 1970 is the 719,162nd counted from 0. What a text of no
    # digits gives has wrapped in its bytes, and the row is not good.
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    days += _DAYS_BEFORE_MONTH[month] + (leap & (month > 2)) + day - 1
    seconds = (hour.astype(np.int32) * 60 + minute) * 60 + second
    return days.astype(np.int64) * 86_400_000 + seconds.astype(np.int64) * 1_000, good


def _lacks_offset(columns: Bytes, clock_good: _Mask) -> _Mask:
    """Tell which rows are a whole date and time, perhaps with a fraction, and nothing else: local, not an instant."""
    tail = columns[_PREFIX:]
    if not len(tail):
        return clock_good.copy()
    if len(tail) == 1:
        return np.zeros_like(clock_good)
    return np.asarray(clock_good & (tail[0] == ord(".")) & _are_digits(tail[1:]))


def _offset_ms(tail: Bytes, good: _Mask) -> Int64Column:
    """Return the milliseconds that local time is ahead of UTC; rows without an offset are no longer good."""
    negative = tail[0] == ord("-")
    hours, minutes = _two_digits(tail, 1), _two_digits(tail, 4)
    good &= _are_digits(tail[[1, 2, 4, 5]]) & (tail[3] == ord(":")) & (negative | (tail[0] == ord("+")))
    good &= (hours < 24) & (minutes < 60)
    offset = (hours.astype(np.int64) * 60 + minutes) * 60_000
    return np.where(negative, -offset, offset)


def _fraction(columns: Bytes, good: _Mask) -> tuple[Int64Column, _Mask]:
    """Return the fraction in milliseconds, and which are finer than that; rows without one are no longer good."""
    digits = columns[1:]
    good &= (columns[0] == ord(".")) & _are_digits(digits)
    milliseconds = np.zeros(len(good), dtype=np.int64)
    for at in range(3):
        milliseconds *= 10
        if at < len(digits):
            milliseconds += digits[at] - np.uint8(_ZERO)
    return milliseconds, np.asarray((digits[3:] != _ZERO).any(axis=0))
