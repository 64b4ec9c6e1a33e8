"""Wide rows: a record that holds many readings, a column each, divided into the readings its columns are.

A row of a day and its quarter hours, of a month and its days, of a year and its months, or of an instant and its
meters: what a column means is said by its name, or by its place among the columns.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from app.core.inventory.meters import TimestampEdge

_REMARK = re.compile(r" *(\([^()]*\)|\[[^\[\]]*\])$")
_CLOCK = re.compile(r"\d{1,2}[AB]?[:.h]\d\d(?:[:.]\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?", re.ASCII)
_MIDNIGHT = re.compile(r"0?0:00(?::00)?", re.ASCII)


class Names(StrEnum):
    """What the columns of a wide row are.

    TIMES: named by times of day, or by spans such as 00:00-00:15, of the day the row names; POSITIONS: the row's day in
    equal intervals, one after the other; TIMESTAMPS: named by the timestamp, or by what makes one with the row's field;
    METERS: named by meters.
    """

    TIMES = "times"
    POSITIONS = "positions"
    TIMESTAMPS = "timestamps"
    METERS = "meters"


class Counted(StrEnum):
    """How the intervals of a day are counted: by the time that passes since the day began, or by what clocks show."""

    ELAPSED = "elapsed"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class WideRule:
    """Which columns hold values, those of a list or those from one to another, and what they are.

    `interval` is that of POSITIONS. `edge` says of POSITIONS and of spans which end of an interval is the timestamp.
    """

    names: Names
    columns: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    interval: timedelta | None = None
    edge: TimestampEdge | None = None
    counted: Counted = Counted.ELAPSED

    @property
    def needed(self) -> list[str]:
        """The columns that a header must have."""
        return list(self.columns) or [name for name in (self.first, self.last) if name is not None]


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a wide row: its name, its place among the columns from 0, and what it holds."""

    name: str
    position: int
    value: Any


class SpanUnclear(ValueError):
    """A column is named by a span of time, and the mapping does not say which end of it is the timestamp."""


def cells_of(fields: Mapping[str, Any], rule: WideRule) -> list[Cell]:
    """Return the cells of a record in the order of its columns; a column of a list that is not there is empty."""
    return [Cell(name, at, fields.get(name)) for at, name in enumerate(_columns(list(fields), rule))]


def time_of_day(name: str, edge: TimestampEdge | None) -> str:
    """Return the time of day that a column's name is, without units and remarks; a span's start or end.

    The end of `23:45-00:00` is 24:00. Raises SpanUnclear.
    """
    name = plain_name(name)
    times = _CLOCK.findall(name)
    if len(times) != len(("start", "end")):
        return times[0] if len(times) == 1 else name
    if edge is None:
        raise SpanUnclear(name)
    start, end = times
    if edge is TimestampEdge.INTERVAL_START:
        return str(start)
    return "24:00" if _MIDNIGHT.fullmatch(end) else str(end)


def plain_name(name: str) -> str:
    """Return a column's name without what stands in brackets behind it: a unit, or the number of a repeated name."""
    return _REMARK.sub("", name)


def since_midnight(rule: WideRule, position: int) -> timedelta:
    """Return how long after the day began the timestamp of the column at `position` is."""
    count = position + (1 if rule.edge is TimestampEdge.INTERVAL_END else 0)
    return (rule.interval or timedelta(0)) * count


def _columns(names: Sequence[str], rule: WideRule) -> Sequence[str]:
    if rule.columns:
        return rule.columns
    start = names.index(rule.first) if rule.first in names else len(names)
    end = names.index(rule.last) + 1 if rule.last in names else 0
    return names[start:end]
