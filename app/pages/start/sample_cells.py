"""The cells of some pasted rows: which column has the times, which the numbers, and how either is written."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

from app.ingest.sources.instant_texts import TimeUnreadable, local_from_serial, rfc3339_from_loose
from app.ingest.sources.local_time import DateOrder, LocalTime, instant_from_local
from app.ingest.sources.number_texts import NumberUnreadable, ValueRule, number_from_text

_MOST_ROWS = 200
_LONGEST = 20_000
_DELIMITERS = ("\t", ";", "|", ",")
_RULES = (
    ValueRule(),
    ValueRule(thousands=","),
    ValueRule(thousands=" "),
    ValueRule(decimal=","),
    ValueRule(decimal=",", thousands="."),
    ValueRule(decimal=",", thousands=" "),
)
_MONTH = re.compile(r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})月?", re.ASCII)
_SERIAL = re.compile(r"\d{5}([.,]\d+)?", re.ASCII)
_POINTS = re.compile(r"\d{1,2}\.\d{1,2}\.", re.ASCII)
"""Where points stand between the parts of a date, nobody writes the month first."""

_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp]\.?[Mm]\.?)?", re.ASCII)
WITH_UNIT = re.compile(r"(?P<number>[-+(]?[\d.,'  ]*\d\)?)\s*(?P<unit>[^\d\s.,()+-]\S{0,11})")
_YEARS = (1954, 2119)
"""A number of five digits is a day of a spreadsheet in these years, and else none."""

_MOST_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Table:
    """The header, empty without one, and the rows below it, as texts."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def table_of(text: str) -> Table:
    """Return the cells of the rows, and the header above them; it has no number behind its first cell."""
    lines = [line for line in text[:_LONGEST].splitlines() if line.strip()][:_MOST_ROWS]
    best = max(_DELIMITERS, key=lambda mark: _steadiness(lines, mark))
    if _steadiness(lines, best):
        cells = [[cell.strip() for cell in row[:_MOST_COLUMNS]] for row in csv.reader(lines, delimiter=best)]
    else:
        cells = [re.split(r"\s{2,}", line.strip()) for line in lines]
        cells = [row if len(row) > 1 else _before_number(line) for row, line in zip(cells, lines, strict=True)]
    header = cells[0] if cells and not any(re.search(r"\d{2}", cell) for cell in cells[0]) else []
    return Table(header, cells[1:] if header else cells)


def _before_number(line: str) -> list[str]:
    """Return what stands before the number that a line ends with, and that number with its unit."""
    found = re.fullmatch(r"\s*(.*?\S)\s+([-+]?\d[\d.,]*(?:\s*[^\d\s]\S*)?)\s*", line)
    return [found[1], found[2]] if found else [line.strip()]


def _steadiness(lines: Sequence[str], mark: str) -> int:
    """Return in how many rows a mark stands as often as in most, where it stands at all."""
    counts = Counter(line.count(mark) for line in lines)
    often, rows = counts.most_common(1)[0] if counts else (0, 0)
    return rows * _DELIMITERS[::-1].index(mark) + rows if often else 0


def times_of(table: Table, zone: tzinfo) -> tuple[list[datetime | None], int]:
    """Return the local time of each row and in which column it stands: the one in which most rows have one."""
    width = max((len(row) for row in table.rows), default=0)
    best: tuple[int, bool, int] = (0, False, 0)
    chosen: tuple[list[datetime | None], int] = ([None] * len(table.rows), 0)
    for column in range(width):
        for order in (DateOrder.YMD, DateOrder.DMY, DateOrder.MDY):
            for texts, last in _texts(table, column):
                if order is DateOrder.MDY and all(_POINTS.match(each) for each in texts):
                    continue
                found = [_time(each, order, zone) for each in texts]
                # A counter of five digits may pass for days of a spreadsheet: what is written as a date wins.
                written = not all(_SERIAL.fullmatch(each) for each in texts)
                score = sum(each is not None for each in found), written, _evenness(found)
                if score > best:
                    best, chosen = score, (found, last)
    return chosen


def _texts(table: Table, column: int) -> Iterator[tuple[list[str], int]]:
    """Yield the texts of a column, and those with the time of day that stands in the column behind it."""
    cells = [row[column] if column < len(row) else "" for row in table.rows]
    behind = [row[column + 1] if column + 1 < len(row) else "" for row in table.rows]
    if behind and all(_CLOCK.fullmatch(each) for each in behind):
        yield [f"{cell} {clock}" for cell, clock in zip(cells, behind, strict=True)], column + 1
    else:
        yield cells, column


def _time(text: str, order: DateOrder, zone: tzinfo) -> datetime | None:
    """Return the local time that a text says; None for what says none, or one of a year that no meter has seen."""
    try:
        found = _local(text, order, zone)
    except (TimeUnreadable, ValueError, OverflowError):
        return None
    return found if _YEARS[0] <= found.year <= _YEARS[1] else None


def _local(text: str, order: DateOrder, zone: tzinfo) -> datetime:
    """Return the local time that a text says; raises TimeUnreadable, ValueError and OverflowError."""
    if match := _MONTH.fullmatch(text):
        return datetime(int(match["y"]), int(match["m"]), 1)  # noqa: DTZ001 - local, as all of these
    if _SERIAL.fullmatch(text):
        return local_from_serial(text, from_1904=False)
    with suppress(ValueError):
        exact = datetime.fromisoformat(rfc3339_from_loose(text, truncate=True))
        if exact.tzinfo is not None:
            return exact.astimezone(zone).replace(tzinfo=None)
    return instant_from_local(text, LocalTime(order, UTC)).local


def _evenness(times: Sequence[datetime | None]) -> int:
    """Return how many neighbours are as far apart as most: 2/1, 3/1, 4/1 are days apart by one order of dates alone."""
    steps = Counter(later - earlier for earlier, later in pairwise([each for each in times if each]))
    return max((count for step, count in steps.items() if step > timedelta()), default=0)


def values_of(table: Table, columns: Sequence[int], rows: Sequence[int]) -> tuple[list[Decimal | None], int, int]:
    """Return the number of each row, its column, and how many columns have one in as many rows.

    It is the first of `columns` that has one in most of the `rows`, those with a time.
    """
    best: tuple[int, list[Decimal | None], int] = (0, [None] * len(table.rows), 0)
    alike = 0
    for column in columns:
        cells = [row[column] if column < len(row) else "" for row in table.rows]
        ways = [[_number(cell, rule) for cell in cells] for rule in _RULES]
        found = max(ways, key=lambda each: sum(each[place] is not None for place in rows))
        score = sum(found[place] is not None for place in rows)
        if score > best[0]:
            best, alike = (score, found, column), 0
        alike += score == best[0] > 0
    return best[1], best[2], alike


def _number(text: str, rule: ValueRule) -> Decimal | None:
    match = WITH_UNIT.fullmatch(text)
    try:
        return Decimal(number_from_text((match["number"] if match else text).strip(), rule))
    except (NumberUnreadable, ArithmeticError):
        return None
